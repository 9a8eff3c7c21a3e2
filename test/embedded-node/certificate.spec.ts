import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tlsFiles } from '../../embedded/access/certificate.ts';

const years = (count: number, from: Date) => new Date(from.getTime() + count * 365.25 * 24 * 60 * 60 * 1000);

describe("a data folder's certificate", () => {
  const now = new Date();
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'certificate-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  const authorityOf = async (file: string) => new X509Certificate(await readFile(file));

  it('is issued by an authority of its own, for the loopback names, to serve and nothing else', async () => {
    const { certificate, key, authorityFile } = await tlsFiles(dir, now);
    const node = new X509Certificate(certificate);
    const authority = await authorityOf(authorityFile);
    expect(node.checkHost('localhost')).toBe('localhost');
    expect(node.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(node.checkIP('::1')).toBe('::1');
    expect(node.checkHost('example.org')).toBeUndefined();
    expect(node.ca).toBe(false);
    expect(node.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(authority.ca).toBe(true);
    expect(node.checkIssued(authority)).toBe(true);
    expect(node.verify(authority.publicKey)).toBe(true);
    expect(await readFile(authorityFile, 'utf8')).not.toContain('PRIVATE KEY');
  });

  it('stays as long as it has years left', async () => {
    const first = await tlsFiles(dir, now);
    expect(await tlsFiles(dir, years(2, now))).toEqual(first);
  });

  it('is renewed long before it expires, under the same authority', async () => {
    const first = await tlsFiles(dir, now);
    const authority = await readFile(first.authorityFile, 'utf8');
    const later = years(4, now);
    const renewed = await tlsFiles(dir, later);
    expect(renewed.certificate).not.toBe(first.certificate);
    expect(await readFile(renewed.authorityFile, 'utf8')).toBe(authority);
    const node = new X509Certificate(renewed.certificate);
    expect(Date.parse(node.validFrom)).toBeLessThan(later.getTime());
    expect(Date.parse(node.validTo)).toBeGreaterThan(years(4, later).getTime());
    expect(node.verify((await authorityOf(renewed.authorityFile)).publicKey)).toBe(true);
  });

  it('is issued anew with a new authority when that one comes to its end', async () => {
    const first = await tlsFiles(dir, now);
    const authority = await readFile(first.authorityFile, 'utf8');
    const renewed = await tlsFiles(dir, years(19, now));
    expect(await readFile(renewed.authorityFile, 'utf8')).not.toBe(authority);
    const node = new X509Certificate(renewed.certificate);
    expect(node.verify((await authorityOf(renewed.authorityFile)).publicKey)).toBe(true);
  });

  it.each(['node.pem', 'authority.pem', 'ca.crt'])('is whole again after %s was damaged', async (file) => {
    await tlsFiles(dir, now);
    await writeFile(join(dir, 'tls', file), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    const { certificate, authorityFile } = await tlsFiles(dir, now);
    const node = new X509Certificate(certificate);
    expect(node.verify((await authorityOf(authorityFile)).publicKey)).toBe(true);
  });
});
