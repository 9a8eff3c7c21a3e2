import { promisify } from 'node:util';
import { createTransport } from 'nodemailer';
import type { AddressRule } from '../ledger/react/delivery/addresses.ts';
import { AddressNotAllowed } from '../ledger/react/delivery/addresses.ts';
import type { Outcome } from '../ledger/react/delivery/outcome.ts';
import type { ChannelSettings } from './channels.ts';
import type { Mail } from './formats.ts';

type Settings = Extract<ChannelSettings, { kind: 'email' }>;

const CONNECT_MS = 3_000;
const ANSWER_MS = 7_000;
/** All of the conversation: less than after which another instance would have it again. */
const WHOLE_MS = 12_000;

/** Sends one mail over a connection of its own, to an address that the rule allows. */
export const sendMail = async (
  { smtp, from }: Settings,
  body: string,
  {
    rule,
    allowPlain,
    signal,
  }: { readonly rule: AddressRule; readonly allowPlain: boolean; readonly signal: AbortSignal },
): Promise<Outcome> => {
  const { to, subject, text, id, thread } = JSON.parse(body) as Mail;
  const { protocol, hostname, port, username, password } = new URL(smtp);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const isTls = protocol === 'smtps:';
  const late = AbortSignal.timeout(WHOLE_MS);
  try {
    const address = await resolved(rule, host);
    AbortSignal.any([signal, late]).throwIfAborted();
    const transport = createTransport({
      ...{ host: address, port: Number(port || (isTls ? 465 : 587)), secure: isTls, requireTLS: !isTls && !allowPlain },
      tls: { servername: host },
      ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, socketTimeout: ANSWER_MS },
      ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    });
    const abort = () => transport.close();
    for (const each of [signal, late]) each.addEventListener('abort', abort, { once: true });
    try {
      await transport.sendMail({
        ...{ from, to: [...to], subject, text, messageId: `<${id}@consultation-ledger>` },
        ...{ references: `<${thread}@consultation-ledger>`, disableFileAccess: true, disableUrlAccess: true },
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return { kind: 'taken', status: 250 };
    } finally {
      for (const each of [signal, late]) each.removeEventListener('abort', abort);
      transport.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted) return { kind: 'failed', why: 'no-answer' };
    return failureOf(error as NodeJS.ErrnoException & { readonly responseCode?: number });
  }
};

const resolved = async (rule: AddressRule, host: string): Promise<string> => {
  if (rule.mayConnect(host, host)) return host;
  const lookup = promisify(
    rule.lookup() as (host: string, options: object, done: (e: Error | null, a: string) => void) => void,
  );
  return lookup(host, { all: false });
};

const failureOf = (error: Error & { readonly code?: string; readonly responseCode?: number }): Outcome => {
  const { code, responseCode } = error;
  if (error instanceof AddressNotAllowed) return { kind: 'failed', why: 'address-not-allowed' };
  // 5yz: this mail is not wanted, and will not be.
  if (responseCode !== undefined && responseCode >= 550) return { kind: 'refused', status: responseCode };
  if (responseCode !== undefined) return { kind: 'failed', why: 'unwilling', status: responseCode };
  const why = code === 'ETIMEDOUT' ? 'no-answer' : 'not-connected';
  return { kind: 'failed', why, ...(code !== undefined && { code }) };
};
