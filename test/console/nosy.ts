import { randomUUID } from 'node:crypto';
import { ask, type RecordedConsultation, recorded } from '../recordings/recorded.ts';
import type { RunningApp } from '../support/app.ts';

export type Nosy = { readonly viewerId: string; readonly opened: readonly RecordedConsultation[] };

/** One patient asks for recordings of others, and the second key flags each. Needs a first key that says yes to all. */
export const nosy = async (app: RunningApp): Promise<Nosy> => {
  const viewerId = `pat-nosy-${randomUUID().slice(0, 6)}`;
  const opened = await Promise.all(Array.from({ length: 3 }, () => recorded(app)));
  for (const one of opened) {
    const { body } = await ask(app, one, viewerId);
    if (body.code !== 'view-withheld') throw new Error(`not flagged: ${JSON.stringify(body)}`);
  }
  return { viewerId, opened };
};
