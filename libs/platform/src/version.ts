import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of the program, from the package.json of the folder that it was started in; "0.0.0" where there is none. */
export const version: string = readVersion();

function readVersion(): string {
  try {
    const manifest = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { version?: string };
    return manifest.version ?? '0.0.0';
  } catch {
    return '0.0.0';
  }
}
