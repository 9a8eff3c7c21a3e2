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

/** Who shows a certificate: the name in it, the hosts that clients may know it by, the kind of its key and for what it is good. */
export type Holder = {
  readonly name: string;
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  readonly keys: 'ECDSA' | 'RSA';
  readonly usages: readonly ExtendedKeyUsage[];
  readonly days: number;
};

const EMBEDDED: Holder = {
  ...{ name: 'localhost', dns: ['localhost'], ip: ['127.0.0.1', '::1'], keys: 'ECDSA', days: 5 * 365 },
  usages: [ExtendedKeyUsage.serverAuth],
};

/**
 * A server of EventStoreDB or KurrentDB as its vendor's own generator describes it: it reads RSA keys, nodes of a cluster know each other by the
 * name, and a node is a client of the others.
 */
export const eventStoreNode = (...dns: string[]): Holder => ({
  ...{ name: 'eventstoredb-node', dns, ip: ['127.0.0.1'], keys: 'RSA', days: 825 },
  usages: [ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth],
});

type KeyKind = Holder['keys'];

const ALGORITHMS = {
  ECDSA: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RSA: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' },
} as const;

const newKeys = (kind: KeyKind) => webcrypto.subtle.generateKey(ALGORITHMS[kind], true, ['sign', 'verify']);

/** An authority that signs nothing but one store's certificates. */
export const newAuthority = async (now: Date, kind: KeyKind = EMBEDDED.keys): Promise<Pair> => {
  const keys = await newKeys(kind);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...issued(now, AUTHORITY_DAYS, kind),
    name: `CN=Event store authority ${randomBytes(4).toString('hex')}`,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(keys.privateKey, certificate);
};

/** The certificate of a node, signed by an authority whose key is of the same kind. */
export const newNode = async (authority: Pair, now: Date, holder: Holder = EMBEDDED): Promise<Pair> => {
  const algorithm = ALGORITHMS[holder.keys];
  const keys = await newKeys(holder.keys);
  const issuer = new X509Certificate(authority.certificate);
  const issuerKey = await webcrypto.subtle.importKey(
    'spki',
    issuer.publicKey.export({ type: 'spki', format: 'der' }),
    algorithm,
    true,
    ['verify'],
  );
  const certificate = await X509CertificateGenerator.create({
    ...issued(now, holder.days, holder.keys),
    subject: `CN=${holder.name}`,
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(authority.key), algorithm, false, [
      'sign',
    ]),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(keyUsages[holder.keys], true),
      new ExtendedKeyUsageExtension([...holder.usages]),
      new SubjectAlternativeNameExtension([
        ...holder.dns.map((value) => ({ type: 'dns' as const, value })),
        ...holder.ip.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await AuthorityKeyIdentifierExtension.create(issuerKey),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pair(keys.privateKey, certificate);
};

const keyUsages = {
  ECDSA: KeyUsageFlags.digitalSignature,
  RSA: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment,
};

const issued = (now: Date, days: number, kind: KeyKind) => ({
  serialNumber: randomBytes(16).toString('hex'),
  // A clock that was set back a little must not make the certificate one of the future.
  notBefore: new Date(now.getTime() - DAY_MS),
  notAfter: new Date(now.getTime() + days * DAY_MS),
  signingAlgorithm: ALGORITHMS[kind],
});

const pair = async (key: webcrypto.CryptoKey, certificate: Issued): Promise<Pair> => ({
  key: PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY'),
  certificate: certificate.toString('pem'),
});
