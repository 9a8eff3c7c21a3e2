import { Change, handles } from '../command-path/change.ts';
import { Custody, type CustodyAnswer, type ErasureAnswer, type ReviewAnswer } from './custody.ts';
import type { CustodyOf, ReviewOf } from './decide.ts';
import { type RecordingAnswer, type Upload, Uploads } from './uploads.ts';

export class FileRecording extends Change<Upload, RecordingAnswer> {}
export class QuarantineRecording extends Change<CustodyOf, CustodyAnswer> {}
export class ReleaseRecording extends Change<CustodyOf, CustodyAnswer> {}
export class AssignReviewer extends Change<ReviewOf, ReviewAnswer> {}
export class EraseRecording extends Change<CustodyOf, ErasureAnswer> {}

export const recordingCommands = [
  handles(FileRecording, Uploads, (uploads, { input, cause }) => uploads.take(input, cause)),
  handles(QuarantineRecording, Custody, (custody, { input, cause, ifMatch }) =>
    custody.quarantine(input, cause, ifMatch),
  ),
  handles(ReleaseRecording, Custody, (custody, { input, cause, ifMatch }) => custody.release(input, cause, ifMatch)),
  handles(AssignReviewer, Custody, (custody, { input, cause, ifMatch }) => custody.assign(input, cause, ifMatch)),
  handles(EraseRecording, Custody, (custody, { input, cause, ifMatch }) => custody.erase(input, cause, ifMatch)),
];
