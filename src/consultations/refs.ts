/** The ids by which a consultation, a recording of it and a view of that recording are known. The second key spells its own. */
export type ConsultationRef = { readonly patientId: string; readonly consultationId: string };
export type RecordingRef = ConsultationRef & { readonly recordingId: string };
export type ViewRef = RecordingRef & { readonly viewId: string; readonly viewerId: string };

/** The ids of a view, of whatever has them. */
export const viewRefOf = ({ patientId, consultationId, recordingId, viewId, viewerId }: ViewRef): ViewRef => ({
  ...{ patientId, consultationId, recordingId, viewId, viewerId },
});
