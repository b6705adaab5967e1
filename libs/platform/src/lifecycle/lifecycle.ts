import type { HoldfastLogger } from '../observability/logger.js';

const LIMIT_MS = 25_000;
/** A terminal signals the whole group and npm passes the signal on: what comes twice at once was meant once. */
const SAME_SIGNAL_MS = 1000;

/**
 * Ends the process cleanly on SIGTERM or SIGINT: `close` drains and releases everything, in at most 25 s and `delaySeconds`.
 * A second signal, a second later or more, does not wait. Returns a function that ends it for another reason (exit code 1).
 */
export function endOnSignal(
  logger: HoldfastLogger,
  close: () => Promise<void>,
  delaySeconds: number,
): (reason: string) => void {
  let ending = false;
  let signalledAt = 0;
  const end = async (reason: string, exitCode: number): Promise<void> => {
    ending = true;
    logger.log(`${reason}: shutting down`, 'Lifecycle');
    setTimeout(
      () => {
        logger.error('the shutdown took too long and is cut short', 'Lifecycle');
        process.exit(1);
      },
      LIMIT_MS + delaySeconds * 1000,
    ).unref();
    try {
      await close();
      await logger.flush();
      process.exit(exitCode);
    } catch (error) {
      logger.error({ err: error, msg: 'the shutdown failed' }, 'Lifecycle');
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending && Date.now() - signalledAt > SAME_SIGNAL_MS) process.exit(1);
      if (ending) return;
      signalledAt = Date.now();
      void end(signal, 0);
    });
  }
  return (reason) => {
    if (!ending) void end(reason, 1);
  };
}

/**
 * Says in a sentence what kept the program from starting, and ends the process. The stack is for programmers: only where
 * LOG_LEVEL asks for details.
 */
export function failToStart(error: unknown): never {
  const { message, stack, code } = error as Error & { code?: string };
  const detailed = /^(debug|trace)$/.test(process.env.LOG_LEVEL ?? '');
  process.stderr.write(`Holdfast cannot start: ${(detailed && stack) || message || code || String(error)}\n`);
  process.exit(1);
}
