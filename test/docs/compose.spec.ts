import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { readSettings, type Settings, variables } from '@holdfast/platform';
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  restart?: string;
  init?: boolean;
  profiles?: string[];
  ports?: string[];
  secrets?: (string | { source: string })[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
}

interface Composition {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
}

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const compose = parse(text('docker-compose.yml'), { merge: true }) as Composition;
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);
const longRunning = services.filter(([, { restart }]) => restart !== 'no');

/** The value that Compose puts in for `${NAME:-default}` when the variable is not set; the innermost default first. */
const withDefaults = (value: string): string => {
  const replaced = value.replace(/\$\{[A-Z_]+:-([^${}]*)\}/g, '$1');
  return replaced === value ? value : withDefaults(replaced);
};

describe('docker-compose.yml', () => {
  let secrets: string;

  beforeAll(async () => {
    secrets = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'));
    await makeSecrets();
  });
  afterAll(() => rmSync(secrets, { recursive: true, force: true }));

  const makeSecrets = () => promisify(execFile)(process.execPath, [join(root, 'deploy/make-secrets.mjs'), secrets]);

  /** The availability service has no store, and gets no secrets. */
  const settingsOf = (service: Service): Settings => {
    const environment = Object.entries(service.environment ?? {}).map(([name, value]) => [
      name,
      withDefaults(value).replace('/run/secrets', secrets),
    ]);
    const env = Object.fromEntries(environment) as Record<string, string>;
    return service === compose.services.availability ? readSettings(env, ['apiUrl']) : readSettings(env);
  };

  it('starts the api, the worker, the availability service and the migrations from programs that the build makes', () => {
    expect(ours.map(([name]) => name).sort()).toEqual(['api', 'availability', 'migrate', 'worker']);
    for (const [name, { command }] of ours) {
      expect([command?.[0], command?.at(-1)]).toEqual(['node', `dist/apps/${name}/src/main.js`]);
      expect(existsSync(join(root, `apps/${name}/src/main.ts`))).toBe(true);
    }
  });

  it('sets only variables that Holdfast reads', () => {
    const known = Object.values(variables).flatMap(({ name }) => [name, `${name}_FILE`]);
    for (const [, { environment = {} }] of ours) {
      expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
    }
  });

  it('gives each of our programs a configuration that production accepts', () => {
    for (const [, service] of ours) expect(settingsOf(service).environment).toBe('production');
  });

  it('watches the health of every service that keeps running', () => {
    const unwatched = longRunning.filter(([, { healthcheck }]) => !healthcheck?.test || healthcheck.disable);
    expect(unwatched.map(([name]) => name)).toEqual([]);
  });

  it('asks our programs for their health at the ports that they listen on', () => {
    const { api, worker, availability } = compose.services;
    expect(api?.healthcheck?.test?.join(' ')).toContain(`:${settingsOf(api ?? {}).port}/health/live`);
    expect(worker?.healthcheck?.test?.join(' ')).toContain(`:${settingsOf(worker ?? {}).workerPort}/health/live`);
    const { availabilityPort, apiUrl } = settingsOf(availability ?? {});
    expect(availability?.healthcheck?.test?.join(' ')).toContain(`:${availabilityPort}/health/live`);
    expect(apiUrl).toBe(`http://api:${settingsOf(api ?? {}).port}`);
  });

  it('gives the availability service, which strangers make connect to addresses, no secret and no disk', () => {
    const { secrets: given, volumes, environment = {} } = compose.services.availability ?? {};
    expect([given, volumes]).toEqual([[], []]);
    expect(Object.keys(environment).filter((name) => name.endsWith('_FILE'))).toEqual([]);
  });

  it('starts our programs after the migrations, and waits for what has a health check until it is healthy', () => {
    for (const name of ['api', 'worker']) {
      expect(compose.services[name]?.depends_on?.migrate?.condition).toBe('service_completed_successfully');
    }
    const waits = services.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on));
    for (const [name, { condition }] of waits) {
      expect([name, condition]).toEqual([
        name,
        name === 'migrate' ? 'service_completed_successfully' : 'service_healthy',
      ]);
    }
  });

  it('restarts every service that keeps running, with an init process', () => {
    for (const [name, { restart, init }] of longRunning) {
      expect([name, restart, init]).toEqual([name, 'unless-stopped', true]);
    }
  });

  it('publishes ports on this machine only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('has no password in it: each is a secret that deploy/make-secrets.mjs makes', () => {
    const made = readdirSync(secrets);
    const wanted = Object.values(compose.secrets).map(({ file }) => basename(file));
    expect(wanted.filter((name) => !made.includes(name))).toEqual([]);
    const used = services.flatMap(([, service]) =>
      (service.secrets ?? []).map((secret) => (typeof secret === 'string' ? secret : secret.source)),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.secrets).sort());
  });

  it('keeps the secrets that are there when they are made again, in a folder that is shut to others', async () => {
    const contents = () => readdirSync(secrets).map((name) => readFileSync(join(secrets, name), 'utf8'));
    const before = contents();
    await makeSecrets();
    expect(contents()).toEqual(before);
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
  });

  it('names the version of every image that is not ours', () => {
    const others = services.filter(([, { build }]) => build === undefined);
    expect(others.filter(([, { image }]) => !/:v?\d/.test(image ?? '')).map(([name]) => name)).toEqual([]);
  });

  it('keeps what must outlive a container in a volume, and the uploads where api and worker both find them', () => {
    const mounted = services.flatMap(([, service]) => (service.volumes ?? []).map((volume) => volume.split(':')[0]));
    const named = mounted.filter((name) => !name?.startsWith('./'));
    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const name of ['api', 'worker']) {
      const { volumes, environment } = compose.services[name] ?? {};
      expect(volumes).toEqual([`data:${environment?.HOLDFAST_DATA_DIR}`]);
    }
  });
});

describe('The profile that observes', () => {
  const scraped = parse(text('deploy/prometheus/prometheus.yml')) as {
    rule_files: string[];
    scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  const portOf = (name: string): string =>
    /127\.0\.0\.1:(\d+)\/health/.exec(compose.services[name]?.healthcheck?.test?.join(' ') ?? '')?.[1] ?? '';

  it('is all that does not start by itself, and nothing that starts waits for it', () => {
    const observers = services.filter(([, { profiles }]) => profiles).map(([name]) => name);
    expect(observers).toEqual(['prometheus', 'grafana', 'jaeger']);
    const waits = services
      .filter(([, { profiles }]) => !profiles)
      .flatMap(([, one]) => Object.keys(one.depends_on ?? {}));
    expect(waits.filter((name) => observers.includes(name))).toEqual([]);
  });

  it('asks each of our programs for its metrics, at the port where it has its health', () => {
    const asked = scraped.scrape_configs.flatMap(({ job_name, dns_sd_configs }) =>
      dns_sd_configs.map(({ names, port }) => [job_name, names, String(port)]),
    );
    const programs = ['api', 'worker', 'availability'];
    expect(asked).toEqual(programs.map((name) => [`holdfast-${name}`, [name], portOf(name)]));
  });

  it('mounts files of this repository, which it cannot change', () => {
    const mounts = services
      .flatMap(([, { volumes = [] }]) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':'));
    expect(mounts.length).toBeGreaterThan(2);
    for (const [source = '', , mode] of mounts)
      expect([source, existsSync(join(root, source)), mode]).toEqual([source, true, 'ro']);
    for (const path of scraped.rule_files) expect(existsSync(join(root, path.replace('/etc/', 'deploy/')))).toBe(true);
  });

  it('shows what is where Grafana looks for it', () => {
    const sources = (
      parse(text('deploy/grafana/provisioning/datasources/datasources.yml')) as {
        datasources: { uid: string; type: string; url: string }[];
      }
    ).datasources;
    expect(sources.map(({ url }) => new URL(url).hostname).filter((host) => !compose.services[host])).toEqual([]);
    const { panels } = JSON.parse(text('deploy/grafana/dashboards/holdfast.json')) as {
      panels: { datasource?: { uid: string } }[];
    };
    const used = new Set(panels.flatMap(({ datasource }) => datasource?.uid ?? []));
    expect([...used].filter((uid) => !sources.some((source) => source.uid === uid))).toEqual([]);
    const { providers } = parse(text('deploy/grafana/provisioning/dashboards/dashboards.yml')) as {
      providers: { options: { path: string } }[];
    };
    const places = (compose.services.grafana?.volumes ?? []).map((volume) => volume.split(':')[1]);
    expect(providers.filter(({ options }) => !places.includes(options.path))).toEqual([]);
  });
});

describe('Dockerfile', () => {
  const stages = text('Dockerfile').split(/^(?=FROM )/m);
  const last = stages.at(-1) ?? '';

  it('runs as a user that is not root', () => {
    expect(/^USER (\d+)/m.exec(last)?.[1]).toMatch(/^[1-9]/);
    expect(last.lastIndexOf('\nUSER ')).toBeLessThan(last.indexOf('\nCMD '));
  });

  it('takes only the built program and its packages into the image', () => {
    const copied = [...last.matchAll(/^COPY (?:--from=\S+ )?(\S+) /gm)].map(([, source]) => source);
    expect(copied).toEqual(['package.json', '/app/node_modules', '/app/dist']);
    expect(last).toMatch(/COPY --from=production-deps \/app\/node_modules/);
  });

  it('copies from the context nothing that .dockerignore keeps out', () => {
    const allowed = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...stages.join('').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list]) => list?.split(' '));
    expect(copied.filter((name) => name !== undefined && !allowed.includes(name))).toEqual([]);
    for (const name of allowed) expect([name, existsSync(join(root, name))]).toEqual([name, true]);
  });

  it('has a health check', () => expect(last).toMatch(/^HEALTHCHECK .*\n?.*\/health\/live/m));
});
