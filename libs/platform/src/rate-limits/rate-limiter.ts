import { TooManyRequests } from '../http/problem.js';
import { tellLimits } from './limit-headers.js';
import type { LimitedUse, LimitState } from './rate-limit.js';

/** What a store answers. */
export interface Counted {
  states: LimitState[];
  /** False: at least one limit was used up, and nothing was counted. */
  isCounted: boolean;
  /** Removes what was counted from where it was counted. Never throws. */
  uncount: () => Promise<void>;
}

/** A use that was counted. */
export interface TakenUse {
  states: readonly LimitState[];
  /** Takes the count back, for a use that was none to be limited (a sign-in that succeeded). Never throws. */
  giveBack: () => Promise<void>;
}

/**
 * Limits how often something is done: exactly `quota` times in any window, wherever the window begins. A port: in Redis it
 * counts for all processes, in memory for this one. One contract suite runs on both adapters.
 */
export abstract class RateLimiter {
  /**
   * Counts one use under each of the limits, or under none when one of them is used up; at once for all who ask.
   * Where the limits stand goes into the headers of the present request's answer.
   * @throws TooManyRequests with the seconds after which the same use would be counted.
   */
  async take(...uses: LimitedUse[]): Promise<TakenUse> {
    const { states, isCounted, uncount } = await this.count(uses);
    tellLimits(...states);
    if (!isCounted) throw new TooManyRequests(waitFor(states));
    let isHeld = true;
    const giveBack = async (): Promise<void> => {
      if (!isHeld) return;
      isHeld = false;
      // The request's headers show the same states.
      for (const state of states) state.used -= 1;
      await uncount();
    };
    return { states, giveBack };
  }

  /** Counts the use for all limits or for none, in one atomic step. Never throws: a store that is away is replaced. */
  protected abstract count(uses: readonly LimitedUse[]): Promise<Counted>;
  /** Forgets every use under this limit and key, for somebody who starts anew. Never throws. */
  abstract forget(use: LimitedUse): Promise<void>;
  abstract close(): Promise<void>;
}

const waitFor = (states: readonly LimitState[]): number =>
  Math.max(1, ...states.filter(({ used, limit }) => used >= limit.quota).map(({ resetSeconds }) => resetSeconds));
