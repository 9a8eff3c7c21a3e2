import { Id } from '../../events/values.ts';
import { asIssued, GivenPersonId, shown } from '../../src/request/person-id.ts';
import { keptId } from '../../src/second-key/person-id.ts';
import { providers } from '../support/providers.ts';

const kept = (issued: unknown) => GivenPersonId.safeParse(issued).data ?? '';

describe('an id of a person', () => {
  const issued = [
    ...providers.map(({ id }) => id),
    ...[
      'pat-1',
      'a.b',
      'a..b',
      '...',
      '-',
      '_',
      '_a',
      '._.a',
      'Ann@example.org',
      'ann@example.org',
      'urn:uuid:6e8bc430',
    ],
    ...[
      'https://id.example/people/7',
      'a/b',
      'a.2Fb',
      'a%2Fb',
      'spiffe://clinic/ns/app',
      'abc@clients',
      'a=b==',
      '~a',
      "o'neil",
    ],
    ...['x'.repeat(64), `${'x'.repeat(59)}|`, 'samlp|adfs|ann@hospital.example'],
  ];

  it('is kept in the shape of ids, is shown as it was issued, and is nobody else’s', () => {
    const all = issued.map(kept);
    for (const id of all) expect(Id.safeParse(id).success && id).toBe(id);
    expect(all.map(asIssued)).toEqual(issued);
    expect(new Set(all).size).toBe(issued.length);
    // Plain ids stay as they are: those of a ledger that has been kept for years.
    expect(kept('a.b')).toBe('a.b');
    expect(kept('auth0|abc')).toBe('_.auth0.7Cabc');
  });

  it.each([
    ['an encoded id, which would be a second name of its person', '_.auth0.7Cabc'],
    ['anything else that begins as one', '_.'],
    ['a dot', '.'],
    ['two dots', '..'],
    ['a path', '../pat-1'],
    ['a path further on', 'clinic/../pat-1'],
    ['a system stream', '$ce-patient'],
    ['nothing', ''],
    ['a space', 'ann lee'],
    ['a line break', 'ann\n'],
    ['markup', '<b>ann</b>'],
    ['a quote', 'ann"'],
    ['a letter that looks like another', 'аnn'],
    ['half a character', '\ud800'],
    ['more than 64 characters', 'x'.repeat(65)],
    ['more than 64 once it is encoded', `${'x'.repeat(60)}|`],
    ['a number', 7],
    ['a list', ['pat-1']],
  ])('is not %s', (_, given) => {
    expect(GivenPersonId.safeParse(given).success).toBe(false);
    expect(keptId(given)).toBe('');
  });

  it('says of one that is too long once it is encoded what can be done', () => {
    const { error } = GivenPersonId.safeParse(`${'x'.repeat(60)}|`);
    expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining('JWT_SUBJECT_CLAIM')]);
  });

  it('is the same to both keys, whatever two characters it has', () => {
    const characters = Array.from({ length: 0x83 }, (_, code) => String.fromCharCode(code));
    const seen = new Map<string, string>();
    const wrong: unknown[] = [];
    for (const one of characters)
      for (const other of [...characters, '']) {
        const given = `${one}${other}`;
        const id = kept(given);
        if (keptId(given) !== id) wrong.push({ given, id, toTheOtherKey: keptId(given) });
        if (id === '') continue;
        if (seen.has(id) || asIssued(id) !== given) wrong.push({ given, id, as: seen.get(id), issued: asIssued(id) });
        seen.set(id, given);
      }
    expect(wrong).toEqual([]);
    expect(seen.size).toBeGreaterThan(7_000);
  });

  it('is shown wherever it stands in an answer, which stays itself where nothing is encoded', () => {
    const plain = { items: [{ patientId: 'pat-1', at: new Date(0), revision: 1, none: null }] };
    expect(shown(plain)).toBe(plain);
    expect(shown({ ...plain, who: ['_.a.40b'], by: { '_.a.40b': [{ id: '_.a.7Cb' }] } })).toEqual({
      ...{ ...plain, who: ['a@b'], by: { 'a@b': [{ id: 'a|b' }] } },
    });
    // However deep, each part of an answer is looked at once: twice at each level would never end here.
    const nested = (id: string) => Array.from({ length: 100 }).reduce<object>((within) => ({ of: [within] }), { id });
    expect(JSON.stringify(shown(nested('_.a.7Cb')))).toBe(JSON.stringify(nested('a|b')));
    // None of these is what the ledger makes of an id.
    for (const text of ['_.a', '_.a.7c', '_.a.41', '_.a.2', '_.a.00', '_.', 'patient-_.a.7Cb'])
      expect([text, shown(text)]).toEqual([text, text]);
  });
});
