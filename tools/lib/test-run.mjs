import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Complaint, step } from './report.mjs';
import { endOf, exitCodeOf } from './run.mjs';
import { probeServices } from './services.mjs';
import { summarize } from './summary.mjs';
import { root } from './workspace.mjs';

const PREFIX = 'holdfast-test-';

/** Runs Jest with the services that are there and returns the exit code. Leaves no process and no file behind. */
export async function runTests(args) {
  const services = await probeServices(process.env);
  const ci = process.env.CI === 'true';
  if (ci) refuseWithout(services, ['postgres', 'redis', 'rabbitmq']);
  await removeAbandoned();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const release = keepAliveOnSignals();
  let database;
  try {
    // Passing through is for the user that PostgreSQL runs as when root runs the tests.
    await chmod(folder, 0o711);
    const postgres = services.find(({ name }) => name === 'postgres');
    if (postgres.trouble) database = await embeddedInsteadOf(postgres, folder);
    return release.signal ? exitCodeOf(release.signal) : await runJest(args, services, folder);
  } finally {
    await database?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    release();
  }
}

function refuseWithout(services, names) {
  const missing = services.filter(({ name, trouble }) => trouble && names.includes(name));
  if (missing.length === 0) return;
  const reasons = missing.map(({ title, trouble }) => `${title}: ${trouble}`).join('; ');
  throw new Complaint(
    `With CI=true the tests need PostgreSQL, Redis and RabbitMQ, and not all of them are there: ${reasons}.`,
  );
}

async function embeddedInsteadOf(postgres, folder) {
  const built = join(root, 'dist/libs/platform/src/embedded/postgres/embedded-postgres.js');
  const { EmbeddedPostgres } = await import(pathToFileURL(built).href);
  const dataDir = join(folder, 'postgres');
  const database = await step(`Starting a PostgreSQL for the tests (${postgres.trouble})`, () =>
    EmbeddedPostgres.start({ dataDir, durable: false }),
  ).catch((error) => {
    throw new Complaint(`${error.message}\nThe tests need PostgreSQL: set ${postgres.variable} to a server.`);
  });
  Object.assign(postgres, { url: database.url, trouble: undefined });
  return database;
}

async function runJest(args, services, folder) {
  const report = join(folder, 'report.json');
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  await chmod(temporary, 0o711);
  const jest = spawn(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      // What a spec left open must not hold a run that is over.
      '--forceExit',
      '--reporters=default',
      `--reporters=${join(root, 'tools/lib/summary-reporter.mjs')}`,
      // The default lies in the temporary folder, which here goes away with the run.
      `--cacheDirectory=${join(root, 'node_modules/.cache/jest')}`,
      ...args,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...environmentOf(services), TMPDIR: temporary, HOLDFAST_TEST_REPORT: report },
    },
  );
  const { code, signal } = await endOf(jest);
  if (signal) return exitCodeOf(signal);
  // Without any test to run, Jest ends before it reports.
  const run = await readFile(report, 'utf8').then(JSON.parse, () => ({ files: [], pattern: '' }));
  const missing = services.filter(({ trouble }) => trouble).map(({ title, trouble }) => `${title}: ${trouble}`);
  const { lines, passed, failed } = summarize(run, missing);
  if (passed + failed === 0) lines.splice(-1, 0, 'No test ran, which counts as a failure.');
  console.log(lines.join('\n'));
  return passed + failed === 0 || failed > 0 ? code || 1 : code;
}

/** The tests know of the services that answered, and of no other. */
function environmentOf(services) {
  const there = services.filter(({ trouble }) => !trouble);
  return {
    HOLDFAST_TEST_SERVICES: there.map(({ name }) => name).join(','),
    ...Object.fromEntries(services.map(({ variable, url, trouble }) => [variable, trouble ? undefined : url])),
  };
}

/** What a run left behind that was killed before it could clean up. */
async function removeAbandoned() {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : 0;
    if (pid > 0 && !isAlive(pid))
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** A signal ends the tests, and us only after everything is cleaned up. */
function keepAliveOnSignals() {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const note = (signal) => (release.signal ??= signal);
  const release = () => signals.forEach((signal) => process.off(signal, note));
  signals.forEach((signal) => process.on(signal, note));
  return release;
}
