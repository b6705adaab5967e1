import { pino, type StreamEntry } from 'pino';
import type { Settings } from '../config/settings.js';
import { urlIn } from '../config/variables/variable.js';
import { ConsoleLines } from './console-lines.js';
import { LogFiles } from './log-files.js';
import { createPino, HoldfastLogger } from './logger.js';
import { outlets } from './outlets.js';

const MEGABYTE = 1024 * 1024;

/**
 * The log of a program: the console; files where LOG_DIR says so; and, unless LOG_DATABASE says no, warnings and worse
 * wait for `LogKeeper` to bring them to the database. None of them makes who writes a line wait, or fail.
 */
export function openLog(settings: Settings, app: string): HoldfastLogger {
  const tell = (message: string): void => logger.warn(message, 'Log');
  outlets.console = new ConsoleLines(tell);
  const streams: StreamEntry[] = [{ level: 'trace', stream: outlets.console }];
  if (settings.logDatabase) streams.push({ level: 'warn', stream: outlets.kept });
  if (settings.logDir) {
    outlets.files = new LogFiles({
      folder: settings.logDir,
      app,
      maxBytes: settings.logFileMaxMb * MEGABYTE,
      count: settings.logFileCount,
      tell,
    });
    streams.push({ level: 'trace', stream: outlets.files });
  }
  const logger = new HoldfastLogger(
    createPino(settings.logLevel, app, pino.multistream(streams), secretsOf(settings)),
    outlets.files,
  );
  return logger;
}

/** Words for whoever has started the program, in turn with the lines of its log. */
export const say = (words: string): void => outlets.console?.write(words);

/** Shorter ones, such as `guest`, are words that a line may need. */
const SHORTEST_SECRET = 8;

/** What the settings keep secret: servers may quote a password or a key that they do not like. */
export function secretsOf({ adminPassword, jwtPrivateKey, otlpHeaders, ...settings }: Settings): string[] {
  const { databaseUrl, redisUrl, rabbitmqUrl, mongodbUrl, smtpUrl, otlpEndpoint } = settings;
  const urls = [databaseUrl, redisUrl, rabbitmqUrl, mongodbUrl, smtpUrl, otlpEndpoint].map(urlIn);
  const passwords = urls.map((url) => url?.password ?? '');
  const collector = urls.at(-1);
  if (collector?.password === '') passwords.push(collector.username); // Then it is a key.
  const secrets = [
    ...passwords.flatMap((password) => [password, decoded(password)]),
    ...Object.values(otlpHeaders),
    adminPassword,
    ...jwtPrivateKey.split(/\s+/).filter((line) => !line.includes('-----')),
  ];
  return [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST_SECRET);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
