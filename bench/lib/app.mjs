// A child of bench/books.mjs: the API as it runs, its log at warn. Answers `cpu` with its processor time in microseconds.
const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);
const { createHttpApp, createPino, HoldfastLogger, readSettings } = await dist('libs/platform/src/index.js');
const { FirstAdmin } = await dist('libs/identity/src/index.js');
const { ApiModule } = await dist('apps/api/src/api.module.js');

const settings = readSettings({ ...JSON.parse(process.argv[2]), LOG_LEVEL: 'warn' });
const logger = new HoldfastLogger(createPino(settings.logLevel, 'api'));
const app = await createHttpApp(ApiModule.forRoot(settings), settings, logger);
await app.init();
await app.get(FirstAdmin).ensure();
await app.listen(0, '127.0.0.1');
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
process.on('disconnect', () => void app.close().then(() => process.exit(0)));
process.send({ port: app.getHttpServer().address().port });
