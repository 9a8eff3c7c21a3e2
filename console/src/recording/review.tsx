import { useMutation } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { answered, api, LedgerProblem, send } from '../api/client.ts';
import shared from '../history/history.module.css';
import { PURPOSES, type Purpose } from '../history/question.ts';
import { say } from '../parts/announcer.tsx';
import { Button } from '../parts/button.tsx';
import { CodeField } from '../parts/code-field.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { Clock } from '../parts/countdown.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Choice, Select, TextField } from '../parts/fields.tsx';
import { Panel } from '../parts/page.tsx';
import { problemText } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { sentence } from '../parts/words.ts';
import { useSession } from '../shell/role.ts';
import styles from './recording.module.css';

export type Of = { readonly patientId: string; readonly consultationId: string; readonly recordingId: string };
const AT = '/v1/patients/{patientId}/consultations/{consultationId}/recordings/{recordingId}' as const;

/** A view that both keys permitted, and what plays it. */
type Playing = {
  readonly contentUrl: string;
  readonly endsAt: string;
  readonly tag: 'video' | 'audio';
};

/** Watching a recording: by whom another officer assigned to review it, for as long, and as one more view on record. */
export const Review = ({ of }: { readonly of: Of }) => {
  const [isAssigning, setAssigning] = useState(false);
  const [assigned, setAssigned] = useState<Assigned>();
  return (
    <Watch of={of} acts={<Button onPress={() => setAssigning(true)}>Assign a reviewer …</Button>}>
      Opening this page entitles no one to watch. An officer assigns another person of the desk to review the recording,
      for a time; each view is on record before it plays, and the patient sees it.
      {assigned !== undefined && <Address of={of} assigned={assigned} />}
      {isAssigning && <AssignDialog of={of} onClose={() => setAssigning(false)} onAssigned={setAssigned} />}
    </Watch>
  );
};

type WatchProps = {
  readonly of: Of;
  readonly acts?: React.ReactNode;
  /** Shown while nothing plays. */
  readonly children: React.ReactNode;
};

/** Plays the recording to the person at the page, where both keys permit the view. */
export const Watch = ({ of, acts, children }: WatchProps) => {
  const [isAsking, setAsking] = useState(false);
  const [playing, setPlaying] = useState<Playing>();
  const [over, setOver] = useState<string>();
  return (
    <Panel
      title="Review"
      acts={
        <span className={shared.acts}>
          {acts}
          {playing === undefined && <Button onPress={() => setAsking(true)}>Play …</Button>}
        </span>
      }
    >
      {playing === undefined ? (
        <>
          {over !== undefined && (
            <p role="alert" className={styles.over}>
              {over}
            </p>
          )}
          <div className={styles.quiet}>{children}</div>
        </>
      ) : (
        <Player
          playing={playing}
          onOver={(why) => {
            setPlaying(undefined);
            setOver(why);
          }}
        />
      )}
      {isAsking && (
        <PlayDialog
          of={of}
          onClose={() => setAsking(false)}
          onPlay={(next) => {
            setOver(undefined);
            setPlaying(next);
            setAsking(false);
          }}
        />
      )}
    </Panel>
  );
};

type Assigned = { readonly reviewerId: string; readonly until: string };

/** Where a reviewer who may read no history finds the recording. The address entitles to nothing. */
const Address = ({ of: { recordingId, ...search }, assigned }: { readonly of: Of; readonly assigned: Assigned }) => {
  const router = useRouter();
  const { href } = router.buildLocation({ to: '/recordings/$recordingId/watch', params: { recordingId }, search });
  const address = new URL(href, window.location.origin).href;
  return (
    <p role="status">
      <code>{assigned.reviewerId}</code> may watch it until <Time at={assigned.until} />, at this address:{' '}
      <CopyId id={address} of="review" what="address" whole />
    </p>
  );
};

const MINUTE_MS = 60_000;
const TIMES = [
  { value: '15', label: '15 minutes' },
  { value: '60', label: '1 hour' },
  { value: '240', label: '4 hours' },
  { value: '1439', label: 'A day' },
] as const;

type AssignProps = {
  readonly of: Of;
  readonly onClose: () => void;
  readonly onAssigned: (assigned: Assigned) => void;
};

const AssignDialog = ({ of, onClose, onAssigned }: AssignProps) => {
  const { personId } = useSession();
  const [reviewer, setReviewer] = useState('');
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState<(typeof TIMES)[number]['value']>('60');
  const isOneself = reviewer.trim() === personId;
  const assign = useMutation({
    mutationFn: () => {
      const until = new Date(Date.now() + Number(minutes) * MINUTE_MS).toISOString();
      return answered(
        api.POST(`${AT}/reviewers`, { params: { path: of }, body: { reviewerId: reviewer.trim(), reason, until } }),
      );
    },
    onSuccess: (assigned) => {
      onAssigned(assigned);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Assign a reviewer"
      act="Assign"
      onClose={onClose}
      onConfirm={() => assign.mutate()}
      busy={assign.isPending}
      disabled={reviewer.trim() === '' || reason === '' || isOneself}
      error={assign.error}
    >
      <ul className={shared.does}>
        <li>This person, on call or in compliance, can watch this recording until then, and no other.</li>
        <li>Both keys judge each view of theirs, as ever. The patient sees it.</li>
        <li>No one assigns themselves.</li>
      </ul>
      <TextField
        label="Person"
        value={reviewer}
        onChange={setReviewer}
        required
        autoFocus
        maxLength={64}
        hint={isOneself ? 'That is you: another officer assigns you.' : 'The id of a person of the desk.'}
      />
      <CodeField label="Reason" value={reason} onChange={setReason} required often={['quality-review', 'complaint']} />
      <Select label="For" value={minutes} onChange={setMinutes} options={TIMES} />
    </ConfirmDialog>
  );
};

/** What each purpose is for a person of the desk. */
const PURPOSE_SAYS: Readonly<Record<Purpose, string>> = {
  review: 'Another officer assigned you to review it.',
  treatment: 'You take part in the consultation.',
  operations: 'You take part, and keep the service at work.',
  'patient-request': 'It is about yourself.',
  emergency: 'A clinician alone, with the reason in words.',
};

const PlayDialog = ({
  of,
  onClose,
  onPlay,
}: {
  readonly of: Of;
  readonly onClose: () => void;
  readonly onPlay: (playing: Playing) => void;
}) => {
  const [purpose, setPurpose] = useState<Purpose>('review');
  const [reason, setReason] = useState('');
  const open = useMutation({
    mutationFn: async () => {
      const said = reason.trim();
      const body = { purpose, ...(said !== '' && { reason: said }) };
      try {
        const view = await answered(api.POST(`${AT}/views`, { params: { path: of }, body }));
        return await playable(view);
      } catch (error) {
        throw error instanceof LedgerProblem && NOT_ASSIGNED.has(error.code) && purpose === 'review'
          ? new LedgerProblem(error.code, error.status, NO_ASSIGNMENT)
          : error;
      }
    },
    onSuccess: onPlay,
  });
  return (
    <ConfirmDialog
      title="Play this recording"
      act="Play"
      onClose={onClose}
      onConfirm={() => open.mutate()}
      busy={open.isPending}
      error={open.error}
    >
      <ul className={shared.does}>
        <li>That you watch it, and why, is on record before it plays. The patient sees it.</li>
        <li>Two keys that share nothing must both agree. Being refused is on record, too.</li>
      </ul>
      <Choice
        label="Purpose"
        value={purpose}
        onChange={setPurpose}
        options={ORDERED.map((value) => ({ value, label: sentence(value), says: PURPOSE_SAYS[value] }))}
      />
      {purpose === 'emergency' && (
        <TextField label="Reason" value={reason} onChange={setReason} lines={3} maxLength={500} required />
      )}
    </ConfirmDialog>
  );
};

/** A review first: people of the desk take part in consultations as patients or clinicians alone. */
const ORDERED: readonly Purpose[] = ['review', ...PURPOSES.filter((one) => one !== 'review')];

type Code = NonNullable<LedgerProblem['code']>;
const NOT_ASSIGNED: ReadonlySet<Code | undefined> = new Set<Code>(['recording-not-found', 'view-refused']);
const NO_ASSIGNMENT =
  'You are not assigned to review this recording, or the time of it is over. Another compliance officer assigns you.';

type View = {
  readonly verdict: string;
  readonly contentUrl?: string;
  readonly endsAt?: string;
  readonly expiresAt?: string;
};

/** How a view is played. @throws where it may not be, or not any more */
const playable = async ({ verdict, contentUrl, expiresAt, endsAt = expiresAt }: View): Promise<Playing> => {
  if (contentUrl === undefined || endsAt === undefined)
    throw new Error(`The view is on record as ${verdict}, and nothing of it plays.`);
  const found = await send(new Request(new URL(contentUrl, window.location.origin), { method: 'HEAD' }));
  if (!found.ok) throw (await refusalOf(contentUrl)) ?? new Error('The recording could not be fetched.');
  const isAudio = (found.headers.get('content-type') ?? '').startsWith('audio/');
  return { contentUrl, endsAt, tag: isAudio ? 'audio' : 'video' };
};

/** Why the bytes of a view do not come, or undefined where they do. No byte is asked for: an answer to HEAD alone is too short to say why. */
const refusalOf = async (contentUrl: string): Promise<LedgerProblem | undefined> => {
  const url = new URL(contentUrl, window.location.origin);
  if ((await send(new Request(url, { method: 'HEAD' }))).ok) return undefined;
  const aborted = new AbortController();
  const answer = await send(new Request(url, { signal: aborted.signal }));
  if (answer.ok) {
    aborted.abort();
    return undefined;
  }
  const { code, detail } = (await answer.json().catch(() => ({}))) as { code?: LedgerProblem['code']; detail?: string };
  return new LedgerProblem(code, answer.status, detail ?? `The server answered ${answer.status}.`);
};

const ASK_MS = 3_000;

/** The ends of a view, as the person who watches is told. */
const ENDS: Readonly<Partial<Record<Code, string>>> = {
  'view-revoked': 'This view was revoked: nothing of it plays any more.',
  'view-expired': 'The view was not in use for too long, and ended. Play it again to go on.',
  'content-suspended': 'You are suspended: you can watch nothing until a person reinstates you.',
  'playback-halted': 'Playback is halted. It can be played again once it is resumed.',
  'recording-quarantined': 'The recording was quarantined meanwhile.',
  'recording-erased': 'The recording was erased meanwhile.',
};
const endOf = (problem: LedgerProblem): string =>
  (problem.code !== undefined && ENDS[problem.code]) || problemText(problem);

/** Plays it until its time is over, or its permission is taken away. The part that was loaded goes with the player. */
const Player = ({ playing, onOver }: { readonly playing: Playing; readonly onOver: (why: string) => void }) => {
  const { contentUrl, endsAt, tag: Tag } = playing;
  const media = useRef<HTMLVideoElement>(null);
  const told = useRef(onOver);
  told.current = onOver;

  useEffect(() => {
    let isOver = false;
    const end = (why: string) => {
      if (isOver) return;
      isOver = true;
      say(why);
      told.current(why);
    };
    const element = media.current;
    const timeBox = window.setTimeout(
      () => end('The time of this view is over.'),
      Math.max(0, Date.parse(endsAt) - Date.now()),
    );
    let isAsking = false;
    const ask = async (isStuck: boolean) => {
      if (isAsking || isOver) return;
      isAsking = true;
      try {
        const refusal = await refusalOf(contentUrl);
        // It rested for too long: the part that is loaded may be watched to its end.
        if (refusal && (isStuck || refusal.code !== 'view-expired')) end(endOf(refusal));
        else if (isStuck && !refusal)
          end('This browser cannot play the recording, or the connection broke. Play it again.');
      } catch (error) {
        if (isStuck) end(problemText(error));
      } finally {
        isAsking = false;
      }
    };
    const asked = window.setInterval(() => void ask(false), ASK_MS);
    const onError = () => void ask(true);
    element?.addEventListener('error', onError);
    return () => {
      isOver = true;
      window.clearTimeout(timeBox);
      window.clearInterval(asked);
      element?.removeEventListener('error', onError);
      // Out of the document a player plays on.
      element?.pause();
      element?.removeAttribute('src');
      element?.load();
    };
  }, [contentUrl, endsAt]);

  return (
    <div className={styles.player}>
      <Tag ref={media} src={contentUrl} controls autoPlay playsInline aria-label="The recording" />
      <div className={styles.playing}>
        <span>
          Ends in <Clock until={endsAt} />
        </span>
        <Button onPress={() => onOver('You ended the view.')}>End it</Button>
      </div>
    </div>
  );
};
