import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** The words of the command line. */
export interface PasswordSource {
  'password-file'?: string;
  generate?: boolean;
}

/** From a file, made, asked for at the terminal, or the first line of standard input: in this order. */
export async function readPassword({ 'password-file': file, generate }: PasswordSource): Promise<string> {
  if (file !== undefined && generate) throw new Error('Choose one of --password-file and --generate.');
  if (generate) return randomBytes(18).toString('base64url');
  const password = file === undefined ? await fromStandardInput() : firstLineOf(await readText(file));
  if (password) return password;
  throw new Error(
    'There is no password: write it into --password-file or standard input, or let one be made with --generate.',
  );
}

const firstLineOf = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`The password file cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function fromStandardInput(): Promise<string> {
  if (!process.stdin.isTTY) {
    for await (const line of createInterface({ input: process.stdin })) return line;
    return '';
  }
  const password = await ask('Password of the new admin: ');
  if (password !== (await ask('The same again: '))) throw new Error('These were two different passwords.');
  return password;
}

/** Asks at the terminal, which shows nothing of the answer. */
function ask(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    terminal.once('line', resolve);
    terminal.once('SIGINT', () => terminal.close());
    // After a line the promise is settled already; Ctrl-C and Ctrl-D end here without one.
    terminal.once('close', () => reject(new Error('No password was given.')));
    terminal.once('line', () => terminal.close());
  }).finally(() => process.stderr.write('\n')) as Promise<string>;
}
