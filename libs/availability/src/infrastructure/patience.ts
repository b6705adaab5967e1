import { AsyncResource } from 'node:async_hooks';
import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  retry,
  TaskCancelledError,
  wrap,
} from 'cockatiel';
import type { Settings } from '@holdfast/platform';
import { NoAnswer } from '../application/network.js';

export interface Limits {
  /** Of one try. */
  tryMs: number;
  /** Who was cut off by the end of the whole after this time is silent; before it, nobody knows. */
  fairMs: number;
  retries: number;
  /** Questions at a time; ten times as many wait. */
  parallel: number;
  breakerFailures: number;
  breakerOpenMs: number;
}

export const limitsOf = (settings: Settings): Limits => ({
  tryMs: settings.availabilityTryMs,
  // A budget shorter than a try is never left whole: who is asked must be known first.
  fairMs: Math.min(settings.availabilityTryMs, settings.availabilityBudgetMs / 2),
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
  private readonly policy: IPolicy;
  /** By the clock that the breaker reads. */
  private leftAloneUntil = 0;

  constructor(
    private readonly limits: Limits,
    onChange: (isAsked: boolean) => void = () => undefined,
  ) {
    const { retries, parallel, breakerFailures, breakerOpenMs } = limits;
    // To cockatiel any other error of the one question that tries would be a success; only an answer is.
    const isNoSuccess = handleWhen((error) => error instanceof Outage || breaker.state === CircuitState.HalfOpen);
    const breaker: CircuitBreakerPolicy = circuitBreaker(isNoSuccess, {
      halfOpenAfter: breakerOpenMs,
      breaker: new ConsecutiveBreaker(breakerFailures),
    });
    breaker.onStateChange((state) => {
      this.leftAloneUntil = state === CircuitState.Open ? Date.now() + breakerOpenMs : 0;
      if (state !== CircuitState.HalfOpen) onChange(state === CircuitState.Closed);
    });
    this.policy = wrap(
      bulkhead(parallel, parallel * 10),
      retry(isOutage, { maxAttempts: retries, backoff: new ExponentialBackoff(PAUSES) }),
      breaker,
    );
  }

  /** It has failed too often, and its pause has not passed: nobody is asked now. After the pause one question tries. */
  get isLeftAlone(): boolean {
    return Date.now() < this.leftAloneUntil;
  }

  /**
   * The answer of `question`, which is to end with the signal that it gets.
   * @throws NoAnswer; as soon as `signal` ends, whatever the question does
   */
  async ask<T>(question: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const end = endOf(signal);
    // Who waits for a place is let in by another's end, and would go on in its request.
    const tryOnce = AsyncResource.bind(() => this.tryOnce(question, signal, end));
    try {
      const answer = await Promise.race([this.policy.execute(tryOnce, signal), end.rejection]);
      return answer();
    } catch (error) {
      if (error instanceof TaskCancelledError) throw new NoAnswer('timeout');
      if (error instanceof BrokenCircuitError) throw new NoAnswer('circuit-open');
      if (error instanceof BulkheadRejectedError) throw new NoAnswer('busy');
      throw error;
    } finally {
      end.forget();
    }
  }

  /** What gives the answer, or throws a strange one: to the breaker both are answers, and end a row of failures. */
  private async tryOnce<T>(
    question: (signal: AbortSignal) => Promise<T>,
    whole: AbortSignal,
    end: End,
  ): Promise<() => T> {
    // Whoever waited for a place until the end asks no more.
    if (whole.aborted) throw new NoAnswer('timeout');
    const started = performance.now();
    try {
      const answer = await question(AbortSignal.any([whole, AbortSignal.timeout(this.limits.tryMs)]));
      return () => answer;
    } catch (error) {
      if (!(error instanceof NoAnswer) || error instanceof Outage) throw error;
      if (STRANGE.includes(error.silence)) {
        return () => {
          throw error;
        };
      }
      const hadFairTime = end.at - started >= this.limits.fairMs;
      if (ILL.includes(error.silence) && hadFairTime) throw new Outage(error.silence, error.wasConnected, error.cause);
      throw error;
    }
  }
}

/** In milliseconds. The jitter is cockatiel's: decorrelated. */
const PAUSES = { initialDelay: 100, maxDelay: 1000 };

const ILL: readonly NoAnswer['silence'][] = ['timeout', 'unreachable', 'unknown-host'];

/** It answered in time. A status of its own fault, or of too much to do, comes as an `Outage` instead. */
const STRANGE: readonly NoAnswer['silence'][] = ['redirect', 'bad-status', 'bad-answer', 'too-large'];

interface End {
  /** When the signal ended, by `performance.now()`; Infinity until then. */
  at: number;
  rejection: Promise<never>;
  forget: () => void;
}

function endOf(signal: AbortSignal): End {
  let onAbort = (): void => undefined;
  const rejection = new Promise<never>((_, reject) => {
    onAbort = () => {
      end.at = performance.now();
      reject(new NoAnswer('timeout'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const end = { at: Infinity, rejection, forget: () => signal.removeEventListener('abort', onAbort) };
  if (signal.aborted) onAbort();
  return end;
}
