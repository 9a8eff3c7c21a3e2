import { createHmac } from 'node:crypto';

/** What a value is of: the same text as a surname and as a street gives two keys. */
export type Keyed = 'surname' | 'street' | 'household';

/**
 * The same for spellings that differ in case, accents, space and punctuation alone: `Müller`, `MULLER ` and `Mu\u0308ller` are one name.
 */
const normalised = (value: string): string =>
  value
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** Makes keys of values: they can be compared, and not be read without the secret. */
export class FactKeys {
  constructor(private readonly secret: string) {}

  of(what: Keyed, value: string): string {
    return createHmac('sha256', this.secret)
      .update(`${what}:${normalised(value)}`)
      .digest('hex');
  }
}
