import { timerMs } from './timers.ts';

/**
 * Waits for `work`, but no longer than `ms` and not past an abort. Work that is given up on keeps running (a system call can't
 * be taken back), and its late outcome is dropped.
 * @throws what `tooLate` makes, or the signal's reason
 */
export const within = async <T>(
  work: Promise<T>,
  ms: number,
  tooLate: () => Error,
  signal?: AbortSignal,
): Promise<T> => {
  work.catch(() => undefined); // Its outcome is ours only while we wait; later it must not be an unhandled rejection.
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), timerMs(ms));
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
};
