import { announcedSha256 } from '../../src/recordings/digest.ts';
import { DigestInvalid } from '../../src/recordings/errors.ts';
import { sha256 } from '../objects/bytes.ts';

const hex = sha256(Buffer.from('hello'));
const base64 = Buffer.from(hex, 'hex').toString('base64');
const other = Buffer.from(sha256(Buffer.from('other')), 'hex').toString('base64');
const sha512 = Buffer.alloc(64, 1).toString('base64');

describe('announcing the digest of an upload', () => {
  it('is optional', () => {
    expect(announcedSha256({})).toBeUndefined();
  });

  it.each([
    ['Content-Digest', { 'content-digest': `sha-256=:${base64}:` }],
    ['Repr-Digest', { 'repr-digest': `sha-256=:${base64}:` }],
    ['Digest', { digest: `sha-256=${base64}` }],
    ['Digest with the algorithm in capitals', { digest: `SHA-256=${base64}` }],
    ['a digest beside others', { 'content-digest': `sha-512=:${sha512}:, sha-256=:${base64}:` }],
    ['a legacy digest beside others', { digest: `md5=HUXZLQLMuI/KZ5KDcJPcOA==, sha-256=${base64}` }],
    ['several headers that agree', { 'content-digest': `sha-256=:${base64}:`, digest: `sha-256=${base64}` }],
    ['a header in several lines', { 'content-digest': [`sha-512=:${sha512}:`, `sha-256=:${base64}:`] }],
  ])('works with %s', (_, headers) => {
    expect(announcedSha256(headers)).toBe(hex);
  });

  it.each([
    ['is no structured field', { 'content-digest': `sha-256=${base64}` }],
    ['is empty', { 'content-digest': '' }],
    ['is text', { 'content-digest': 'sha-256="abc"' }],
    ['is a list', { 'content-digest': `sha-256=(:${base64}:)` }],
    ['has the wrong length', { 'content-digest': 'sha-256=:aGVsbG8=:' }],
    ['has the wrong length in Digest', { digest: 'sha-256=aGVsbG8=' }],
    ['is of another algorithm alone', { 'content-digest': `sha-512=:${sha512}:` }],
    ['is of another algorithm alone in Digest', { digest: 'md5=HUXZLQLMuI/KZ5KDcJPcOA==' }],
    ['is in hex', { digest: `sha-256=${hex}` }],
    ['contradicts another header', { 'content-digest': `sha-256=:${base64}:`, digest: `sha-256=${other}` }],
    ['contradicts itself', { digest: `sha-256=${base64}, sha-256=${other}` }],
  ])('is refused when it %s', (_, headers) => {
    expect(() => announcedSha256(headers)).toThrow(DigestInvalid);
  });
});
