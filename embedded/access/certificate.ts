import 'reflect-metadata'; // @peculiar/x509 needs it to be there first.
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type X509Certificate as Issued,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { privateFolder, readIfThere, writePrivately } from './private-files.ts';

/** What the node shows its clients, and the file they check it against. PEM. */
export type TlsFiles = { readonly key: string; readonly certificate: string; readonly authorityFile: string };

const DAY_MS = 24 * 60 * 60 * 1000;
const AUTHORITY_DAYS = 20 * 365;
const NODE_DAYS = 5 * 365;
/** Renewed at the first start with less than this left. A node isn't expected to run longer than that without one. */
const RENEW_DAYS = 2 * 365;

const HOSTS = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] };
const KEYS = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/**
 * The node's certificate, made on the first start by an authority of the data folder's own and renewed before it
 * expires. Clients trust the authority, so a renewed certificate needs nothing from them.
 *
 *   tls/authority.pem  the authority's key and certificate
 *   tls/ca.crt         its certificate alone: what clients are given
 *   tls/node.pem       the node's key and certificate
 *
 * A key and its certificate share a file so that they are replaced together.
 */
export const tlsFiles = async (dir: string, now = new Date()): Promise<TlsFiles> => {
  const folder = join(dir, 'tls');
  privateFolder(folder);
  const authorityFile = join(folder, 'ca.crt');
  let authority = readPair(join(folder, 'authority.pem'), now);
  let node = readPair(join(folder, 'node.pem'), now);
  if (authority === undefined) {
    authority = await newAuthority(now);
    writePrivately(join(folder, 'authority.pem'), pem(authority));
  }
  if (readIfThere(authorityFile) !== authority.certificate) writePrivately(authorityFile, authority.certificate);
  if (node === undefined || !isIssuedBy(authority, node)) {
    node = await newNode(authority, now);
    writePrivately(join(folder, 'node.pem'), pem(node));
  }
  return { ...node, authorityFile };
};

/** A private key (PKCS #8) and its certificate, PEM both. */
type Pair = { readonly key: string; readonly certificate: string };

const pem = ({ key, certificate }: Pair): string => `${key}\n${certificate}\n`;

/** The pair in a file, unless it isn't there, isn't a pair or expires too soon: it is then replaced. */
const readPair = (path: string, now: Date): Pair | undefined => {
  const [key, certificate] = readIfThere(path)?.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  if (key === undefined || certificate === undefined) return undefined;
  try {
    const x509 = new X509Certificate(certificate);
    const daysLeft = (Date.parse(x509.validTo) - now.getTime()) / DAY_MS;
    return daysLeft >= RENEW_DAYS && x509.checkPrivateKey(createPrivateKey(key)) ? { key, certificate } : undefined;
  } catch {
    return undefined; // Damaged. Nothing is lost with it.
  }
};

const isIssuedBy = (authority: Pair, node: Pair): boolean =>
  new X509Certificate(node.certificate).verify(new X509Certificate(authority.certificate).publicKey);

const newAuthority = async (now: Date): Promise<Pair> => {
  const keys = await webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...issued(now, AUTHORITY_DAYS),
    name: `CN=Embedded event store authority ${randomBytes(4).toString('hex')}`,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(keys.privateKey, certificate);
};

const newNode = async (authority: Pair, now: Date): Promise<Pair> => {
  const keys = await webcrypto.subtle.generateKey(KEYS, true, ['sign', 'verify']);
  const issuer = new X509Certificate(authority.certificate);
  const issuerKey = await webcrypto.subtle.importKey(
    'spki',
    issuer.publicKey.export({ type: 'spki', format: 'der' }),
    KEYS,
    true,
    ['verify'],
  );
  const certificate = await X509CertificateGenerator.create({
    ...issued(now, NODE_DAYS),
    subject: 'CN=localhost',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), KEYS, false, [
      'sign',
    ]),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...HOSTS.dns.map((value) => ({ type: 'dns' as const, value })),
        ...HOSTS.ip.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await AuthorityKeyIdentifierExtension.create(issuerKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(keys.privateKey, certificate);
};

const issued = (now: Date, days: number) => ({
  serialNumber: randomBytes(16).toString('hex'),
  // A clock that was set back a little must not make the certificate one of the future.
  notBefore: new Date(now.getTime() - DAY_MS),
  notAfter: new Date(now.getTime() + days * DAY_MS),
  signingAlgorithm: SIGNING,
});

const pair = async (key: webcrypto.CryptoKey, certificate: Issued): Promise<Pair> => ({
  key: PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY'),
  certificate: certificate.toString('pem'),
});
