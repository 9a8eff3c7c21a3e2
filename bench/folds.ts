import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { diaryStreams, patientStreams, viewerStreams } from '../events/categories.ts';
import type { Stream } from '../events/category.ts';
import type { DiaryEvent } from '../events/diary-events.ts';
import type { DomainEvent } from '../events/event.ts';
import type { PatientEvent } from '../events/patient-events.ts';
import type { ViewerEvent } from '../events/viewer-events.ts';
import { EventStore } from '../src/ledger/event-store.ts';
import { startBenchApp } from './bench-app.ts';
import { registeredFolds } from './folds/registry.ts';

const [FEW, MANY] = [5_000, 50_000];
const ROUNDS = 3;

const cpuUs = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

/** The best of some rounds: what else the machine does makes it slower and never faster. */
const measured = (fold: (events: readonly unknown[]) => void, events: readonly unknown[]): number =>
  Math.min(...Array.from({ length: ROUNDS }, () => cpuUs(() => fold(events))));

console.log(`fold                        µs an event at ${FEW}   at ${MANY}   ${MANY} : ${FEW}`);
for (const { name, events, fold } of registeredFolds) {
  const [few, many] = [events(FEW), events(MANY)];
  fold(few);
  const [fewUs, manyUs] = [measured(fold, few), measured(fold, many)];
  const [each, eachOfMany] = [fewUs / FEW, manyUs / MANY];
  console.log(
    `${name.padEnd(28)}${each.toFixed(2).padStart(18)}${eachOfMany.toFixed(2).padStart(11)}${(manyUs / fewUs).toFixed(1).padStart(14)}`,
  );
}

/*
 * Through the application: streams as long as a busy practice has them, and the longest time that a first request for each keeps its event loop.
 */
const [BOOKINGS, EVENTS, VIEWS, LISTS] = [2_000, 5_000, 5_000, 1_000];
const AT_ONCE = 500;
const app = await startBenchApp();
const store = new EventStore(app.connectionString);
const metadata = {
  actor: { id: 'app', roles: ['service'] },
  ...{ $correlationId: 'request', $causationId: 'request', requestId: 'request', appVersion: '0.0.0' },
};
const seed = async <E extends DomainEvent>(stream: Stream<E>, events: readonly E[]) => {
  for (let i = 0; i < events.length; i += AT_ONCE) {
    const some = events.slice(i, i + AT_ONCE).map((event) => ({ ...event, id: randomUUID(), metadata }));
    await store.append(stream, 'any', some as never);
  }
};
const slotAt = (i: number) => ({
  scheduledStart: new Date(Date.parse('2036-01-01T08:00:00Z') + i * 1_800_000).toISOString(),
  scheduledEnd: new Date(Date.parse('2036-01-01T08:20:00Z') + i * 1_800_000).toISOString(),
});
const booked = (patientId: string, i: number, clinicianId = 'doc-busy'): PatientEvent => ({
  type: 'ConsultationBooked',
  data: { patientId, consultationId: `con-${patientId}-${i}`, clinicianId, medium: 'video', ...slotAt(i) },
});
const diary = Array.from({ length: BOOKINGS }, (_, i): DiaryEvent[] => {
  const { scheduledStart: start, scheduledEnd: end } = slotAt(i);
  const ids = { personId: 'doc-busy', slotId: `slot-${i}`, patientId: `pat-${i}`, consultationId: `con-pat-${i}-${i}` };
  return [
    { type: 'SlotHeld', data: { ...ids, capacity: 'clinician', start, end, holdUntil: start } },
    { type: 'SlotConfirmed', data: ids },
  ];
});
await seed(diaryStreams.of('doc-busy'), diary.flat());
for (let i = 0; i < BOOKINGS; i += 50)
  await Promise.all(
    Array.from({ length: 50 }, (_, j) => seed(patientStreams.of(`pat-${i + j}`), [booked(`pat-${i + j}`, i + j)])),
  );
await seed(
  patientStreams.of('pat-long'),
  Array.from({ length: EVENTS }, (_, i) => booked('pat-long', i, 'doc-viewer')),
);
const verdicts = Array.from(
  { length: VIEWS },
  (_, i): ViewerEvent => ({
    type: 'ViewCleared',
    data: {
      ...{ viewerId: 'doc-viewer', viewId: `view-${i}`, patientId: `pat-${i % BOOKINGS}`, consultationId: 'con-1' },
      ...{ recordingId: 'rec-1', viewRevision: i, source: 'mediated', purpose: 'treatment' },
    },
  }),
);
const lists = Array.from({ length: LISTS }, (_, i): ViewerEvent => {
  const shown = Array.from({ length: 20 }, (_, j) => {
    const patientId = `pat-${(i * 20 + j) % BOOKINGS}`;
    return { patientId, consultationId: `con-${patientId}`, recordingIds: [] };
  });
  return { type: 'ConsultationsListed', data: { viewerId: 'doc-viewer', shown, digest: 'a'.repeat(64) } };
});
await seed(viewerStreams.of('doc-viewer'), [...verdicts, ...lists]);
await delay(1_000);
await app.blockedMs();

console.log('\nfirst request                                    longest block, ms   answer, ms');
const asked = async (what: string, path: string, token: string) => {
  const begun = performance.now();
  const response = await fetch(new URL(path, app.url), { headers: { authorization: `Bearer ${token}` } });
  await response.text();
  const tookMs = performance.now() - begun;
  const blockedMs = await app.blockedMs();
  const status = response.ok ? '' : `   ${response.status}`;
  console.log(`${what.padEnd(46)}${blockedMs.toFixed(0).padStart(20)}${tookMs.toFixed(0).padStart(13)}${status}`);
};
const patient = await app.token('pat-long', 'patient');
await asked('nothing: any request', '/v1/me/consultations', await app.token('pat-none', 'patient'));
await asked(`a clinician with ${BOOKINGS} bookings`, '/v1/me/consultations', await app.token('doc-busy', 'clinician'));
await asked(`a patient with ${EVENTS} events`, '/v1/me/consultations', patient);
await asked(`who had access, a viewer with ${VIEWS + LISTS} events`, '/v1/me/accesses', patient);
await store.close();
await app.stop();
