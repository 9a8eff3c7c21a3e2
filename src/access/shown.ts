/** One consultation in an answer, whatever code made it. */
export type ShownConsultation = {
  readonly patientId: string;
  readonly consultationId: string;
  readonly recordingIds: readonly string[];
  /** It says more than an id: what a list shows. */
  readonly isListed: boolean;
};

const MAX_DEPTH = 6;

/**
 * Every consultation and recording that an answer carries, wherever in it: found by the look of the data, so that an answer of new code is
 * no exception.
 * @param patientId whose path was asked, for parts that name no patient themselves
 */
export function consultationsIn(answer: unknown, patientId: string | undefined, depth = 0): ShownConsultation[] {
  if (typeof answer !== 'object' || answer === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(answer)) return answer.flatMap((part) => consultationsIn(part, patientId, depth + 1));
  const { patientId: own = patientId, consultationId, recordingId, recordings } = answer as Record<string, unknown>;
  if (typeof consultationId !== 'string')
    return Object.values(answer).flatMap((part) => consultationsIn(part, patientId, depth + 1));
  // Without a patient nothing shows whose it is, so that it is nobody's to see.
  const recordingIds = (Array.isArray(recordings) ? recordings : [{ recordingId }]).flatMap(idOf);
  return [
    {
      patientId: typeof own === 'string' ? own : '',
      consultationId,
      recordingIds,
      isListed: Array.isArray(recordings),
    },
  ];
}

const idOf = (recording: unknown): string[] => {
  const id =
    typeof recording === 'object' && recording !== null
      ? (recording as { recordingId?: unknown }).recordingId
      : undefined;
  return typeof id === 'string' ? [id] : [];
};
