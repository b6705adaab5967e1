import { connect } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@holdfast/kernel';
import { eventually } from '@holdfast/platform/testing';
import { catalogApp, type CatalogApp, SOMEBODY } from '../../testing/catalog-app.js';

let catalog: CatalogApp;
let dataDir: string;
const LIMIT = 64 * 1024;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-uploads-'));
  catalog = await catalogApp({ HOLDFAST_DATA_DIR: dataDir, UPLOAD_MAX_BYTES: String(LIMIT) });
  await catalog.app.listen(0, '127.0.0.1');
});
beforeEach(async () => {
  await catalog.database.execute('DELETE FROM catalog.uploads');
  await rm(join(dataDir, 'uploads'), { recursive: true, force: true });
});
afterAll(async () => {
  await catalog.close();
  await rm(dataDir, { recursive: true, force: true });
});

type Part = [name: string, content: string, fileName?: string];

const BOUNDARY = '----holdfast';
const multipart = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

const formOf = (...parts: Part[]): string =>
  parts
    .map(([name, content, fileName]) => {
      const disposition = `form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}`;
      return `--${BOUNDARY}\r\nContent-Disposition: ${disposition}\r\n\r\n${content}\r\n`;
    })
    .join('') + `--${BOUNDARY}--\r\n`;

const send = (
  body: string,
  {
    path = '/books/upload',
    as = 'editor',
    headers = multipart,
  }: object & { path?: string; as?: string; headers?: Record<string, string> } = {},
) => catalog.call('POST', path, { as, body, headers });

const CSV: Part = ['file', 'title\nEmma\n', 'books.csv'];
const files = () => readdir(join(dataDir, 'uploads')).catch(() => []);
const uploads = () => catalog.database.query('SELECT id, options FROM catalog.uploads ORDER BY id');

async function expectNothingKept(): Promise<void> {
  expect(await uploads()).toEqual([]);
  expect(await files()).toEqual([]);
}

describe('sending a file', () => {
  it('is answered with an id and where to look; row and file are there then', async () => {
    const answer = await send(formOf(CSV));
    expect([answer.status, answer.body.status]).toEqual([202, 'queued']);
    const { uploadId } = answer.body;
    expect(answer.headers.location).toBe(`/api/books/upload/${uploadId}`);
    expect(await files()).toEqual([`${uploadId}.csv`]);
    const read = await catalog.call('GET', `/books/upload/${uploadId}`, { as: 'admin' });
    expect(read.body).toEqual({
      uploadId,
      fileName: 'books.csv',
      uploadedBy: SOMEBODY,
      uploadedByName: null,
      dryRun: false,
      status: 'queued',
      totalRows: null,
      ...{ processedRows: 0, insertedRows: 0, updatedRows: 0, unchangedRows: 0, skippedRows: 0, failedRows: 0 },
      ...{ warnedRows: 0, progress: 0, errors: [], warnings: [] },
      createdAt: expect.stringMatching(/Z$/),
      startedAt: null,
      finishedAt: null,
    });
  });

  it('takes its options as fields before the file, or from the query', async () => {
    const options = { mapping: { name: 'title' }, dryRun: true, onExisting: 'skip' };
    const fields: Part[] = [
      ['mapping', '{"name":"title"}'],
      ['mode', 'dry-run'],
      ['onExisting', 'skip'],
    ];
    await send(formOf(...fields, CSV));
    const query = new URLSearchParams(fields as [string, string][]);
    await send(formOf(CSV), { path: `/books/upload?${query.toString()}` });
    expect((await uploads()).map((row) => row.options)).toEqual([options, options]);
  });

  it.each<[string, Part[], string]>([
    ['a mapping that is not JSON', [['mapping', '{name'], CSV], '/mapping'],
    ['a mapping that is no object', [['mapping', '["title"]'], CSV], '/mapping'],
    ['a mapping to nothing', [['mapping', '{"name":""}'], CSV], '/mapping'],
    ['a mode that there is not', [['mode', 'wet'], CSV], '/mode'],
    ['an onExisting that there is not', [['onExisting', 'delete'], CSV], '/onExisting'],
    ['an option twice', [['mode', 'dry-run'], ['mode', 'dry-run'], CSV], '/mode'],
    ['an option after the file', [CSV, ['mode', 'dry-run']], '/mode'],
    ['a field that there is not', [['colour', 'red'], CSV], '/colour'],
    ['no file', [['mode', 'dry-run']], '/file'],
    ['nothing', [], '/file'],
    ['a file under another name', [['books', 'title\n', 'books.csv']], '/books'],
    ['an empty file', [['file', '', 'books.csv']], '/file'],
    ['a second file', [CSV, ['file', 'title\nEvelina\n', 'more.csv']], '/file'],
    ['a mapping that is too long', [['mapping', `{"a":"${'b'.repeat(70_000)}"}`], CSV], '/mapping'],
  ])('with %s is refused, and nothing is kept', async (_what, parts, pointer) => {
    const answer = await send(formOf(...parts));
    expect([answer.status, answer.body.type]).toEqual([400, '/problems/invalid-input']);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    await expectNothingKept();
  });

  it.each([
    ['mode=wet', '/mode'],
    ['mod=dry-run', '/mod'],
  ])('with the query %s is refused', async (query, pointer) => {
    const answer = await send(formOf(CSV), { path: `/books/upload?${query}` });
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
    await expectNothingKept();
  });

  it('announced as larger than what is taken is refused before it comes', async () => {
    const { port } = catalog.app.getHttpServer().address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (piece: Buffer) => (heard += piece.toString()));
    socket.write(
      `POST /api/books/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer editor.${SOMEBODY}\r\n` +
        `Content-Type: ${multipart['content-type']}\r\nContent-Length: 10000000\r\n\r\n`,
    );
    await eventually(() => expect(heard).toContain('/problems/payload-too-large'));
    socket.destroy();
  });

  it('of more bytes than are taken is refused, and the file goes', async () => {
    const answer = await send(formOf(['file', `title\n${'x'.repeat(LIMIT)}`, 'books.csv']));
    expect([answer.status, answer.body.type]).toEqual([413, '/problems/payload-too-large']);
    expect(answer.body.detail).toContain('limit of this installation');
    await expectNothingKept();
  });

  it.each([
    ['a form without its end', formOf(CSV).slice(0, -20)],
    ['a form that breaks off in the file', formOf(CSV).slice(0, 92)],
    ['no form at all', 'title\nEmma\n'],
  ])('with %s is malformed, and nothing is kept', async (_what, body) => {
    const answer = await send(body);
    expect(answer.status).toBe(400);
    await expectNothingKept();
  });

  it('of another media type is refused', async () => {
    const types = ['application/json', 'text/csv', 'multipart/mixed; boundary=x', 'multipart/form-data'];
    const answers = await Promise.all(types.map((type) => send('{}', { headers: { 'content-type': type } })));
    expect(answers.map(({ status }) => status)).toEqual([415, 415, 415, 400]);
  });

  it('cut off by its sender leaves nothing', async () => {
    const { port } = catalog.app.getHttpServer().address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    const body = formOf(CSV);
    socket.write(
      `POST /api/books/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer editor.${SOMEBODY}\r\n` +
        `Content-Type: ${multipart['content-type']}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 92)}`,
    );
    await eventually(async () => expect(await files()).toEqual([expect.stringMatching(/\.csv\.part$/)]));
    socket.destroy();
    await eventually(expectNothingKept);
  });

  it('is for editors and admins', async () => {
    const [upload] = [(await send(formOf(CSV))).body.uploadId];
    const routes = [
      ['POST', '/books/upload'],
      ['GET', '/books/upload'],
      ['GET', `/books/upload/${upload}`],
      ['GET', `/books/upload/${upload}/errors.csv`],
      ['DELETE', `/books/upload/${upload}`],
    ] as const;
    for (const as of ['customer', 'author', 'librarian']) {
      for (const [method, path] of routes)
        expect([as, path, (await catalog.call(method, path, { as })).status]).toEqual([as, path, 403]);
    }
    expect((await catalog.call('GET', '/books/upload')).status).toBe(401);
  });

  it('that the disk does not take is answered with 503', async () => {
    await writeFile(join(dataDir, 'uploads'), 'a file where the folder should be');
    const answer = await send(formOf(CSV));
    expect(answer.status).toBe(503);
    expect(await uploads()).toEqual([]);
  });
});

describe('looking after uploads', () => {
  it('lists them, newest first, by pages', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.unshift((await send(formOf(CSV))).body.uploadId);
    const first = await catalog.call('GET', '/books/upload?limit=2', { as: 'editor' });
    expect(first.body).toMatchObject({ total: 3, limit: 2, offset: 0 });
    const next = await catalog.call('GET', `/books/upload?limit=2&cursor=${first.body.nextCursor}`, { as: 'editor' });
    expect([...first.body.items, ...next.body.items].map((item: { uploadId: string }) => item.uploadId)).toEqual(ids);
    expect(next.body.nextCursor).toBeNull();
    expect(first.headers.link).toContain('rel="next"');
    const bad = await catalog.call('GET', '/books/upload?cursor=abc', { as: 'editor' });
    expect(bad.status).toBe(400);
  });

  it('knows no others', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/errors.csv'],
    ] as const) {
      const answer = await catalog.call(method, `/books/upload/${newId()}${path}`, { as: 'editor' });
      expect([answer.status, answer.body.type]).toEqual([404, '/problems/upload-not-found']);
    }
    expect((await catalog.call('GET', '/books/upload/none', { as: 'editor' })).status).toBe(400);
  });

  it('shows each change as a server-sent event until the end', async () => {
    const { uploadId } = (await send(formOf(CSV))).body;
    const stream = await fetch(`${await catalog.app.getUrl()}/api/books/upload/${uploadId}/events`, {
      headers: { authorization: `Bearer editor.${SOMEBODY}` },
    });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    let body = '';
    for await (const piece of stream.body!.pipeThrough(new TextDecoderStream())) {
      if (body === '') await catalog.call('DELETE', `/books/upload/${uploadId}`, { as: 'editor' });
      body += piece;
    }
    const events = body.split('\n\n').filter((text) => text.includes('event: upload'));
    const states = events.map((text) => JSON.parse(/data: (.*)/.exec(text)?.[1] ?? '{}').status);
    expect(states).toEqual(['queued', 'cancelled']);
    const gone = await catalog.call('GET', `/books/upload/${newId()}/events`, { as: 'editor' });
    expect(gone.status).toBe(404);
  });

  it('gives all errors as CSV that no spreadsheet runs', async () => {
    const { uploadId } = (await send(formOf(CSV))).body;
    await catalog.database.execute(
      `INSERT INTO catalog.upload_findings (upload_id, severity, line, "column", value, reason)
       SELECT $1, 'error', n, 'price', '=1+"' || n, 'Not a price, that' FROM generate_series(2, 2101) AS n`,
      [uploadId],
    );
    const answer = await catalog.app.inject({
      url: `/api/books/upload/${uploadId}/errors.csv`,
      headers: { authorization: `Bearer editor.${SOMEBODY}` },
    });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    const lines = answer.body.split('\r\n');
    expect(lines).toHaveLength(2102);
    expect([lines[0], lines[1], lines[2100], lines[2101]]).toEqual([
      'line,column,value,reason',
      `2,"price","'=1+""2","Not a price, that"`,
      `2101,"price","'=1+""2101","Not a price, that"`,
      '',
    ]);
  });
});
