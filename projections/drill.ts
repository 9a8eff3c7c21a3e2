import { drillSchedule, drillStreams } from '../events/categories.ts';
import type { DrillEvent } from '../events/drill-events.ts';
import type { Appended, Recorded } from '../events/event.ts';
import { projection, streamFold } from './projection.ts';

export const drillStatuses = ['requested', 'running', 'passed', 'failed'] as const;
export type DrillStatus = (typeof drillStatuses)[number];

type Of<T extends DrillEvent['type']> = Extract<DrillEvent, { type: T }>['data'];

/** One drill, as its events add up. */
export type Drill = {
  readonly drillId: string;
  readonly status: DrillStatus;
  readonly patients: number;
  readonly limitMinutes: number;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly begunBy?: string;
  readonly begunAt?: string;
  /** When it is reported, whatever has happened by then. */
  readonly until?: string;
  readonly carriedOut?: Omit<Of<'DrillCarriedOut'>, 'drillId'>;
  readonly report?: Omit<Of<'DrillReported'>, 'drillId' | 'outcome'>;
};

/** Undefined: there is no such drill. */
export type DrillState = Drill | undefined;

export const evolveDrill = (drill: DrillState, { type, data }: Appended<DrillEvent>): DrillState => {
  if (type === 'DrillRequested') {
    const { at: requestedAt, ...requested } = data;
    return drill ?? { ...requested, status: 'requested', requestedAt };
  }
  if (!drill) return undefined;
  switch (type) {
    case 'DrillBegan':
      return { ...drill, status: 'running', begunBy: data.begunBy, begunAt: data.at, until: data.until };
    case 'DrillCarriedOut': {
      const { drillId: _, ...carriedOut } = data;
      return { ...drill, carriedOut };
    }
    case 'DrillReported': {
      const { drillId: _, outcome, ...report } = data;
      return { ...drill, status: outcome, report };
    }
  }
};

/** A drill with its revision, as those who read are told of it. */
export type TrackedDrill = { readonly drill: Drill; readonly revision: number };

const track = (before: TrackedDrill | undefined, event: Recorded<DrillEvent>): TrackedDrill | undefined => {
  if (before && event.revision <= before.revision) return before;
  const drill = evolveDrill(before?.drill, event);
  return drill && { drill, revision: event.revision };
};

/** Every drill by its id, on the shelf of its status. */
export const drillBoard = projection({
  name: 'drills-v1',
  categories: [drillStreams],
  initial: (): TrackedDrill | undefined => undefined,
  shelfOf: ({ drill }: TrackedDrill) => drill.status,
  on: { DrillRequested: track, DrillBegan: track, DrillCarriedOut: track, DrillReported: track },
  ignores: [],
});

/** When drills are due. Undefined: never were any. */
export type DrillSchedule =
  | {
      readonly everyDays: number;
      /** From when on days are counted where no drill was begun since: scheduled, or missed. */
      readonly since: string;
    }
  | undefined;

export const drillScheduleFold = streamFold({
  category: drillSchedule,
  initial: (): DrillSchedule => undefined,
  on: {
    DrillsScheduled: (_, { data }) => ({ everyDays: data.everyDays, since: data.at }),
    DrillMissed: (schedule, { data }) => schedule && { ...schedule, since: data.at },
  },
  ignores: [],
});
