import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { MediaEvent } from '../../events/media-events.ts';
import { isOwedTo, type MediaSession, mediaSessions, OPEN } from '../../projections/media-session.ts';
import { BreachFlags } from '../breaches/flags.ts';
import { Clock } from '../clock.ts';
import type { ConsultationRef } from '../consultations/refs.ts';
import { Rounds } from '../flow/rounds.ts';
import { eventIdFor } from '../ledger/event-id.ts';
import { type Cause, causedBy } from '../ledger/ledger.ts';
import { type EventOfType, reactor } from '../ledger/react/reactor.ts';
import { Reactors } from '../ledger/react/reactors.ts';
import type { RunningReactor } from '../ledger/react/running-reactor.ts';
import type { ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';
import { Claims } from './claims.ts';
import { LiveKit } from './livekit.ts';
import { Presences } from './presences.ts';
import { MediaSessions } from './sessions.ts';
import { partOf } from './told.ts';

/** What happened in a room that no consultation is known to be called after. */
export const UNMATCHED = 'unmatched-media';

export const MEDIA_WATCH = { name: 'media-watch', version: 1, maxInFlight: 32 } as const;

const EVERY_MS = 30_000;
const PAGE = 200;
/** A session that matches no consultation by then is for the desk. */
const UNMATCHED_AFTER_MS = 5 * 60_000;
/** The server is asked again about a session of which it may know more. */
const ASK_EVERY_MS = 5 * 60_000;
/** A message that did not come by then will not come. */
const SILENT_AFTER_MS = 24 * 3_600_000;
const ASKED_KEPT = 10_000;

/**
 * Acts on what media servers tell: as it is handed out, and in rounds on sessions that are still open, so that a message that never came is
 * asked for and a file that could not be read is read later.
 */
@Injectable()
export class MediaWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(MediaWatch.name);
  private readonly reactor: RunningReactor;
  private readonly rounds = new Rounds(() => this.round(), { firstAfterMs: EVERY_MS, everyMs: EVERY_MS });
  private readonly model: ReadModel<MediaSession, MediaEvent>;
  /** When this instance asked last, by session. */
  private readonly asked = new Map<string, number>();
  /** Copies take as long as they take, by session: events that are handed out are not kept waiting for them. */
  private readonly copying = new Map<string, Promise<void>>();
  /** Sessions whose files are to be looked at, also while others of them are being copied. */
  private readonly toCopy = new Map<string, { readonly of: ConsultationRef; readonly cause: Cause }>();

  constructor(
    private readonly sessions: MediaSessions,
    private readonly presences: Presences,
    private readonly claims: Claims,
    private readonly livekit: LiveKit,
    private readonly flags: BreachFlags,
    private readonly clock: Clock,
    models: ReadModels,
    reactors: Reactors,
  ) {
    this.model = models.of(mediaSessions);
    this.reactor = reactors.add(
      reactor({ ...MEDIA_WATCH, on: { ProviderEventReceived: (event) => this.heard(event) } }),
    );
  }

  onApplicationBootstrap(): void {
    this.reactor.start();
    this.rounds.start();
  }

  /** Before the ledger is closed. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.rounds.stop(), this.reactor.stop()]);
    await Promise.all(this.copying.values());
  }

  private async heard(event: EventOfType<'ProviderEventReceived'>): Promise<void> {
    const { state: session } = await this.sessions.get(event.data.mediaSessionId, event.revision);
    if (session) await this.act(session, causedBy(event, MEDIA_WATCH.name));
  }

  /** All that follows from the state of a session; most of it followed before. */
  private async act(session: MediaSession, cause: Cause): Promise<boolean> {
    const consultation = await this.presences.follow(session, cause);
    if (!consultation) return false;
    const { mediaSessionId } = session;
    this.toCopy.set(mediaSessionId, { of: consultation, cause });
    if (!this.copying.has(mediaSessionId)) this.copying.set(mediaSessionId, this.copy(mediaSessionId));
    return true;
  }

  /** Claims the files of a session, and those that are told of meanwhile. Never rejects. */
  private async copy(mediaSessionId: string): Promise<void> {
    try {
      for (let next = this.toCopy.get(mediaSessionId); next; next = this.toCopy.get(mediaSessionId)) {
        this.toCopy.delete(mediaSessionId);
        const { state: session } = await this.sessions.get(mediaSessionId);
        if (session) await this.claims.claimFiles(session, next.of, next.cause);
      }
    } catch (error) {
      this.logger.warn(`files of media session ${mediaSessionId} are claimed later: ${String(error)}`);
    } finally {
      this.copying.delete(mediaSessionId);
    }
  }

  /** Looks at every session that is open. Never rejects. */
  async round(): Promise<void> {
    try {
      let before: number | null = Number.MAX_SAFE_INTEGER;
      while (before !== null && !this.rounds.signal.aborted) {
        const page: ReturnType<typeof this.model.page> = this.model.page({ shelf: OPEN, before, limit: PAGE });
        for (const { view } of page.items) {
          if (this.rounds.signal.aborted) return;
          await this.look(view).catch((error: unknown) =>
            this.logger.warn(`media session ${view.mediaSessionId} is looked at later: ${String(error)}`),
          );
        }
        before = page.next;
        await setImmediate();
      }
    } catch (error) {
      this.logger.warn(`media sessions are looked at later: ${String(error)}`);
    }
  }

  /** @throws LedgerUnavailable, MediaServerUnavailable */
  private async look({ mediaSessionId }: MediaSession): Promise<void> {
    const cause = this.cause();
    let { state: session } = await this.sessions.get(mediaSessionId);
    if (!session) return;
    if (this.isToBeAsked(session)) {
      await this.reconcile(session, cause);
      session = (await this.sessions.get(mediaSessionId)).state ?? session;
    }
    const isMatched = await this.act(session, cause);
    await this.reportNoFile(session, cause);
    const age = this.clock.now() - Date.parse(session.since);
    if (!isMatched && age > UNMATCHED_AFTER_MS) await this.setAside(session, 'unmatched', cause);
    else if (age > SILENT_AFTER_MS && (session.closedAt === undefined || isOwedTo(session)))
      await this.setAside(session, 'silent', cause);
  }

  /** Sessions that are open or owed something; those of other servers cannot be asked about. */
  private isToBeAsked(session: MediaSession): boolean {
    if (!this.livekit.answers || session.connection !== 'livekit') return false;
    if (session.closedAt !== undefined && !isOwedTo(session)) return false;
    const last = this.asked.get(session.mediaSessionId);
    return last === undefined || isOwedTo(session) || this.clock.now() - last >= ASK_EVERY_MS;
  }

  /**
   * Asks the server, and records what it knows and did not tell.
   * @throws MediaServerUnavailable, LedgerUnavailable
   */
  async reconcile(session: MediaSession, cause: Cause): Promise<void> {
    const { mediaSessionId } = session;
    const now = this.clock.now();
    if (this.asked.size >= ASKED_KEPT) this.asked.clear();
    this.asked.set(mediaSessionId, now);
    const found = await this.livekit.ask(session);
    for (const told of found) await this.sessions.hear(told, cause);
    if (found.length === 0 && !session.dropped) return;
    const asked = new Date(now).toISOString();
    await this.sessions.note(
      { type: 'MediaSessionReconciled', data: { mediaSessionId, asked } },
      eventIdFor('media-reconciled', `${mediaSessionId}/${asked}`),
      cause,
    );
  }

  /** A recorder ended, its server was asked, and there is no file of it. */
  private async reportNoFile({ mediaSessionId, recorders, claims, of }: MediaSession, cause: Cause): Promise<void> {
    for (const [recorderId, { ended, files, final }] of Object.entries(recorders)) {
      const fileId = eventIdFor('recorder-run', partOf(mediaSessionId, recorderId));
      if (!ended || !final || files.length > 0 || claims[fileId]) continue;
      await this.claims.notKept({ ...of, mediaSessionId, fileId, reason: 'no-file' }, cause);
    }
  }

  /** What people did, or recorders, in a room that is no consultation's is for the desk: a recording without a consultation has no owner. */
  private async setAside(session: MediaSession, reason: 'unmatched' | 'silent', cause: Cause): Promise<void> {
    const { mediaSessionId, presences, recorders } = session;
    const isUsed = Object.keys(presences).length + Object.keys(recorders).length > 0;
    if (reason === 'unmatched' && isUsed)
      await this.flags.flag(
        {
          breachId: eventIdFor(UNMATCHED, mediaSessionId),
          ...{ severity: 'review', rule: UNMATCHED, contentReleased: false },
        },
        cause,
      );
    const data = { mediaSessionId, reason };
    await this.sessions.note(
      { type: 'MediaSessionSetAside', data },
      eventIdFor('media-set-aside', mediaSessionId),
      cause,
    );
  }

  private cause(): Cause {
    return {
      actor: { id: MEDIA_WATCH.name, roles: [] },
      requestId: eventIdFor('media-round', String(this.clock.now())),
    };
  }
}
