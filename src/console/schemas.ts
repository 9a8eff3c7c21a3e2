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

export const SessionSchema = z
  .object({
    personId: PersonId,
    roles: z.array(RoleName),
    signIn: z.enum(['development', 'issuer']),
    signedInAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe('when it ends, whatever is done in it'),
    idleUntil: z.iso.datetime().describe('when it ends, if nothing is done in it'),
  })
  .meta({ id: 'ConsoleSession' });
export type SessionAnswer = z.output<typeof SessionSchema>;
