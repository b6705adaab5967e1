import { newId } from '../kernel/index.js';

/** A line as the table has it. */
export interface KeptLine {
  id: string;
  at: string;
  level: number;
  app: string;
  context: string | null;
  message: string;
  request_id: string | null;
  trace_id: string | null;
  details: Record<string, unknown> | null;
}

/** Pino's numbers of the levels. */
export const levels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LogLevel = keyof typeof levels;

const LONGEST_MESSAGE = 4_000;
const LONGEST_DETAILS = 16_000;

/** Lines that wait for the database: so many, and what comes past them is counted and left out. */
export class KeptLines {
  /** Lines that were left out since the start. */
  dropped = 0;
  private untold = 0;
  private waiting: string[] = [];

  constructor(private readonly most = 1_000) {}

  get length(): number {
    return this.waiting.length;
  }

  write(line: string): void {
    if (this.waiting.length >= this.most) this.drop(1);
    else this.waiting.push(line);
  }

  take(atMost: number): KeptLine[] {
    return this.waiting.splice(0, atMost).map(keptLineOf);
  }

  drop(lines: number): void {
    this.dropped += lines;
    this.untold += lines;
  }

  /** How many were left out since it was asked last. */
  takeUntold(): number {
    const { untold } = this;
    this.untold = 0;
    return untold;
  }
}

function keptLineOf(line: string): KeptLine {
  const { level, time, name, context, msg, requestId, traceId, pid, hostname, ...rest } = JSON.parse(
    line,
    storable,
  ) as Record<string, unknown>;
  const cause = (rest.err as { message?: unknown } | undefined)?.message;
  const message = typeof msg === 'string' ? msg : '';
  return {
    id: newId(),
    at: String(time),
    level: levels[level as LogLevel],
    app: String(name),
    context: textOf(context),
    message: (typeof cause === 'string' && cause !== message ? `${message}: ${cause}` : message).slice(
      0,
      LONGEST_MESSAGE,
    ),
    request_id: textOf(requestId),
    trace_id: textOf(traceId),
    details: detailsOf({ pid, hostname, ...rest }),
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function detailsOf(rest: Record<string, unknown>): Record<string, unknown> {
  if (JSON.stringify(rest).length <= LONGEST_DETAILS) return rest;
  const { pid, hostname, stack, err } = rest as { stack?: unknown; err?: { stack?: unknown } } & Record<
    string,
    unknown
  >;
  const said = textOf(stack) ?? textOf(err?.stack);
  return { pid, hostname, stack: said?.slice(0, LONGEST_DETAILS / 2), isCut: true };
}

/** PostgreSQL keeps no U+0000 and no half of a surrogate pair in a text. */
const storable = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value;
