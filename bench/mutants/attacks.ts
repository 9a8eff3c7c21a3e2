import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from './client.ts';
import { type Consultation, contentPath, nextSlot, pathOf, recordingOf, recordingPath, type View } from './clinic.ts';
import { sha256 } from './content.ts';
import { forgedCookies } from './credentials.ts';
import { type Name, type Person, people } from './people.ts';
import { type Trial, withRoles } from './trial.ts';

const { anna, adler, clara, gus, finn, sue, ivy, mallory, ben, bauer, ella, carla, cross, both, xenia, xaver, emma } =
  people;
const { nora, nils, service, onCall, compliance } = people;

const CUT_GRACE_MS = 100;
const BLOCK_RANGE: readonly [number, number] = [64_000, 95_999];

const consultation = (t: Trial, key: string) => t.clinic.consultations[key] as Consultation;
const viewOf = (t: Trial, key: string) => t.clinic.views[key] as View;
const contentOf = (t: Trial, key: string) => contentPath(viewOf(t, key).viewId);
const text = (answer: Answer, field: string): string => {
  const value = (answer.json as Record<string, unknown> | undefined)?.[field];
  return typeof value === 'string' ? value : '';
};
const all = (work: readonly Promise<unknown>[]) => Promise.all(work);

/** Everybody does what is theirs to do; it also fills whatever the application remembers. */
const ordinaryDay = async (t: Trial): Promise<void> => {
  const lists = (who: Person, key: string) =>
    t.rightful(`${who.id} lists`, {
      as: who,
      path: '/v1/me/consultations?limit=50',
      holds: ({ body }) => body.includes(consultation(t, key).consultationId),
    });
  await all([
    ...[lists(anna, 'A'), lists(adler, 'A'), lists(gus, 'A'), lists(clara, 'A2')],
    ...[lists(ben, 'B'), lists(bauer, 'B'), lists(ella, 'B'), lists(carla, 'C'), lists(cross, 'C')],
    ...[lists(both, 'D'), lists(bauer, 'D')],
    ...(
      [
        [anna, 'A'],
        [ben, 'B'],
        [carla, 'C'],
      ] as const
    ).map(([as, key]) =>
      t.rightful(`${as.id} asks for their consultation`, { as, path: pathOf(consultation(t, key)) }),
    ),
    ...([anna, ben, carla] as const).map((as) =>
      t.rightful(`${as.id} lists as a patient`, { as, path: `/v1/patients/${as.id}/consultations?status=booked` }),
    ),
    t.rightful('Anna lists what was cancelled', {
      ...{ as: anna, path: '/v1/me/consultations?status=cancelled' },
      holds: ({ json }) => (json as { items?: unknown[] } | undefined)?.items?.length === 0,
    }),
    ...([anna, ben, carla] as const).map((as) =>
      t.rightful(`${as.id} asks who looked`, { as, path: '/v1/me/accesses?limit=50' }),
    ),
    t.rightful('a service lists for Ben', { as: service, path: `/v1/patients/${ben.id}/consultations` }),
    t.rightful('the desk lists breaches', { as: onCall, path: '/v1/breaches?status=all' }),
    t.rightful('the desk asks for one', { as: compliance, path: `/v1/breaches/${t.clinic.breachId}` }),
  ]);
};

const watching = async (t: Trial): Promise<void> => {
  await all([
    t.rightful('Anna watches', { as: anna, path: contentOf(t, 'anna a1'), content: 'a1' }),
    t.rightful('Anna watches a part', {
      as: anna,
      path: contentOf(t, 'anna a1'),
      content: 'a1',
      range: BLOCK_RANGE,
      status: 206,
    }),
    t.rightful('Gus watches a part', {
      as: gus,
      path: contentOf(t, 'gus a1'),
      content: 'a1',
      range: [0, 9_999],
      status: 206,
    }),
    t.rightful('Dr Adler watches', { as: adler, path: contentOf(t, 'adler a1'), content: 'a1' }),
    t.rightful('Ben watches', { as: ben, path: contentOf(t, 'ben b1'), content: 'b1' }),
    t.rightful('Carla watches a part', {
      as: carla,
      path: contentOf(t, 'carla c1'),
      content: 'c1',
      range: BLOCK_RANGE,
      status: 206,
    }),
    t.rightful('Anna watches in a browser', {
      holder: anna,
      cookie: viewOf(t, 'anna a1').cookie,
      path: contentOf(t, 'anna a1'),
      content: 'a1',
    }),
    t.rightful('Ben watches in a browser', {
      holder: ben,
      cookie: viewOf(t, 'ben b1').cookie,
      path: contentOf(t, 'ben b1'),
      content: 'b1',
    }),
  ]);
  await all([
    opens(t, 'Anna', anna, 'a1'),
    opens(t, 'Gus', gus, 'a1'),
    opens(t, 'Ben', ben, 'b1'),
    opens(t, 'Ella', ella, 'b1'),
    opens(t, 'Dr Clara', clara, 'a2'),
    opens(t, 'Carla', carla, 'c1'),
  ]);
};

/** A rightful view, and its content. */
const opens = async (t: Trial, name: string, as: Person, recording: string): Promise<string> => {
  const answer = await t.rightful(`${name} opens ${recording}`, {
    ...{ as, method: 'POST', path: `${recordingPath(t.clinic, recording)}/views`, status: 201 },
    json: { purpose: 'patient-request' },
    holds: (opened) => text(opened, 'verdict') === 'cleared',
  });
  const viewId = text(answer, 'viewId');
  if (answer.status !== 201) return viewId;
  // Every view is somebody's, and nobody else's.
  if (t.opened.has(viewId)) t.leakItem(`${name} opens ${recording}`, viewId);
  t.opened.add(viewId);
  await t.rightful(`${name} watches what they opened of ${recording}`, {
    as,
    path: contentPath(viewId),
    content: recording,
  });
  return viewId;
};

/** Somebody who must not opens a recording, by this path, and asks for whatever address they are given. */
const intrudes = async (
  t: Trial,
  name: string,
  as: Person,
  views: string,
  json: object = { purpose: 'treatment' },
): Promise<Answer> => {
  const answer = await t.foreign(`${name} opens`, { as, method: 'POST', path: views, json });
  const address = text(answer, 'contentUrl') || (text(answer, 'viewId') && contentPath(text(answer, 'viewId')));
  if (address) await t.foreign(`${name} watches what they opened`, { as, path: address });
  return answer;
};

/** Who has no business with Anna's consultation, and as what they come. */
const strangers = (): readonly (readonly [string, Person])[] => [
  ['another patient', carla],
  ['another clinician', cross],
  ['a guest of another consultation', ella],
  ['a removed guest', finn],
  ['a clinician of another consultation of hers', clara],
  ['a clinician who is a patient', both],
  ['somebody at the desk', withRoles('mallory', 'on-call')],
  ['an accomplice', mallory],
];

/** Some of them, for later. */
const few = (...more: readonly (readonly [string, Person])[]) => [
  ...strangers().filter(([, as]) => [carla, finn, clara].some(({ id }) => id === as.id)),
  ...more,
];

/** What every stranger tries, whatever happened before. */
const intrusion = async (t: Trial, when: string, who = strangers()): Promise<void> => {
  const A = consultation(t, 'A');
  await all(
    who.flatMap(([who, as]) => {
      const name = `${who} ${when}`;
      return [
        t.foreign(`${name} reads Anna’s consultation`, { as, path: pathOf(A) }),
        t.foreign(`${name} lists Anna’s`, { as, path: `/v1/patients/${anna.id}/consultations` }),
        ...(as.roles.includes('on-call')
          ? []
          : [t.curious(`${name} lists their own`, { as, path: '/v1/me/consultations?limit=50' })]),
        intrudes(t, `${name} a1`, as, `${recordingPath(t.clinic, 'a1')}/views`),
        t.foreign(`${name} watches Anna’s view`, { as, path: contentOf(t, 'anna a1'), range: BLOCK_RANGE }),
      ];
    }),
  );
};

/** What is not the caller's under paths that are, and the other way round. */
const borrowedPaths = (t: Trial) => {
  const A = consultation(t, 'A');
  const A1 = recordingOf(t.clinic, 'a1')[1].recordingId;
  return all([
    t.foreign('a stranger watches Gus’s view', { as: carla, path: contentOf(t, 'gus a1') }),
    // The recording under a patient and a consultation that are the caller's own.
    intrudes(
      t,
      'Carla, her consultation, Anna’s recording',
      carla,
      `${pathOf(consultation(t, 'C'))}/recordings/${A1}/views`,
    ),
    intrudes(
      t,
      'Carla, her path, Anna’s consultation',
      carla,
      `/v1/patients/${carla.id}/consultations/${A.consultationId}/recordings/${A1}/views`,
    ),
    intrudes(
      t,
      'Dr Clara, her consultation, the other’s recording',
      clara,
      `${pathOf(consultation(t, 'A2'))}/recordings/${A1}/views`,
    ),
    t.foreign('Carla reads Anna’s by her own path', {
      as: carla,
      path: `/v1/patients/${carla.id}/consultations/${A.consultationId}`,
    }),
    t.foreign('a service reads Anna’s by Ben’s path', {
      as: service,
      path: `/v1/patients/${ben.id}/consultations/${A.consultationId}`,
    }),
    t.curious('a service lists its own', { as: service, path: '/v1/me/consultations' }),
  ]);
};

/** Break-glass is for clinicians with a reason; whoever else says so is a stranger. */
const falseEmergencies = (t: Trial) => {
  const views = `${recordingPath(t.clinic, 'a1')}/views`;
  return all([
    intrudes(t, 'a patient in an emergency', carla, views, {
      purpose: 'emergency',
      reason: 'a life depends on this recording',
    }),
    intrudes(t, 'a guest in an emergency', ella, views, {
      purpose: 'emergency',
      reason: 'a life depends on this recording',
    }),
    intrudes(t, 'a clinician without a reason', cross, views, { purpose: 'emergency' }),
    intrudes(t, 'a clinician with a blank reason', cross, views, { purpose: 'emergency', reason: '   ' }),
  ]);
};

/** What each check of a token has one of; the rest is for Anna’s. */
const KINDS_OF_FORGERY: ReadonlySet<string> = new Set([
  'signed by another key',
  'expired',
  'of another audience',
  'with the signature of another token',
]);

/** Everything that says to be a token of Anna, or of somebody at the desk, and is not. */
const impostors = async (t: Trial): Promise<void> => {
  const asAnna = t.credentials.forged(anna, carla);
  const asDesk = t.credentials.forged(onCall, carla);
  const asService = t.credentials.forged(service, carla);
  await all([
    ...[
      '/v1/me/consultations',
      pathOf(consultation(t, 'A')),
      contentOf(t, 'anna a1'),
      '/v1/breaches',
      '/v1/playback',
    ].map((path) => t.foreign(`without a token: ${path}`, { path })),
    ...Object.entries(asAnna).flatMap(([what, forged]) => [
      t.foreign(`a token ${what}: Anna’s list`, { forged, path: '/v1/me/consultations' }),
      t.foreign(`a token ${what}: Anna’s content`, { forged, path: contentOf(t, 'anna a1'), range: BLOCK_RANGE }),
    ]),
    ...Object.entries(asDesk)
      .filter(([what]) => KINDS_OF_FORGERY.has(what))
      .map(([what, forged]) => t.foreign(`a token ${what}: the desk`, { forged, path: '/v1/breaches' })),
    ...Object.entries(asService)
      .filter(([what]) => KINDS_OF_FORGERY.has(what))
      .map(([what, forged]) =>
        t.foreign(`a token ${what}: as a service`, { forged, path: `/v1/patients/${anna.id}/consultations` }),
      ),
  ]);
  const { viewId, viewer } = viewOf(t, 'anna a1');
  const { cookie } = viewOf(t, 'carla c1');
  await all([
    t.foreign('the cookie of another view', { cookie, path: contentPath(viewId) }),
    t.foreign('a cookie on a list', { cookie: viewOf(t, 'anna a1').cookie, path: '/v1/me/consultations' }),
    ...Object.entries(forgedCookies(cookie, viewId, people[viewer].id)).map(([what, forged]) =>
      t.foreign(`a cookie ${what}`, { cookie: forged, path: contentPath(viewId) }),
    ),
    // A cookie says whose view it is; whoever adds a token of their own is who the token says.
    t.foreign('a cookie with another’s token', {
      as: carla,
      cookie: viewOf(t, 'anna a1').cookie,
      path: contentPath(viewId),
    }),
  ]);
};

/** Views that were good once, and views that never were. */
const endedViews = (t: Trial) => {
  const a = (key: string, as: Person, why: string) => [
    t.foreign(`${why}: the whole`, { as, path: contentOf(t, key) }),
    t.foreign(`${why}: a part`, { as, path: contentOf(t, key), range: BLOCK_RANGE }),
  ];
  return all([
    ...a('anna expired', anna, 'an expired view'),
    ...a('anna revoked', anna, 'a revoked view'),
    ...a('anna erased', anna, 'a view of an erased recording'),
    ...a('anna quarantined', anna, 'a view of a quarantined recording'),
    ...a('carla flagged', carla, 'a flagged view'),
    ...a('finn a1', finn, 'a view from before a removal'),
    ...a('sue a1', sue, 'a view of a suspended viewer'),
    intrudes(t, 'a suspended viewer', sue, `${recordingPath(t.clinic, 'a1')}/views`),
    intrudes(t, 'an erased recording', anna, `${recordingPath(t.clinic, 'erased')}/views`),
    intrudes(t, 'a quarantined recording', anna, `${recordingPath(t.clinic, 'quarantined')}/views`),
  ]);
};

/** What is left of a patient who was erased, and what is filed for her after that, is nobody's to watch. */
const erasedPatient = async (t: Trial): Promise<void> => {
  const N = consultation(t, 'N');
  await all([
    t.foreign('a view of an erased patient: the whole', { as: nora, path: contentOf(t, 'nora n1') }),
    t.foreign('a view of an erased patient: a part', { as: nora, path: contentOf(t, 'nora n1'), range: BLOCK_RANGE }),
    intrudes(t, 'an erased patient', nora, `${recordingPath(t.clinic, 'n1')}/views`),
    intrudes(t, 'the clinician of an erased patient', nils, `${recordingPath(t.clinic, 'n1')}/views`),
  ]);
  const raw = t.bytesOf('n1').subarray(0, 100_000);
  const filed = await t.curious('a recording filed for an erased patient', {
    ...{ as: service, method: 'POST', raw, path: `${pathOf(N)}/recordings?mediaSessionId=${N.session}` },
    headers: { 'content-type': 'audio/wav', 'content-digest': `sha-256=:${sha256(raw).digest('base64')}:` },
  });
  const recordingId = text(filed, 'recordingId');
  if (recordingId) await intrudes(t, 'an erased patient, filed', nora, `${pathOf(N)}/recordings/${recordingId}/views`);
};

/** Files that are not what was stored; each is an incident. */
const strangeFiles = async (t: Trial): Promise<void> => {
  if (!t.tampered) return;
  const asked = async (key: string, why: string): Promise<void> => {
    const path = contentOf(t, `anna ${key}`);
    const answers = await Promise.all([
      t.foreign(`${why}: the whole`, { as: anna, path }),
      t.foreign(`${why}: a part`, { as: anna, path, range: BLOCK_RANGE }),
    ]);
    const [, { recordingId }] = recordingOf(t.clinic, key);
    if (answers.some(({ code, body }) => code === 'recording-corrupt' && body.includes(recordingId)))
      t.due.push({ severity: 'critical', rule: 'recording-corrupt', recordingId });
  };
  await Promise.all([
    asked('exchanged', 'an exchanged file'),
    asked('linked', 'a file that is a link'),
    asked('cut-short', 'a file that was cut short'),
  ]);
};

/** What the desk is for, asked for by who is not at it. */
const deskRoutes = (t: Trial) => {
  const outsiders: readonly (readonly [string, Person])[] = [
    ['a patient', carla],
    ['a clinician', cross],
    ['a service', service],
    ['a guest', ella],
  ];
  const step = (name: string, as: Person, path: string, json: object = {}) =>
    t.foreign(`${name}: POST ${path.replace(/[0-9a-f-]{36}/g, '…')}`, { as, method: 'POST', path, json });
  const { breachId } = t.clinic;
  return all(
    outsiders.flatMap(([who, as]) => [
      ...['/v1/breaches?status=all', `/v1/breaches/${breachId}`, '/v1/playback', '/v1/access-monitor'].map((path) =>
        t.foreign(`${who}: GET ${path.replace(breachId, '…')}`, { as, path }),
      ),
      step(who, as, `/v1/breaches/${breachId}/notify-patient`),
      step(who, as, `/v1/viewers/${sue.id}/reinstate`, { reason: 'case-9' }),
      step(who, as, `/v1/viewers/${mallory.id}/suspend`, { reason: 'case-9' }),
      step(who, as, `/v1/views/${viewOf(t, 'anna revoked').viewId}/revoke`, { viewerId: anna.id, reason: 'case-9' }),
      step(who, as, `${recordingPath(t.clinic, 'quarantined')}/release`, { reason: 'case-9' }),
    ]),
  );
};

const screens = async (t: Trial): Promise<void> => {
  const rooms = { room: `person:${anna.id}`, rooms: `person:${anna.id}`, personId: anna.id, sub: anna.id, id: anna.id };
  const [forgedDesk = ''] = Object.values(t.credentials.forged(onCall, carla)).slice(2);
  const [forgedOfficer = ''] = Object.values(t.credentials.forged(compliance, carla)).slice(2);
  const [forgedAnna = ''] = Object.values(t.credentials.forged(anna, carla)).slice(2);
  const strange = await all([
    t.listen('a patient on /on-call', '/on-call', { as: carla, foreign: true }),
    t.listen('a clinician on /on-call', '/on-call', { as: cross, foreign: true }),
    t.listen('a service on /on-call', '/on-call', { as: service, foreign: true }),
    t.listen('nobody on /on-call', '/on-call', { foreign: true }),
    t.listen('a forged token on /on-call', '/on-call', { forged: forgedDesk, foreign: true }),
    t.listen('a patient on /compliance', '/compliance', { as: carla, foreign: true }),
    t.listen('a clinician on /compliance', '/compliance', { as: cross, foreign: true }),
    t.listen('a service on /compliance', '/compliance', { as: service, foreign: true }),
    t.listen('who is on call on /compliance', '/compliance', { as: onCall, foreign: true }),
    t.listen('nobody on /compliance', '/compliance', { foreign: true }),
    t.listen('a forged token on /compliance', '/compliance', { forged: forgedOfficer, foreign: true }),
    t.listen('a forged token on /me', '/me', { forged: forgedAnna, foreign: true }),
    t.listen('nobody on /me', '/me', { foreign: true }),
  ]);
  const [, , , , ...others] = await all([
    t.listen('an officer on /compliance', '/compliance', { as: compliance, foreign: false }),
    t.listen('the desk on /on-call', '/on-call', { as: onCall, foreign: false }),
    t.listen('Anna on /me', '/me', { as: anna, foreign: false }),
    t.listen('Ben on /me', '/me', { as: ben, foreign: false }),
    t.listen('Carla on /me with Anna’s rooms', '/me', { as: carla, foreign: false, more: rooms }),
    t.listen('a removed guest on /me', '/me', { as: finn, foreign: false }),
    t.listen('Anna’s other clinician on /me', '/me', { as: clara, foreign: false }),
    t.listen('another clinician on /me', '/me', { as: cross, foreign: false, more: rooms }),
  ]);
  for (const socket of [...others, ...strange] as Awaited<ReturnType<Trial['listen']>>[])
    if (socket.connected) {
      socket.emit('join', rooms.room);
      socket.emit('subscribe', rooms);
      socket.emit('acknowledge', { breachId: t.clinic.breachId }, (answer: { ok?: boolean }) => {
        if (answer?.ok) t.acted('a stranger acknowledges on a socket');
      });
    }
  await t.rightful('an officer asks for an export', {
    ...{ as: compliance, method: 'POST', path: '/v1/exports', status: 202 },
    json: { format: 'csv', purpose: 'audit', filter: { patientId: anna.id } },
  });
};

/** Commands on a consultation that is not the caller's. */
const meddling = async (t: Trial): Promise<void> => {
  const A = pathOf(consultation(t, 'A'));
  const command = (name: string, as: Person, path: string, json: object) =>
    t.foreign(name, { as, method: 'POST', path: `${A}${path}`, json });
  const { session } = consultation(t, 'A');
  await all([
    command('a guest invites an accomplice', gus, '/participants', { personId: mallory.id, capacity: 'observer' }),
    command('a guest, as a clinician, invites an accomplice', withRoles('gus', 'clinician'), '/participants', {
      personId: mallory.id,
      capacity: 'specialist',
    }),
    command('a guest, as a patient, invites an accomplice', withRoles('gus', 'patient'), '/participants', {
      personId: mallory.id,
      capacity: 'guardian',
    }),
    command('a stranger invites herself', carla, '/participants', { personId: carla.id, capacity: 'observer' }),
    command('another clinician invites himself', cross, '/participants', {
      personId: cross.id,
      capacity: 'specialist',
    }),
    command('a removed guest invites himself', withRoles('finn', 'patient'), '/participants', {
      personId: finn.id,
      capacity: 'observer',
    }),
    ...(
      [
        ['a stranger', carla],
        ['another clinician', cross],
        ['a removed guest', finn],
        ['an accomplice', mallory],
      ] as const
    ).map(([who, as]) => command(`${who} joins`, as, '/join', { mediaSessionId: session })),
    command('a service reports that a stranger joined', service, '/join', {
      mediaSessionId: session,
      personId: mallory.id,
    }),
    command('a stranger consents', withRoles('carla', 'patient'), '/consent', { given: true }),
    command('another clinician completes', cross, '/complete', {}),
    command('a stranger cancels', carla, '/cancel', { reasonCode: 'whim' }),
    command('a guest of another consultation moves it', ella, '/reschedule', nextSlot(t.clinic)),
    t.foreign('a guest, as a patient, removes another', {
      ...{ as: withRoles('gus', 'patient'), method: 'DELETE', path: `${A}/participants/${sue.id}` },
    }),
    t.foreign('a stranger books for Anna', {
      ...{ as: carla, method: 'POST', path: `/v1/patients/${anna.id}/consultations` },
      json: { clinicianId: carla.id, ...nextSlot(t.clinic), medium: 'video' },
    }),
    t.foreign('a clinician books for Anna with another', {
      ...{ as: cross, method: 'POST', path: `/v1/patients/${anna.id}/consultations` },
      json: { clinicianId: bauer.id, ...nextSlot(t.clinic), medium: 'video' },
    }),
    uploads(t, 'another clinician files a recording', cross, 'A', session),
  ]);
};

const uploads = (t: Trial, name: string, as: Person, key: string, session: string) => {
  const raw = t.bytesOf('c1');
  return t.foreign(name, {
    ...{ as, method: 'POST', raw, path: `${pathOf(consultation(t, key))}/recordings?mediaSessionId=${session}` },
    headers: { 'content-type': 'audio/wav', 'content-digest': `sha-256=:${sha256(raw).digest('base64')}:` },
  });
};

/** Bookings, one of them rightful after others' and before others'. */
const bookings = async (t: Trial): Promise<void> => {
  const books = async (key: string, patient: Name, clinician: Name) => {
    const slot = nextSlot(t.clinic);
    const answer = await t.rightful(`${people[patient].id} books with ${people[clinician].id}`, {
      ...{ as: people[patient], method: 'POST', status: 201, path: `/v1/patients/${people[patient].id}/consultations` },
      json: { clinicianId: people[clinician].id, ...slot, medium: 'audio' },
    });
    const booked: Consultation = {
      ...{
        consultationId: text(answer, 'consultationId'),
        patient,
        clinician,
        guests: [],
        former: [],
        session: randomUUID(),
        recordings: {},
      },
      ...{ start: slot.scheduledStart, end: slot.scheduledEnd },
    };
    t.clinic.consultations[key] = booked;
    t.oracle.know(booked);
  };
  await books('new of Carla', 'carla', 'cross');
  await books('new of Anna', 'anna', 'adler');
  await books('new of Ben', 'ben', 'bauer');
};

/** Ivy is invited, sees, and is removed; nobody else comes and goes with her. */
const aGuest = async (t: Trial): Promise<void> => {
  const A = consultation(t, 'A');
  const key = randomUUID();
  const invitation = {
    method: 'POST',
    path: `${pathOf(A)}/participants`,
    json: { personId: ivy.id, capacity: 'observer' },
  } as const;
  A.guests.push('ivy');
  await t.rightful('Anna invites Ivy', {
    ...{ as: anna, ...invitation, headers: { 'idempotency-key': key } },
    holds: ({ body }) => body.includes(ivy.id),
  });
  await all([
    t.rightful('Ivy lists', {
      as: ivy,
      path: '/v1/me/consultations',
      holds: ({ body }) => body.includes(A.consultationId),
    }),
    // Somebody else with the very same request and key.
    t.foreign('a stranger repeats the invitation', { as: carla, ...invitation, headers: { 'idempotency-key': key } }),
    t.foreign('another clinician repeats the invitation', {
      as: cross,
      ...invitation,
      headers: { 'idempotency-key': key },
    }),
  ]);
  const viewId = await opens(t, 'Ivy', ivy, 'a1');
  await intrusion(t, 'after an invitation', few());
  const path = `${pathOf(A)}/participants/${ivy.id}`;
  await t.rightful('a removal for another revision is refused', {
    as: anna,
    method: 'DELETE',
    path,
    headers: { 'if-match': '"2"' },
    status: 412,
  });
  const removes = async (): Promise<boolean> =>
    (await t.rightful('Anna removes Ivy', { as: anna, method: 'DELETE', path })).status === 200;
  // Where Anna is told that it was not done, Ivy is still there.
  if (!(await removes())) return;
  A.guests = A.guests.filter((guest) => guest !== 'ivy');
  A.former.push('ivy');
  if (viewId) await t.foreign('a view from before the removal', { as: ivy, path: contentPath(viewId) });
  await intrusion(t, 'after a removal', few(['who was just removed', ivy]));
  A.guests.push('ivy');
  await t.rightful('Anna invites Ivy again', { as: anna, ...invitation });
  if (viewId) await t.foreign('a view from before the removal, invited again', { as: ivy, path: contentPath(viewId) });
  if (await removes()) A.guests = A.guests.filter((guest) => guest !== 'ivy');
};

/** Somebody watches, slowly, and meanwhile it is taken from them. */
const cutShort = async (
  t: Trial,
  name: string,
  as: Person,
  key: string,
  take: () => Promise<Answer>,
): Promise<boolean> => {
  const whole = t.bytesOf('large').length;
  let taken = false;
  const answer = await t.client.ask({
    ...{ path: contentOf(t, key), token: t.credentials.token(as) },
    meanwhile: async () => {
      const asked = performance.now();
      taken = (await take()).status === 200;
      // The application hears of it from the store, a moment after whoever asked for it; on a busy machine every moment is longer.
      await delay(CUT_GRACE_MS + performance.now() - asked);
    },
  });
  t.outcomes.set(name, answer.body.length === whole ? 'whole' : 'cut');
  // What is on its way when the permission ends is in the buffers; what comes after that is not theirs any more.
  if (taken && answer.body.length === whole) t.leakBytes(name, whole);
  return taken;
};

const takenAway = async (t: Trial): Promise<void> => {
  const { viewId } = viewOf(t, 'gus to revoke');
  const post = (name: string, as: Person, path: string, json: object) =>
    t.rightful(name, { as, method: 'POST', path, json });
  const fresh = await opens(t, 'Gus, again,', gus, 'a1');
  const revoke = { viewerId: gus.id, reason: 'case-5' };
  // What the desk is told was not done is not done.
  const { status } = await post('compliance revokes', compliance, `/v1/views/${viewId}/revoke`, revoke);
  if (status === 200) await t.foreign('a view just revoked', { as: gus, path: contentPath(viewId) });
  await cutShort(t, 'a transfer under way when its view is revoked', anna, 'anna large', () =>
    post('compliance revokes what plays', compliance, `/v1/views/${viewOf(t, 'anna large').viewId}/revoke`, {
      ...{ viewerId: anna.id, reason: 'case-6' },
    }),
  );
  const suspended = await cutShort(t, 'a transfer under way when its viewer is suspended', gus, 'gus large', () =>
    post('the desk suspends Gus', onCall, `/v1/viewers/${gus.id}/suspend`, { reason: 'case-7' }),
  );
  const old = contentPath(fresh || viewOf(t, 'gus a1').viewId);
  if (suspended)
    await all([
      t.foreign('a view of who was just suspended', { as: gus, path: old }),
      t.foreign('a part for who was just suspended', { as: gus, path: contentOf(t, 'gus a1'), range: BLOCK_RANGE }),
      intrudes(t, 'who was just suspended', gus, `${recordingPath(t.clinic, 'a1')}/views`),
    ]);
  const reinstated = await post('the desk reinstates Gus', compliance, `/v1/viewers/${gus.id}/reinstate`, {
    reason: 'case-10',
  });
  if (suspended && reinstated.status === 200)
    await t.foreign('a view from before a suspension that is over', { as: gus, path: old });
  const quarantined = await post(
    ...(['compliance quarantines a2', compliance, `${recordingPath(t.clinic, 'a2')}/quarantine`] as const),
    { reason: 'case-8' },
  );
  if (quarantined.status !== 200) return;
  await all([
    intrudes(t, 'what was just quarantined', anna, `${recordingPath(t.clinic, 'a2')}/views`),
    intrudes(t, 'what was just quarantined, to its clinician,', clara, `${recordingPath(t.clinic, 'a2')}/views`),
  ]);
};

/** Many people at once, and in turns: nobody may get what another asked for. */
const crowd = async (t: Trial): Promise<void> => {
  const everybody = [anna, ben, carla, adler, bauer, cross, ella, clara, both];
  const pages = ['/v1/me/consultations?limit=50', '/v1/me/consultations'];
  await all(
    Array.from({ length: 3 }, (_, i) =>
      all(
        everybody.map((as, j) =>
          t.curious(`${as.id} in a crowd`, { as, path: pages[(i + j) % pages.length] as string }),
        ),
      ),
    ),
  );
  const own = [
    { as: anna, key: 'A', view: 'anna a1', content: 'a1' },
    { as: ben, key: 'B', view: 'ben b1', content: 'b1' },
    { as: carla, key: 'C', view: 'carla c1', content: 'c1' },
  ];
  await all(
    own.flatMap(({ as, key, view, content }) => [
      t.rightful(`${as.id} reads in a crowd`, { as, path: pathOf(consultation(t, key)) }),
      t.rightful(`${as.id} watches in a crowd`, {
        as,
        path: contentOf(t, view),
        content,
        range: BLOCK_RANGE,
        status: 206,
      }),
      t.rightful(`${as.id} asks who looked in a crowd`, { as, path: '/v1/me/accesses' }),
    ]),
  );
  for (const { as, key } of own) {
    await t.rightful(`${as.id} reads in turn`, { as, path: pathOf(consultation(t, key)) });
    await t.curious('somebody else in turn', { as: ella, path: '/v1/me/consultations' });
  }
};

/** A service reports who watched elsewhere: its own second key. */
const witnesses = async (t: Trial): Promise<void> => {
  const reports = async (name: string, recording: string, who: Person, verdict: string): Promise<void> => {
    const { status } = await t.rightful(name, {
      ...{ as: service, method: 'POST', path: `${recordingPath(t.clinic, recording)}/views`, status: 201 },
      json: { purpose: 'treatment', viewerId: who.id, viewerRoles: who.roles },
      holds: (answer) => text(answer, 'verdict') === verdict,
    });
    if (status === 201 && verdict === 'flagged') t.due.push({ severity: 'critical', viewerId: who.id });
  };
  await all([
    reports('a service reports that Dr Cross watched Anna’s', 'a1', cross, 'flagged'),
    reports('a service reports that Finn watched Anna’s', 'a1', finn, 'flagged'),
    reports('a service reports that Ben watched his own', 'b1', ben, 'cleared'),
  ]);
};

/** A recording of a session that nobody of this consultation was in must not be there for its patient, whoever says now that they were. */
const wrongRoom = async (t: Trial): Promise<void> => {
  const [B, C] = [consultation(t, 'B'), consultation(t, 'C')];
  const held = new Set<string>();
  const files = async (name: string): Promise<void> => {
    const raw = t.bytesOf('b1');
    const { status, code, json } = await t.client.ask({
      ...{ method: 'POST', token: t.credentials.token(service), raw },
      path: `${pathOf(C)}/recordings?mediaSessionId=${B.session}`,
      headers: { 'content-type': 'audio/wav', 'content-digest': `sha-256=:${sha256(raw).digest('base64')}:` },
    });
    t.outcomes.set(name, `${status} ${code}`);
    const { state, recordingId = '' } = (json ?? {}) as { state?: string; recordingId?: string };
    // The same bytes again are the same recording.
    if (state !== 'quarantined' || held.has(recordingId)) return;
    held.add(recordingId);
    t.due.push({ rule: 'recording-provenance', recordingId });
  };
  await files('Ben’s session filed with Carla');
  // Whether that is taken or not, nobody is to see the recording for it.
  for (const { id: personId } of [carla, cross])
    await t.curious(`a service reports that ${personId} joined Ben’s session`, {
      ...{ as: service, method: 'POST', path: `${pathOf(C)}/join`, json: { mediaSessionId: B.session, personId } },
    });
  await files('Ben’s session filed with Carla, who joined it');
  const list = await t.curious('Carla lists after it', { as: carla, path: '/v1/me/consultations' });
  const known = Object.values(C.recordings).map(({ recordingId }) => recordingId);
  const items = (list.json as { items?: { recordings: { recordingId: string }[] }[] } | undefined)?.items ?? [];
  for (const { recordingId } of items.flatMap(({ recordings }) => recordings))
    if (!known.includes(recordingId))
      await intrudes(t, 'Carla, Ben’s session,', carla, `${pathOf(C)}/recordings/${recordingId}/views`);
};

/** A life may depend on a recording, and on four of them in one day hardly. */
const emergencies = async (t: Trial): Promise<void> => {
  const json = { purpose: 'emergency', reason: 'unconscious in the ward' };
  let flagged = 0;
  for (const recording of ['a1', 'b1', 'c1']) {
    const answer = await t.rightful(`an emergency: ${recording}`, {
      ...{ as: emma, method: 'POST', path: `${recordingPath(t.clinic, recording)}/views`, status: 201, json },
      holds: (opened) => text(opened, 'severity') === 'review',
    });
    if (answer.status === 201) t.due.push({ rule: 'emergency-access', viewerId: emma.id });
    if (text(answer, 'severity') === 'review') flagged += 1;
  }
  if (flagged < 3) return;
  const views = `${recordingPath(t.clinic, 'd1')}/views`;
  const { code } = await intrudes(t, 'one emergency too many', emma, views, json);
  if (code === 'view-withheld') t.due.push({ severity: 'critical', rule: 'emergency-limit', viewerId: emma.id });
};

/** On Xenia's stream there is an event of Anna's. */
const foreignEvent = async (t: Trial): Promise<void> => {
  if (!t.tampered) return;
  const A = consultation(t, 'A');
  await all([
    t.curious('Xenia lists', { as: xenia, path: '/v1/me/consultations' }),
    t.curious('Xenia lists as a patient', { as: xenia, path: `/v1/patients/${xenia.id}/consultations` }),
    t.foreign('Xenia reads what is on her stream', {
      as: xenia,
      path: `/v1/patients/${xenia.id}/consultations/${A.consultationId}`,
    }),
    intrudes(
      t,
      'Xenia',
      xenia,
      `/v1/patients/${xenia.id}/consultations/${A.consultationId}/recordings/${recordingOf(t.clinic, 'a1')[1].recordingId}/views`,
    ),
    t.foreign('Dr Adler reads it by her path', {
      as: adler,
      path: `/v1/patients/${xenia.id}/consultations/${A.consultationId}`,
    }),
    t.curious('Xenia’s clinician lists', { as: xaver, path: '/v1/me/consultations' }),
  ]);
};

/** Services and officers say which ids are one person; whoever else says it wants to be another's patient. */
const merging = async (t: Trial): Promise<void> => {
  for (const as of [carla, cross, withRoles('ella', 'patient')]) {
    const merge = (name: string, patientId: string, survivingPatientId: string) =>
      t.foreign(`${as.id} ${name}`, {
        ...{ as, method: 'POST', path: `/v1/patients/${patientId}/merge`, json: { survivingPatientId } },
      });
    await merge('merges Anna into themselves', anna.id, as.id);
    await merge('merges themselves into Anna', as.id, anna.id);
    await t.curious(`${as.id} lists after merging`, { as, path: '/v1/me/consultations?limit=50' });
    await t.foreign(`${as.id} reads Anna’s after merging`, { as, path: pathOf(consultation(t, 'A')) });
    await intrudes(t, `${as.id} after merging`, as, `${recordingPath(t.clinic, 'a1')}/views`);
  }
};

/** What would spoil every other attack if it worked. */
const halting = (t: Trial) =>
  all([
    t.foreign('a patient halts playback', {
      as: carla,
      method: 'POST',
      path: '/v1/playback/halt',
      json: { reason: 'whim' },
    }),
    t.foreign('a clinician resumes playback', {
      as: cross,
      method: 'POST',
      path: '/v1/playback/resume',
      json: { reason: 'whim' },
    }),
  ]);

const hearing = async (t: Trial): Promise<void> => {
  if (!t.heard('Anna on /me', 'consultation.changed')) t.broken.push('Anna hears nothing on /me');
  if (!t.heard('the desk on /on-call', 'breach.open')) t.broken.push('the desk hears nothing on /on-call');
  if (!t.heard('an officer on /compliance', 'export.updated')) t.broken.push('an officer hears nothing on /compliance');
};

/** The whole of it, always in this order. */
export const attack = async (t: Trial): Promise<void> => {
  await screens(t);
  await ordinaryDay(t);
  await watching(t);
  await all([impostors(t), intrusion(t, 'at first'), borrowedPaths(t), falseEmergencies(t)]);
  await all([endedViews(t), erasedPatient(t), strangeFiles(t), deskRoutes(t)]);
  await meddling(t);
  await intrusion(t, 'after meddling', few(['an accomplice', mallory]));
  await bookings(t);
  await aGuest(t);
  await all([witnesses(t), emergencies(t)]);
  await takenAway(t);
  await crowd(t);
  await all([wrongRoom(t), foreignEvent(t)]);
  await merging(t);
  await halting(t);
  await hearing(t);
  t.hangUp();
};
