// `npm run admin:create -- --username … --email …`: installs and builds what is missing, then becomes the program. Nothing
// is imported before the version is known, since an old Node would only complain about our syntax.
const { complaintAboutNode } = await import('./lib/node-version.mjs');

const complaint = complaintAboutNode(process.version);
if (complaint) {
  console.error(complaint);
  process.exit(1);
}

const { existsSync } = await import('node:fs');
const { join } = await import('node:path');
const { pathToFileURL } = await import('node:url');
const { giveUp } = await import('./lib/report.mjs');
const { prepare, root } = await import('./lib/workspace.mjs');

await prepare().catch(giveUp);
const settings = join(root, '.env');
if (existsSync(settings)) process.loadEnvFile(settings);
await import(pathToFileURL(join(root, 'dist/apps/create-admin/src/main.js')).href);
