import { Change, handles } from '../command-path/change.ts';
import { Permits } from './playing/permits.ts';
import { Playback, type Switched } from './playing/playback.ts';
import { Viewers } from './viewers/viewers.ts';
import { type OpenedView, type ReportedView, type ViewAnswer, Views } from './views/views.ts';

type Reason = { readonly reason: string };
type OfViewer = Reason & { readonly viewerId: string };

export class OpenView extends Change<OpenedView, ViewAnswer> {}
export class ReportView extends Change<ReportedView, ViewAnswer> {}
export class RevokeView extends Change<OfViewer & { readonly viewId: string }, void> {}
export class SuspendViewer extends Change<OfViewer, void> {}
export class ReinstateViewer extends Change<OfViewer, void> {}
export class HaltPlayback extends Change<Switched, void> {}
export class ResumePlayback extends Change<Switched, void> {}

export const accessCommands = [
  handles(OpenView, Views, (views, { input, cause }) => views.open(input, cause)),
  handles(ReportView, Views, (views, { input, cause }) => views.witness(input, cause)),
  handles(RevokeView, Permits, (permits, { input, cause }) => permits.revoke(input, cause)),
  handles(SuspendViewer, Viewers, (viewers, { input, cause }) => viewers.suspend(input.viewerId, input.reason, cause)),
  handles(ReinstateViewer, Viewers, (viewers, { input, cause }) =>
    viewers.reinstate(input.viewerId, input.reason, cause),
  ),
  handles(HaltPlayback, Playback, (playback, { input, cause }) => playback.halt(input, cause)),
  handles(ResumePlayback, Playback, (playback, { input, cause }) => playback.resume(input, cause)),
];
