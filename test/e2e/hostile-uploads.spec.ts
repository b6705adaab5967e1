import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client as Postgres } from 'pg';
import { eventually, freshDatabase } from '@holdfast/platform/testing';
import { Client } from './support/client.js';
import { HOSTILE_CELLS } from './support/hostile-uploads/cells.js';
import { BROKEN_CSV } from './support/hostile-uploads/csv-text.js';
import { HOSTILE_ENCODINGS } from './support/hostile-uploads/encodings.js';
import { FILE_NAMES } from './support/hostile-uploads/file-names.js';
import { HOSTILE_FORMS } from './support/hostile-uploads/forms.js';
import {
  chunked,
  END,
  field,
  filePart,
  type HostileUpload,
  part,
  post,
  repeated,
  type RequestBytes,
  uploadLarge,
} from './support/hostile-uploads/hostile-upload.js';
import { HOSTILE_JSON } from './support/hostile-uploads/json-cells.js';
import { LARGE } from './support/hostile-uploads/large.js';
import { NOT_TEXT } from './support/hostile-uploads/not-text.js';
import { outcomeOf } from './support/hostile-uploads/outcome.js';
import { HOSTILE_PARTS } from './support/hostile-uploads/parts.js';
import { HOSTILE_REQUESTS } from './support/hostile-uploads/requests.js';
import { common } from './support/installation.js';
import { signInAdmin } from './support/people.js';
import { Program } from './support/program.js';
import { sendBytes } from './support/raw-http.js';

jest.setTimeout(120_000);

const MIB = 1024 * 1024;
const PATIENCE_SECONDS = 2;
/** V8 ends the process when its objects take more: what holds a large file does not live through this. */
const HEAP_MB = 128;
const MOST_GROWTH_MB = 150;
const DISPOSITION = Buffer.from('Content-Disposition: form-data; name="file"; ');
const CSV = 'title,price\nEmma,1\n';

const TABLES: [of: string, table: HostileUpload[]][] = [
  ['that is no text', NOT_TEXT],
  ['that is no table', BROKEN_CSV],
  ['of bytes that are no letters', HOSTILE_ENCODINGS],
  ['with hostile cells', HOSTILE_CELLS],
  ['with hostile JSON', HOSTILE_JSON],
  ['in a form that is none', HOSTILE_FORMS],
  ['in a form of parts that are none', HOSTILE_PARTS],
  ['in a request that is none', HOSTILE_REQUESTS],
  ['that is large', LARGE],
];

/** One process that takes uploads and imports them, so that it is seen to live, and what it takes of memory. */
describe('An upload', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let sql: Postgres;
  let program: Program;
  let staff: Client;
  let dataDir: string;
  let memory: { idle: number; most: number; timer: NodeJS.Timeout };

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-hostile-'));
    program = Program.start('holdfast', {
      ...common,
      DATABASE_URL: database.url,
      HOLDFAST_DATA_DIR: dataDir,
      UPLOAD_MAX_BYTES: String(101 * MIB),
      UPLOAD_PATIENCE_SECONDS: String(PATIENCE_SECONDS),
      NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
    });
    const [, base = ''] = await program.says(/API +(http:\S+)\/api\n/);
    staff = await signInAdmin(new Client(base));
    sql = new Postgres(database.url);
    await sql.connect();
    const idle = await residentMegabytes(program.pid);
    const timer = setInterval(() => {
      residentMegabytes(program.pid).then(
        (now) => (memory.most = Math.max(memory.most, now)),
        () => undefined,
      );
    }, 200);
    memory = { idle, most: idle, timer };
  });
  afterAll(async () => {
    clearInterval(memory?.timer);
    await sql?.end();
    await program?.stop();
    await database?.drop();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });
  afterEach(async () => {
    await eventually(async () => expect(await files()).toEqual([]));
    await sql.query('DELETE FROM catalog.books');
    await sql.query('DELETE FROM inventory.titles');
  });

  const authorization = () => `Authorization: Bearer ${staff.token}`;
  const files = () => readdir(join(dataDir, 'uploads')).catch(() => []);
  const send = (request: RequestBytes) => sendBytes(staff.base, request(authorization()), 30_000);

  describe.each(TABLES)('%s', (_of, table) => {
    it.each(table)('(%s) becomes what the table says', async (_name, request, becomes) => {
      expect(await outcomeOf(await send(request), staff)).toBe([becomes].flat().join('\n'));
    });
  });

  it('is tried in at least 120 hostile ways', () => {
    const names = [...TABLES.flatMap(([, table]) => table), ...FILE_NAMES].map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(120);
  });

  it.each(FILE_NAMES)('of a file by the name of %s is known by a harmless one', async (_name, disposition, kept) => {
    const answer = await send(post([part(Buffer.concat([DISPOSITION, Buffer.from(disposition as string)]), CSV), END]));
    if (answer.status !== 202) return expect(await outcomeOf(answer, staff)).toBe(kept);
    expect(await outcomeOf(answer, staff)).toBe('completed: 1 inserted');
    expect((await staff.get(`/api/books/upload/${answer.body.uploadId}`)).body.fileName).toBe(kept);
  });

  it('with formulas is kept as text, and no report or export lets a spreadsheet run them', async () => {
    const formulas = ['=1+1', '@SUM(A1)', '+49', '-2+3', '=HYPERLINK("http://x")'];
    const quoted = formulas.map((formula) => `"${formula.replaceAll('"', '""')}"`);
    const rows = [...quoted.map((formula) => `${formula},${formula},`), ...quoted.map((formula) => `a,b,${formula}`)];
    const answer = await send(post([filePart(['title,genre,publication_date', ...rows].join('\n')), END]));
    expect(await outcomeOf(answer, staff)).toMatch(/^completed: 5 inserted, 5 failed\n/);
    const { body } = await staff.get('/api/books?limit=100');
    expect(body.items.map(({ title }: { title: string }) => title).sort()).toEqual([...formulas].sort());
    const report = await staff.get(`/api/books/upload/${answer.body.uploadId}/errors.csv`);
    const exported = await staff.get('/api/books/export.csv');
    for (const [csv, quotes] of [
      [report.body, 5],
      [exported.body, 10],
    ] as const) {
      expect(csv).not.toMatch(/(?:^|,)"?[=+@-]/m);
      expect(csv.match(/(?:^|,)"?'[=+@-]/gm)).toHaveLength(quotes);
    }
  });

  it('is not held by the process, however many of 100 MiB come at once', async () => {
    const large = uploadLarge(() => repeated(Buffer.alloc(MIB, 'title,'), 100));
    const answers = await Promise.all([1, 2, 3].map(() => send(large)));
    for (const answer of answers)
      expect(await outcomeOf(answer, staff)).toBe('failed: Line 1: The record is longer than 1 MiB.');
  });

  describe('that does not come on', () => {
    const form = Buffer.concat([filePart(`${CSV}${'x'.repeat(2000)},2\n`), END]);
    const begun = () => post([form])(authorization()).subarray(0, -100);
    /** A sender that says something and stays. */
    function opened(bytes: Buffer | string): { socket: Socket; heard: () => string; isClosed: () => boolean } {
      const { hostname, port } = new URL(staff.base);
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      let text = '';
      socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      socket.write(bytes);
      return { socket, heard: () => text, isClosed: () => socket.closed || socket.readableEnded };
    }
    const somethingIsKept = () =>
      eventually(async () => expect(await files()).toEqual([expect.stringMatching(/\.csv\.part$/)]));

    it('but for a byte now and then is answered with 408, and nothing is kept', async () => {
      const { socket, heard } = opened(begun());
      await somethingIsKept();
      const trickle = setInterval(() => socket.write('x'), 200);
      // 2 seconds, and 2 more for the 2 KiB that have come.
      await eventually(() => expect(heard()).toContain('408'), 10_000);
      clearInterval(trickle);
      expect(heard()).toContain('/problems/request-timeout');
      await eventually(async () => expect(await files()).toEqual([]));
      socket.destroy();
    });

    it('at all is answered with 408', async () => {
      const { socket, heard } = opened(post([form])(authorization()).subarray(0, -form.length));
      await eventually(() => expect(heard()).toContain('/problems/request-timeout'), 10_000);
      socket.destroy();
    });

    it.each(['hangs up', 'ends', 'resets'])('since its sender %s leaves nothing', async (how) => {
      const { socket } = opened(begun());
      await somethingIsKept();
      if (how === 'hangs up') socket.destroy();
      else if (how === 'ends') socket.end();
      else socket.resetAndDestroy();
      await eventually(async () => expect(await files()).toEqual([]));
      socket.destroy();
    });

    it('since its chunks are broken leaves nothing, though its sender stays', async () => {
      const pieces = [...chunked(authorization(), () => [form.subarray(0, 1000)])];
      const { socket, heard, isClosed } = opened(pieces.slice(0, -1).join(''));
      await somethingIsKept();
      socket.write('no chunk\r\n');
      await eventually(() => expect(heard()).toContain('/problems/malformed-request'));
      await eventually(() => expect(isClosed()).toBe(true));
      await eventually(async () => expect(await files()).toEqual([]));
      socket.destroy();
    });
  });

  it('that is refused at once is answered also to who sends all of it before listening', async () => {
    const { hostname, port } = new URL(staff.base);
    const body = Buffer.concat([field('colour', 'red'), Buffer.alloc(20 * MIB, 120)]);
    const socket = connect(Number(port), hostname);
    let text = '';
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject).pause();
      socket.write(post([body])(authorization()), () => resolve());
    });
    socket
      .setEncoding('utf8')
      .on('data', (piece: string) => (text += piece))
      .resume();
    await eventually(() => expect(text).toContain('"pointer":"/colour"'));
    socket.destroy();
  });

  it('has never ended the program, made it fail, or taken memory that grows', async () => {
    expect(program.isRunning).toBe(true);
    expect((await staff.get('/health/ready')).status).toBe(200);
    expect(program.log.match(/^.*"level":"(?:error|fatal)".*$/gm)).toBeNull();
    const { rows } = await sql.query(`SELECT id FROM catalog.uploads WHERE status IN ('queued', 'processing')`);
    expect(rows).toEqual([]);
    expect(memory.most - memory.idle).toBeLessThan(MOST_GROWTH_MB);
  });
});

/** As the operating system counts it. */
async function residentMegabytes(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}
