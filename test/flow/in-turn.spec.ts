import { InTurn } from '../../src/flow/in-turn.ts';

/** Work that ends when it is told to. */
const held = () => {
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { end, ended };
};

describe('work in turn', () => {
  it('is done one after the other for a key, in the order it came, and at once for different keys', async () => {
    const turns = new InTurn<string>(10, () => new Error('too many'));
    const seen: string[] = [];
    const [first, other] = [held(), held()];
    const work =
      (name: string, until: Promise<void> = Promise.resolve()) =>
      async () => {
        seen.push(`${name} begins`);
        await until;
        seen.push(`${name} ends`);
        return name;
      };
    const all = [
      turns.run('a', work('a1', first.ended)),
      turns.run('a', work('a2')),
      turns.run('b', work('b1', other.ended)),
    ];
    other.end();
    expect(await all[2]).toBe('b1');
    expect(seen).toEqual(['a1 begins', 'b1 begins', 'b1 ends']);
    first.end();
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'b1']);
    expect(seen.slice(3)).toEqual(['a1 ends', 'a2 begins', 'a2 ends']);
  });

  it('goes on after a piece that failed', async () => {
    const turns = new InTurn<string>(10, () => new Error('too many'));
    const failed = turns.run('a', async () => {
      throw new Error('broken');
    });
    const next = turns.run('a', async () => 'done');
    await expect(failed).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });

  it('is refused beyond the bound of its key, and only while there is so much', async () => {
    const turns = new InTurn<string>(2, (key) => new Error(`too many of ${key}`));
    const first = held();
    const [one, two] = [turns.run('a', () => first.ended), turns.run('a', async () => 'two')];
    await expect(turns.run('a', async () => 'three')).rejects.toThrow('too many of a');
    expect(await turns.run('b', async () => 'other')).toBe('other');
    first.end();
    await one;
    expect(await two).toBe('two');
    expect(await turns.run('a', async () => 'three')).toBe('three');
  });
});
