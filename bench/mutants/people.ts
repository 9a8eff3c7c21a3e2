import type { Role } from '../../src/request/actor.ts';

/** Everybody in the clinic, by what they are to Anna's consultation with Dr Adler, which most attacks are after. */
export const people = {
  anna: person('pat-anna', 'patient'),
  adler: person('doc-adler', 'clinician'),
  /** Invited, and still there. */
  gus: person('gus-guest'),
  /** Invited, and removed before the attacks begin. */
  finn: person('finn-former'),
  /** Invited, and suspended before the attacks begin. */
  sue: person('sue-suspended'),
  /** Invited and removed while the attacks run. */
  ivy: person('ivy-invited'),
  /** Whom a guest tries to let in. */
  mallory: person('mallory-accomplice'),
  /** Anna's other clinician: takes part in another consultation of the same patient. */
  clara: person('doc-clara', 'clinician'),

  ben: person('pat-ben', 'patient'),
  bauer: person('doc-bauer', 'clinician'),
  /** A guest of Ben's consultation and of nobody else's. */
  ella: person('ella-elsewhere'),

  carla: person('pat-carla', 'patient'),
  cross: person('doc-cross', 'clinician'),
  /** A clinician who is a patient, too. */
  both: person('doc-both', 'clinician', 'patient'),
  /** Declares emergencies. */
  emma: person('doc-emma', 'clinician'),
  /** A patient on whose stream there is an event of another patient. */
  xenia: person('pat-xenia', 'patient'),
  /** Xenia’s clinician, and nobody else’s. */
  xaver: person('doc-xaver', 'clinician'),
  /** A patient who was erased, of whom a view from before is left. */
  nora: person('pat-nora', 'patient'),
  /** Nora’s clinician, and nobody else’s. */
  nils: person('doc-nils', 'clinician'),

  service: person('video-service', 'service'),
  onCall: person('oncall-1', 'on-call'),
  compliance: person('officer-1', 'compliance'),
} as const;

export type Person = { readonly id: string; readonly roles: readonly Role[] };
export type Name = keyof typeof people;

function person(id: string, ...roles: Role[]): Person {
  return { id, roles };
}

export const isAtTheDesk = ({ roles }: Person): boolean => roles.includes('on-call') || roles.includes('compliance');
