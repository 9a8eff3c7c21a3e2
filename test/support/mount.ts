import { spawnSync } from 'node:child_process';

/** Mounting a disk of one's own takes root's rights. */
export const mayMount = process.getuid?.() === 0;

export const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
export const unmount = (...args: string[]) => spawnSync('umount', args);
