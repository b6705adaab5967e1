import { parseArgs } from 'node:util';
import { IdentityError, MakeAdmin } from '@holdfast/identity';
import { InvalidInput, readSettings } from '@holdfast/platform';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { CreateAdminModule } from './create-admin.module.js';
import { findDatabase } from './database-place.js';
import { readPassword } from './password-input.js';

const USAGE = `Makes one more admin.

  npm run admin:create -- --username <name> --email <address> [--password-file <file> | --generate]

Without either of the last two the password is asked for, or read from the first line of standard input.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      username: { type: 'string' },
      email: { type: 'string' },
      'password-file': { type: 'string' },
      generate: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(USAGE);
  const { username, email } = values;
  if (!username || !email) throw new Error(`--username and --email are needed.\n\n${USAGE}`);
  const settings = readSettings(process.env);
  const password = await readPassword(values);
  await makeAdmin(settings, { username, email, password });
  say(`${username} is an admin now.\n${values.generate ? `Password: ${password}\n` : ''}`);
}

async function makeAdmin(settings: ReturnType<typeof readSettings>, account: MakeAdmin['account']): Promise<void> {
  const database = await findDatabase(settings);
  try {
    const own = { ...settings, databaseUrl: database.url, databasePoolSize: 2, redisUrl: '' };
    const app = await NestFactory.createApplicationContext(CreateAdminModule.forRoot(own), {
      logger: ['error'],
      abortOnError: false,
    });
    try {
      await app.get(CommandBus).execute(new MakeAdmin(account));
    } finally {
      await app.close();
    }
  } finally {
    await database.leave();
  }
}

const say = (text: string): void => void process.stdout.write(text);

/** Says in a sentence why nothing was done. */
function complain(error: unknown): void {
  const { message, code } = error as Error & { code?: string };
  const isTaken = error instanceof IdentityError && /-taken$/.test(error.code);
  const sentence = error instanceof InvalidInput ? message.replaceAll(/(^|; )\//g, '$1') : message || code;
  const advice = isTaken
    ? ' It is left as it is: an admin can give it the role, or choose another name or address.'
    : '';
  process.stderr.write(`No admin was made: ${sentence ?? String(error)}${advice}\n`);
  process.exitCode = 1;
}

main().catch(complain);
