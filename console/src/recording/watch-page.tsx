import { useParams, useSearch } from '@tanstack/react-router';
import { CopyId } from '../parts/copy-id.tsx';
import { Facts, Page, Panel } from '../parts/page.tsx';
import { EmptyState } from '../parts/states.tsx';
import { Watch } from './review.tsx';

/** A recording, for a person of the desk who was assigned to review it: on call reads no history. Nothing of it is asked for before *Play*. */
export const WatchPage = () => {
  const { recordingId } = useParams({ from: '/shell/recordings/$recordingId/watch' });
  const { patientId, consultationId } = useSearch({ from: '/shell/recordings/$recordingId/watch' });
  return (
    <Page title="A recording to review">
      {patientId === undefined || consultationId === undefined ? (
        <EmptyState title="This address is not whole">
          It names the patient and the consultation, too. The officer who assigned you has it.
        </EmptyState>
      ) : (
        <>
          <Panel title="Recording">
            <Facts
              of={[
                ['Recording', <CopyId key="recording" id={recordingId} of="recording" whole />],
                ['Consultation', <CopyId key="consultation" id={consultationId} of="consultation" whole />],
                ['Patient', <CopyId key="patient" id={patientId} of="patient" whole />],
              ]}
            />
          </Panel>
          <Watch of={{ patientId, consultationId, recordingId }} key={recordingId}>
            Having this address entitles no one to watch. Another officer assigned you to review the recording, for a
            time; each view is on record before it plays, and the patient sees it.
          </Watch>
        </>
      )}
    </Page>
  );
};
