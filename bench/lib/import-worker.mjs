// A child of bench/import.mjs: the import as a worker runs it, without the relay, which is another workload. Says every
// half second how much memory it takes.
import { Module } from '@nestjs/common';
const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { createHttpApp, createPino, HoldfastLogger, HttpModule, keepHeapTight, readSettings } =
  await dist('libs/platform/src/index.js');
const { CatalogWorkerModule } = await dist('libs/catalog/src/index.js');
const { CoreModule } = await dist('libs/composition/src/index.js');

class ImportWorkerModule {}
Module({})(ImportWorkerModule);

const settings = readSettings({ ...JSON.parse(process.argv[2]), LOG_LEVEL: 'warn' });
const logger = new HoldfastLogger(createPino(settings.logLevel, 'worker'));
const module = { module: ImportWorkerModule, imports: [CoreModule.forRoot(settings), HttpModule, CatalogWorkerModule] };
const app = await createHttpApp(module, settings, logger);
await app.init();
keepHeapTight();
const telling = setInterval(() => process.send({ rss: process.memoryUsage.rss() }), 500);
process.on('disconnect', () => {
  clearInterval(telling);
  void app.close().then(() => process.exit(0));
});
process.send({ port: 0 });
