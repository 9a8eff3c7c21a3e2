import { useMemo } from 'react';
import type { Schemas } from '../api/client.ts';
import { Sheet } from '../parts/page.tsx';
import { zone } from '../parts/preferences.ts';
import { useStored } from '../parts/store.ts';
import type { DeskStep, Look, StepKind } from '../pictures/exposure-layout.ts';
import { ExposureTimeline } from '../pictures/exposure-timeline.tsx';
import { told } from './happenings.ts';

type Breach = Schemas['IncidentBreach'];

/** What each view came to; that of a breach without a view is when it was flagged. */
const looksOf = (breaches: readonly Breach[]): readonly Look[] =>
  breaches.flatMap((breach) => {
    const { breachId, viewedAt, flaggedAt, viewerId, patientId, recordingId, contentReleased, bytesServed } = breach;
    const at = viewedAt ?? flaggedAt;
    if (at === undefined || at === null) return [];
    const rung = contentReleased !== true ? 'refused' : (bytesServed ?? 0) > 0 ? 'played' : 'opened';
    return [
      {
        id: breachId,
        at: Date.parse(at),
        rung,
        viewerId,
        patientId,
        recordingId,
        bytes: bytesServed ?? undefined,
        flagged: true,
      },
    ];
  });

const STEP_KINDS: Readonly<Record<string, StepKind>> = {
  PageDelivered: 'page',
  IncidentAcknowledged: 'acknowledge',
  ContainmentTaken: 'contain',
};

const stepsOf = (timeline: Schemas['Incident']['timeline']): readonly DeskStep[] =>
  timeline.flatMap((happening, nth) => {
    const kind = STEP_KINDS[happening.type];
    return kind === undefined
      ? []
      : [{ id: String(nth), at: Date.parse(happening.at), kind, says: told(happening).says }];
  });

export const Exposure = ({
  breaches,
  incident,
}: {
  readonly breaches: readonly Breach[];
  readonly incident: Schemas['Incident'];
}) => {
  const inZone = useStored(zone);
  const looks = useMemo(() => looksOf(breaches), [breaches]);
  const steps = useMemo(() => stepsOf(incident.timeline), [incident.timeline]);
  return (
    <Sheet>
      <ExposureTimeline looks={looks} steps={steps} timeZone={inZone === 'utc' ? 'UTC' : undefined} />
    </Sheet>
  );
};
