import { setImmediate as othersTurn } from 'node:timers/promises';
import {
  END,
  type EventStoreDBClient,
  StreamDeletedError,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
import type { PatientEvent } from '../../events/patient-events.ts';
import type { ViewerEvent } from '../../events/viewer-events.ts';
import type { Evidence as Event } from '../../projections/evidence.ts';
import { noAccess, type RecordingAccess, takeIn } from '../../projections/recording-access.ts';
import { noStanding, takeInViewer, type ViewerStanding } from '../../projections/viewer-standing.ts';
import { EvidenceUnavailable } from './errors.ts';
import { type EvidenceFold, EvidenceFolds } from './evidence-folds.ts';
import { Owners } from './owners.ts';
import { type Believable, readEvidence, type StoredEvent, Unbelievable, WATCHED_PREFIXES } from './raw-event.ts';

export type EvidenceReport =
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'unbelievable'; readonly refusal: Unbelievable };

/** The part of the ledger's connection that is needed here. */
export type Connection = { readonly raw: EventStoreDBClient; readonly outage: string | undefined };

type AnyFolds = Pick<EvidenceFolds<RecordingAccess>, 'arrived' | 'refuse' | 'forget'>;

/** Whose a media session is: the first consultation it was bound to. */
export type SessionOwner = { readonly patientId: string; readonly consultationId: string };
type Session = { revision: number; owner: SessionOwner | undefined };

/** A console session, and the account that it is of. */
export type SessionRef = { readonly id: string; readonly account: string };

type Switch = { revision: number; halted: boolean; readonly releases: Set<string> };

export const sessionEvidence: EvidenceFold<Session> = {
  initial: () => ({ revision: -1, owner: undefined }),
  takeIn: (state, event) => {
    state.revision = event.revision;
    if (event.type === 'MediaSessionBound') state.owner ??= event.data;
  },
};

export const switchEvidence: EvidenceFold<Switch> = {
  initial: () => ({ revision: -1, halted: false, releases: new Set() }),
  takeIn: (state, { type, data, revision }) => {
    state.revision = revision;
    if (type === 'PlaybackHalted') state.halted = true;
    else if (type === 'PlaybackResumed') state.halted = false;
    else if (type === 'ReleaseHalted') state.releases.add(data.release);
    else if (type === 'ReleaseResumed') state.releases.delete(data.release);
  },
};

type Account = { revision: number; readonly open: Map<string, { readonly personId: string; readonly endsAt: number }> };

/** Console sessions that were begun and not ended. */
export const accountEvidence: EvidenceFold<Account> = {
  initial: () => ({ revision: -1, open: new Map() }),
  takeIn: (state, { type, data, revision }) => {
    state.revision = revision;
    if (type === 'SessionEnded') state.open.delete(data.sessionId);
    if (type !== 'SessionBegan') return;
    // The first to begin is the first whose time is over.
    for (const [id, { endsAt }] of state.open) {
      if (endsAt > Date.parse(data.beganAt)) break;
      state.open.delete(id);
    }
    state.open.set(data.sessionId, { personId: data.personId, endsAt: Date.parse(data.endsAt) });
  },
};

const PLAYBACK = 'playback-switch';
const READ_PAGE = 1_000;
const READ_TIMEOUT_MS = 5_000;
/** A long stream is checked in parts: the process answers others between them. */
const LONGEST_AT_ONCE_MS = 10;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/**
 * What the second key knows: its own subscription, its own reader of stored events, its own folds. From the rest of the application it
 * takes the connection, and nothing else.
 *
 *   following ──dropped──▶ everything forgotten, streams are read when asked for ──confirmed──▶ following …
 */
export class Evidence {
  readonly owners = new Owners();
  private readonly patients: EvidenceFolds<RecordingAccess>;
  private readonly viewers: EvidenceFolds<ViewerStanding>;
  private readonly sessions: EvidenceFolds<Session>;
  private readonly accounts: EvidenceFolds<Account>;
  private readonly playback: EvidenceFolds<Switch>;
  private readonly byPrefix: readonly (readonly [string, AnyFolds])[];
  private following = false;
  private stopped = false;
  private wake: () => void = () => {};
  private begun: () => void = () => {};
  /** Hears of events that are not believed; each becomes a breach. */
  onUnbelievable: (refusal: Unbelievable) => void = () => {};
  private running: Promise<void> = Promise.resolve();

  /**
   * @param connection the connection there is now, and why the store is away if it is
   * @param report must not throw
   */
  constructor(
    private readonly connection: Connection,
    private readonly report: (what: EvidenceReport) => void,
    /** Of the ledger that runs here. */
    private readonly release: string,
  ) {
    const read = (stream: string, from: number) => this.read(stream, from);
    const live = () => this.following;
    this.patients = new EvidenceFolds(
      { initial: noAccess, takeIn: (s, e) => takeIn(s, e as Event<PatientEvent>) },
      read,
      live,
    );
    this.viewers = new EvidenceFolds(
      { initial: noStanding, takeIn: (s, e) => takeInViewer(s, e as Event<ViewerEvent>) },
      read,
      live,
    );
    this.sessions = new EvidenceFolds<Session>(sessionEvidence, read, live);
    this.accounts = new EvidenceFolds<Account>(accountEvidence, read, live);
    this.playback = new EvidenceFolds<Switch>(switchEvidence, read, live);
    this.byPrefix = [
      ['patient-', this.patients],
      ['viewer-', this.viewers],
      ['session-', this.sessions],
      ['account-', this.accounts],
      [PLAYBACK, this.playback],
    ];
  }

  /** Whether every event that is committed is or is just being taken in. */
  get live(): boolean {
    return this.following;
  }

  /** @throws EvidenceUnavailable */
  patient(patientId: string, minRevision = -1): Promise<RecordingAccess> {
    return this.patients.get(`patient-${patientId}`, minRevision);
  }

  /** With everything the store has of the patient. @throws EvidenceUnavailable */
  patientNow(patientId: string): Promise<RecordingAccess> {
    return this.patients.refreshed(`patient-${patientId}`);
  }

  /** @throws EvidenceUnavailable */
  viewer(viewerId: string, minRevision = -1): Promise<ViewerStanding> {
    return this.viewers.get(`viewer-${viewerId}`, minRevision);
  }

  /** With everything the store has of the viewer. @throws EvidenceUnavailable */
  viewerNow(viewerId: string): Promise<ViewerStanding> {
    return this.viewers.refreshed(`viewer-${viewerId}`);
  }

  /** @returns undefined where the session belongs to no consultation, as those of older releases. @throws EvidenceUnavailable */
  async sessionOwner(mediaSessionId: string): Promise<SessionOwner | undefined> {
    return (await this.sessions.get(`session-${mediaSessionId}`)).owner;
  }

  /** Whether a console session of this person was begun and is not ended. @throws EvidenceUnavailable */
  async isSignedIn({ account, id }: SessionRef, personId: string): Promise<boolean> {
    const stream = `account-${account}`;
    // A session that has just begun may not have arrived here.
    return (
      isOpen(await this.accounts.get(stream), id, personId) ||
      isOpen(await this.accounts.refreshed(stream), id, personId)
    );
  }

  /** Likewise by the fold at hand; false where that cannot be relied on. */
  isSignedInAtHand({ account, id }: SessionRef, personId: string): boolean {
    const at = this.accounts.peek(`account-${account}`);
    return at !== undefined && isOpen(at, id, personId);
  }

  /** @throws EvidenceUnavailable */
  async halted(): Promise<boolean> {
    return this.isHalted(await this.playback.get(PLAYBACK));
  }

  /** Whether a release is halted, or without one everything, with all that the store has of the switch. @throws EvidenceUnavailable */
  async haltedNow(release?: string): Promise<boolean> {
    const { halted, releases } = await this.playback.refreshed(PLAYBACK);
    return release === undefined ? halted : releases.has(release);
  }

  /** Whether nothing is played here. */
  private isHalted({ halted, releases }: Switch): boolean {
    return halted || releases.has(this.release);
  }

  /** A patient's fold at hand, without asking; undefined where it cannot be relied on. */
  patientAtHand(patientId: string): RecordingAccess | undefined {
    return this.patients.peek(`patient-${patientId}`);
  }

  /** The fold at hand; undefined where it is not enough to let bytes keep flowing. */
  glance(patientId: string, viewerId: string) {
    const access = this.patients.peek(`patient-${patientId}`);
    const standing = this.viewers.peek(`viewer-${viewerId}`);
    const playback = this.playback.peek(PLAYBACK);
    return access && standing && playback && { access, standing, halted: this.isHalted(playback) };
  }

  /** Resolves once it follows the store for the first time; keeps trying until `stop`. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.begun = resolve;
      this.running = this.run();
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.stopped) {
      let why = 'the subscription ended';
      try {
        await this.follow(() => {
          pause = FIRST_PAUSE_MS;
        });
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
      this.following = false;
      for (const [, folds] of this.byPrefix) folds.forget();
      if (this.stopped) return;
      this.report({ kind: 'lost', why });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (this.stopped) this.wake();
      });
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  /** From the end: streams are read from their beginning when a request needs them, and followed from there. */
  private async follow(begun: () => void): Promise<void> {
    const subscription = this.connection.raw.subscribeToAll({
      fromPosition: END,
      filter: streamNameFilter({ prefixes: [...WATCHED_PREFIXES] }),
    });
    this.wake = () => {
      subscription.unsubscribe().catch(() => subscription.destroy());
    };
    subscription.once('confirmation', () => {
      this.following = !this.stopped;
      begun();
      this.report({ kind: 'live' });
      this.begun();
    });
    try {
      for await (const { event } of subscription) {
        if (this.stopped) return;
        if (event) this.arrived(event as unknown as StoredEvent);
      }
    } finally {
      subscription.destroy();
    }
  }

  private note({ streamId, type, data, created }: StoredEvent): void {
    this.owners.note(streamId, type, data, created.getTime());
  }

  private arrived(event: StoredEvent): void {
    this.note(event);
    const folds = this.byPrefix.find(([prefix]) => event.streamId.startsWith(prefix))?.[1];
    if (!folds) return;
    try {
      folds.arrived(readEvidence(event));
    } catch (error) {
      if (!(error instanceof Unbelievable)) throw error;
      folds.refuse(error);
      this.refused(error);
    }
  }

  /** @throws EvidenceUnavailable, Unbelievable */
  private async *read(stream: string, from: number): AsyncGenerator<Event<Believable>> {
    for (let next = from; ; ) {
      const page = await inTime(this.page(stream, next));
      let since = performance.now();
      for (const event of page) {
        if (performance.now() - since > LONGEST_AT_ONCE_MS) {
          await othersTurn();
          since = performance.now();
        }
        this.note(event);
        yield this.believed(event);
      }
      if (page.length < READ_PAGE) return;
      next = Number(page.at(-1)?.revision) + 1;
    }
  }

  private believed(event: StoredEvent): Event<Believable> {
    try {
      return readEvidence(event);
    } catch (error) {
      if (error instanceof Unbelievable) this.refused(error);
      throw error;
    }
  }

  private refused(refusal: Unbelievable): void {
    this.report({ kind: 'unbelievable', refusal });
    this.onUnbelievable(refusal);
  }

  private async page(stream: string, from: number): Promise<StoredEvent[]> {
    this.assertConnected(this.connection.raw);
    const client = this.connection.raw;
    const events: StoredEvent[] = [];
    try {
      for await (const { event } of client.readStream(stream, { fromRevision: BigInt(from), maxCount: READ_PAGE }))
        if (event) events.push(event as unknown as StoredEvent);
    } catch (error) {
      if (error instanceof StreamNotFoundError || error instanceof StreamDeletedError) return [];
      throw new EvidenceUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
    }
    // A read that is broken off with its connection looks like one that came to its end; a stream without its end proves nothing.
    this.assertConnected(client);
    return events;
  }

  private assertConnected(client: EventStoreDBClient): void {
    const { raw, outage } = this.connection;
    if (outage !== undefined) throw new EvidenceUnavailable(outage);
    if (raw !== client) throw new EvidenceUnavailable('the connection was lost');
  }
}

const isOpen = ({ open }: Account, id: string, personId: string): boolean => open.get(id)?.personId === personId;

/** A store that is silent is one that does not answer. */
const inTime = async <T>(work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new EvidenceUnavailable(`no answer within ${READ_TIMEOUT_MS} ms`)),
      READ_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
};
