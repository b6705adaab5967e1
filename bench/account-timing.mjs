// Does the time of an answer tell whether an account is known? Asks for known and unknown accounts in turn and compares.
// `node bench/account-timing.mjs [tries] [part of a title]`, after `npm run build`. With DATABASE_URL on that (empty!)
// database, else embedded in a folder that is removed afterwards. The hashes have their default price.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = Number(process.argv[2] ?? 200);
const WANTED = process.argv[3] ?? '';
const WARM_UP = 20;
/** So that what one request leaves to be done (a mail, an event) does not fall upon the next. */
const PAUSE_MS = 40;
const MANY = '1000000';
const PASSWORD = 'correct horse battery staple';
const root = join(import.meta.dirname, '..');

const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-timing-'));
const program = spawn(process.execPath, [join(root, 'dist', 'apps', 'holdfast', 'src', 'main.js')], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'pipe'],
  env: {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    DATABASE_URL: process.env.DATABASE_URL ?? '',
    HOLDFAST_DATA_DIR: dataDir,
    ADMIN_PASSWORD: PASSWORD,
    PORT: '0',
    AVAILABILITY_PORT: '0',
    LOG_LEVEL: 'error',
    SAMPLE_CATALOGUE: 'no',
    SIGN_IN_TRIES_PER_ACCOUNT: MANY,
    SIGN_IN_TRIES_PER_ADDRESS: MANY,
    REGISTRATIONS_PER_HOUR: MANY,
    CODES_PER_TWO_MINUTES: MANY,
    CODES_PER_HOUR: MANY,
    CODE_TRIES_PER_DAY: MANY,
  },
});
let output = '';
for (const stream of [program.stdout, program.stderr])
  stream.setEncoding('utf8').on('data', (text) => (output += text));
const ended = new Promise((resolve) => program.once('exit', resolve));

try {
  await run(await started());
} finally {
  program.kill();
  await ended;
  await rm(dataDir, { recursive: true, force: true });
}

async function started() {
  for (;;) {
    const url = /API +(http:\S+)\/api\n/.exec(output)?.[1];
    if (url) return url;
    if (program.exitCode !== null) throw new Error(`Holdfast did not start (npm run build?):\n${output}`);
    await sleep(50);
  }
}

async function run(base) {
  const post = async (path, body) => {
    const response = await fetch(`${base}/api/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const register = async (username) => {
    const status = await post('register', { username, email: addressOf(username), password: PASSWORD });
    if (status !== 201) throw new Error(`${username} cannot register: ${status}`);
  };
  for (const name of ['known', 'verified', 'idle', 'coded']) await register(name);
  await verify(base, 'verified');

  const askForCode = async (name) => void (await post('forgot-password', { email: addressOf(name) }));
  const guess = (name) => post('verify-otp', { email: addressOf(name), otp: '000000' });
  let tries = 0;
  /** Five wrong tries kill a code: there is a new one before each fifth. */
  const beforeGuess = async () => {
    if (tries++ % 4 === 0) await askForCode('coded');
  };
  const comparisons = [
    {
      title: 'sign in, wrong password / unknown account',
      status: 401,
      sides: [(n) => post('login', signInOf('known', n)), (n) => post('login', signInOf('unknown', n))],
    },
    {
      title: 'forgot-password, known / unknown address',
      status: 202,
      sides: ['known', 'unknown'].map((name) => () => post('forgot-password', { email: addressOf(name) })),
    },
    {
      title: 'resend-verification, unverified / unknown',
      status: 202,
      sides: ['known', 'unknown'].map((name) => () => post('resend-verification', { email: addressOf(name) })),
    },
    {
      title: 'resend-verification, verified / unknown',
      status: 202,
      sides: ['verified', 'unknown'].map((name) => () => post('resend-verification', { email: addressOf(name) })),
    },
    {
      title: 'verify-otp, a code is out / none is',
      status: 400,
      before: beforeGuess,
      sides: [() => guess('coded'), () => guess('idle')],
    },
    {
      title: 'verify-otp, a code is out / unknown address',
      status: 400,
      before: beforeGuess,
      sides: [() => guess('coded'), () => guess('unknown')],
    },
  ];
  print(['', 'mean', 'median', 'p95', 'mean', 'median', 'p95', 'd median', 'Welch t']);
  for (const comparison of comparisons.filter(({ title }) => title.includes(WANTED))) {
    print([comparison.title, ...(await compare(comparison))]);
  }
  process.stdout.write(`\nMilliseconds, ${TRIES} tries of each side in turn; |t| under 2 is chance.\n`);
}

/** Both sides in turn, now the one first and now the other, so that neither always follows the other. */
async function compare({ status, sides, before }) {
  const times = sides.map(() => []);
  for (let n = -WARM_UP; n < TRIES; n++) {
    await before?.();
    for (const side of n % 2 === 0 ? [0, 1] : [1, 0]) {
      await sleep(PAUSE_MS);
      const began = performance.now();
      const answered = await sides[side](n);
      const took = performance.now() - began;
      if (answered !== status) throw new Error(`answered ${answered}, not ${status}: the times would say nothing`);
      if (n >= 0) times[side].push(took);
    }
  }
  const [first, second] = times;
  const figures = times.flatMap((one) => [mean(one), quantile(one, 0.5), quantile(one, 0.95)].map(round));
  return [...figures, round(quantile(first, 0.5) - quantile(second, 0.5)), round(welchT(first, second))];
}

/** Opens the link that was mailed. */
async function verify(base, name) {
  const folder = join(dataDir, 'mail');
  for (let time = 0; time < 200; time++) {
    const files = await readdir(folder).catch(() => []);
    for (const file of files.filter((one) => one.endsWith('.eml'))) {
      const mail = (await readFile(join(folder, file), 'utf8')).replaceAll('=\r\n', '');
      const link = mail.includes(addressOf(name)) && /\/api\/auth\/verify-email\/[\w-]+/.exec(mail)?.[0];
      if (link && (await fetch(base + link)).ok) return;
    }
    await sleep(50);
  }
  throw new Error('the link to verify an address was not mailed');
}

function addressOf(name) {
  return `${name}@readers.example`;
}
function signInOf(login, n) {
  return { login, password: `not the password ${n}` };
}
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
function variance(values) {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}
/** The difference of the means over its standard error, for two samples of unlike variance. */
function welchT(a, b) {
  return (mean(a) - mean(b)) / Math.sqrt(variance(a) / a.length + variance(b) / b.length);
}
function round(value) {
  return value.toFixed(2);
}
function print([title, ...cells]) {
  process.stdout.write(`${title.padEnd(46)}${cells.map((cell) => cell.padStart(9)).join('')}\n`);
}
