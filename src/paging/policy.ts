import type { IncidentKind } from '../../events/incident-events.ts';

/** A weekly rota: each person in turn from the handover of one week to that of the next, by the clock on the wall of the time zone. */
export type Schedule = {
  readonly timeZone: string;
  /** The first handover, as `2026-01-05T09:00` in the time zone. */
  readonly from: string;
  /** Null: no person that week. */
  readonly people: readonly (string | null)[];
  /** The last one that holds counts. */
  readonly overrides: readonly Override[];
};

/** A person instead of the one of the rota, between two times in milliseconds since the epoch. */
export type Override = { readonly from: number; readonly to: number; readonly person: string | null };

export const channelKinds = ['pagerduty', 'alertmanager', 'webhook', 'email'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** Who a step pages: through all of `channels`, and through the next of `ifFails` at the first failure of one. */
export type Target = {
  readonly channels: readonly string[];
  readonly ifFails: readonly string[];
  /** Where it is a person by schedule: in a week without one the target is passed over. */
  readonly schedule?: string;
  /** For channels of the kind `email`; without them, the person on call, or the channel's own. */
  readonly mail: readonly string[];
};

/** Hours of the day between which no page of the severity `review` is sent, in minutes from midnight. */
export type QuietHours = { readonly from: number; readonly to: number; readonly timeZone: string };

export type Policy = {
  readonly name: string;
  /** Between an incident's opening and its first page: one that is merged into another meanwhile pages no person. */
  readonly groupWindowMs: number;
  /** Between pages once all loops are through. */
  readonly remindEveryMs: number;
  /** After which an acknowledgement lapses that no work followed. */
  readonly acknowledgementMs: number;
  /** For incidents of the severity `critical`; times count from the opening. */
  readonly steps: readonly { readonly afterMs: number; readonly targets: readonly string[] }[];
  readonly loops: number;
  /** From the first step of a loop to the first of the next. */
  readonly repeatAfterMs: number;
  readonly review: { readonly targets: readonly string[]; readonly quiet: QuietHours | undefined };
  readonly autoContainment: AutoContainment | undefined;
  readonly targets: Readonly<Record<string, Target>>;
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly people: Readonly<Record<string, { readonly mail?: string }>>;
  readonly channels: Readonly<Record<string, { readonly kind: ChannelKind; readonly mail: readonly string[] }>>;
};

/** What halts playback of a release by itself, where an incident of these kinds is not acknowledged. */
export type AutoContainment = {
  /** After this time, while bytes flow. */
  readonly afterMs: number;
  /** Or while so many breaches came within the time before. */
  readonly breaches: number;
  readonly withinMs: number;
  readonly kinds: readonly IncidentKind[];
};

/** Until when there has to be a step of work after an acknowledgement. */
export const ackDeadline = ({ acknowledgementMs }: Pick<Policy, 'acknowledgementMs'>, now: number): string =>
  new Date(now + acknowledgementMs).toISOString();
