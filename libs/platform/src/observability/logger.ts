import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Level, type Logger as Pino, type LoggerOptions, pino } from 'pino';
import { currentContext } from '../http/request-context.js';
import type { LogFiles } from './log-files.js';
import { withoutSecrets } from './secrets.js';

/**
 * A pino logger: one JSON object a line (on standard output), with the request id and the trace id of the call that logs.
 * `secrets` are texts that no line may have, whatever they are a part of.
 */
export function createPino(
  level: string,
  name: string,
  to: DestinationStream = pino.destination(1),
  secrets: readonly string[] = [],
): Pino {
  const escaped = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const options: LoggerOptions = {
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // The logger has made JSON of it.
    serializers: { err: (err: unknown) => err },
    hooks: { streamWrite: (line) => escaped.reduce((clean, secret) => clean.replaceAll(secret, '[removed]'), line) },
    mixin: () => {
      const context = currentContext();
      if (!context) return {};
      const { requestId, traceparent } = context;
      // The second field of a traceparent (W3C Trace Context, section 3.2).
      return traceparent === undefined ? { requestId } : { requestId, traceId: traceparent.split('-')[1] };
    },
  };
  return pino(options, to);
}

/** Nest tells of every module and route when it starts: for debugging only. */
const CHATTY = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** Nest's logger on pino, and the one way to it: here secrets are taken out. The last string is the place it was said, as Nest passes it. */
export class HoldfastLogger implements LoggerService {
  constructor(
    private readonly pino: Pino,
    private readonly files: LogFiles | null = null,
  ) {}

  /** Resolves when all that was said is in the files, or cannot be brought there within two seconds. */
  async flush(): Promise<void> {
    await this.files?.flush();
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: unknown[]): void {
    const texts = rest.filter((part) => typeof part === 'string');
    const context = texts.pop();
    const said = level === 'info' && context !== undefined && CHATTY.has(context) ? 'debug' : level;
    if (!this.pino.isLevelEnabled(said)) return;
    this.pino[said](withoutSecrets({ context, ...lineOf(message, texts[0]) }));
  }
}

/** The second text is the stack of an error that was told as a text, or the message beside an object. */
function lineOf(message: unknown, second: string | undefined): object {
  if (message instanceof Error) return { err: message, msg: second ?? message.message };
  if (typeof message !== 'object' || message === null) return { msg: String(message), stack: second };
  return second === undefined ? message : { msg: second, ...message };
}
