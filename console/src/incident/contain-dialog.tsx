import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client.ts';
import type { Incident } from '../live/on-call.ts';
import { CodeField } from '../parts/code-field.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Choice, type Option } from '../parts/fields.tsx';
import { Shown } from '../parts/states.tsx';
import { counted } from '../parts/words.ts';
import { InUse } from '../releases/in-use.tsx';
import { type Scope, useAct } from './acts.ts';
import styles from './incident.module.css';

const SCOPES: readonly Option<Scope>[] = [
  { value: 'views', label: 'Its views', says: 'The permits of all views of the incident end.' },
  { value: 'viewer', label: 'Its viewers, too', says: 'They can open nothing until a person reinstates them.' },
  { value: 'recording', label: 'Its recordings, too', says: 'They are quarantined for everyone.' },
  { value: 'release', label: 'Its releases, too', says: 'Playback halts for every user of the release.' },
  { value: 'all', label: 'All of it', says: 'Views, viewers, recordings and releases.' },
];

/** Contains an incident, after it has said in numbers what that will stop. */
export const ContainDialog = ({ incident, onClose }: { readonly incident: Incident; readonly onClose: () => void }) => {
  const { incidentId } = incident;
  const [scope, setScope] = useState<Scope>(incident.kind === 'viewer' ? 'viewer' : 'views');
  const [reason, setReason] = useState('');
  const act = useAct('contain', onClose);
  const preview = useQuery({
    queryKey: ['incident', incidentId, 'preview', scope],
    queryFn: () =>
      answered(
        api.POST('/v1/incidents/{incidentId}/contain', {
          params: { path: { incidentId } },
          body: { scope, preview: true },
        }),
      ),
    staleTime: 0,
  });
  return (
    <ConfirmDialog
      title="Contain the incident"
      act="Contain"
      danger
      onClose={onClose}
      busy={act.isPending}
      disabled={preview.data === undefined}
      error={act.error}
      onConfirm={() => act.mutate({ incidentId, body: { scope, ...(reason !== '' && { reason }) } })}
    >
      <Choice label="What to stop" value={scope} onChange={setScope} options={SCOPES} />
      <div className={styles.preview} aria-live="polite">
        <Shown query={preview} what="what it would stop">
          {({ stopped }) => (
            <>
              <p>
                <strong>This {consequences(stopped)}.</strong>
              </p>
              {stopped.releases.map((release) => (
                <InUse key={release} release={release} />
              ))}
            </>
          )}
        </Shown>
      </div>
      <CodeField label="Reason" value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
};

type Stopped = {
  readonly views: number;
  readonly transfers: number;
  readonly viewers: readonly string[];
  readonly recordings: readonly string[];
  readonly releases: readonly string[];
};

/** `revokes 50 views, cuts 3 transfers under way and suspends 1 viewer`. */
export const consequences = ({ views, transfers, viewers, recordings, releases }: Stopped): string => {
  const parts = [
    views > 0 && `revokes ${counted(views, 'view')}`,
    transfers > 0 && `cuts ${counted(transfers, 'transfer')} under way`,
    viewers.length > 0 && `suspends ${counted(viewers.length, 'viewer')}`,
    recordings.length > 0 && `quarantines ${counted(recordings.length, 'recording')}`,
    releases.length > 0 && `halts playback of ${counted(releases.length, 'release')} (${releases.join(', ')})`,
  ].filter((part) => part !== false);
  if (parts.length === 0) return 'stops nothing more: all of it has ended';
  const last = parts.pop();
  return parts.length === 0 ? `${last}` : `${parts.join(', ')} and ${last}`;
};
