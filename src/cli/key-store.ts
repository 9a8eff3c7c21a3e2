import { resolve } from 'node:path';
import { Clock } from '../clock.ts';
import { type Config, readConfig } from '../config/config.ts';
import { prepareDataDir } from '../config/data-dir.ts';
import { backUp, restoreInto } from '../keys/backup.ts';
import { FileKms } from '../keys/file-kms.ts';
import type { IdFile } from '../keys/id-file.ts';
import type { KeyRow, KeyRows } from '../keys/key-rows.ts';
import { type Kms, type KmsKind, kmsKinds } from '../keys/kms.ts';
import { kekFile, openKeys, openKms, openRows } from '../keys/opened.ts';
import { rewrapAll } from '../keys/rewrap.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { UsageError } from './command.ts';
import { speakOfPeople } from './people.ts';
import { grouped, showing } from './progress.ts';

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** @throws Error where nothing is sealed by these settings: the wrong key store would be looked at */
const inKeyStore = async (
  work: (rows: KeyRows, config: Config, kind: KmsKind, ids: IdFile | undefined) => Promise<void>,
): Promise<void> => {
  const config = readConfig();
  const { kms } = config.keys;
  if (kms === undefined) throw new Error('KEYS_KMS is not set: use the settings that the application runs with');
  await prepareDataDir(config);
  const rows = await openRows(config);
  try {
    await work(rows, config, kms, speakOfPeople(config));
  } finally {
    await rows.close();
  }
};

/** @throws ConfigError, KeysUnavailable, KeyStoreUnavailable */
export const backUpKeys = (file: string): Promise<void> =>
  inKeyStore(async (rows, { keys }, _, ids) => {
    const count = await backUp({ rows, ids }, resolve(file), new Date());
    print(`${grouped(count.keys)} wrapped keys are in ${resolve(file)}; the key-encryption keys are not`);
    if (ids)
      print(`whose ids are whose is in it for ${grouped(count.people)} people, sealed; PATIENT_ID_SECRET is not`);
    if (keys.kms === 'file')
      print('key-encryption-keys.json of DATA_DIR is needed to open them: keep it elsewhere, for itself');
  });

/** @throws ConfigError, KeysUnavailable, KeyStoreUnavailable, BackupUnusable */
export const restoreKeys = (file: string): Promise<void> =>
  inKeyStore(async (rows, _config, _kind, ids) => {
    const { added, known, destroyed, people } = await restoreInto({ rows, ids }, resolve(file));
    print(`${grouped(added)} keys were added, ${grouped(known)} were there, ${grouped(destroyed)} stay destroyed`);
    if (ids) print(`${grouped(people)} people were added`);
  });

/** @throws UsageError, ConfigError, KeysUnavailable, KeyStoreUnavailable */
export const rewrapKeys = ({ newKey, from }: { newKey: boolean; from: string | undefined }): Promise<void> =>
  inKeyStore(async (rows, config, kind) => {
    if (newKey && kind !== 'file')
      throw new UsageError(`--new-key is of KEYS_KMS=file: rotate the key in ${kind} itself`);
    const before = kmsKinds.find((known) => known === (from ?? kind));
    if (!before) throw new UsageError(`--from is ${kmsKinds.join(', ')}, not ${from}`);
    if (newKey) await FileKms.renew(kekFile(config));
    const to = await openKms(kind, config, rows);
    const other = before === kind ? to : await openKms(before, config, rows);
    const kmsOf = ({ kek }: KeyRow): Kms => (kek.startsWith(`${to.kind}:`) ? to : other);
    try {
      let total = 0;
      for await (const _ of rows.all()) total += 1;
      let count = 0;
      const done = () => (total === 0 ? 1 : Math.min(1, count / total));
      const { rewrapped, earlier, destroyed } = await showing(
        { what: 'wrapping keys anew', done, count: () => count, unit: 'keys' },
        () =>
          rewrapAll(rows, to, kmsOf, () => {
            count += 1;
          }),
      );
      print(
        `${grouped(rewrapped)} keys were wrapped anew, ${grouped(earlier)} were before, ${grouped(destroyed)} are destroyed`,
      );
    } finally {
      to.close();
      if (other !== to) other.close();
    }
  });

/** @throws UsageError, ConfigError, KeysUnavailable, KeyStoreUnavailable, KeysDestroyed */
export const renewKey = async (patient: string | undefined): Promise<void> => {
  const config = readConfig();
  const ids = speakOfPeople(config);
  const patientId = GivenPersonId.safeParse(patient);
  if (!patientId.success) throw new UsageError('--patient is needed, and is the id of one');
  if (ids && !ids.knows(patientId.data)) throw new Error('the ledger has no person with this id');
  const opened = await openKeys(config, new Clock());
  if (!opened) throw new Error('KEYS_KMS is not set: use the settings that the application runs with');
  try {
    print(`recordings of this patient are sealed under key ${await opened.renew(patientId.data)} within 5 minutes`);
  } finally {
    await opened.close();
  }
};
