import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readSettings, requireServices, SettingsError, variables } from './settings.js';

type Env = Record<string, string | undefined>;

function problemsOf(env: Env): string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const services: Env = {
  DATABASE_URL: 'postgres://library@db/holdfast',
  REDIS_URL: 'rediss://cache',
  RABBITMQ_URL: 'amqps://broker',
  MONGODB_URL: 'mongodb+srv://documents/holdfast',
  SMTP_URL: 'smtps://mail',
  JWT_PRIVATE_KEY: 'a key',
};

describe('the settings', () => {
  it('have a default for everything', () => {
    expect(readSettings({})).toMatchObject({
      environment: 'development',
      port: 3000,
      host: '127.0.0.1',
      databaseUrl: '',
      redisUrl: '',
      redisPrefix: 'holdfast',
      dataDir: resolve('.holdfast'),
      cataloguePublic: true,
      uploadMaxBytes: 209_715_200,
      jwtAccessSeconds: 900,
      longestLoanDays: 30,
      openReservationsLimit: 10,
      renewalsLimit: 2,
      endsSoonHours: 24,
      dailyRatePercent: 1,
    });
    expect(Object.keys(readSettings({})).sort()).toEqual(Object.keys(variables).sort());
  });

  it('take addresses and headers apart, and name a list that cannot be read', () => {
    expect(readSettings({ TRUSTED_PROXIES: '10.0.0.0/8, 2001:db8::1,' }).trustedProxies).toEqual([
      '10.0.0.0/8',
      '2001:db8::1',
    ]);
    for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', '10.0.0.1/x', '2001:db8::/129']) {
      expect(problemsOf({ TRUSTED_PROXIES: `127.0.0.1,${wrong}` })).toEqual([
        expect.stringMatching(/^TRUSTED_PROXIES must be IP addresses or CIDR ranges/),
      ]);
    }
    expect(readSettings({ OTEL_EXPORTER_OTLP_HEADERS: 'key=a%3Db=, x-team = 7' }).otlpHeaders).toEqual({
      key: 'a=b=',
      'x-team': '7',
    });
    for (const wrong of ['key', '=value', 'key=100%', 'a key=value']) {
      expect(problemsOf({ OTEL_EXPORTER_OTLP_HEADERS: wrong })).toEqual([
        expect.stringMatching(/^OTEL_EXPORTER_OTLP_HEADERS must be name=value/),
      ]);
    }
  });

  it('take what the environment says', () => {
    const settings = readSettings({
      ...services,
      PORT: '0',
      CATALOGUE_PUBLIC: 'false',
      LENDING_DAILY_RATE_PERCENT: '0.25',
      HOLDFAST_DATA_DIR: 'somewhere',
    });
    expect(settings).toMatchObject({ port: 0, cataloguePublic: false, dailyRatePercent: 0.25 });
    expect(settings).toMatchObject({ databaseUrl: services.DATABASE_URL, dataDir: resolve('somewhere') });
  });

  it('count what is empty as not set', () => {
    expect(readSettings({ PORT: '', CATALOGUE_PUBLIC: '', LOG_LEVEL: '', REDIS_PREFIX: '' })).toEqual(readSettings({}));
  });

  it('cannot be changed', () => {
    const settings = readSettings({}) as { port: number };
    expect(() => (settings.port = 1)).toThrow(TypeError);
  });

  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['WORKER_PORT', '3.5'],
    ['PUBLIC_URL', 'library.example'],
    ['PUBLIC_URL', 'ftp://library.example'],
    ['AVAILABILITY_PORT', '65536'],
    ['API_URL', 'ftp://library.example'],
    ['AVAILABILITY_BUDGET_MS', '99'],
    ['LOG_LEVEL', 'loud'],
    ['SAMPLE_CATALOGUE', 'true'],
    ['DATABASE_URL', 'mysql://db'],
    ['DATABASE_POOL_SIZE', '1'],
    ['REDIS_URL', 'localhost:6379'],
    ['RABBITMQ_URL', 'http://broker'],
    ['MONGODB_URL', 'mongo://documents'],
    ['MONGODB_URL', 'mongodb://a:27017,b:99999/holdfast'],
    ['MONGODB_URL', 'mongodb://a:27017,,b:27017/holdfast'],
    ['MONGODB_URL', 'mongodb://a:27017,:27018/holdfast'],
    ['MONGODB_URL', 'mongodb://me:secret@a:27017,b c/holdfast'],
    ['MONGODB_URL', 'mongodb:///holdfast'],
    ['MONGODB_URL', 'mongodb+srv://a,b/holdfast'],
    ['DATABASE_URL', 'postgres://a:5432,b:5432/holdfast'],
    ['RABBITMQ_URL', 'amqp://a,b'],
    ['SMTP_URL', 'mail.example'],
    ['JWT_ACCESS_SECONDS', '0'],
    ['JWT_REFRESH_SECONDS', 'a month'],
    ['CATALOGUE_PUBLIC', 'yes'],
    ['UPLOAD_MAX_BYTES', '1000'],
    ['LENDING_LONGEST_LOAN_DAYS', '0'],
    ['LENDING_OPEN_RESERVATIONS_LIMIT', 'Infinity'],
    ['LENDING_RENEWALS_LIMIT', '-1'],
    ['LENDING_ENDS_SOON_HOURS', '721'],
    ['LENDING_DAILY_RATE_PERCENT', '0.001'],
    ['LENDING_DAILY_RATE_PERCENT', '101'],
  ])('refuse %s=%s, and name it', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} .+`));
  });

  it.each([
    'mongodb://documents',
    'mongodb://documents:27017/holdfast',
    'mongodb://me:s%40cret,1@a:27017,b:27018/holdfast?replicaSet=rs0',
    'mongodb://a,b.example.org:27017,[::1]:27018',
    'mongodb+srv://me:secret@documents.example.org/holdfast',
  ])('take MONGODB_URL=%s as it is', (value) => {
    expect(readSettings({ MONGODB_URL: value }).mongodbUrl).toBe(value);
  });

  it('say of a URL whether its beginning is wrong, or what follows', () => {
    expect(problemsOf({ MONGODB_URL: 'mongo://a:27017,b:27017', DATABASE_URL: 'postgres://me:a/b@db' })).toEqual([
      expect.stringMatching(/^DATABASE_URL is no URL: .+ host .+ percent-encoded/),
      'MONGODB_URL must be a URL that begins with mongodb:// or mongodb+srv://',
    ]);
  });

  it('name all that is wrong at once, one a line', () => {
    const env = { PORT: 'http', LOG_LEVEL: 'loud', REDIS_URL: 'cache' };
    expect(problemsOf(env).map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'LOG_LEVEL', 'REDIS_URL']);
    expect(() => readSettings(env)).toThrow(
      /^The configuration is wrong:\n {2}- PORT .+\n {2}- LOG_LEVEL .+\n {2}- REDIS_URL .+$/,
    );
  });

  it('do not repeat the value of a secret that is wrong', () => {
    expect(problemsOf({ DATABASE_URL: 'mysql://root:hunter2@db' }).join()).not.toContain('hunter2');
  });
});

describe('a value in a file', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const fileWith = (content: string) => {
    const path = join(folder, 'secret');
    writeFileSync(path, content);
    return path;
  };

  it('is read, without the line break at its end', () => {
    expect(readSettings({ ADMIN_PASSWORD_FILE: fileWith('correct horse battery\n') }).adminPassword).toBe(
      'correct horse battery',
    );
  });

  it('counts instead of the variable itself, and is checked like it', () => {
    expect(readSettings({ PORT: '1', PORT_FILE: fileWith('8080\n') }).port).toBe(8080);
    expect(problemsOf({ PORT_FILE: fileWith('http') })).toEqual([expect.stringMatching(/^PORT /)]);
  });

  it('counts as not set when the file is empty', () => {
    expect(readSettings({ REDIS_PREFIX_FILE: fileWith('\n') }).redisPrefix).toBe('holdfast');
  });

  it('is named when the file cannot be read', () => {
    expect(problemsOf({ JWT_PRIVATE_KEY_FILE: join(folder, 'gone') })).toEqual([
      expect.stringMatching(/^JWT_PRIVATE_KEY_FILE cannot be read: /),
    ]);
  });
});

describe('in production', () => {
  it('every service and the signing key must be set; each that is not is named', () => {
    const problems = problemsOf({ NODE_ENV: 'production', REDIS_URL: services.REDIS_URL });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'RABBITMQ_URL',
      'MONGODB_URL',
      'SMTP_URL',
      'JWT_PRIVATE_KEY',
    ]);
  });

  it('an app without stores of its own needs what it says, and no more', () => {
    const env = { NODE_ENV: 'production', API_URL: 'http://api:3000' };
    expect(readSettings(env, ['apiUrl']).apiUrl).toBe('http://api:3000');
    expect(() => readSettings({ NODE_ENV: 'production' }, ['apiUrl'])).toThrow(
      /^The configuration is wrong:\n {2}- API_URL must be set.+$/,
    );
  });

  it('nothing more is needed', () => {
    expect(readSettings({ NODE_ENV: 'production', ...services }).environment).toBe('production');
  });
});

describe('an app that shares services with others', () => {
  it('starts with those, and names those that are missing', () => {
    const settings = readSettings({ DATABASE_URL: services.DATABASE_URL });
    expect(() => requireServices(settings, 'databaseUrl')).not.toThrow();
    expect(() => requireServices(settings, 'databaseUrl', 'redisUrl', 'rabbitmqUrl')).toThrow(
      /- REDIS_URL .+\n.+- RABBITMQ_URL/,
    );
  });
});
