import { AsyncResource } from 'node:async_hooks';
import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  retry,
  wrap,
} from 'cockatiel';
import type { Settings } from '@holdfast/platform';
import { NoAnswer } from '../application/network.js';

export interface Limits {
  /** Of one try. */
  tryMs: number;
  retries: number;
  /** Questions at a time; ten times as many wait. */
  parallel: number;
  breakerFailures: number;
  breakerOpenMs: number;
}

export const limitsOf = (settings: Settings): Limits => ({
  tryMs: settings.availabilityTryMs,
  retries: settings.availabilityRetries,
  parallel: settings.availabilityParallel,
  breakerFailures: settings.breakerFailures,
  breakerOpenMs: settings.breakerOpenMs,
});

/** A silence that says something of the health of who was asked; a strange answer to one question does not. */
export class Outage extends NoAnswer {}

const isOutage = handleWhen((error) => error instanceof Outage);

/**
 * How one that may be ill is asked: so many questions at a time, each tried again after a growing pause that is left to
 * chance, and none at all for a while after so many failures in a row; then one question tries.
 */
export class Patience {
  /** It has failed too often: nobody is asked until one question tries. */
  isLeftAlone = false;
  private readonly policy: IPolicy;

  constructor(
    private readonly limits: Limits,
    onChange: (isAsked: boolean) => void = () => undefined,
  ) {
    const { retries, parallel, breakerFailures, breakerOpenMs } = limits;
    const breaker = circuitBreaker(isOutage, {
      halfOpenAfter: breakerOpenMs,
      breaker: new ConsecutiveBreaker(breakerFailures),
    });
    breaker.onStateChange((state) => {
      this.isLeftAlone = state === CircuitState.Open;
      if (state !== CircuitState.HalfOpen) onChange(state === CircuitState.Closed);
    });
    this.policy = wrap(
      bulkhead(parallel, parallel * 10),
      retry(isOutage, { maxAttempts: retries, backoff: new ExponentialBackoff(PAUSES) }),
      breaker,
    );
  }

  /**
   * The answer of `question`, which is to end with the signal that it gets.
   * @throws NoAnswer; as soon as `signal` ends, whatever the question does
   */
  async ask<T>(question: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const ended = endOf(signal);
    // Who waits for a place is let in by another's end, and would go on in its request.
    const tryOnce = AsyncResource.bind(() => this.tryOnce(question, signal));
    try {
      return await Promise.race([this.policy.execute(tryOnce, signal), ended.rejection]);
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new NoAnswer('circuit-open');
      if (error instanceof BulkheadRejectedError) throw new NoAnswer('busy');
      throw error;
    } finally {
      ended.forget();
    }
  }

  private async tryOnce<T>(question: (signal: AbortSignal) => Promise<T>, whole: AbortSignal): Promise<T> {
    // Whoever waited for a place until the end asks no more.
    if (whole.aborted) throw new NoAnswer('timeout');
    const limit = AbortSignal.timeout(this.limits.tryMs);
    try {
      return await question(AbortSignal.any([whole, limit]));
    } catch (error) {
      // Cut off before its time: that says nothing of who was asked.
      const wasCutOff = whole.aborted && !limit.aborted;
      if (error instanceof NoAnswer && isIll(error) && !wasCutOff) {
        throw new Outage(error.silence, error.wasConnected, error.cause);
      }
      throw error;
    }
  }
}

/** In milliseconds. The jitter is cockatiel's: decorrelated. */
const PAUSES = { initialDelay: 100, maxDelay: 1000 };

const ILL: readonly NoAnswer['silence'][] = ['timeout', 'unreachable', 'unknown-host', 'too-large'];

/** A status of its own fault, or of too much to do, comes as an `Outage` already. */
const isIll = (error: NoAnswer): boolean => ILL.includes(error.silence);

function endOf(signal: AbortSignal): { rejection: Promise<never>; forget: () => void } {
  let forget = (): void => undefined;
  const rejection = new Promise<never>((_, reject) => {
    const end = (): void => reject(new NoAnswer('timeout'));
    if (signal.aborted) return end();
    signal.addEventListener('abort', end, { once: true });
    forget = () => signal.removeEventListener('abort', end);
  });
  return { rejection, forget };
}
