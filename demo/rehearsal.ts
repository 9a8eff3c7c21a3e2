import { withLog } from '../src/cli/reading.ts';
import { type Build, type Finding, holds, Rehearsal, thisBuild } from '../src/compliance/rehearsal/rehearsal.ts';
import { AlwaysYes } from './bug-of-2020.ts';
import type { Filed } from './ordinary-consultation.ts';
import type { Server } from './server.ts';
import type { Story } from './story.ts';

/** Enough for what the demo asked, on a server that has been asked for longer. */
const QUESTIONS = 1_000;

/** What `ledger rehearse` does before a deployment, with the build of 2020 as well. */
export const rehearsal = async (story: Story, server: Server, { patient }: Filed): Promise<void> => {
  story.act(
    'The rehearsal',
    'Before a release is deployed it is asked again what people really asked, on this ledger.',
  );
  const rehearse = (build: Build) =>
    withLog(server.place, async (log) => {
      const found: Finding[] = [];
      const rehearsing = new Rehearsal(log, build, (finding) => void found.push(finding));
      const result = await rehearsing.run({ questions: QUESTIONS });
      return { result, found: found.filter(({ patientId }) => patientId === patient.id) };
    });

  const ours = await story.step('this build is rehearsed', () => rehearse(thisBuild));
  const { views, refusals, lists } = ours.result.replayed;
  story.claim(
    `it answers as it did: ${views} views, ${refusals} refusals and ${lists} lists put again, ${ours.found.length} answers differ`,
    views > 0 && refusals > 0 && lists > 0 && ours.found.length === 0,
  );
  const faulty = await story.step('the release of June 2020 is rehearsed', () =>
    rehearse({ ...thisBuild, policy: new AlwaysYes() }),
  );
  const [first] = faulty.found;
  story.claim(
    `it is stopped: it would have let in ${first?.viewerId}, who was refused (${first?.was}) at revision ${first?.revision} of ${first?.stream}`,
    !holds(faulty.result) && first?.change === 'deny-to-allow' && first.viewerId !== patient.id,
  );
};
