import 'reflect-metadata'; // @peculiar/x509 needs it to be there first.
import { randomBytes, webcrypto, X509Certificate } from 'node:crypto';
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

/** A private key (PKCS #8) and its certificate, PEM both. */
export type Pair = { readonly key: string; readonly certificate: string };

const DAY_MS = 24 * 60 * 60 * 1000;
const AUTHORITY_DAYS = 20 * 365;
const NODE_DAYS = 5 * 365;

const HOSTS = { dns: ['localhost'], ip: ['127.0.0.1', '::1'] };
const KEYS = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/** An authority of one data folder's own, which signs nothing but its node's certificate. */
export const newAuthority = async (now: Date): Promise<Pair> => {
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

/** The certificate of a node on this machine, signed by that authority. */
export const newNode = async (authority: Pair, now: Date): Promise<Pair> => {
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
