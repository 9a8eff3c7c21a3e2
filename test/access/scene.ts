import { randomUUID } from 'node:crypto';
import { breachStreams, patientStreams, viewerStreams } from '../../events/categories.ts';
import type { Stream } from '../../events/category.ts';
import type { DomainEvent, Recorded } from '../../events/event.ts';
import type { PatientEvent } from '../../events/patient-events.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import type { Role } from '../../src/request/actor.ts';
import { asIssued } from '../../src/request/person-id.ts';
import type { Callable, RunningApp } from '../support/app.ts';
import { eventually } from '../support/eventually.ts';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly body: any;
};

type Ask = {
  readonly as: string;
  readonly roles?: readonly Role[];
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** One request to a running application, with its JSON answer. */
export const send = async (app: Callable, method: string, path: string, ask: Ask): Promise<Answer> => {
  const { as, roles = [], body, headers } = ask;
  const response = await app.call(path, {
    method,
    as,
    roles,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
};

/** A patient with one recorded consultation, of this test alone, so that tests share a server and nothing else. */
export type Scene = {
  readonly patientId: string;
  readonly clinicianId: string;
  readonly consultationId: string;
  readonly recordingId: string;
  readonly viewsPath: string;
};

const cause = { actor: { id: 'scene', roles: ['service'] }, requestId: 'scene' };

export const append = (app: RunningApp, patientId: string, ...events: PatientEvent[]): Promise<number> =>
  app.app.get(Ledger).append(patientStreams.of(patientId), 'any', events, cause);

export const scene = async (app: RunningApp, keptPatientId?: string): Promise<Scene> => {
  const n = randomUUID().slice(0, 8);
  const [clinicianId, consultationId, recordingId] = [`doc-${n}`, `con-${n}`, `rec-${n}`];
  const patientId = keptPatientId ?? `pat-${n}`;
  const target = { patientId, consultationId };
  await append(
    app,
    patientId,
    {
      type: 'ConsultationBooked',
      data: {
        ...target,
        clinicianId,
        scheduledStart: '2026-05-04T09:00:00.000Z',
        scheduledEnd: '2026-05-04T09:30:00.000Z',
        medium: 'video',
      },
    },
    {
      type: 'RecordingStored',
      data: {
        ...target,
        recordingId,
        mediaSessionId: 'room-1',
        sha256: 'a'.repeat(64),
        bytes: 10,
        contentType: 'video/webm',
        durationSeconds: null,
      },
    },
  );
  const issued = encodeURIComponent(asIssued(patientId));
  const viewsPath = `/v1/patients/${issued}/consultations/${consultationId}/recordings/${recordingId}/views`;
  return { patientId, clinicianId, consultationId, recordingId, viewsPath };
};

type More = { readonly roles?: readonly Role[]; readonly headers?: Readonly<Record<string, string>> } & Record<
  string,
  unknown
>;

/** A person asks to view the scene's recording. */
export const view = (app: RunningApp, { viewsPath }: Scene, viewerId: string, more: More = {}): Promise<Answer> => {
  const { roles = ['patient'], headers, ...body } = more;
  return send(app, 'POST', viewsPath, {
    as: viewerId,
    roles,
    body: { purpose: 'treatment', ...body },
    ...(headers && { headers }),
  });
};

/** A service reports that somebody viewed it elsewhere. */
export const witness = (app: RunningApp, { viewsPath }: Scene, viewerId: string, more: object = {}): Promise<Answer> =>
  send(app, 'POST', viewsPath, {
    as: 'player-service',
    roles: ['service'],
    body: { purpose: 'treatment', viewerId, ...more },
  });

export const eventsOf = async <E extends DomainEvent>(app: RunningApp, stream: Stream<E>): Promise<Recorded<E>[]> => {
  const events: Recorded<E>[] = [];
  for await (const event of app.app.get(Ledger).store.read(stream)) events.push(event);
  return events;
};

export const patientEventsOf = (app: RunningApp, { patientId }: Scene) => eventsOf(app, patientStreams.of(patientId));
export const verdictsOn = (app: RunningApp, viewerId: string) => eventsOf(app, viewerStreams.of(viewerId));
export const breachOf = (app: RunningApp, breachId: string) => eventsOf(app, breachStreams.of(breachId));
export const typesOf = (events: readonly Recorded[]): string[] => events.map(({ type }) => type);

export const viewIdsOf = async (app: RunningApp, here: Scene): Promise<string[]> =>
  (await patientEventsOf(app, here)).flatMap(({ type, data }) =>
    type === 'RecordingViewed' ? [(data as { viewId: string }).viewId] : [],
  );

/** Each of a viewer's views ends with one verdict, and with one incident where it is flagged. */
export const expectJudged = async (
  app: RunningApp,
  viewerId: string,
  viewIds: readonly string[],
  verdict: 'ViewCleared' | 'ViewFlagged',
): Promise<void> => {
  await eventually(async () => (await verdictsOn(app, viewerId)).length >= viewIds.length, 60_000);
  const verdicts = await verdictsOn(app, viewerId);
  expect(verdicts.map(({ data }) => (data as { viewId: string }).viewId).sort()).toEqual([...viewIds].sort());
  expect(new Set(typesOf(verdicts))).toEqual(new Set([verdict]));
  const flagged = verdict === 'ViewFlagged';
  for (const viewId of viewIds) {
    const flags = async () => typesOf(await breachOf(app, viewId)).filter((type) => type === 'BreachFlagged');
    if (flagged) await eventually(async () => (await flags()).length > 0);
    expect(await flags()).toHaveLength(flagged ? 1 : 0);
  }
};

export const onCall = { as: 'oncall-1', roles: ['on-call'] } as const;

/** The incidents about a scene's patient, as the board lists them. */
export const breachesOf = async (app: RunningApp, { patientId }: Scene): Promise<Answer['body'][]> => {
  const { body } = await send(app, 'GET', '/v1/breaches?status=all&limit=100', onCall);
  return body.items.filter((item: { patientId: string }) => item.patientId === patientId);
};
