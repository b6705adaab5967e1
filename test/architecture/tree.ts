import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** A source file of the tree that is checked: where it stands, and what it imports. */
export interface Source {
  /** From the root of the tree, with slashes: `libs/lending/src/domain/reservation.ts`. */
  path: string;
  /** The library (`lending`), or for an app `apps/<name>`. */
  unit: string;
  /** `domain`, `application`, … for a file in a layer of a context, else the empty text. */
  layer: string;
  /** Specs and test support: they are not part of the product. */
  isTest: boolean;
  imports: Import[];
  syntax: ts.SourceFile;
}

export interface Import {
  /** As it is written. */
  name: string;
  /** A path in the tree; undefined for a package and for Node's own modules. */
  target: string | undefined;
}

const aliases: Record<string, string> = {
  '@holdfast/kernel': 'libs/platform/src/kernel/index.ts',
  '@holdfast/platform/testing': 'libs/platform/src/testing/index.ts',
};

/** All TypeScript of `libs` and `apps` under the root. */
export function readTree(root: string): Source[] {
  const folders = ['libs', 'apps'].filter((folder) => existsSync(join(root, folder)));
  return folders.flatMap((folder) => filesUnder(root, folder)).map((path) => readSource(root, path));
}

function filesUnder(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.ts') && !path.includes('/node_modules/'));
}

function readSource(root: string, path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const [, name = '', , layer = ''] = path.split('/');
  return {
    path,
    unit: unitOf(path),
    layer: name !== 'platform' && layers.has(layer) ? layer : '',
    isTest: path.endsWith('.spec.ts') || path.includes('/testing/'),
    imports: ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({
      name: fileName,
      target: targetOf(path, fileName),
    })),
    syntax: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  };
}

const layers = new Set(['domain', 'application', 'infrastructure', 'presentation']);

/** The library, or the app, that a path of the tree belongs to. */
export function unitOf(path: string): string {
  const [top = '', name = ''] = path.split('/');
  return top === 'libs' ? name : `${top}/${name}`;
}

function targetOf(from: string, name: string): string | undefined {
  if (name.startsWith('.')) return posix.join(posix.dirname(from), name.replace(/\.js$/, '.ts'));
  if (!name.startsWith('@holdfast/')) return undefined;
  return aliases[name] ?? `libs/${name.slice('@holdfast/'.length)}/src/index.ts`;
}

/** Every node below this one, itself included. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

/** The texts in a source that hold SQL, with `?` for what is filled in. House style writes keywords in capitals. */
export function sqlOf(source: Source): string[] {
  const texts: string[] = [];
  for (const node of nodesOf(source.syntax)) {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node)) {
      texts.push(node.head.text + node.templateSpans.map((span) => `?${span.literal.text}`).join(''));
    }
  }
  return texts
    .map((text) => text.replaceAll(/--.*$/gm, ''))
    .filter((text) => /\b(SELECT|INSERT|UPDATE|DELETE|MERGE|COPY|TRUNCATE|CREATE|ALTER|DROP|FROM|JOIN)\b/.test(text));
}
