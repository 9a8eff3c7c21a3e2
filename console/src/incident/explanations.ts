/** Why a rule speaks up, and what on record would have explained it: for the person who has to decide which it was. */
type Explanation = { readonly why: string; readonly explains: string };

const explanations: Readonly<Record<string, Explanation>> = {
  'viewer-not-participant': {
    why: 'The viewer takes no part in the consultation: not its patient, not its clinician, not invited.',
    explains: 'A booking of the two, an invitation, or a guardian’s right on record before the view.',
  },
  'viewer-suspended': {
    why: 'The viewer was suspended when they asked.',
    explains: 'A reinstatement on record before the view.',
  },
  'recording-not-in-consultation': {
    why: 'The recording is not one of this consultation.',
    explains: 'Nothing: two consultations were mixed up.',
  },
  'recording-quarantined': {
    why: 'The recording was quarantined.',
    explains: 'A release from quarantine before the view.',
  },
  'recording-of-another-session': {
    why: 'The recording comes from a media session of another consultation.',
    explains: 'Nothing: two consultations were mixed up.',
  },
  'recording-erased': { why: 'The recording was erased.', explains: 'Nothing: there is nothing left to be seen.' },
  'emergency-limit': {
    why: 'One viewer opened more recordings as emergencies than one person can need.',
    explains: 'A person who knows the shift: several real emergencies.',
  },
  'emergency-access': {
    why: 'A clinician who takes no part opened it, and gave an emergency as the reason.',
    explains: 'The viewer books or joins the patient within 24 hours; else a person reads the reason.',
  },
  'release-regression': {
    why: 'Under one release more views went wrong than under the one before.',
    explains: 'Nothing: the release decides access differently.',
  },
  'bulk-views': {
    why: 'One viewer opened recordings of far more patients than a person sees.',
    explains: 'That each is the viewer’s own patient, or a review that was assigned to them.',
  },
  'serial-refusals': {
    why: 'One person was refused many patients in a short time: ids are being tried.',
    explains: 'A fault in the app that asks, which the release shows.',
  },
  'same-victim': {
    why: 'Several viewers who have nothing to do with the patient looked within a day.',
    explains: 'A case conference that was invited.',
  },
};

const ABOUT_PEOPLE: Explanation = {
  why: 'The facts on record about the two people make the view unusual, though the policy rightly allows it.',
  explains: 'A booking of the two before the view, or a person who knows why.',
};

export const explanationOf = (rule: string): Explanation => explanations[rule] ?? ABOUT_PEOPLE;
