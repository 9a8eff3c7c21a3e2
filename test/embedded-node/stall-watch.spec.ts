import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StallWatch } from '../../embedded/log/stall-watch.ts';
import { eventually } from '../support/eventually.ts';

const BUILT = fileURLToPath(new URL('../../dist/embedded/log/stall-watch.js', import.meta.url));

describe('watching for what takes too long', () => {
  it('says so once, and not when it was done before', async () => {
    const [slow, fast] = [new StallWatch(5, 20), new StallWatch(5, 20)];
    let stalled = 0;
    let wrong = 0;
    fast.begin(() => wrong++);
    fast.done();
    slow.begin(() => stalled++);
    await eventually(() => stalled > 0);
    const other = new StallWatch(5, 20);
    let again = false;
    other.begin(() => {
      again = true;
    });
    await eventually(() => again);
    expect({ stalled, wrong }).toEqual({ stalled: 1, wrong: 0 });
    for (const watch of [slow, fast, other]) watch.close();
  });

  it('does not count the time in which the process was suspended', async () => {
    const program = `
      import { StallWatch } from ${JSON.stringify(BUILT)};
      let stalled = false;
      new StallWatch(20, 50).begin(() => { stalled = true; });
      process.stdin.on('data', () => console.log(stalled ? 'stalled' : 'under way'));
      console.log('begun');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    try {
      await once(lines, 'line');
      child.kill('SIGSTOP');
      child.stdin.write('?');
      // Twice as long as it may take.
      const answer = once(lines, 'line');
      expect(await Promise.race([answer, setTimeout(2_000, 'stopped')])).toBe('stopped');
      child.kill('SIGCONT');
      expect(await answer).toEqual(['under way']);
      await eventually(async () => {
        child.stdin.write('?');
        return String(await once(lines, 'line')) === 'stalled';
      });
    } finally {
      child.kill('SIGKILL');
    }
  });
});
