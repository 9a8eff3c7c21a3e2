import type { Histogram, Registry } from 'prom-client';

/** How many observations were within each bound and above the one before, those above all bounds last; and their sum. */
type Counted = { readonly counts: readonly number[]; readonly seconds: number };

type Value = { readonly metricName: string; readonly labels: Record<string, string | number>; readonly value: number };

/** A histogram that another process keeps: its last report is shown as it is, since prom-client takes single observations alone. */
export class ReportedHistogram {
  readonly name: string;
  private values: readonly Value[] = [];

  constructor(
    private readonly about: { readonly name: string; readonly help: string },
    private readonly label: string,
    registry: Registry,
  ) {
    this.name = about.name;
    // The registry asks a metric for its name and for `get()`.
    registry.registerMetric(this as unknown as Histogram);
  }

  /** @param counted for each value of the label */
  show(bounds: readonly number[], counted: Readonly<Record<string, Counted>>): void {
    this.values = Object.entries(counted).flatMap(([value, one]) => this.lines(value, bounds, one));
  }

  async get() {
    return { ...this.about, type: 'histogram', aggregator: 'sum', values: this.values };
  }

  private lines(value: string, bounds: readonly number[], { counts, seconds }: Counted): Value[] {
    const { name } = this;
    const labels = { [this.label]: value };
    let count = 0;
    const buckets = [...bounds, '+Inf'].map((le, index) => {
      count += counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: seconds },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
