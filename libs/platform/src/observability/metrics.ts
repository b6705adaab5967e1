import { Injectable, Logger } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { within } from '../messaging/pause.js';

/** Less than the ten seconds that Prometheus waits, and than what makes a scrape count as slow. */
const READ_LIMIT_MS = 1_000;

/** One value of a figure that has labels. */
export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** A value, one for each set of labels, or null where there is none at the moment: then the figure is left out. */
export type Reading = number | null | readonly Sample[];

/** Figures that are read together whenever somebody asks for the metrics. */
export interface FigureSource<Name extends string> {
  /** Label of `holdfast_figures_up`, which says whether they could be read. */
  name: string;
  /** By name, `_total` at the end of what only grows. Labels are few and known values: never ids. */
  figures: Readonly<Record<Name, { help: string; labels?: readonly string[] }>>;
  /** Opens no connection. When it fails, or takes longer than a second, its figures are left out. */
  read(): Readonly<Record<Name, Reading>> | Promise<Readonly<Record<Name, Reading>>>;
}

/**
 * The figures of one application, for Prometheus. Each has its own, so that several applications in a process do not
 * count for each other; what is true of the process is shared.
 */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly sources: Source[] = [];
  private readonly up = new Gauge({
    name: 'holdfast_figures_up',
    help: '1 where figures could be read just now; 0: they are left out, because what knows them did not answer.',
    labelNames: ['source'],
    registers: [this.registry],
  });

  /** A number that only grows while the process runs. @throws Error when the name is taken. */
  counter<Label extends string>(name: string, help: string, labels: readonly Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames: [...labels], registers: [this.registry] });
  }

  /** How values are spread. @throws Error when the name is taken. */
  histogram<Label extends string>(
    name: string,
    help: string,
    { labels, buckets }: { labels: readonly Label[]; buckets: readonly number[] },
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [this.registry] });
  }

  /** Figures that somebody else keeps. @throws Error when a name is taken. */
  watch<Name extends string>(source: FigureSource<Name>): void {
    this.sources.push(new Source(source, this.registry));
  }

  /** Every figure by name with its labels, also those that have no value at the moment. */
  labels(): ReadonlyMap<string, readonly string[]> {
    const all = [this.registry, ofTheProcess()].flatMap((one) => one.getMetricsAsArray());
    return new Map(
      all.map((figure) => [figure.name, (figure as { labelNames?: readonly string[] }).labelNames ?? []] as const),
    );
  }

  /** All figures in the text format of Prometheus, in little more than a second at most. */
  async text(): Promise<string> {
    await Promise.all(
      this.sources.map(async (source) => this.up.set({ source: source.name }, (await source.refresh()) ? 1 : 0)),
    );
    return `${await this.registry.metrics()}\n${await ofTheProcess().metrics()}`;
  }
}

class Source {
  private readonly logger = new Logger('Metrics');
  private readonly figures: Map<string, Counter | Gauge>;
  private reading: Promise<Readonly<Record<string, Reading>>> | undefined;
  private failed = false;

  constructor(
    private readonly source: FigureSource<string>,
    registry: Registry,
  ) {
    this.figures = new Map(
      Object.entries(source.figures).map(([name, { help, labels = [] }]) => {
        const options = { name, help, labelNames: [...labels], registers: [registry] };
        return [name, name.endsWith('_total') ? new Counter(options) : new Gauge(options)];
      }),
    );
  }

  get name(): string {
    return this.source.name;
  }

  /** False when the figures could not be read. */
  async refresh(): Promise<boolean> {
    let values: Readonly<Record<string, Reading>> = {};
    let failure: Error | undefined;
    try {
      // A reading that hangs is waited for again, never joined by another.
      this.reading ??= this.begin();
      values = await within(READ_LIMIT_MS, this.reading, () => new Error(`no answer in ${READ_LIMIT_MS} ms`));
    } catch (error) {
      failure = error as Error;
    }
    for (const [name, figure] of this.figures) {
      show(figure, !!this.source.figures[name]?.labels?.length, values[name] ?? null);
    }
    if (failure && !this.failed) this.logger.warn(`the figures of ${this.name} are left out: ${failure.message}`);
    this.failed = failure !== undefined;
    return !failure;
  }

  private async begin(): Promise<Readonly<Record<string, Reading>>> {
    try {
      return await this.source.read();
    } finally {
      this.reading = undefined;
    }
  }
}

function show(figure: Counter | Gauge, hasLabels: boolean, reading: Reading): void {
  figure.reset();
  // One without labels stands at 0 now, which would be told.
  if (!hasLabels) figure.remove();
  if (typeof reading === 'number') figure.inc(reading);
  else for (const { labels, value } of reading ?? []) figure.inc(labels, value);
}

let shared: Registry | undefined;

/** Memory, processor time, event loop lag, garbage collection: once for all applications of a process. */
function ofTheProcess(): Registry {
  if (!shared) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
  }
  return shared;
}
