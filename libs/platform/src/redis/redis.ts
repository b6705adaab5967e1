import { Logger } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';

const LONGEST_RECONNECT_PAUSE_MS = 2000;

/** 50 ms, doubled up to 2 s, with half of it left to chance so that processes do not come in step. */
const reconnectPause = (attempt: number, longestMs = LONGEST_RECONNECT_PAUSE_MS): number =>
  Math.min(longestMs, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);

const shared: RedisOptions = {
  connectTimeout: 3000,
  // Also holds the process back that long when it ends while Redis is away.
  disconnectTimeout: 200,
  retryStrategy: (attempt) => reconnectPause(attempt),
  /** After a failover the old primary refuses writes; a new connection finds the new one. */
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

/**
 * A connection for work that can do without Redis: a command fails at once while it is away, after `commandTimeoutMs`
 * when it hangs, and is never sent again later, when its time has passed. A socket that stays silent for 2 s is replaced.
 */
export function failFastRedis(
  url: string,
  purpose: string,
  { commandTimeoutMs = 1000, longestPauseMs = LONGEST_RECONNECT_PAUSE_MS, oneWriteATurn = false } = {},
): Redis {
  const redis = new Redis(url, {
    ...shared,
    retryStrategy: (attempt) => reconnectPause(attempt, longestPauseMs),
    // What is asked in one turn of the event loop goes in one write: half of the cost of a question is the system call.
    enableAutoPipelining: oneWriteATurn,
    // Who subscribes does it again by itself: ioredis does not catch the failure of its own attempt.
    autoResubscribe: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    socketTimeout: 2000,
  });
  logOutages(redis, purpose);
  return redis;
}

/**
 * A connection for BullMQ's workers, whose commands wait until Redis is there; BullMQ insists on it. Once `keepTrying`
 * says no, a connection that is lost stays lost, as do those that BullMQ has made from it, and what waits fails.
 */
export function patientRedis(url: string, purpose: string, keepTrying: () => boolean): Redis {
  const redis = new Redis(url, {
    ...shared,
    maxRetriesPerRequest: null,
    socketTimeout: 30_000,
    retryStrategy: (attempt) => (keepTrying() ? reconnectPause(attempt) : null),
  });
  logOutages(redis, purpose);
  return redis;
}

/** One line when an outage begins and one when it ends, however many attempts lie between. */
function logOutages(redis: Redis, purpose: string): void {
  const logger = new Logger('Redis');
  let away = false;
  let reason = 'the connection was closed';
  redis.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.message || error.code || error.name;
  });
  redis.on('reconnecting', () => {
    if (!away) logger.warn(`Redis is away for ${purpose}: ${reason}`);
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.log(`Redis is back for ${purpose}`);
    away = false;
  });
}

/** So often a process that stood still waits once more. */
const EXTENSIONS = 3;

/**
 * The answer, or an error when it does not come in time. Time in which the event loop stood still does not count, for then
 * even the question may not have left: a slow process must not take Redis for dead.
 */
export function answerWithin<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let timer: NodeJS.Timeout;
    const wait = (extensions: number): void => {
      const dueAt = performance.now() + milliseconds;
      const late = (): void => {
        const stoodStill = performance.now() - dueAt > milliseconds / 2;
        if (stoodStill && extensions > 0) wait(extensions - 1);
        // Timers fire before sockets are read; setImmediate runs after them.
        else setImmediate(reject, new Error(`Redis did not answer within ${milliseconds} ms`));
      };
      timer = setTimeout(late, milliseconds);
    };
    wait(EXTENSIONS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
