import type { LoggerService } from '@nestjs/common';
import { type Level, type Logger as Pino, pino, stdSerializers } from 'pino';
import { currentContext } from '../http/request-context.js';

/** A pino logger: one JSON object a line on standard output, with the request id of the call that logs. */
export function createPino(level: string, name: string): Pino {
  return pino({
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: stdSerializers.err },
    mixin: () => {
      const context = currentContext();
      return context ? { requestId: context.requestId } : {};
    },
    redact: ['*.password', '*.authorization', '*.token', '*.refreshToken', '*.otp'],
  });
}

/** Nest tells of every module and route when it starts: for debugging only. */
const CHATTY = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** Nest's logger on pino. The last string is the place it was said, as Nest passes it. */
export class HoldfastLogger implements LoggerService {
  constructor(private readonly pino: Pino) {}

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
    const line = lineOf(message);
    const said = level === 'info' && context !== undefined && CHATTY.has(context) ? 'debug' : level;
    this.pino[said]({ context, ...line }, texts[0]);
  }
}

function lineOf(message: unknown): object {
  if (message instanceof Error) return { err: message, msg: message.message };
  return typeof message === 'object' && message !== null ? message : { msg: String(message) };
}
