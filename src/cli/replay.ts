import { parseArgs } from 'node:util';
import { Id } from '../../events/values.ts';
import { GivenPersonId } from '../request/person-id.ts';
import { type Command, UsageError } from './command.ts';

export const replay: Command = {
  summary: 'show bookings, people who took part and every access, as of any moment',
  usage: `replay --patient <id> | --recording <id> | --viewer <id> [--as-of <time|position>] [--rules <rules>]

  --patient <id>     from the patient's stream and those of the people it names
  --recording <id>   searched for in the whole log, as are
  --viewer <id>      those whom this person accessed, or was refused
  --whole-log        with --patient: also lists that showed the patient to people whom the patient's stream does not name
  --as-of <moment>   a position of the log, or a time in UTC; later events are left out. The newest event by default
  --rules <rules>    whose verdict is "now": current, name@version, or a .js file with a rule set; current by default
  --store <store>    esdb://…, @<file with it>, or a DATA_DIR; the store of the settings by default. It is only read
  --ndjson           one JSON object a line, for other programs`,

  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        patient: { type: 'string' },
        recording: { type: 'string' },
        viewer: { type: 'string' },
        'whole-log': { type: 'boolean', default: false },
        'as-of': { type: 'string' },
        rules: { type: 'string', default: 'current' },
        store: { type: 'string' },
        ndjson: { type: 'boolean', default: false },
      },
    });
    const { patient, recording, viewer } = values;
    const given = [patient, recording, viewer].filter((id) => id !== undefined);
    if (given.length !== 1) throw new UsageError('one of --patient, --recording and --viewer is needed');
    const [{ readConfig }, { speakOfPeople }] = await Promise.all([
      import('../config/config.ts'),
      import('./people.ts'),
    ]);
    speakOfPeople(readConfig());
    const idIn = (schema: typeof Id | typeof GivenPersonId, id: string | undefined): string | undefined => {
      if (id === undefined) return undefined;
      const parsed = schema.safeParse(id);
      if (parsed.success) return parsed.data;
      throw new UsageError(`${JSON.stringify(id)} is no id: it ${parsed.error.issues[0]?.message}`);
    };
    const asked = {
      patient: idIn(GivenPersonId, patient),
      recording: idIn(Id, recording),
      viewer: idIn(GivenPersonId, viewer),
    };
    if (values['whole-log'] && patient === undefined)
      throw new UsageError('--whole-log goes with --patient: the others search the whole log anyway');
    const { replayed } = await import('./replaying.ts');
    await replayed({ ...values, ...asked });
  },
};
