import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const BARS = '▁▂▃▄▅▆▇█';
const LABEL = 66;

/** Tells the story on a terminal, and keeps count of what it claimed and what held. Colours only where a person is looking (`NO_COLOR` is heard). */
export class Story {
  private readonly began = performance.now();
  private readonly colours: boolean;
  private claims = 0;
  private broken = 0;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {
    // Only a terminal has hasColors, and it knows about NO_COLOR, FORCE_COLOR and TERM.
    this.colours = out.isTTY === true && out.hasColors();
  }

  act(name: string, about: string): void {
    this.line(`\n${this.paint(['bold', 'cyan'], name)}`);
    this.line(`${this.paint('dim', about)}\n`);
  }

  say(text: string): void {
    this.line(`  ${this.paint('dim', text)}`);
  }

  /** Does one thing and tells how long it took; what it throws ends the story. */
  async step<T>(what: string, run: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await run();
    this.line(`  ${what.padEnd(LABEL)}${this.paint('dim', took(performance.now() - began))}`);
    return result;
  }

  /** Something that is shown and not checked. */
  note(what: string): void {
    this.line(`    ${this.paint('dim', what)}`);
  }

  /** Something that must be true. The demo fails if one is not. */
  claim(what: string, held: boolean): void {
    this.claims += 1;
    if (!held) this.broken += 1;
    this.line(
      held ? `  ${this.paint('green', '✓')} ${what}` : `  ${this.paint(['bold', 'red'], '✗ NOT TRUE:')} ${what}`,
    );
  }

  /** One bar for each measurement in the order they were made, and what matters about them. */
  timings(what: string, milliseconds: readonly number[]): void {
    const sorted = [...milliseconds].sort((a, b) => a - b);
    const highest = sorted.at(-1) ?? 0;
    const bars = milliseconds.map((ms) => BARS[Math.min(BARS.length - 1, Math.floor((ms / highest) * BARS.length))]);
    const at = (share: number) => (sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN).toFixed(1);
    this.line(`\n  ${what}`);
    this.line(`  ${this.paint('yellow', bars.join(''))}`);
    this.line(`  p50 ${at(0.5)} ms   p95 ${at(0.95)} ms   slowest ${at(1)} ms\n`);
  }

  /** @returns whether every claim held */
  end(): boolean {
    const held = this.claims - this.broken;
    const all = this.claims > 0 && this.broken === 0;
    const verdict = `${held} of ${this.claims} claims held`;
    this.line(`\n${this.paint(['bold', all ? 'green' : 'red'], verdict)} in ${took(performance.now() - this.began)}\n`);
    return all;
  }

  private line(text: string): void {
    this.out.write(`${text}\n`);
  }

  private paint(style: Style, text: string): string {
    return this.colours ? styleText(style, text) : text;
  }
}

const took = (ms: number): string =>
  ms < 1_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
