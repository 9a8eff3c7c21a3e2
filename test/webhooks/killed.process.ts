import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devToken } from '../../src/auth/dev-token.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Role } from '../../src/request/actor.ts';
import { type Received, Receiver, status } from '../ledger/react/delivery/receiver.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { hookOf, SIGNING_KEY, verified } from './telling.ts';

const READY_MS = 60_000;

describe('webhooks of a server as a process', () => {
  let dataDir: string;
  let url: string;
  let settings: Record<string, string>;
  let server: ChildProcess | undefined;
  const backend = new Receiver();
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'ledger-webhooks-'));
    const [port] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    settings = {
      ...{ NODE_ENV: 'test', PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'fatal', HISTORY_INDEX: 'off' },
      BOOKING_MAX_DAYS_AHEAD: '0',
      ...{ WEBHOOK_SIGNING_KEY: SIGNING_KEY, WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1', WEBHOOK_ALLOW_HTTP: 'true' },
    };
    await backend.start();
  });
  afterAll(async () => {
    await end('SIGKILL');
    await backend.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = async () => {
    const env = { PATH: process.env.PATH, ...settings };
    server = spawn(process.execPath, ['dist/src/main.js'], { env, stdio: 'ignore' });
    await eventually(async () => {
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
      await answer?.arrayBuffer();
      return answer?.status === 200;
    }, READY_MS);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  const ask = async (method: string, path: string, as: string, role: Role, body?: object) => {
    const token = await devToken(readConfig(settings), { id: as, roles: [role] }, 3_600);
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, never>;
  };
  let hour = 0;
  const book = async (patientId: string) => {
    const day = `2036-05-${String(1 + (hour++ % 28)).padStart(2, '0')}`;
    const slot = { scheduledStart: `${day}T09:00:00Z`, scheduledEnd: `${day}T09:30:00Z` };
    const body = { clinicianId: `doc-${patientId}`, ...slot, medium: 'video' };
    expect(await ask('POST', `/v1/patients/${patientId}/consultations`, patientId, 'patient', body)).toMatchObject({
      patientId,
    });
  };
  const subjects = () =>
    [...new Set(backend.received.map(({ body }) => JSON.parse(body).subject as string))].toSorted();

  it('sends everything that was acknowledged to the caller, though it is killed while the receiver is away', async () => {
    await start();
    const { webhookId, secret = '' } = await ask('POST', '/v1/webhooks', 'officer-1', 'compliance', {
      ...{ url: hookOf(backend), types: ['consultation.booked'] },
    });
    await book('pat-first');
    await eventually(() => backend.received.length === 1, 20_000);

    backend.answer = status(503);
    const patients = Array.from({ length: 8 }, (_, n) => `pat-${n}`);
    // Some of these are on record by then, of some the group has not heard: both come.
    for (const patient of patients) await book(patient);
    await end('SIGKILL');
    backend.answer = status(204);
    await start();
    await eventually(() => subjects().length === patients.length + 1, 120_000);
    expect(subjects()).toEqual([...patients, 'pat-first'].map((id) => `patient-${id}`).toSorted());

    const isAllDelivered = async () => {
      const { items } = await ask('GET', `/v1/webhooks/${webhookId}/deliveries`, 'officer-1', 'compliance');
      return (items as unknown as { state: string }[]).every(({ state }) => state === 'delivered');
    };
    await eventually(isAllDelivered, 60_000);
    // The secret is the same after the restart; the message keeps its id, by which a receiver knows it again.
    const bySubject = new Map<string, Set<string>>();
    for (const received of backend.received) {
      const { subject } = verified(received as Received, secret);
      bySubject.set(subject, (bySubject.get(subject) ?? new Set()).add(String(received.headers['webhook-id'])));
    }
    for (const ids of bySubject.values()) expect(ids.size).toBe(1);
  }, 240_000);

  it('ends well on SIGTERM while a receiver does not answer', async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) await start();
    const before = backend.received.length;
    backend.answer = () => undefined;
    await book('pat-waits');
    await eventually(() => backend.received.length > before, 20_000);
    const asked = performance.now();
    await end('SIGTERM');
    expect(server?.exitCode).toBe(0);
    expect(performance.now() - asked).toBeLessThan(15_000);
  }, 120_000);
});
