import type { DuckDBValue } from '@duckdb/node-api';
import { exposedWhere } from '../history/entitlement.ts';
import type { HistoryFile } from '../history/history-file.ts';

/** Of this ledger (`appVersion`), or of the app that asked (`X-Client-Release`). */
export const releaseKinds = ['ledger', 'app'] as const;
export type ReleaseKind = (typeof releaseKinds)[number];

/** What the access history holds of one release. */
export type ReleaseSeen = {
  readonly kind: ReleaseKind;
  readonly version: string;
  /** Record times of the first and the last row of the history under it. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly shown: number;
  readonly opened: number;
  readonly played: number;
  readonly refused: number;
  /** Views that were opened under it and flagged since, whichever release judged them. */
  readonly flagged: number;
  readonly egressPrevented: number;
  readonly bytesServed: number;
  readonly secondsPlayed: number;
};

/** How many patients, to how many viewers. */
export type Reach = { readonly patients: number; readonly viewers: number };

/** The exposures to those who take part, or to those who do not. */
export type Exposed = Reach & {
  readonly shown: Reach;
  readonly opened: Reach;
  readonly played: Reach;
  /** Distinct, shown in a list or opened or played. */
  readonly recordings: number;
  readonly bytesServed: number;
  readonly secondsPlayed: number;
  /** Views opened as an emergency. */
  readonly emergencies: number;
  /** Views that were watched elsewhere and reported: how much of them was played is not known. */
  readonly witnessed: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
};

export type ExposedTwice = { readonly entitled: Exposed; readonly notEntitled: Exposed };

/** What one person who does not take part got of one patient. */
export type ExposedPair = {
  readonly viewerId: string;
  readonly patientId: string;
  /** How many lists, views and transfers. */
  readonly shown: number;
  readonly opened: number;
  readonly played: number;
  readonly flagged: number;
  readonly emergencies: number;
  readonly recordings: number;
  readonly bytesServed: number;
  readonly secondsPlayed: number;
  readonly firstAt: string;
  readonly lastAt: string;
};

export type PairPlace = readonly [viewerId: string, patientId: string];

/** Sums are exact, so that they do not depend on the order in which they were made. */
const sums = `
  coalesce(sum("bytesServed"), 0)::UBIGINT AS "bytesServed",
  coalesce(sum("secondsPlayed"::DECIMAL(18, 3)), 0)::DOUBLE AS "secondsPlayed"`;

const columnOf: Readonly<Record<ReleaseKind, string>> = { ledger: '"appVersion"', app: '"clientRelease"' };

const seenOf = (kind: ReleaseKind) => `
  SELECT '${kind}' AS "kind", ${columnOf[kind]} AS "version",
    min("position") AS "first", max("position") AS "last", min("at") AS "firstSeen", max("at") AS "lastSeen",
    count(*) FILTER ("kind" = 'shown') AS "shown",
    count(*) FILTER ("kind" = 'opened') AS "opened",
    count(*) FILTER ("kind" = 'played') AS "played",
    count(*) FILTER ("kind" = 'refused') AS "refused",
    count(*) FILTER ("kind" = 'opened' AND "flaggedAt" <= $1) AS "flagged",
    count(*) FILTER ("kind" = 'egress-prevented') AS "egressPrevented",
    ${sums}
  FROM history
  WHERE "position" <= $1 AND ${columnOf[kind]} <> '' AND "kind" NOT IN ('created', 'changed')
  GROUP BY ${columnOf[kind]}`;

/** $1 the position, $2 the release */
const exposures = (kind: ReleaseKind) => `
  ${exposedWhere(`"position" <= $1 AND ${columnOf[kind]} = $2`, '$1')},
  named AS (
    SELECT "entitled", "viewerId", "patientId",
      unnest(CASE WHEN "kind" = 'shown' THEN from_json("recordingIds"::JSON, '["VARCHAR"]') ELSE ["recordingId"] END) AS "recordingId"
    FROM exposed
  )`;

const reachOf = (name: string, filter = 'true') =>
  ['patient', 'viewer'].map((who) => `count(DISTINCT "${who}Id") FILTER (${filter}) AS "${name}_${who}s"`).join(', ');

const totalsOf = (kind: ReleaseKind) => `
  WITH ${exposures(kind)}
  SELECT e.*, coalesce(r."recordings", 0) AS "recordings" FROM (
    SELECT "entitled", min("at") AS "firstAt", max("at") AS "lastAt", ${reachOf('all')},
      ${(['shown', 'opened', 'played'] as const).map((rung) => reachOf(rung, `"kind" = '${rung}'`)).join(', ')},
      count(*) FILTER ("kind" = 'opened' AND "purpose" = 'emergency') AS "emergencies",
      count(*) FILTER ("kind" = 'opened' AND "source" = 'witnessed') AS "witnessed",
      ${sums}
    FROM exposed GROUP BY "entitled"
  ) e LEFT JOIN (
    SELECT "entitled", count(DISTINCT "recordingId") AS "recordings" FROM named GROUP BY "entitled"
  ) r ON e."entitled" = r."entitled"`;

const pairsOf = (kind: ReleaseKind, isBehind: boolean) => `
  WITH ${exposures(kind)}, page AS (
    SELECT "viewerId", "patientId",
      count(*) FILTER ("kind" = 'shown') AS "shown",
      count(*) FILTER ("kind" = 'opened') AS "opened",
      count(*) FILTER ("kind" = 'played') AS "played",
      count(*) FILTER ("kind" = 'opened' AND "flaggedAt" <= $1) AS "flagged",
      count(*) FILTER ("kind" = 'opened' AND "purpose" = 'emergency') AS "emergencies",
      ${sums},
      min("at") AS "firstAt", max("at") AS "lastAt"
    FROM exposed WHERE NOT "entitled" ${isBehind ? 'AND ("viewerId", "patientId") > ($4, $5)' : ''}
    GROUP BY "viewerId", "patientId" ORDER BY "viewerId", "patientId" LIMIT $3
  )
  SELECT page.*, coalesce(r."recordings", 0) AS "recordings" FROM page LEFT JOIN (
    SELECT "viewerId", "patientId", count(DISTINCT "recordingId") AS "recordings"
    FROM named WHERE NOT "entitled" GROUP BY "viewerId", "patientId"
  ) r ON page."viewerId" = r."viewerId" AND page."patientId" = r."patientId"
  ORDER BY page."viewerId", page."patientId"`;

/** What releases exposed, as of a position: later events change no answer. */
export class ReleaseQuestions {
  constructor(
    private readonly file: HistoryFile,
    private readonly asOf: number,
  ) {}

  /** Releases of both kinds, those seen last first. */
  async seen({ from, limit }: { readonly from: number; readonly limit: number }): Promise<readonly ReleaseSeen[]> {
    const found = await this.file.read<ReleaseSeen & { first: number; last: number }>(
      `SELECT * FROM (${seenOf('ledger')} UNION ALL ${seenOf('app')})
       ORDER BY "last" DESC, "kind", "version" LIMIT $2 OFFSET $3`,
      [BigInt(this.asOf), BigInt(limit), BigInt(from)],
    );
    return found.map(({ first: _, last: __, ...release }) => release);
  }

  /**
   * One release, and the one of its kind that was first seen before it; a name that both kinds have is the ledger's unless the kind is said.
   * Undefined where nothing was recorded under this name.
   */
  async find(
    version: string,
    kind?: ReleaseKind,
  ): Promise<{ readonly release: ReleaseSeen; readonly before: string | undefined } | undefined> {
    for (const one of kind ? [kind] : releaseKinds) {
      const bound: DuckDBValue[] = [BigInt(this.asOf), version];
      const [found] = await this.file.read<ReleaseSeen & { first: number; last: number; before: string | null }>(
        `WITH releases AS (${seenOf(one)}) SELECT *, (
           SELECT arg_max(b."version", b."first") FROM releases b WHERE b."first" < r."first"
         ) AS "before" FROM releases r WHERE "version" = $2`,
        bound,
      );
      if (!found) continue;
      const { first: _, last: __, before, ...release } = found;
      return { release, before: before ?? undefined };
    }
    return undefined;
  }

  async totals(kind: ReleaseKind, version: string): Promise<ExposedTwice> {
    const found = await this.file.read<FoundTotals>(totalsOf(kind), [BigInt(this.asOf), version]);
    const of = (entitled: boolean) => exposedIn(found.find((one) => one.entitled === entitled));
    return { entitled: of(true), notEntitled: of(false) };
  }

  /** Those who do not take part, by viewer and patient. */
  async notEntitled(
    kind: ReleaseKind,
    version: string,
    { after, limit }: { readonly after?: PairPlace | undefined; readonly limit: number },
  ): Promise<readonly ExposedPair[]> {
    return this.file.read<ExposedPair>(pairsOf(kind, after !== undefined), [
      ...[BigInt(this.asOf), version, BigInt(limit)],
      ...(after ?? []),
    ]);
  }
}

type FoundTotals = { readonly entitled: boolean; readonly firstAt: string | null; readonly lastAt: string | null } & {
  readonly [name: string]: number;
};

const exposedIn = (found?: FoundTotals): Exposed => {
  const count = (name: string) => found?.[name] ?? 0;
  const reach = (rung: string): Reach => ({ patients: count(`${rung}_patients`), viewers: count(`${rung}_viewers`) });
  return {
    ...reach('all'),
    ...{ shown: reach('shown'), opened: reach('opened'), played: reach('played') },
    ...{ recordings: count('recordings'), bytesServed: count('bytesServed'), secondsPlayed: count('secondsPlayed') },
    ...{ emergencies: count('emergencies'), witnessed: count('witnessed') },
    ...{ firstAt: found?.firstAt ?? null, lastAt: found?.lastAt ?? null },
  };
};

/** The counts of one minus those of another; of times there is no difference. */
export const lessThan = (one: object, other: object): object => {
  const difference: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(one)) {
    const before: unknown = other[name as keyof typeof other];
    if (typeof value === 'number') difference[name] = Math.round((value - Number(before)) * 1_000) / 1_000;
    else if (typeof value === 'object' && value !== null) difference[name] = lessThan(value, before as object);
  }
  return difference;
};
