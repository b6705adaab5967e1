// `npm start`: installs and builds what is missing, then becomes the program itself. Nothing is imported before the
// version is known, since an old Node would only complain about our syntax.
const { complaintAboutNode } = await import('./lib/node-version.mjs');

const complaint = complaintAboutNode(process.version);
if (complaint) {
  console.error(complaint);
  process.exit(1);
}

const { existsSync } = await import('node:fs');
const { join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { followNpm } = await import('./lib/follow-npm.mjs');
const { giveUp } = await import('./lib/report.mjs');
const { entry, prepare, root } = await import('./lib/workspace.mjs');

followNpm();
await prepare().catch(giveUp);
const settings = join(root, '.env');
if (existsSync(settings)) process.loadEnvFile(settings);
await import(pathToFileURL(join(root, entry)).href);
