import { spawn } from 'node:child_process';

/** Ends with its standard input, which ends with the process it watches. */
const WATCHER = `
  const [pid, afterMs] = process.argv.slice(1).map(Number);
  process.stdin.on('end', () => process.exit()).resume();
  setTimeout(() => process.kill(pid, 'SIGKILL'), afterMs);
`;

/**
 * Ends this process after a time, whatever hangs in it. `process.exit` is not enough: it waits for the threads of file operations, and so for
 * a disk that does not answer; and a loop that is blocked never gets that far. Only another process can do it.
 */
export const endAfter = (afterMs: number): void => {
  const watcher = spawn(process.execPath, ['--eval', WATCHER, String(process.pid), String(afterMs)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  // Where no process can be started any more, the end is left to the supervisor.
  watcher.on('error', () => undefined);
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
};
