import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/*
 * npm run bench [-- <name> … [--<option> …]]: every measurement, or the named ones, one after the other and each in a process of its own,
 * so that none is measured with another's memory. Options are handed on to them.
 */
const all = [
  'ledger',
  'recordings',
  'recordings-app',
  'embedded',
  'event-stores',
  'abuse',
  'start',
  'history',
  'desk',
  'desk-alert',
  'folds',
  'console',
].filter((name) => existsSync(fileOf(name)));
const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => word.startsWith('--'));
const wanted = firstOption === -1 ? given : given.slice(0, firstOption);
const options = given.slice(wanted.length);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`there is no bench "${unknown.join('", "')}"; there are: ${all.join(', ')}`);
  process.exit(64);
}

let failed = 0;
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n== ${name}\n`);
  const [code] = await once(spawn(process.execPath, [fileOf(name), ...options], { stdio: 'inherit' }), 'exit');
  if (code !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;

function fileOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
