import { Inject, Injectable } from '@nestjs/common';
import type { EgressInfo, ParticipantInfo, WebhookEvent } from 'livekit-server-sdk';
import type { MediaFact, RecorderFile } from '../../events/media-events.ts';
import type { MediaSession } from '../../projections/media-session.ts';
import { Unauthenticated } from '../auth/errors.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { ValidationFailed } from '../http/problems.ts';
import { MediaServerUnavailable, noLiveKit } from './errors.ts';
import { fileOf, isId, personOf, type Told } from './told.ts';

type Sdk = typeof import('livekit-server-sdk');

/** So old, or so far ahead, a message may be: one that was recorded on the way is of no use later. */
export const MESSAGE_AGE_MS = 5 * 60_000;
const ASK_MS = 10_000;

const facts: Readonly<Record<string, MediaFact>> = {
  room_started: 'session-opened',
  room_finished: 'session-closed',
  participant_joined: 'participant-joined',
  participant_left: 'participant-left',
  participant_connection_aborted: 'participant-aborted',
  egress_started: 'recording-began',
  egress_ended: 'recording-ended',
};

const iso = (ms: number): string => new Date(ms).toISOString();
const ofSeconds = (seconds: bigint): string => iso(Number(seconds) * 1_000);
const ofNanoseconds = (ns: bigint): string | undefined => (ns > 0n ? iso(Number(ns / 1_000_000n)) : undefined);

/** Webhooks of LiveKit, and its API for what they did not tell. */
@Injectable()
export class LiveKit {
  private loaded: Promise<Sdk> | undefined;

  constructor(
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Whether it can be asked. */
  get answers(): boolean {
    return this.config.media.livekit?.url !== undefined;
  }

  /**
   * @param body as it came: the signature is over its bytes
   * @returns undefined for a message that tells no fact of a session
   * @throws MediaUnavailable, Unauthenticated, ValidationFailed
   */
  async heard(body: string, authorization: string | undefined): Promise<Told | undefined> {
    const { livekit } = this.config.media;
    if (!livekit) throw noLiveKit();
    const sdk = await this.sdk();
    const receiver = new sdk.WebhookReceiver(livekit.apiKey, livekit.apiSecret);
    let event: WebhookEvent;
    try {
      event = await receiver.receive(body, authorization?.replace(/^Bearer /i, ''));
    } catch (error) {
      // The signature is checked before the body is read.
      if (error instanceof SyntaxError || /^cannot decode/.test((error as Error).message)) throw unreadable();
      throw new Unauthenticated('the message is not signed by the LiveKit server');
    }
    const { createdAt } = event;
    if (Math.abs(Number(createdAt) * 1_000 - this.clock.now()) > MESSAGE_AGE_MS)
      throw new Unauthenticated('the message is more than 5 minutes old');
    return toldBy(event);
  }

  /**
   * What the server knows of a session, as far as the ledger does not.
   * @throws MediaServerUnavailable
   */
  async ask(session: MediaSession): Promise<readonly Told[]> {
    const { livekit } = this.config.media;
    const { mediaSessionId, consultationId: room } = session;
    if (!livekit?.url || room === undefined) return [];
    const { RoomServiceClient, EgressClient, ...sdk } = await this.sdk();
    const { url, apiKey, apiSecret } = livekit;
    const options = { requestTimeout: ASK_MS / 1_000 };
    try {
      const rooms = new RoomServiceClient(url, apiKey, apiSecret, options);
      const [open, egresses] = await Promise.all([
        rooms.listRooms([room]),
        new EgressClient(url, apiKey, apiSecret, options).listEgress({ roomName: room }),
      ]);
      const isOpen = open.some(({ sid }) => sid === mediaSessionId);
      const people = isOpen ? await rooms.listParticipants(room) : [];
      const base = { mediaSessionId, connection: 'livekit', consultationId: room, reconciled: true } as const;
      const now = iso(this.clock.now());
      return [
        ...presencesFound(session, isOpen, people.filter(isPerson), { base, now }),
        ...egresses
          .filter(({ roomId }) => roomId === mediaSessionId)
          .flatMap((egress) => runFound(session, egress, { base, now, ended: isOver(egress, sdk) })),
        ...Object.entries(session.recorders)
          // Ended, or never told of again: what the server has forgotten will have no file.
          .filter(([id, { final }]) => !final && !isOpen && !egresses.some(({ egressId }) => egressId === id))
          .map(([recorderId]) => found(base, 'recording-ended', recorderId, { recorderId, occurredAt: now })),
        ...(isOpen || session.closedAt !== undefined
          ? []
          : [found(base, 'session-closed', mediaSessionId, { occurredAt: now })]),
      ];
    } catch (error) {
      throw new MediaServerUnavailable({ cause: error });
    }
  }

  /** Loading it is a good part of a start, and many instances never hear of LiveKit. */
  private sdk(): Promise<Sdk> {
    this.loaded ??= import('livekit-server-sdk');
    return this.loaded;
  }
}

const unreadable = () =>
  new ValidationFailed([{ path: '', message: 'must be a webhook of LiveKit as this release knows them' }]);

type Base = Pick<Told, 'mediaSessionId' | 'connection' | 'consultationId' | 'reconciled'>;
type Found = { readonly base: Base; readonly now: string };

/** The same finding has the same id, whichever instance makes it. */
const found = (base: Base, fact: MediaFact, of: string, more: Pick<Told, 'occurredAt'> & Partial<Told>): Told => ({
  ...base,
  providerEventId: `asked-${fact}-${of}`.slice(0, 64),
  fact,
  ...more,
});

/** `ParticipantInfo.Kind` of livekit_models.proto, which the SDK does not export: ingress, egress and agents are programs. */
const PROGRAMS: ReadonlySet<number> = new Set([1, 2, 4]);
const isPerson = ({ kind }: ParticipantInfo): boolean => !PROGRAMS.has(kind);

const isOver = ({ status }: EgressInfo, { EgressStatus: is }: Pick<Sdk, 'EgressStatus'>) =>
  status !== is.EGRESS_STARTING && status !== is.EGRESS_ACTIVE && status !== is.EGRESS_ENDING;

const joinedAt = ({ joinedAtMs, joinedAt: seconds }: ParticipantInfo): string | undefined => {
  if (joinedAtMs > 0n) return iso(Number(joinedAtMs));
  return seconds > 0n ? ofSeconds(seconds) : undefined;
};

type FileInfo = EgressInfo['fileResults'][number];

/** @returns undefined for participants that are programs, and for messages of no session */
const toldBy = (event: WebhookEvent): Told | undefined => {
  const { event: name, room, participant, egressInfo, numDropped: dropped } = event;
  const mediaSessionId = room?.sid || egressInfo?.roomId || '';
  if (!isId(mediaSessionId) || !isId(event.id)) return undefined;
  const roomName = room?.name || egressInfo?.roomName || '';
  const fact = participant && !isPerson(participant) ? 'other' : (facts[name] ?? 'other');
  if (fact === 'other' && dropped === 0) return undefined;
  const createdAt = ofSeconds(event.createdAt);
  const base: Told = {
    ...{ mediaSessionId, connection: 'livekit', providerEventId: event.id, fact, occurredAt: createdAt },
    ...(isId(roomName) && { consultationId: roomName }),
    ...(dropped > 0 && { dropped }),
  };
  if (participant && fact.startsWith('participant-'))
    return {
      ...base,
      ...{ presenceId: participant.sid, personId: personOf(participant.identity) },
      ...(fact === 'participant-joined' && { occurredAt: joinedAt(participant) ?? createdAt }),
    };
  if (egressInfo && fact.startsWith('recording-'))
    return {
      ...base,
      recorderId: egressInfo.egressId,
      ...(fact === 'recording-ended' && { files: filesOf(egressInfo) }),
    };
  return base;
};

/** Servers name their files in `fileResults`, or in the older `result`, or in both. */
const filesOf = ({ fileResults, result }: EgressInfo): RecorderFile[] => {
  const named = [...fileResults, ...(result.case === 'file' ? [result.value] : [])];
  return [...new Map(named.map((file) => [file.filename, file])).values()].flatMap((file) => toFile(file) ?? []);
};

const toFile = ({ filename: key, size, duration, startedAt, endedAt }: FileInfo): RecorderFile | undefined => {
  const [from, until] = [ofNanoseconds(startedAt), ofNanoseconds(endedAt)];
  return fileOf({
    key,
    ...(size > 0n && { bytes: Number(size) }),
    ...(duration > 0n && { durationSeconds: Number(duration / 1_000_000n) / 1_000 }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
  });
};

const presencesFound = (
  { presences }: MediaSession,
  isOpen: boolean,
  people: readonly ParticipantInfo[],
  { base, now }: Found,
): Told[] => [
  ...people
    .filter(({ sid }) => presences[sid]?.from === undefined)
    .map((person) =>
      found(base, 'participant-joined', person.sid, {
        ...{ presenceId: person.sid, personId: personOf(person.identity), occurredAt: joinedAt(person) ?? now },
      }),
    ),
  ...Object.entries(presences)
    .filter(([sid, { until }]) => isOpen && until === undefined && !people.some((person) => person.sid === sid))
    .map(([presenceId, { personId }]) =>
      found(base, 'participant-left', presenceId, { presenceId, personId, occurredAt: now }),
    ),
];

const runFound = (
  { recorders }: MediaSession,
  egress: EgressInfo,
  { base, now, ended }: Found & { readonly ended: boolean },
): Told[] => {
  const { egressId: recorderId } = egress;
  const known = recorders[recorderId];
  if (ended)
    return known?.final || (known?.ended && known.files.length > 0)
      ? []
      : [
          found(base, 'recording-ended', recorderId, {
            ...{ recorderId, files: filesOf(egress), occurredAt: ofNanoseconds(egress.endedAt) ?? now },
          }),
        ];
  return known
    ? []
    : [found(base, 'recording-began', recorderId, { recorderId, occurredAt: ofNanoseconds(egress.startedAt) ?? now })];
};
