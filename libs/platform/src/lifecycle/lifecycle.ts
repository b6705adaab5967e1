import type { LoggerService } from '@nestjs/common';

const LIMIT_MS = 25_000;
/** A terminal signals the whole group and npm passes the signal on: what comes twice at once was meant once. */
const SAME_SIGNAL_MS = 1000;

/**
 * Ends the process cleanly on SIGTERM or SIGINT: `close` drains and releases everything, in at most 25 s. A second signal,
 * a second later or more, does not wait. Returns a function that ends it for another reason (exit code 1).
 */
export function endOnSignal(logger: LoggerService, close: () => Promise<void>): (reason: string) => void {
  let ending = false;
  let signalledAt = 0;
  const end = async (reason: string, exitCode: number): Promise<void> => {
    ending = true;
    logger.log(`${reason}: shutting down`, 'Lifecycle');
    setTimeout(() => {
      logger.error('the shutdown took too long and is cut short', 'Lifecycle');
      process.exit(1);
    }, LIMIT_MS).unref();
    try {
      await close();
      process.exit(exitCode);
    } catch (error) {
      logger.error({ err: error, msg: 'the shutdown failed' }, 'Lifecycle');
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!ending) void end(signal, 0);
      else if (Date.now() - signalledAt > SAME_SIGNAL_MS) process.exit(1);
      else return;
      signalledAt = Date.now();
    });
  }
  return (reason) => {
    if (!ending) void end(reason, 1);
  };
}

/** Prints what kept the program from starting, in a sentence where it is one of ours, and ends the process. */
export function failToStart(error: unknown): never {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const ours = name === 'SettingsError' || !stack;
  process.stderr.write(`${ours ? message : (stack ?? message)}\n`);
  process.exit(1);
}
