import { transformFile } from '@swc/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const nodeModules = resolve(__dirname, '../../../../node_modules');

export interface RunningProgram {
  pid: number;
  /** The first line that it printed. */
  said: string;
  /** Kills it as `kill -9` does, and waits for its end. */
  kill(): Promise<void>;
}

/** Compiles a folder of our sources, without its specs, so that a process of its own can run them. Done once per target. */
export async function compileSources(source: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
    const { code } = await transformFile(join(source, name), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true } },
      module: { type: 'es6' },
      swcrc: false,
    });
    const file = join(target, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }');
  symlinkSync(nodeModules, join(target, 'node_modules'));
}

/** Runs ES module code in the folder and resolves with its first line; rejects with its complaint when it ends before. */
export async function runProgram(folder: string, code: string, ...args: string[]): Promise<RunningProgram> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolveEnded) => child.once('exit', () => resolveEnded()));
  const said = await firstLine(child);
  return {
    pid: child.pid ?? 0,
    said,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolveLine, reject) => {
    let said = '';
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) resolveLine(said.slice(0, said.indexOf('\n')));
    });
    child.once('close', (code) => reject(new Error(`the program ended with ${code}: ${complaint}`)));
  });
}
