import { randomBytes } from 'node:crypto';
import { KeysUnavailable } from '../../src/keys/errors.ts';
import { type Kms, newestKek } from '../../src/keys/kms.ts';

export type KmsUnderTest = {
  readonly kms: Kms;
  /** Gives the key-encryption key a new version, and the KMS as it is opened from then on. */
  rotate(): Promise<Kms>;
  dispose(): Promise<void>;
};

export const context = { keyId: 'key-1', subject: 'a'.repeat(64), epoch: 2036 };

/** What every KMS must do. Run against each of them. */
export const describeKms = (name: string, start: () => Promise<KmsUnderTest>) => {
  describe(`KMS: ${name}`, () => {
    let test: KmsUnderTest;
    let kms: Kms;
    beforeEach(async () => {
      test = await start();
      kms = test.kms;
    });
    afterEach(() => test.dispose());

    it('gives a key back as it was, and not as anything that can be read', async () => {
      const key = randomBytes(32);
      const wrapped = await kms.wrap(key, context);
      expect((await kms.unwrap(wrapped, context)).equals(key)).toBe(true);
      expect(wrapped.kek.startsWith(`${kms.kind}:`)).toBe(true);
      for (const text of [key.toString('base64').slice(0, -1), key.toString('hex')])
        expect(JSON.stringify(wrapped)).not.toContain(text);
    });

    it('wraps the same key differently each time', async () => {
      const key = randomBytes(32);
      const [one, other] = [await kms.wrap(key, context), await kms.wrap(key, context)];
      expect(one.wrapped).not.toBe(other.wrapped);
      expect(one.kek).toBe(other.kek);
    });

    it.each([
      ['another key', { keyId: 'key-2' }],
      ['another patient', { subject: 'b'.repeat(64) }],
      ['another epoch', { epoch: 2037 }],
    ])('does not give it back as %s', async (_, changed) => {
      const wrapped = await kms.wrap(randomBytes(32), context);
      await expect(kms.unwrap(wrapped, { ...context, ...changed })).rejects.toThrow(KeysUnavailable);
    });

    it('does not give back what was changed', async () => {
      const { kek, wrapped } = await kms.wrap(randomBytes(32), context);
      const at = wrapped.length - 8;
      const changed = `${wrapped.slice(0, at)}${wrapped[at] === 'A' ? 'B' : 'A'}${wrapped.slice(at + 1)}`;
      await expect(kms.unwrap({ kek, wrapped: changed }, context)).rejects.toThrow(KeysUnavailable);
    });

    it('wraps under the newest version after a rotation, and unwraps what is older', async () => {
      const key = randomBytes(32);
      const before = await kms.wrap(key, context);
      const rotated = await test.rotate();
      expect(await newestKek(rotated)).not.toBe(before.kek);
      expect((await rotated.unwrap(before, context)).equals(key)).toBe(true);
      const after = await rotated.wrap(key, context);
      expect(after.kek).not.toBe(before.kek);
      expect((await rotated.unwrap(after, context)).equals(key)).toBe(true);
    });
  });
};
