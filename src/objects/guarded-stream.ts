import { addAbortSignal, Readable } from 'node:stream';

/**
 * `source` with its failures put in the store's words and its silences bounded: when the reader wants bytes and none come for
 * `idleMs`, the stream fails. A reader that takes its time is no silence: a paused player must not look like a dead store,
 * which is what a time-out on the socket would make of it.
 */
export const guardedStream = (
  source: Readable,
  { idleMs, failure, signal }: { idleMs: number; failure: (error: Error) => Error; signal?: AbortSignal },
): Readable => {
  let wanted = false;
  const silence = setTimeout(() => {
    if (wanted) guarded.destroy(failure(new Error(`no byte came for ${idleMs} ms`)));
  }, idleMs);

  const guarded = new Readable({
    read() {
      wanted = true;
      silence.refresh();
      source.resume();
    },
    destroy(error, done) {
      clearTimeout(silence);
      source.destroy();
      done(error);
    },
  });

  source.on('data', (chunk: Buffer) => {
    wanted = false;
    if (!guarded.push(chunk)) source.pause();
  });
  source.on('end', () => {
    clearTimeout(silence);
    guarded.push(null);
  });
  source.on('error', (error) => guarded.destroy(failure(error)));
  source.on('close', () => {
    if (!source.readableEnded) guarded.destroy(failure(new Error('the store closed the stream early')));
  });
  source.pause();
  // Its reader gets the error from reading; an error before there is a reader must not end the process.
  guarded.on('error', () => undefined);

  return signal ? addAbortSignal(signal, guarded) : guarded;
};
