import { z } from 'zod';
import { Id, RELEASE_NAME } from '../../../events/values.ts';
import { paging } from '../../http/schemas.ts';
import { PersonId } from '../../request/person-id.ts';
import { pageLimit } from '../history/schemas.ts';
import { MomentAsked } from '../log/moment.ts';
import { releaseKinds } from './exposure.ts';

const asOf = MomentAsked.optional().describe('a time or a position of the log; the newest event without it');
const limit = pageLimit.default(50);
const count = z.int().nonnegative();

const ReleaseName = z.string().regex(RELEASE_NAME);
export const ReleaseParams = z.strictObject({ version: ReleaseName });
export const ReleaseList = z.strictObject({ asOf, limit, cursor: paging(z.tuple([count, count])).cursor });
export const ExposureOf = z.strictObject({
  asOf,
  limit,
  kind: z.enum(releaseKinds).optional().describe('where the ledger and an app have a release of the same name'),
  cursor: paging(z.tuple([Id, Id, count])).cursor,
});

const release = {
  kind: z.enum(releaseKinds).describe('of the ledger (`appVersion`) or of an app (`X-Client-Release`)'),
  version: ReleaseName,
  firstSeen: z.iso.datetime(),
  lastSeen: z.iso.datetime(),
};
const seconds = z.number().nonnegative();
export const ReleaseListSchema = z
  .object({
    items: z.array(
      z.object({
        ...release,
        ...{ shown: count, opened: count, played: count, refused: count },
        flagged: count.describe('views opened under it and flagged since'),
        ...{ egressPrevented: count, bytesServed: count, secondsPlayed: seconds },
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: 'ReleasePage' });

const exposed = <N extends z.ZodType, S extends z.ZodType>(number: N, played: S) => {
  const reach = z.object({ patients: number, viewers: number });
  return {
    ...{ patients: number, viewers: number, shown: reach, opened: reach, played: reach, recordings: number },
    ...{ bytesServed: number, secondsPlayed: played, emergencies: number, witnessed: number },
  };
};
const Exposed = z
  .object({
    ...exposed(count, seconds),
    firstAt: z.iso.datetime().nullable(),
    lastAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Exposed' });
const twice = { entitled: Exposed, notEntitled: Exposed };
const Difference = z.object(exposed(z.int(), z.number())).meta({ id: 'ExposureDifference' });

export const ExposureSchema = z
  .object({
    ...release,
    ...twice,
    before: z
      .object({
        version: ReleaseName,
        ...twice,
        difference: z.object({ entitled: Difference, notEntitled: Difference }),
      })
      .nullable()
      .describe('the release of its kind that was first seen before it'),
    items: z
      .array(
        z.object({
          ...{ viewerId: PersonId, patientId: PersonId, shown: count, opened: count, played: count, flagged: count },
          ...{ emergencies: count, recordings: count, bytesServed: count, secondsPlayed: seconds },
          ...{ firstAt: z.iso.datetime(), lastAt: z.iso.datetime() },
        }),
      )
      .describe('who does not take part, with each patient'),
    next: z.string().nullable(),
  })
  .meta({ id: 'ReleaseExposure' });
