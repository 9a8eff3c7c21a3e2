import { type Consultation, pathOf, type View, viewsOf } from './clinic.ts';
import type { Filed } from './ordinary-consultation.ts';
import type { Server } from './server.ts';
import type { Story } from './story.ts';

type Access = { readonly kind: string; readonly viewerId: string };

/** Somebody with a valid token of their own, and no part in the consultation. */
export const stranger = async (
  story: Story,
  server: Server,
  { consultation, recording, patient }: Filed,
): Promise<void> => {
  story.act('A stranger', "Another patient, properly signed in, has another person's consultation and recording id.");
  const somebody = await server.person('pat-eve', 'patient');
  const revision = async () => (await patient.get(pathOf(consultation))).is(200).json<Consultation>().revision;

  const before = await revision();
  const asked = await story.step('the stranger asks for the recording', () =>
    somebody.post(viewsOf(consultation, recording), { purpose: 'patient-request' }),
  );
  story.claim(`refused with ${asked.status} ${asked.code}: not even that it exists is said`, asked.status === 404);
  const after = await revision();
  story.claim(`the attempt is on record: the patient's stream went from ${before} to ${after}`, after === before + 1);
  const mine = (await patient.get('/v1/me/accesses')).is(200).json<{ items: Access[] }>();
  const tried = mine.items.filter(({ kind }) => kind === 'refused');
  story.claim(
    `and the patient can see who tried: ${tried.map(({ viewerId }) => viewerId).join(', ')}`,
    tried.length === 1 && tried[0]?.viewerId === somebody.id,
  );
  const look = await somebody.get(pathOf(consultation));
  story.claim(`the consultation itself: ${look.status} ${look.code}`, look.status === 404);

  const view = (await patient.post(viewsOf(consultation, recording), { purpose: 'patient-request' }))
    .is(201)
    .json<View>();
  const stolen = await somebody.get(view.contentUrl);
  story.claim(`the link that the patient was given, in the stranger's hands: ${stolen.status}`, stolen.status === 404);
};
