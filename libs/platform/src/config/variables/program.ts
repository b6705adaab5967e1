import { resolve } from 'node:path';
import { z } from 'zod';
import { text, url, variable, whole, yesNo } from './variable.js';

/** The process itself. */
export const programVariables = {
  environment: variable(
    'NODE_ENV',
    z.enum(['development', 'test', 'production']).default('development'),
    'production refuses every embedded stand-in.',
  ),
  port: variable('PORT', whole(3000, 0, 65_535), 'TCP port of the API; 0 takes a free one.'),
  host: variable('HOST', text('127.0.0.1'), 'Address to listen on; 0.0.0.0 in a container.'),
  workerPort: variable(
    'WORKER_PORT',
    whole(3002, 0, 65_535),
    'TCP port of the health and metrics of a separate worker.',
  ),
  availabilityPort: variable(
    'AVAILABILITY_PORT',
    whole(3001, 0, 65_535),
    'TCP port of the availability service; 0 takes a free one.',
  ),
  publicUrl: variable(
    'PUBLIC_URL',
    url('http:', 'https:'),
    'Where clients reach the API; made of HOST and PORT when empty.',
  ),
  shutdownDelaySeconds: variable(
    'SHUTDOWN_DELAY_SECONDS',
    whole(0, 0, 60),
    'How long a process that is told to end goes on answering while it says that it is not ready, in seconds.',
  ),
  logLevel: variable(
    'LOG_LEVEL',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    'Least severe level that is logged.',
  ),
  logDir: variable(
    'LOG_DIR',
    text('').transform((path) => path && resolve(path)),
    'Folder for log files, which are written besides the console; none when empty.',
  ),
  logFileMaxMb: variable('LOG_FILE_MAX_MB', whole(20, 1, 10_000), 'Size at which the next log file is begun, in MiB.'),
  logFileCount: variable(
    'LOG_FILE_COUNT',
    whole(14, 2, 10_000),
    'Log files of one program that are kept; a new one begins each day too.',
  ),
  logDatabase: variable(
    'LOG_DATABASE',
    yesNo(true),
    'true: warnings and errors are kept in the database, too, where admins search them.',
  ),
  logRetentionDays: variable(
    'LOG_RETENTION_DAYS',
    whole(30, 1, 3650),
    'How long warnings and errors are kept in the database, in days.',
  ),
  dataDir: variable(
    'HOLDFAST_DATA_DIR',
    text('.holdfast').transform((path) => resolve(path)),
    'Folder for uploads and for all that the embedded stand-ins keep.',
  ),
  sampleCatalogue: variable(
    'SAMPLE_CATALOGUE',
    z.enum(['auto', 'yes', 'no']).default('auto'),
    'Load the sample books into an empty catalogue at start; auto: only with the embedded PostgreSQL.',
  ),
};
