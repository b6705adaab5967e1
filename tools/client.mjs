// `npm run client`: makes the types of libs/client of the OpenAPI document that the built program serves.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientTypesOf } from './lib/client-types.mjs';
import { Complaint, giveUp, step } from './lib/report.mjs';
import { endOf } from './lib/run.mjs';
import { entry, prepare, root } from './lib/workspace.mjs';

const TYPES = join(root, 'libs', 'client', 'src', 'schema.ts');

async function main() {
  await prepare();
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-client-'));
  const document = await step('Asking for the document', () => documentOf(dataDir));
  await writeFile(TYPES, await clientTypesOf(document));
  await rm(dataDir, { recursive: true, force: true });
}

/** Of the program with nothing around it, and with the settings that it has by itself: no `.env`. */
async function documentOf(dataDir) {
  const { PATH, HOME } = process.env;
  const settings = {
    PATH,
    HOME,
    PORT: '0',
    AVAILABILITY_PORT: '0',
    SAMPLE_CATALOGUE: 'no',
    HOLDFAST_DATA_DIR: dataDir,
  };
  const program = spawn(process.execPath, [join(root, entry)], { env: settings, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = endOf(program);
  try {
    const [, address] = await saidBy(program, /API +(http:\S+)\n/);
    const answer = await fetch(`${address}/schema`);
    return await answer.json();
  } finally {
    program.kill();
    await ended;
  }
}

function saidBy(program, pattern) {
  let said = '';
  return new Promise((resolve, reject) => {
    program.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      const match = pattern.exec(said);
      if (match) resolve(match);
    });
    program.once('exit', () => reject(new Complaint(`The program ended before it was ready. It said:\n${said}`)));
  });
}

await main().catch(giveUp);
