import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

/**
 * Becomes the command itself and leaves a watcher behind that reads descriptor 3, whose other end only we hold: when it
 * closes, because we want it or because we were killed, the watcher ends what is left of the process group.
 */
const GUARD = '( ( read -r _ <&3; kill -s KILL -- "-$$" ) </dev/null >/dev/null 2>&1 & ); exec "$@" 3<&-';

/** Where packages put the server's own script. The wrapper on PATH of some systems changes the user and will not do. */
const SERVER_SCRIPTS = [
  process.env.TEST_RABBITMQ_SERVER ?? '',
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/opt/rabbitmq/sbin/rabbitmq-server',
  '/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server',
  '/usr/local/opt/rabbitmq/sbin/rabbitmq-server',
];
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

const serverScript = (): string | undefined => SERVER_SCRIPTS.find((path) => path !== '' && existsSync(path));

/**
 * A suite that starts and stops a RabbitMQ of its own. Where none is installed it is skipped under a title that says so;
 * with CI=true it fails instead.
 */
export function describeWithPrivateRabbitMq(title: string, suite: () => void): void {
  if (serverScript()) return describe(title, suite);
  const why = 'no rabbitmq-server is installed here; TEST_RABBITMQ_SERVER can name its script';
  if (process.env.CI === 'true') {
    it(title, () => {
      throw new Error(`not run: ${why}`);
    });
    return;
  }
  describe.skip(`${title} (not run: ${why})`, suite);
}

/** A RabbitMQ on ports and in a folder of its own, which can be stopped, killed and started again with what it had stored. */
export class PrivateRabbitMq {
  private server: ChildProcess | undefined;
  private epmd: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly ports: { amqp: number; distribution: number; epmd: number },
  ) {}

  /** Not started yet. `settings`: lines of rabbitmq.conf. */
  static async create(...settings: string[]): Promise<PrivateRabbitMq> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-rabbitmq-'));
    const [amqp, distribution, epmd] = (await freePorts(3)) as [number, number, number];
    const rabbit = new PrivateRabbitMq(folder, { amqp, distribution, epmd });
    rabbit.configure(settings);
    return rabbit;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.ports.amqp}`;
  }

  /** Resolves when it takes connections, after some six seconds. */
  async start(): Promise<void> {
    // As a child of ours, and before the server: otherwise Erlang leaves one behind as a daemon.
    this.epmd ??= spawnGuarded('epmd', ['-port', String(this.ports.epmd), '-address', '127.0.0.1'], 'ignore');
    rmSync(this.pidFile, { force: true });
    const output = openSync(join(this.folder, 'out.log'), 'a');
    this.server = spawnGuarded(serverScript()!, [], output, this.environment());
    closeSync(output);
    await eventually(() => this.answers(), START_LIMIT_MS).catch(async () => {
      throw new Error(`RabbitMQ did not start:\n${await readFile(join(this.folder, 'out.log'), 'utf8')}`);
    });
  }

  /** As an operator stops it: connections are closed and everything durable is on disk. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** As a crash ends it. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Has its own `rabbitmqctl` do something. */
  async control(...command: string[]): Promise<void> {
    await promisify(execFile)(join(dirname(serverScript()!), 'rabbitmqctl'), command, { env: this.environment() });
  }

  /** Ends it and its port mapper, and removes its folder. */
  async dispose(): Promise<void> {
    await this.stop();
    if (this.epmd) endGroup(this.epmd);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    signalProcess(this.serverPid(), signal);
    await eventually(() => {
      if (server.exitCode === null && server.signalCode === null) throw new Error('RabbitMQ does not stop');
    }, STOP_LIMIT_MS);
    endGroup(server);
  }

  private get pidFile(): string {
    return join(this.folder, 'pid');
  }

  private serverPid(): number {
    return existsSync(this.pidFile) ? Number.parseInt(readFileSync(this.pidFile, 'utf8'), 10) : 0;
  }

  private answers(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.ports.amqp, '127.0.0.1');
      // The first bytes of the protocol: only a server that has booted answers them.
      socket.once('connect', () => socket.write(Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')));
      socket.once('data', () => resolve(void socket.destroy()));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('no answer')));
      socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    });
  }

  private configure(settings: string[]): void {
    mkdirSync(join(this.folder, 'log'));
    writeFileSync(join(this.folder, 'enabled_plugins'), '[].\n');
    writeFileSync(
      join(this.folder, 'rabbitmq.conf'),
      [
        `listeners.tcp.local = 127.0.0.1:${this.ports.amqp}`,
        'disk_free_limit.absolute = 50MB',
        'vm_memory_high_watermark.absolute = 1024MB',
        'log.console.level = warning',
        ...settings,
        '',
      ].join('\n'),
    );
  }

  private environment(): NodeJS.ProcessEnv {
    const { PATH } = process.env;
    return {
      PATH,
      HOME: this.folder,
      RABBITMQ_NODENAME: `holdfast${this.ports.amqp}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(this.ports.amqp),
      RABBITMQ_DIST_PORT: String(this.ports.distribution),
      RABBITMQ_MNESIA_BASE: join(this.folder, 'mnesia'),
      RABBITMQ_LOG_BASE: join(this.folder, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_PID_FILE: this.pidFile,
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.folder, 'enabled_plugins'),
      RABBITMQ_CONFIG_FILE: join(this.folder, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      ERL_EPMD_PORT: String(this.ports.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none',
    };
  }
}

function spawnGuarded(command: string, args: string[], output: number | 'ignore', env = process.env): ChildProcess {
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', command, ...args], {
    env,
    stdio: ['ignore', output, output, 'pipe'],
    detached: true,
  });
  child.on('error', () => undefined);
  child.stdio[3]?.on('error', () => undefined);
  return child;
}

/** What is left of the group goes with its watcher. */
const endGroup = (child: ChildProcess): void => void child.stdio[3]?.destroy();

/** 0 would mean our own process group. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  if (!pid) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
