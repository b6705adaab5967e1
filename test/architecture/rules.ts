import { basename } from 'node:path';
import ts from 'typescript';
import { nodesOf, type Source, sqlOf, unitOf } from './tree.js';

/** Reports each violation as `<file>: <what>`. */
type Rule = (tree: readonly Source[]) => string[];

/** What each library may import. A new one needs a row here; read it from the top: everything looks upwards only. */
const mayImport: Record<string, string[]> = {
  platform: [],
  identity: ['platform'],
  inventory: ['platform', 'identity'],
  catalog: ['platform', 'identity', 'inventory'],
  lending: ['platform', 'identity', 'inventory', 'catalog'],
  notifications: ['platform'],
  reading: ['platform'],
  // Asks the others over HTTP, as a program of its own.
  availability: ['platform'],
  // For programs outside; it knows the API by its document only.
  client: [],
  composition: ['platform', 'identity', 'inventory', 'catalog', 'lending', 'notifications', 'reading'],
};

/** The one app that is made of others. */
const COMPOSED_APP = 'apps/holdfast';

/** Whose functions hand copies out and on. */
const TITLE_QUEUE = 'libs/lending/src/application/title-queue.ts';

/**
 * Who fills the outbox: `Outbox`, and SQL that does it for many at once, past its check of the name. What these publish is
 * held against the registry by test/e2e/events.spec.ts, where a new place here needs a step that reaches it.
 */
const FILLS_THE_OUTBOX = [
  'libs/platform/src/messaging/outbox.ts',
  'libs/catalog/src/infrastructure/import/book-rows.ts',
  'libs/catalog/src/infrastructure/sql-headings.ts',
  'libs/lending/src/infrastructure/sql-due-reminders.ts',
  'libs/lending/src/infrastructure/sql-reservations.ts',
];

/** What each layer of a context must not import from its own context. */
const layerMustNotImport: Record<string, string[]> = {
  application: ['infrastructure', 'presentation'],
  infrastructure: ['presentation'],
  presentation: ['infrastructure'],
};

/** Packages of pure values, without clock, chance or framework, that a domain may use. */
const domainPackages = new Set(['@holdfast/kernel', 'isbn3']);

const banned = /^(managers?|helpers?|utils?|utilities|base|impl|common)$/i;

export const rules = {
  'imports between contexts run one way': (tree) =>
    importsOf(tree, ({ source, unit, target }) => {
      if (target === unit) return undefined;
      if (unit.startsWith('apps/'))
        return target.startsWith('apps/') && unit !== COMPOSED_APP ? `imports ${target}` : undefined;
      const allowed = mayImport[unit];
      // Specs may build on the composition, as the apps do.
      if (!allowed) return 'is in a library without a row in the table of imports';
      return allowed.includes(target) || (source.isTest && target === 'composition') ? undefined : `imports ${target}`;
    }),

  'contexts do not import each other in a circle': (tree) => {
    const edges = new Map<string, Set<string>>();
    importsOf(tree, ({ source, unit, target }) => {
      if (!source.isTest && target !== unit) edges.set(unit, (edges.get(unit) ?? new Set()).add(target));
      return undefined;
    });
    return [...edges.keys()]
      .filter((unit) => reaches(edges, unit, unit))
      .map((unit) => `libs/${unit}: is part of a circle`);
  },

  'another library is imported by its public face only': (tree) =>
    importsOf(tree, ({ unit, target, name }) => {
      if (target === unit)
        return name.startsWith('@holdfast/') && !isOwnFace(unit, name) ? `imports ${name}` : undefined;
      return name.startsWith('.') && target in mayImport ? `imports ${name}` : undefined;
    }),

  'the domain imports nothing but the kernel and itself': (tree) =>
    product(tree)
      .filter(({ layer }) => layer === 'domain')
      .flatMap((source) =>
        source.imports
          .filter(({ name, target }) => !domainPackages.has(name) && !isInLayer(source, target, 'domain'))
          .map(({ name }) => `${source.path}: imports ${name}`),
      ),

  'the layers of a context import inwards only': (tree) =>
    product(tree).flatMap((source) =>
      source.imports
        .filter(({ target }) => layerMustNotImport[source.layer]?.some((layer) => isInLayer(source, target, layer)))
        .map(({ name }) => `${source.path}: imports ${name}`),
    ),

  'the domain reads no clock and leaves nothing to chance': (tree) =>
    product(tree)
      .filter(({ layer }) => layer === 'domain')
      .flatMap((source) =>
        [...nodesOf(source.syntax)].filter(readsClockOrChance).map((node) => `${source.path}: ${node.getText()}`),
      ),

  'a context writes to its own schema only': (tree) =>
    product(tree).flatMap((source) =>
      writtenTables(source)
        .filter((table) => schemaOf(table) !== source.unit && table !== 'platform.outbox')
        .map((table) => `${source.path}: writes ${table}`),
    ),

  'events go into the outbox at known places': (tree) =>
    product(tree)
      .filter(({ path }) => !FILLS_THE_OUTBOX.includes(path))
      .filter((source) => sqlOf(source).some((sql) => OUTBOX_INSERT.test(sql)))
      .map(({ path }) => `${path}: fills the outbox`),

  'a context reads only schemas of contexts that it may import': (tree) =>
    product(tree).flatMap((source) =>
      unique(sqlOf(source).flatMap((sql) => [...sql.matchAll(MENTION)].map(([, schema = '']) => schema)))
        .filter((schema) => schema !== source.unit && mayImport[source.unit]?.includes(schema) === false)
        .map((schema) => `${source.path}: mentions ${schema}`),
    ),

  'reserved units change in one statement': (tree) => {
    const changes = product(tree).flatMap((source) =>
      sqlOf(source)
        .filter((sql) => RESERVED_CHANGE.test(sql))
        .map(() => source),
    );
    const allowed = changes.find(({ unit, layer }) => unit === 'inventory' && layer === 'infrastructure');
    const others = changes.toSpliced(changes.indexOf(allowed as Source), allowed ? 1 : 0);
    return others.map(({ path }) => `${path}: changes inventory.holdings.reserved`);
  },

  'copies are taken and come free in one place': (tree) =>
    product(tree)
      .filter(({ path }) => path !== TITLE_QUEUE)
      .flatMap(({ path, syntax }) =>
        [...nodesOf(syntax)]
          .filter((node) => ts.isCallExpression(node) && /\bcopies\.settle$/.test(node.expression.getText()))
          .map(() => `${path}: settles copies`),
      ),

  'names come from the field': (tree) =>
    tree.flatMap(({ path, syntax }) => {
      const names = [...nodesOf(syntax)].filter(isNamedType).map((node) => node.name?.text ?? '');
      return [basename(path, '.ts'), ...names]
        .filter((name) => wordsOf(name).some((word) => banned.test(word)))
        .map((name) => `${path}: ${name}`);
    }),

  'the product does not import tests': (tree) =>
    product(tree).flatMap((source) =>
      source.imports
        .filter(({ target }) => target && /\.spec\.ts$|\/testing\/|^test\//.test(target))
        .map(({ name }) => `${source.path}: imports ${name}`),
    ),

  'every route says who may take it': (tree) =>
    tree
      .filter(({ path }) => path.endsWith('.controller.ts'))
      .flatMap(({ path, syntax }) =>
        [...nodesOf(syntax)].filter(ts.isClassDeclaration).flatMap((controller) => {
          if (decoratorsOf(controller).includes('Allow')) return [];
          return controller.members
            .filter((member) => decoratorsOf(member).some((name) => routeDecorators.has(name)))
            .filter((member) => !decoratorsOf(member).includes('Allow'))
            .map((member) => `${path}: ${controller.name?.text}.${member.name?.getText()}`);
        }),
      ),
} satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;

// ---- What the rules are made of ----

const product = (tree: readonly Source[]): Source[] => tree.filter(({ isTest }) => !isTest);

const unique = <T>(items: T[]): T[] => [...new Set(items)];

interface InnerImport {
  source: Source;
  unit: string;
  target: string;
  name: string;
}

/** Judges every import that stays in the tree; `judge` gives what is wrong with it. */
function importsOf(tree: readonly Source[], judge: (found: InnerImport) => string | undefined): string[] {
  return tree.flatMap((source) =>
    source.imports.flatMap(({ name, target }) => {
      if (!target) return [];
      const wrong = judge({ source, unit: source.unit, target: unitOf(target), name });
      return wrong ? [`${source.path}: ${wrong}`] : [];
    }),
  );
}

function reaches(edges: Map<string, Set<string>>, from: string, to: string, seen = new Set<string>()): boolean {
  for (const next of edges.get(from) ?? []) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (reaches(edges, next, to, seen)) return true;
  }
  return false;
}

/** The kernel and the test support are part of the platform and have a name of their own. */
const isOwnFace = (unit: string, name: string): boolean =>
  unit === 'platform' && (name === '@holdfast/kernel' || name === '@holdfast/platform/testing');

const isInLayer = ({ unit }: Source, target: string | undefined, layer: string): boolean =>
  target?.startsWith(`libs/${unit}/src/${layer}/`) === true;

const CLOCKS_AND_CHANCES = new Set([
  'Date',
  'Date.now',
  'performance.now',
  'Math.random',
  'newId',
  ...['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues'].flatMap((name) => [name, `crypto.${name}`]),
]);

function readsClockOrChance(node: ts.Node): boolean {
  if (ts.isCallExpression(node)) return CLOCKS_AND_CHANCES.has(node.expression.getText());
  return ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
}

const TABLE = String.raw`(?:ONLY\s+)?([a-z_]+\.[a-z_]+)`;
const WRITES = new RegExp(
  [
    String.raw`INSERT\s+INTO\s+${TABLE}`,
    String.raw`(?<!\bFOR\s+)UPDATE\s+${TABLE}`,
    String.raw`DELETE\s+FROM\s+${TABLE}`,
    String.raw`MERGE\s+INTO\s+${TABLE}`,
    String.raw`COPY\s+${TABLE}[^;]*\bFROM\b`,
    String.raw`TRUNCATE\s+(?:TABLE\s+)?${TABLE}`,
    String.raw`(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+)?(?:MATERIALIZED\s+)?(?:TABLE|VIEW|FUNCTION|SEQUENCE|TYPE|INDEX)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?${TABLE}`,
    String.raw`CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?[a-z_]+\s+ON\s+${TABLE}`,
    String.raw`CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\b[^;]*?\bON\s+${TABLE}`,
    String.raw`(?:CREATE|ALTER|DROP)\s+SCHEMA\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?([a-z_]+)`,
  ].join('|'),
  'g',
);

/** Tables (and functions, types …) that the SQL of a file writes or defines, as `schema.name`. */
const writtenTables = (source: Source): string[] =>
  unique(sqlOf(source).flatMap((sql) => [...sql.matchAll(WRITES)].map((match) => match.slice(1).find(Boolean) ?? '')));

const schemaOf = (table: string): string => table.split('.')[0] ?? '';

const MENTION = new RegExp(String.raw`\b(${Object.keys(mayImport).join('|')})\.[a-z_]+\b`, 'g');

const OUTBOX_INSERT = /(INSERT|MERGE)\s+INTO\s+platform\.outbox\b|COPY\s+platform\.outbox\b[^;]*\bFROM\b/;

const RESERVED_CHANGE = /(UPDATE|INSERT\s+INTO)\s+inventory\.holdings\b[\s\S]*\breserved\s*=/;

const isNamedType = (
  node: ts.Node,
): node is ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.EnumDeclaration =>
  ts.isClassDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isEnumDeclaration(node);

/** `BookManager`, `book-manager` and `book.manager` alike: book, manager. */
const wordsOf = (name: string): string[] => name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);

const routeDecorators = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete', 'All', 'Head', 'Options', 'Search', 'Sse']);

function decoratorsOf(node: ts.Node): string[] {
  if (!ts.canHaveDecorators(node)) return [];
  return (ts.getDecorators(node) ?? []).map(({ expression }) =>
    ts.isCallExpression(expression) ? expression.expression.getText() : expression.getText(),
  );
}
