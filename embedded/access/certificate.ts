import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Pair } from './issue-certificate.ts';
import { privateFolder, readIfThere, writePrivately } from './private-files.ts';

/** What the node shows its clients, and the file they check it against. PEM. */
export type TlsFiles = { readonly key: string; readonly certificate: string; readonly authorityFile: string };

const DAY_MS = 24 * 60 * 60 * 1000;
/** Renewed at the first start with less than this left. A node isn't expected to run longer than that without one. */
const RENEW_DAYS = 2 * 365;

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
    authority = await (await issuing()).newAuthority(now);
    writePrivately(join(folder, 'authority.pem'), pem(authority));
  }
  if (readIfThere(authorityFile) !== authority.certificate) writePrivately(authorityFile, authority.certificate);
  if (node === undefined || !isIssuedBy(authority, node)) {
    node = await (await issuing()).newNode(authority, now);
    writePrivately(join(folder, 'node.pem'), pem(node));
  }
  return { ...node, authorityFile };
};

/** Half of a start's loading time is the certificate library's, which only the start that makes one needs. */
const issuing = () => import('./issue-certificate.ts');

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
