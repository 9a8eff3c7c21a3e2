/** What an operation was sent, where it takes JSON, and how that was answered. */
export type Example = { readonly request?: object; readonly status: number; readonly answer: object };

/** By the id of the operation. */
export type Examples = Readonly<Record<string, Example>>;
