import { spawnSync } from 'node:child_process';

/** Whether this machine has a program. */
export const isThere = (command: string): boolean => spawnSync(command, ['--version']).error === undefined;
