import { Change, handles } from '../command-path/change.ts';
import type { RecordingAnswer } from '../recordings/uploads.ts';
import { type ClaimRecording as Claim, Claims } from './claims.ts';
import { type FromMediaServer, Hooks } from './hooks.ts';

export class HearMediaServer extends Change<FromMediaServer, void> {}
export class ClaimRecording extends Change<Claim, RecordingAnswer> {}

export const mediaCommands = [
  handles(HearMediaServer, Hooks, (hooks, { input, cause }) => hooks.hear(input, cause)),
  handles(ClaimRecording, Claims, (claims, { input, cause }) => claims.claim(input, cause)),
];
