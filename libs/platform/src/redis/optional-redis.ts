import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { answerWithin } from './redis.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** While a connection settles, it is told so often what is to be told. */
const TELL_EVERY_MS = 50;

/** What has to be done before Redis counts as usable again. */
export interface Recovery {
  /** Fails unless Redis does what it is there for: it may answer and refuse to write, or to run scripts. */
  probe(): Promise<unknown>;
  /** Whether something is left to tell Redis; `catchUp` does some of it. */
  isBehind?(): boolean;
  catchUp?(): Promise<unknown>;
  /** How long a connection that came back is only told what it missed, until other processes have theirs back too. */
  settleMs?: number;
  /** Its user goes without it from now on. */
  onFailure?(): void;
}

/**
 * A connection that its user can do without: the first commands that fail or are not answered in time cost that time, the
 * others nothing, until Redis has recovered, for which it is asked in the background.
 */
export class OptionalRedis {
  private readonly logger: Logger;
  private usable = false;
  private healing = false;
  private failure: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private changed = performance.now();
  private wasLost = false;
  private settledAt = 0;

  /** `answerMs`: how long an answer of Redis is waited for. */
  constructor(
    user: string,
    private readonly redis: Redis,
    private readonly answerMs: number,
    private readonly recovery: Recovery,
  ) {
    this.logger = new Logger(user);
    redis.on('ready', () => {
      if (this.wasLost) this.changed = performance.now();
      this.settledAt = this.wasLost ? this.changed + (recovery.settleMs ?? 0) : 0;
      void this.heal(FIRST_PAUSE_MS);
    });
    redis.on('close', () => {
      this.wasLost = true;
      this.goWithout('the connection was lost');
    });
  }

  /** When it was last lost, found again or used again, by `performance.now()`. */
  get changedAt(): number {
    return this.changed;
  }

  /** It was found again, and is only told what it missed; or was until `graceMs` ago. */
  isSettling(graceMs = 0): boolean {
    return performance.now() < this.settledAt + graceMs;
  }

  isUsable(): boolean {
    return this.usable;
  }

  /** The answer of Redis, or undefined when it failed or took too long, after which the user goes without it. */
  async ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (!this.usable) return undefined;
    try {
      return await answerWithin(this.answerMs, command());
    } catch (error) {
      this.goWithout((error as Error).message);
      return undefined;
    }
  }

  goWithout(reason: string): void {
    if (!this.usable) return;
    this.use(false);
    this.recovery.onFailure?.();
    // While the connection is lost, the connection itself says so.
    if (this.redis.status === 'ready') {
      this.failure = reason;
      this.logger.warn(`goes without Redis: ${reason}`);
    }
    this.tryAgainIn(FIRST_PAUSE_MS);
  }

  close(): void {
    this.usable = false;
    clearTimeout(this.timer);
    this.redis.disconnect();
  }

  private use(usable: boolean): void {
    this.usable = usable;
    this.changed = performance.now();
  }

  private tryAgainIn(pauseMs: number): void {
    clearTimeout(this.timer);
    const dueAt = performance.now() + pauseMs;
    const tryAgain = (): void => {
      // Nobody came back while the machine stood still: that time does not count.
      const lateMs = performance.now() - dueAt;
      if (lateMs > TELL_EVERY_MS) this.settledAt += lateMs;
      void this.heal(Math.min(2 * pauseMs, LONGEST_PAUSE_MS));
    };
    this.timer = setTimeout(tryAgain, pauseMs).unref();
  }

  private async heal(nextPauseMs: number): Promise<void> {
    // Without a connection there is nothing to try; 'ready' comes back here.
    if (this.usable || this.healing || this.redis.status !== 'ready') return;
    this.healing = true;
    try {
      await answerWithin(this.answerMs, this.recovery.probe());
      while (this.recovery.isBehind?.()) await this.recovery.catchUp?.();
      // In the same turn as the last look at what is left: what comes from here on is asked of Redis at once.
      if (!this.isSettling()) this.use(this.redis.status === 'ready');
    } catch {
      // It is still away.
    } finally {
      this.healing = false;
    }
    if (!this.usable) {
      const settles = this.settledAt - performance.now();
      return this.tryAgainIn(settles > 0 ? Math.min(settles, TELL_EVERY_MS) : nextPauseMs);
    }
    if (this.failure !== undefined) this.logger.log('uses Redis again');
    this.failure = undefined;
  }
}
