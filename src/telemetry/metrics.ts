import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ReportedHistogram } from './reported-histogram.ts';

/** From half a millisecond (an append on a quiet machine) to ten seconds, in seconds. */
const LATENCY = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The reactors that were one group of the access monitor, whose routes and figures still speak of both. */
export const ONCE_THE_MONITOR = ['access-monitor', 'breach-opener'] as const;

/** Everything that is measured, by its name in `/metrics`. Labels are kinds, never ids: each value of a label is a series for ever. */
@Injectable()
export class Metrics {
  /** Of this application alone, so that two in one process do not count for each other. */
  readonly registry = new Registry();

  readonly appends = new Counter({
    name: 'ledger_appended_events_total',
    help: 'Events acknowledged by the store',
    registers: [this.registry],
  });
  readonly refusals = new Counter({
    name: 'access_refusals_total',
    help: 'Refusals that this instance recorded: of a view, or of the content of one',
    labelNames: ['of'] as const,
    registers: [this.registry],
  });
  readonly suspensions = new Counter({
    name: 'viewer_suspensions_total',
    help: 'Viewers who were suspended through this instance',
    registers: [this.registry],
  });
  readonly prevented = new Counter({
    name: 'egress_prevented_total',
    help: 'Answers that this instance was about to send and withheld',
    registers: [this.registry],
  });
  readonly unheardAlerts = new Counter({
    name: 'alerts_without_listeners_total',
    help: 'Breaches that were flagged while no screen of on-call was connected to this instance',
    registers: [this.registry],
  });
  readonly appendSeconds = new Histogram({
    name: 'ledger_append_duration_seconds',
    help: 'From handing an append to the client to its acknowledgement',
    buckets: LATENCY,
    registers: [this.registry],
  });
  readonly folds = new Counter({
    name: 'ledger_folds_total',
    help: 'Folds asked for; a hit was answered from memory, a miss read the stream',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });
  readonly commandSeconds = new Histogram({
    name: 'ledger_commands_seconds',
    help: 'Changes asked for, by their kind; refused is answered with 4xx, failed with 5xx',
    labelNames: ['command', 'outcome'] as const,
    buckets: LATENCY,
    registers: [this.registry],
  });
  readonly missed = new Counter({
    name: 'consultations_missed_total',
    help: 'Consultations recorded as missed on this instance, by who did not come',
    labelNames: ['by'] as const,
    registers: [this.registry],
  });
  readonly verdictSeconds = new Histogram({
    name: 'access_verdict_duration_seconds',
    help: "From a view's append to the monitor's verdict on it",
    labelNames: ['verdict'] as const,
    buckets: LATENCY,
    registers: [this.registry],
  });
  readonly viewToAlertSeconds = new Histogram({
    name: 'access_view_to_alert_seconds',
    help: "From a flagged view's record time to breach.flagged on the sockets of this instance",
    buckets: LATENCY,
    registers: [this.registry],
  });
  readonly reactorLag = new Gauge({
    name: 'reactor_lag',
    help: 'Events that a reactor has still to act on',
    labelNames: ['name'] as const,
    registers: [this.registry],
  });
  readonly reactorParked = new Gauge({
    name: 'reactor_parked',
    help: 'Events that a reactor gave up on and an operator must look at',
    labelNames: ['name'] as const,
    registers: [this.registry],
  });
  /** The names of before there were several reactors, for alerts that watch them: of the two that did the monitor's work then. */
  readonly monitorLag = new Gauge({
    name: 'access_monitor_lag_events',
    help: 'reactor_lag of access-monitor and breach-opener together',
    registers: [this.registry],
    collect: sumOf(this.reactorLag),
  });
  readonly monitorParked = new Gauge({
    name: 'access_monitor_parked_events',
    help: 'reactor_parked of access-monitor and breach-opener together',
    registers: [this.registry],
    collect: sumOf(this.reactorParked),
  });
  readonly ruleFindings = new Counter({
    name: 'rule_findings_total',
    help: 'What rules beyond one patient fired on and this instance recorded, by rule, severity, and whether it is explained',
    labelNames: ['rule', 'severity', 'explained'] as const,
    registers: [this.registry],
  });
  readonly webhookAttempts = new Counter({
    name: 'webhook_attempts_total',
    help: 'Attempts of this instance to deliver to webhooks: taken, refused (the message), failed (the receiver)',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly webhookGivenUp = new Counter({
    name: 'webhook_deliveries_given_up_total',
    help: 'Deliveries to webhooks that this instance gave up at their age; an officer may have them sent again',
    registers: [this.registry],
  });
  readonly webhooksFailing = new Gauge({
    name: 'webhooks_failing',
    help: 'Webhooks whose receiver failed when this instance tried it last',
    registers: [this.registry],
  });
  readonly pageAttempts = new Counter({
    name: 'page_attempts_total',
    help: 'Attempts of this instance to send a page, or news of one, by channel: taken, refused (the message), failed (the receiver)',
    labelNames: ['channel', 'outcome'] as const,
    registers: [this.registry],
  });
  readonly pagesGivenUp = new Counter({
    name: 'pages_given_up_total',
    help: 'Pages, and news of them, that this instance gave up at their age',
    labelNames: ['channel'] as const,
    registers: [this.registry],
  });
  readonly readModelLag = new Gauge({
    name: 'read_model_lag_events',
    help: 'Events a read model has still to take in; while it is not current, positions of the log (EventStoreDB: bytes)',
    labelNames: ['name'] as const,
    registers: [this.registry],
  });
  readonly readModelPosition = new Gauge({
    name: 'read_model_position',
    help: 'Up to which position of the log a read model has taken it in',
    labelNames: ['name'] as const,
    registers: [this.registry],
  });
  readonly historyRows = new Gauge({
    name: 'access_history_rows',
    help: 'Rows in the index of the access history',
    registers: [this.registry],
  });
  readonly historyLag = new Gauge({
    name: 'access_history_lag',
    help: 'Positions of the log (EventStoreDB: bytes) that the index of the access history is behind',
    registers: [this.registry],
  });
  readonly httpSeconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by route pattern, from their headers to the end of the answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: LATENCY,
    registers: [this.registry],
  });
  readonly nodeWrites = new ReportedHistogram(
    {
      name: 'embedded_node_disk_write_seconds',
      help: 'How long the embedded node waited for its disk: for a commit, and for a checkpoint of many',
    },
    'write',
    this.registry,
  );
  readonly bytesServed = new Counter({
    name: 'recordings_bytes_served_total',
    help: 'Bytes of recordings that left',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    // A series that begins with its first event has no increase: an alert would miss that one.
    for (const what of ['view', 'content']) this.refusals.inc({ of: what }, 0);
  }

  /** @param types of events that the store acknowledged together */
  appended(types: readonly string[], seconds: number): void {
    this.appends.inc(types.length);
    this.appendSeconds.observe(seconds);
    for (const type of types) {
      if (type === 'RecordingViewRefused') this.refusals.inc({ of: 'view' });
      else if (type === 'RecordingContentRefused') this.refusals.inc({ of: 'content' });
      else if (type === 'ViewerSuspended') this.suspensions.inc();
      else if (type === 'EgressPrevented') this.prevented.inc();
    }
  }

  /** @param screens of on-call that are connected to this instance */
  watchScreens(screens: () => number): void {
    new Gauge({
      name: 'on_call_screens',
      help: 'Screens of on-call that are connected to this instance',
      registers: [this.registry],
      collect() {
        this.set(screens());
      },
    });
  }

  /** @param open how many breaches have a status; throws while that is not known: then nothing is said */
  watchBreaches(statuses: readonly string[], open: (status: string) => number): void {
    new Gauge({
      name: 'breaches_open',
      help: 'Breaches that are not closed, by status; the same on every instance',
      labelNames: ['status'] as const,
      registers: [this.registry],
      collect() {
        this.reset();
        try {
          const counted = statuses.map((status) => [status, open(status)] as const);
          for (const [status, count] of counted) this.set({ status }, count);
        } catch {
          // Half a list would look like a quiet night; readiness names the fault.
        }
      },
    });
  }

  /** @param oldestDue since when a step or a message has been due, in milliseconds since the epoch; in the future, or infinite, where none is */
  watchPaging({
    oldestDue,
    failing,
  }: {
    readonly oldestDue: () => number;
    readonly failing: () => readonly (readonly [channel: string, isFailing: boolean])[];
  }): void {
    const registers = [this.registry];
    new Gauge({
      ...{
        name: 'paging_oldest_due_seconds',
        help: 'For how long the oldest step or page has been due; 0 where none is',
        registers,
      },
      collect() {
        this.set(Math.max(0, (Date.now() - oldestDue()) / 1_000));
      },
    });
    new Gauge({
      ...{
        name: 'paging_channel_failing',
        help: '1 where the receiver failed when this instance tried it last',
        registers,
      },
      labelNames: ['channel'] as const,
      collect() {
        for (const [channel, isFailing] of failing()) this.set({ channel }, isFailing ? 1 : 0);
      },
    });
  }
}

const sumOf = (gauge: Gauge<'name'>) =>
  async function (this: Gauge): Promise<void> {
    const { values } = await gauge.get();
    const of = values.filter(({ labels }) => ONCE_THE_MONITOR.some((name) => name === labels.name));
    this.set(of.reduce((sum, { value }) => sum + value, 0));
  };
