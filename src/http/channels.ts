import type { z } from 'zod';
import type { Role } from '../request/actor.ts';

/** A message that the server sends: what it tells, in a sentence, and its schema. */
export type Message = { readonly says: string; readonly schema: z.ZodType };

/** An event that a client sends, and the answer to it where it is carried out; refused ones are `{ok: false, code, detail}`. */
export type Request = { readonly says: string; readonly body: z.ZodType; readonly answer: z.ZodType };

export type Messages = Readonly<Record<string, Message>>;

/** What socket.io's types want of a namespace, from the messages that it tells. */
export type Telling<M extends Messages> = {
  readonly [Name in keyof M]: (message: Unchanged<z.output<M[Name]['schema']>>) => void;
};
type Unchanged<T> = T extends object ? { readonly [K in keyof T]: Unchanged<T[K]> } : T;

/** One gateway of a namespace; several may share one. */
export type Channel = {
  readonly namespace: `/${string}`;
  readonly roles: 'anyone' | readonly Role[];
  readonly tells: Messages;
  readonly takes?: Readonly<Record<string, Request>>;
};

const declared: Channel[] = [];

/** Says of a gateway what it tells and takes, for the AsyncAPI document; every gateway has it. */
export const Channel =
  (channel: Channel): ClassDecorator =>
  () => {
    declared.push(channel);
  };

export const channels = (): readonly Channel[] => declared;
