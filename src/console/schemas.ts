import { z } from 'zod';
import { RoleName } from '../request/actor.ts';
import { GivenPersonId, PersonId } from '../request/person-id.ts';

/** Who may sign in by a click where no issuer is configured: one of each kind of reader that the console has. */
export const DEVELOPMENT_PEOPLE = {
  'on-call': 'on-call-1',
  compliance: 'officer-1',
  patient: 'pat-1',
} as const satisfies Partial<Record<z.infer<typeof RoleName>, string>>;

export const SignInBody = z
  .strictObject({
    role: z.enum(['on-call', 'compliance', 'patient']),
    personId: GivenPersonId.optional().describe('without it `on-call-1`, `officer-1` or `pat-1`'),
  })
  .meta({ id: 'DevelopmentSignIn' });
export type SignInBody = z.output<typeof SignInBody>;

/** A page of the console, and nothing that the sign-in itself answers: anything else would lead people, signed in, to a place of a stranger's choice. */
const isPage = (text: string): boolean => {
  if (!/^\/console(?:[/?#]|$)/.test(text) || /[\\\s]/.test(text)) return false;
  const { pathname, origin } = new URL(text, HERE);
  return (
    origin === HERE &&
    /^\/console(?:\/|$)/.test(pathname) &&
    !/^\/console\/(?:login|callback|logout|session|backchannel-logout)(?:\/|$)/.test(pathname)
  );
};
const HERE = 'https://console.invalid';

export const LoginQuery = z.strictObject({
  returnTo: z
    .string()
    .max(1_024)
    .refine(isPage, { error: 'must be a page of the console, as /console/incidents' })
    .default('/console'),
  stepUp: z
    .enum(['0', '1'])
    .default('0')
    .transform((flag) => flag === '1')
    .describe('`1` for a dangerous act: the issuer asks again for who it is'),
});
export type LoginQuery = z.output<typeof LoginQuery>;

export const LogoutTokenBody = z
  .object({ logout_token: z.string().min(1).max(8_192) })
  .meta({ id: 'BackChannelLogout' });
export type LogoutTokenBody = z.output<typeof LogoutTokenBody>;

export const SessionSchema = z
  .object({
    personId: PersonId,
    roles: z.array(RoleName),
    signIn: z.enum(['development', 'issuer']),
    signedInAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe('when it ends, whatever is done in it'),
    idleUntil: z.iso.datetime().describe('when it ends, if nothing is done in it'),
    names: z.literal(true).optional().describe('names of people can be asked for (`CONSOLE_NAMES_URL`)'),
  })
  .meta({ id: 'ConsoleSession' });
export type SessionAnswer = z.output<typeof SessionSchema>;
