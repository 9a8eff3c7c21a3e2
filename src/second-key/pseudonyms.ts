import { createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { type Database, open, type RootDatabase } from 'lmdb';
import { EvidenceUnavailable } from './errors.ts';

const PSEUDONYM = /^_\.\.p[\w-]{22}$/;

/** The file that says which random id stands for an issued one (docs/identity.md#pseudonyms), read a second time and never written. */
export class Pseudonyms {
  private environment: RootDatabase | undefined;
  private entries: Database<string, string> | undefined;
  private readonly secrets: { readonly index: Buffer; readonly seal: Buffer };

  constructor(
    private readonly path: string,
    secret: string,
  ) {
    const from = (use: string) =>
      Buffer.from(
        hkdfSync('sha256', Buffer.from(secret), Buffer.alloc(0), `consultation-ledger/person-ids/${use}`, 32),
      );
    this.secrets = { index: from('index'), seal: from('seal') };
  }

  /** '' for an id that no person has. @throws EvidenceUnavailable */
  of(issued: string): string {
    try {
      const name = `i:${createHmac('sha256', this.secrets.index).update(issued).digest('hex')}`;
      const entry = this.entry(name);
      if (entry === undefined) return '';
      const bytes = Buffer.from(entry, 'base64url');
      const end = bytes.length - 16;
      const box = createDecipheriv('aes-256-gcm', this.secrets.seal, bytes.subarray(0, 12), { authTagLength: 16 });
      box.setAAD(Buffer.from(name));
      box.setAuthTag(bytes.subarray(end));
      const id = box.update(bytes.subarray(12, end)).toString('utf8') + box.final('utf8');
      if (!PSEUDONYM.test(id)) throw new Error('an entry is no id');
      return id;
    } catch (cause) {
      throw new EvidenceUnavailable('whose an id is cannot be read', { cause });
    }
  }

  async close(): Promise<void> {
    await this.environment?.close();
  }

  /** Opened when it is first needed: the first key makes it. Each read is of this moment: the library's own would be of the first in this turn of the event loop. */
  private entry(name: string): string | undefined {
    this.environment ??= open({ path: this.path, noSubdir: true, maxDbs: 1, readOnly: true });
    this.entries ??= this.environment.openDB<string, string>({ name: 'ids', encoding: 'string' });
    this.environment.resetReadTxn();
    return this.entries.get(name);
  }
}
