import type { AuditorEvent } from '../../events/auditor-events.ts';
import { auditorStreams } from '../../events/categories.ts';
import type { Recorded } from '../../events/event.ts';
import { exportJobs, type TrackedExport } from '../../projections/exports.ts';
import {
  ExportIsClosed,
  ExportIsExpired,
  ExportNotFound,
  ExportNotReady,
  OwnExport,
} from '../../src/compliance/errors.ts';
import { approve, cancel, download, expire, fail, make } from '../../src/compliance/exports/decide.ts';
import { evolveExports, noExports } from '../../src/compliance/exports/evolve.ts';
import { decider, recorded } from '../support/given.ts';

const job = { auditorId: 'anna', exportId: 'exp-1' };
const file = { attemptId: 'try-1', sha256: 'a'.repeat(64), bytes: 7, rows: 2, people: 1 };
const requested = (needsApproval: boolean): AuditorEvent => ({
  type: 'ExportRequested',
  data: { ...job, format: 'csv', filter: {}, asOf: 9, purpose: 'audit', rows: 2, people: 1, needsApproval },
});
const approved: AuditorEvent = { type: 'ExportApproved', data: { ...job, approvedBy: 'boris' } };
const cancelled: AuditorEvent = { type: 'ExportCancelled', data: { ...job, cancelledBy: 'boris' } };
const made: AuditorEvent = { type: 'ExportMade', data: { ...job, ...file } };
const failed: AuditorEvent = { type: 'ExportFailed', data: { ...job, reason: 'export-store-unavailable' } };
const expired: AuditorEvent = { type: 'ExportExpired', data: job };
const part = {
  ...{ ...job, downloadId: 'down-1', part: 0, downloadedBy: 'boris' },
  ...{ format: 'csv' as const, purpose: 'audit' as const, patientIds: ['pat-1'] },
};
const downloaded: AuditorEvent = { type: 'ExportDownloaded', data: { ...part, patientIds: ['pat-1'] } };

const given = decider({ initial: noExports, evolve: evolveExports });
const by = (person: string) => ({ exportId: 'exp-1', by: person });

describe('approving an export', () => {
  it('lets it be made', () => {
    expect(given(requested(true)).when((jobs) => approve(jobs, by('boris')))).toEqual([approved]);
    expect(given(requested(true), approved).state.get('exp-1')?.status).toBe('queued');
  });
  it('is not for the officer who asked, whatever became of it', () => {
    for (const history of [
      [requested(true)],
      [requested(false)],
      [requested(true), approved],
      [requested(false), made],
    ])
      expect(() => given(...history).when((jobs) => approve(jobs, by('anna')))).toThrow(OwnExport);
  });
  it('changes nothing where it may be made already', () => {
    expect(given(requested(true), approved).when((jobs) => approve(jobs, by('carla')))).toEqual([]);
    expect(given(requested(false)).when((jobs) => approve(jobs, by('boris')))).toEqual([]);
  });
  it.each([
    ['cancelled', [requested(true), cancelled]],
    ['made', [requested(false), made]],
    ['failed', [requested(false), failed]],
    ['expired', [requested(false), made, expired]],
  ])('is too late once it is %s', (_, history) => {
    expect(() => given(...history).when((jobs) => approve(jobs, by('boris')))).toThrow(ExportIsClosed);
  });
  it('is of an export that there is', () => {
    expect(() => given().when((jobs) => approve(jobs, by('boris')))).toThrow(ExportNotFound);
  });
});

describe('cancelling an export', () => {
  it('is for any officer, the one who asked among them, until it is made', () => {
    for (const person of ['anna', 'boris'])
      for (const history of [[requested(true)], [requested(false)], [requested(true), approved]])
        expect(given(...history).when((jobs) => cancel(jobs, by(person)))).toEqual([
          { type: 'ExportCancelled', data: { ...job, cancelledBy: person } },
        ]);
  });
  it('changes nothing the second time, and is too late afterwards', () => {
    expect(given(requested(true), cancelled).when((jobs) => cancel(jobs, by('anna')))).toEqual([]);
    for (const end of [made, failed])
      expect(() => given(requested(false), end).when((jobs) => cancel(jobs, by('anna')))).toThrow(ExportIsClosed);
  });
});

describe('making an export', () => {
  const second = { ...file, attemptId: 'try-2', exportId: 'exp-1' };
  it('is done by the first that has the file whole', () => {
    expect(given(requested(false)).when((jobs) => make(jobs, { ...file, exportId: 'exp-1' }))).toEqual([made]);
  });
  it.each([
    ['another instance was first', [requested(false), made]],
    ['it was cancelled meanwhile', [requested(false), cancelled]],
    ['it failed elsewhere', [requested(false), failed]],
    ['it has not been approved', [requested(true)]],
  ])('comes to nothing where %s', (_, history) => {
    expect(given(...history).when((jobs) => make(jobs, second))).toEqual([]);
    expect(given(...history).when((jobs) => fail(jobs, { exportId: 'exp-1', reason: 'late' }))).toEqual([]);
  });
});

describe('fetching an export', () => {
  it('is recorded with every patient in it', () => {
    expect(given(requested(false), made).when((jobs) => download(jobs, [{ ...part, patientIds: ['pat-1'] }]))).toEqual([
      downloaded,
    ]);
  });
  it('is not possible before it is made, nor after its time', () => {
    const fetch =
      (...history: AuditorEvent[]) =>
      () =>
        given(...history).when((jobs) => download(jobs, [{ ...part, patientIds: [] }]));
    for (const history of [
      [requested(true)],
      [requested(false)],
      [requested(false), cancelled],
      [requested(false), failed],
    ])
      expect(fetch(...history)).toThrow(ExportNotReady);
    expect(fetch(requested(false), made, expired)).toThrow(ExportIsExpired);
  });
  it('ends once, and only where there is a file', () => {
    expect(given(requested(false), made).when((jobs) => expire(jobs, 'exp-1'))).toEqual([expired]);
    for (const history of [[requested(false)], [requested(false), made, expired]])
      expect(given(...history).when((jobs) => expire(jobs, 'exp-1'))).toEqual([]);
  });
});

describe('the list of exports', () => {
  const stored = (events: readonly AuditorEvent[]): Recorded<AuditorEvent>[] =>
    recorded(auditorStreams.of('anna'), events).map((event) => ({
      ...{ ...event, position: BigInt(event.revision) },
      recordedAt: `2026-05-04T09:00:0${event.revision}.000Z`,
    }));
  const fold = (events: readonly Recorded<AuditorEvent>[]) =>
    events.reduce<TrackedExport | undefined>((view, event) => exportJobs.evolve(view, event, 'exp-1'), undefined);

  it('says when each was asked for and made, and how often it was fetched', () => {
    const more: AuditorEvent = { type: 'ExportDownloaded', data: { ...part, part: 1, patientIds: ['pat-2'] } };
    const again: AuditorEvent = { type: 'ExportDownloaded', data: { ...part, downloadId: 'down-2', patientIds: [] } };
    expect(fold(stored([requested(true), approved, made, downloaded, more, again]))).toMatchObject({
      ...{ exportId: 'exp-1', status: 'made', requestedBy: 'anna', approvedBy: 'boris', downloads: 2 },
      ...{ requestedAt: '2026-05-04T09:00:00.000Z', madeAt: '2026-05-04T09:00:02.000Z' },
    });
  });

  it('is the same built again, and knows none that was not asked for', () => {
    const events = stored([requested(false), made, downloaded, expired]);
    expect(fold(events)).toEqual(fold(events));
    expect(fold(stored([made, expired]))).toBeUndefined();
  });
});
