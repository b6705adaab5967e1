import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { Database, UnitOfWork } from '@holdfast/platform';
import { catalogApp, SOMEBODY } from '../../../testing/catalog-app.js';
import { AcceptUpload } from './accept-upload.js';
import { ImportJobs } from './import-jobs.js';
import { ImportNews } from './import-news.js';
import { ImportUpload } from './import-upload.js';
import { UploadFiles } from './upload-files.js';
import { Uploads } from './uploads.js';
jest.setTimeout(120_000);
it('prof', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-import-'));
  const c = await catalogApp({ HOLDFAST_DATA_DIR: dataDir });
  const { app } = c;
  const jobs = new ImportJobs(app.get(Uploads), app.get(UploadFiles), app.get(ImportUpload), app.get(ImportNews), app.get(UnitOfWork));
  const db = app.get(Database) as any;
  const times = new Map<string, [number, number]>();
  const orig = db.result.bind(db);
  db.result = async (s: any) => {
    const t = performance.now();
    try { return await orig(s); } finally {
      const k = s.text.replace(/\s+/g, ' ').slice(0, 70);
      const e = times.get(k) ?? [0, 0]; e[0]++; e[1] += performance.now() - t; times.set(k, e);
    }
  };
  const csv = await readFile(process.env.GB!);
  for (const round of [1, 2]) {
    times.clear();
    const t = performance.now(); const cpu = process.cpuUsage();
    await app.get(CommandBus).execute(new AcceptUpload('b', SOMEBODY, { mapping: { original_publication_year: 'publication_year', language_code: 'language' }, dryRun: false, onExisting: 'update' }, (async function* () { yield csv; })()));
    await jobs.work(new AbortController().signal);
    const u = process.cpuUsage(cpu);
    process.stderr.write(`round ${round}: ${performance.now() - t} ms, node cpu ${(u.user + u.system) / 1000} ms\n`);
    for (const [k, [n, ms]] of [...times].sort((a, b) => b[1][1] - a[1][1]).slice(0, 14)) process.stderr.write(`${ms.toFixed(0).padStart(7)} ms ${n} × ${k}\n`);
  }
  await c.close(); await rm(dataDir, { recursive: true });
});
