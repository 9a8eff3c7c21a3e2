import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema.ts';

/** Bodies and answers, by the names that the OpenAPI document gives them. */
export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];
export type LedgerClient = Client<paths, `${string}/${string}`>;

export type LedgerOptions = {
  /** Where the ledger is: `https://ledger.example.org`. */
  readonly baseUrl: string;
  /** Asked before each request, so that a token that ends is followed by the next. Without it no token is sent. */
  readonly token?: () => string | Promise<string>;
  /** Release of the app that asks; it stays with everything that is recorded for it. */
  readonly release?: string;
  readonly fetch?: (request: Request) => Promise<Response>;
};

/** A client of the ledger with a method for each HTTP method, typed by the path. */
export const ledgerClient = ({ baseUrl, token, release, fetch }: LedgerOptions): LedgerClient => {
  const client = createClient<paths>({ baseUrl, ...(fetch && { fetch }) });
  client.use({
    async onRequest({ request }) {
      if (token) request.headers.set('authorization', `Bearer ${await token()}`);
      if (release !== undefined) request.headers.set('x-client-release', release);
      return request;
    },
  });
  return client;
};

/** An answer that is a problem (RFC 9457). Go by `code`; `message` is for people. */
export class LedgerProblem extends Error {
  override readonly name = 'LedgerProblem';
  constructor(
    readonly code: Problem['code'] | undefined,
    readonly status: number,
    message: string,
    /** Every bad field, with `validation-failed`. */
    readonly errors: NonNullable<Problem['errors']> = [],
  ) {
    super(message);
  }
}

type Answer<T> = { readonly data?: T; readonly error?: unknown; readonly response: Response };

/** The body of an answer. @throws LedgerProblem for every answer that is none of success */
export const answered = async <T>(asked: Promise<Answer<T>>): Promise<T> => {
  const { data, error, response } = await asked;
  if (response.ok) return data as T;
  const { code, detail, title, errors } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Partial<Problem>;
  throw new LedgerProblem(code, response.status, detail ?? title ?? `the answer is ${response.status}`, errors);
};
