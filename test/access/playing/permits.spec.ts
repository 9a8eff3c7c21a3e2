import { viewerStreams } from '../../../events/categories.ts';
import type { ViewerEvent } from '../../../events/viewer-events.ts';
import { AccessMonitor } from '../../../src/access/monitor/monitor.ts';
import { type Permit, Permits } from '../../../src/access/playing/permits.ts';
import { Viewers } from '../../../src/access/viewers/viewers.ts';
import { AccessPolicy } from '../../../src/access/views/policy.ts';
import { Clock } from '../../../src/clock.ts';
import type { DomainError } from '../../../src/errors.ts';
import { Ledger } from '../../../src/ledger/ledger.ts';
import { type RunningApp, startApp } from '../../support/app.ts';
import { eventually } from '../../support/eventually.ts';
import { startEmbeddedNode, startTestNode, type TestNode } from '../../support/node.ts';
import { append, breachesOf, onCall, type Scene, scene, send, verdictsOn, view } from '../scene.ts';

const open = ({ app }: RunningApp, viewId: string, viewerId: string): Promise<Permit> =>
  app.get(Permits).open(viewId, viewerId);

/** The code a release is refused with. */
const refusal = async (app: RunningApp, viewId: string, viewerId: string): Promise<string> => {
  try {
    (await open(app, viewId, viewerId)).close();
    return 'released';
  } catch (error) {
    return (error as DomainError).code;
  }
};

const cutReason = async ({ signal }: Permit): Promise<string> => {
  await eventually(() => signal.aborted);
  return signal.reason.why;
};

const order = (app: RunningApp, path: string, body: object) => send(app, 'POST', path, { ...onCall, body });
const reason = 'incident';

describe('asking for a permit', () => {
  let node: TestNode;
  let here: RunningApp;
  let there: RunningApp;
  beforeAll(async () => {
    node = await startTestNode();
    const env = { STORE_URL: node.connectionString };
    [here, there] = await Promise.all([startApp({ env }), startApp({ env })]);
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await node.stop();
  });

  const viewed = async (viewerId?: string): Promise<{ viewId: string; at: Scene; viewerId: string }> => {
    const at = await scene(here);
    const viewer = viewerId ?? at.patientId;
    const { body } = await view(here, at, viewer);
    return { viewId: body.viewId, at, viewerId: viewer };
  };

  it('gives the recording to its viewer on any instance, and to nobody else', async () => {
    const { viewId, at, viewerId } = await viewed();
    for (const app of [here, there]) {
      const release = await open(app, viewId, viewerId);
      expect(release).toMatchObject({ viewId, patientId: at.patientId, recording: { recordingId: at.recordingId } });
      expect(release.signal.aborted).toBe(false);
      release.close();
      expect(await refusal(app, viewId, at.clinicianId)).toBe('view-not-found');
    }
  });

  it('knows no view that was only witnessed or never made', async () => {
    const at = await scene(here);
    const report = {
      as: 'player',
      roles: ['service'] as const,
      body: { purpose: 'treatment', viewerId: at.patientId },
    };
    const { body } = await send(here, 'POST', at.viewsPath, report);
    expect(await refusal(here, body.viewId, at.patientId)).toBe('view-not-found');
    expect(await refusal(here, 'view-none', at.patientId)).toBe('view-not-found');
  });

  it.each([
    [
      'revoked',
      'view-revoked',
      ({ viewId, viewerId }) => order(there, `/v1/views/${viewId}/revoke`, { viewerId, reason }),
    ],
    [
      'viewer-suspended',
      'content-suspended',
      ({ viewerId }) => order(there, `/v1/viewers/${viewerId}/suspend`, { reason }),
    ],
    [
      'recording-quarantined',
      'recording-quarantined',
      ({ at: { patientId, consultationId, recordingId } }) =>
        append(there, patientId, {
          type: 'RecordingQuarantined',
          data: { patientId, consultationId, recordingId, reason },
        }),
    ],
    [
      'recording-erased',
      'recording-erased',
      ({ at: { patientId, consultationId, recordingId } }) =>
        append(there, patientId, { type: 'RecordingErased', data: { patientId, consultationId, recordingId, reason } }),
    ],
  ] as [string, string, (made: Awaited<ReturnType<typeof viewed>>) => Promise<unknown>][])(
    'is cut on every instance once %s anywhere, and not opened again',
    async (why, code, act) => {
      const made = await viewed();
      const [mine, others] = [await open(here, made.viewId, made.viewerId), await viewed()];
      const other = await open(here, others.viewId, others.viewerId);
      await act(made);
      expect(await cutReason(mine)).toBe(why);
      expect(other.signal.aborted).toBe(false);
      for (const app of [here, there])
        await eventually(async () => (await refusal(app, made.viewId, made.viewerId)) === code);
      other.close();
    },
  );

  it('is cut when its viewer is removed from the consultation', async () => {
    const at = await scene(here);
    const guest = { patientId: at.patientId, consultationId: at.consultationId, personId: `int-${at.patientId}` };
    await append(here, at.patientId, { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } });
    const { body } = await view(here, at, guest.personId, { roles: [] });
    const release = await open(there, body.viewId, guest.personId);
    await append(here, at.patientId, { type: 'ParticipantRemoved', data: guest });
    expect(await cutReason(release)).toBe('participant-removed');
    expect(await refusal(there, body.viewId, guest.personId)).toBe('view-revoked');
  });

  it('stays ended when its viewer is invited again; a view after that is a new one', async () => {
    const at = await scene(here);
    const guest = { patientId: at.patientId, consultationId: at.consultationId, personId: `int-${at.patientId}` };
    const invited = { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } } as const;
    await append(here, at.patientId, invited);
    const { body: before } = await view(here, at, guest.personId, { roles: [] });
    await append(here, at.patientId, { type: 'ParticipantRemoved', data: guest });
    await append(here, at.patientId, invited);
    const after = await eventually(async () => {
      const { status, body } = await view(here, at, guest.personId, { roles: [] });
      return status === 201 && body;
    });
    for (const app of [here, there]) {
      await eventually(async () => (await refusal(app, after.viewId, guest.personId)) === 'released');
      expect(await refusal(app, before.viewId, guest.personId)).toBe('view-revoked');
    }
    const content = await here.call(before.contentUrl, { as: guest.personId });
    expect([content.status, ((await content.json()) as { code: string }).code]).toEqual([410, 'view-revoked']);
  });

  it('stays ended when its viewer is reinstated', async () => {
    const { viewId, viewerId, at } = await viewed();
    await order(there, `/v1/viewers/${viewerId}/suspend`, { reason });
    await eventually(async () => (await refusal(here, viewId, viewerId)) === 'content-suspended');
    await order(there, `/v1/viewers/${viewerId}/reinstate`, { reason });
    const after = await eventually(async () => {
      const { status, body } = await view(here, at, viewerId);
      return status === 201 && body;
    });
    for (const app of [here, there]) {
      await eventually(async () => (await refusal(app, after.viewId, viewerId)) === 'released');
      expect(await refusal(app, viewId, viewerId)).toBe('view-revoked');
    }
  });

  it('plays none of 600 views of one person once they were all revoked', async () => {
    const at = await scene(here);
    const viewIds = Array.from({ length: 600 }, (_, i) => `view-${i}-${at.patientId}`);
    const data = { viewerId: at.patientId, patientId: at.patientId, consultationId: at.consultationId };
    const expiresAt = new Date(Date.now() + 600_000).toISOString();
    const cleared = viewIds.map(
      (viewId): ViewerEvent => ({
        type: 'ViewCleared',
        data: {
          ...{ ...data, viewId, recordingId: at.recordingId, viewRevision: 1, expiresAt },
          ...{ source: 'mediated', purpose: 'treatment' },
        },
      }),
    );
    const cause = { actor: { id: 'test', roles: [] }, requestId: 'test' };
    await here.app.get(Ledger).append(viewerStreams.of(at.patientId), 'any', cleared, cause);
    const [first = '', last = ''] = [viewIds[0], viewIds[599]];
    await eventually(async () => (await refusal(here, last, at.patientId)) === 'released');
    const viewers = here.app.get(Viewers);
    for (const viewId of viewIds) await viewers.revoke({ viewerId: at.patientId, viewId, reason }, cause);
    for (const app of [here, there]) {
      await eventually(async () => (await refusal(app, last, at.patientId)) === 'view-revoked');
      const playing: string[] = [];
      for (const viewId of viewIds)
        if ((await refusal(app, viewId, at.patientId)) !== 'view-revoked') playing.push(viewId);
      expect(playing).toEqual([]);
    }
    const content = await here.call(`/v1/views/${first}/content`, { as: at.patientId });
    expect([content.status, ((await content.json()) as { code: string }).code]).toEqual([410, 'view-revoked']);
    expect(await refusal(here, first, 'pat-other')).toBe('view-not-found');
  });

  it('stops altogether while playback is halted', async () => {
    const made = await viewed();
    const release = await open(here, made.viewId, made.viewerId);
    await order(there, '/v1/playback/halt', { reason });
    try {
      expect(await cutReason(release)).toBe('playback-halted');
      expect(await refusal(here, made.viewId, made.viewerId)).toBe('playback-halted');
    } finally {
      await order(there, '/v1/playback/resume', { reason });
    }
    await eventually(async () => (await refusal(here, made.viewId, made.viewerId)) === 'released');
  });

  it('takes no order to revoke a view that there is not', async () => {
    const { viewId, at } = await viewed();
    const wrong = [
      order(here, `/v1/views/view-none/revoke`, { viewerId: at.patientId, reason }),
      order(here, `/v1/views/${viewId}/revoke`, { viewerId: 'pat-other', reason }),
    ];
    for (const { status } of await Promise.all(wrong)) expect(status).toBe(404);
    expect(await refusal(here, viewId, at.patientId)).toBe('released');
  });

  it('takes orders from on-call and compliance alone, and with a reason', async () => {
    const ask = { as: 'pat-1', roles: ['patient', 'clinician', 'service'] as const, body: { reason } };
    for (const path of ['/v1/viewers/doc-1/suspend', '/v1/viewers/doc-1/reinstate', '/v1/playback/halt'])
      expect((await send(here, 'POST', path, ask)).status).toBe(403);
    expect((await order(here, '/v1/viewers/doc-1/suspend', {})).status).toBe(400);
    expect((await order(here, '/v1/viewers/doc-1/suspend', { reason: 'free text with blanks' })).status).toBe(400);
  });
});

describe('a permitted view', () => {
  it('expires, later where it is in use, and at its end all the same', async () => {
    let ahead = 0;
    const clock = { now: () => Date.now() + ahead };
    const app = await startApp({ override: (builder) => builder.overrideProvider(Clock).useValue(clock) });
    try {
      const at = await scene(app);
      const { body } = await view(app, at, at.patientId);
      ahead = app.config.views.ttlMs - 10_000;
      expect(await refusal(app, body.viewId, at.patientId)).toBe('released');
      const { ttlMs, maxMs } = app.config.views;
      const { body: used } = await view(app, at, at.patientId);
      const endsAt = Date.parse(used.endsAt);
      expect(endsAt - Date.parse(used.expiresAt)).toBe(maxMs - ttlMs);
      ahead = ttlMs;
      // To have been let in is no use; that bytes left is.
      expect(await refusal(app, body.viewId, at.patientId)).toBe('view-expired');
      while (clock.now() < endsAt - ttlMs / 2) {
        expect(await refusal(app, used.viewId, at.patientId)).toBe('released');
        app.app.get(Permits).used(used.viewId);
        ahead += ttlMs / 2;
      }
      const last = await open(app, used.viewId, at.patientId);
      last.close();
      expect(Date.parse(last.expiresAt)).toBe(endsAt);
      ahead += ttlMs / 2;
      app.app.get(Permits).used(used.viewId);
      expect(await refusal(app, used.viewId, at.patientId)).toBe('view-expired');
    } finally {
      await app.close();
    }
  });

  it('is cut when the instance has lost the ledger, because nobody could take it back', async () => {
    const node = await startEmbeddedNode();
    const app = await startApp({ env: { STORE_URL: node.connectionString } });
    try {
      const at = await scene(app);
      const { body } = await view(app, at, at.patientId);
      const release = await open(app, body.viewId, at.patientId);
      await node.kill('SIGKILL');
      await eventually(async () => (await refusal(app, body.viewId, at.patientId)) === 'ledger-unavailable');
      expect(await cutReason(release)).toBe('ledger-lost');
      await node.restart();
      await eventually(async () => (await refusal(app, body.viewId, at.patientId)) === 'released');
    } finally {
      await app.close();
      await node.stop();
    }
  });
});

describe('permitting on the policy alone', () => {
  let node: TestNode;
  let here: RunningApp;
  let there: RunningApp;
  beforeAll(async () => {
    node = await startTestNode();
    const setup = {
      env: { STORE_URL: node.connectionString, RELEASE_MODE: 'policy' },
      override: (builder: Parameters<NonNullable<NonNullable<Parameters<typeof startApp>[0]>['override']>>[0]) =>
        builder.overrideProvider(AccessPolicy).useValue({ decide: () => 'allowed' }),
    };
    [here, there] = await Promise.all([startApp(setup), startApp(setup)]);
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await node.stop();
  });

  it('answers before there is a verdict, on any instance, and a clearance changes nothing', async () => {
    const at = await scene(here);
    const { status, body } = await view(here, at, at.patientId);
    expect([status, body.verdict, body.contentUrl]).toEqual([201, 'pending', `/v1/views/${body.viewId}/content`]);
    const release = await open(there, body.viewId, at.patientId);
    await eventually(async () => (await verdictsOn(here, at.patientId)).length === 1);
    expect(release.signal.aborted).toBe(false);
    release.close();
    expect(await refusal(there, body.viewId, at.patientId)).toBe('released');
  });

  it('stays ended while there is no verdict, whatever ended it', async () => {
    const monitors = [here, there].map(({ app }) => app.get(AccessMonitor));
    await Promise.all(monitors.map((monitor) => monitor.onApplicationShutdown()));
    try {
      const at = await scene(here);
      const guest = { patientId: at.patientId, consultationId: at.consultationId, personId: `int-${at.patientId}` };
      const invited = { type: 'ParticipantInvited', data: { ...guest, capacity: 'interpreter' } } as const;
      await append(here, at.patientId, invited);
      const opened = async (viewerId: string) => (await view(here, at, viewerId)).body.viewId;
      const [guests, patients] = [await opened(guest.personId), await opened(at.patientId)];
      await append(here, at.patientId, { type: 'ParticipantRemoved', data: guest }, invited);
      for (const action of ['suspend', 'reinstate'])
        await order(here, `/v1/viewers/${at.patientId}/${action}`, { reason });
      for (const app of [here, there]) {
        await eventually(async () => (await refusal(app, guests, guest.personId)) === 'view-revoked');
        await eventually(async () => (await refusal(app, patients, at.patientId)) === 'view-revoked');
      }
      expect(await refusal(here, await opened(at.patientId), at.patientId)).toBe('released');
    } finally {
      for (const monitor of monitors) monitor.onApplicationBootstrap();
    }
  });

  it('cuts what the monitor flags and says in the breach that content was released', async () => {
    const monitors = [here, there].map(({ app }) => app.get(AccessMonitor));
    await Promise.all(monitors.map((monitor) => monitor.onApplicationShutdown()));
    const at = await scene(here);
    const { status, body } = await view(here, at, 'pat-stranger');
    expect([status, body.verdict]).toEqual([201, 'pending']);
    const release = await open(there, body.viewId, 'pat-stranger');
    expect(await refusal(here, body.viewId, 'pat-other')).toBe('view-not-found');
    for (const monitor of monitors) monitor.onApplicationBootstrap();
    expect(await cutReason(release)).toBe('flagged');
    expect(await refusal(there, body.viewId, 'pat-stranger')).toBe('view-withheld');
    const breach = await eventually(async () => (await breachesOf(here, at))[0]);
    expect(breach).toMatchObject({ breachId: body.viewId, contentReleased: true, severity: 'critical' });
  });
});
