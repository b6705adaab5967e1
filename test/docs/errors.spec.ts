import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { availabilityProblems, silences } from '@holdfast/availability';
import { eventRegistry, problemCatalogue } from '@holdfast/composition';
import { permissions, roles } from '@holdfast/platform';
import { fieldsOf, jsonSchemaOf } from '../../libs/platform/src/messaging/contract/data-schema.js';

/** `UPDATE_DOCS=1 npm test -- test/docs/errors.spec.ts` writes the tables of these pages anew. */
const update = process.env.UPDATE_DOCS === '1';

const BEGIN = '<!-- begin: made from the code by test/docs/errors.spec.ts -->';
const END = '<!-- end -->';

interface Table {
  page: string;
  heading: string[];
  rows: string[][];
  /** Lines behind the table. */
  more?: () => string[];
}

const problems: Table = {
  page: 'errors.md',
  heading: ['Problem', 'Status', 'Title', 'Meaning'],
  rows: [...new Map([...problemCatalogue().entries(), ...Object.entries(availabilityProblems)])]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([code, { status, title, meaning }]) => [`\`${code}\``, String(status), title, meaning]),
};

const callers = ['anonymous', ...[...roles].reverse()] as const;

function mayDo(caller: (typeof callers)[number], rule: (typeof permissions)[keyof typeof permissions]): string {
  if (rule === 'anyone') return 'yes';
  if (rule === 'catalogue') return caller === 'anonymous' ? 'setting' : 'yes';
  if (rule === 'signed-in') return caller === 'anonymous' ? '' : 'yes';
  return rule.some((role) => role === caller) ? 'yes' : '';
}

const rights: Table = {
  page: 'permissions.md',
  heading: ['Permission', ...callers],
  rows: Object.entries(permissions).map(([name, rule]) => [
    `\`${name}\``,
    ...callers.map((caller) => mayDo(caller, rule)),
  ]),
};

const allEvents = eventRegistry()
  .entries()
  .sort(([one], [other]) => one.localeCompare(other));

const events: Table = {
  page: 'events.md',
  heading: ['Event', 'Exchange', 'Source', 'Subject', 'When'],
  rows: allEvents.map(([name, { exchange, source, subject, description }]) => [
    `\`${name}\``,
    exchange,
    source,
    `\`${subject}\``,
    description,
  ]),
  more: () => eventData(),
};

const reasons: Table = {
  page: 'availability.md',
  heading: ['`error`', 'Means'],
  rows: Object.entries(silences).map(([word, meaning]) => [`\`${word}\``, meaning]),
};
/** What is in the data: one table for all events that have the same. */
function eventData(): string[] {
  const tables = new Map<string, string[]>();
  for (const [name, type] of allEvents) {
    const fields = fieldsOf(jsonSchemaOf(type)).map((field) => line([`\`${field.name}\``, field.type, field.meaning]));
    const table = [line(['Field', 'Type', 'Meaning']), line(['---', '---', '---']), ...fields].join('\n');
    tables.set(table, [...(tables.get(table) ?? []), `\`${name}\``]);
  }
  return [...tables].flatMap(([table, names]) => ['', `### Data of ${names.join(', ')}`, '', ...table.split('\n')]);
}

const pathOf = ({ page }: Table) => join(import.meta.dirname, '../../docs', page);
const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const linesOf = ({ heading, rows, more }: Table) => [
  line(heading),
  line(heading.map(() => '---')),
  ...rows.map(line),
  ...(more?.() ?? []),
];

function linesOnPage(table: Table): string[] {
  const [, rest] = readFileSync(pathOf(table), 'utf8').split(BEGIN);
  const [written, after] = rest?.split(END) ?? [];
  if (written === undefined || after === undefined) throw new Error(`docs/${table.page} needs "${BEGIN}" and "${END}"`);
  return written.trim().split('\n');
}

function rewrite(table: Table): void {
  const [before, rest] = readFileSync(pathOf(table), 'utf8').split(BEGIN);
  const after = rest?.split(END)[1];
  writeFileSync(pathOf(table), `${before}${BEGIN}\n\n${linesOf(table).join('\n')}\n\n${END}${after}`);
}

const missing = (wanted: string[], present: string[]) => wanted.filter((row) => !present.includes(row));

describe.each([
  ['docs/errors.md', problems],
  ['docs/permissions.md', rights],
  ['docs/events.md', events],
  ['docs/availability.md', reasons],
])('%s', (_page, table) => {
  if (update) beforeAll(() => rewrite(table));

  it('says all that the code says', () => {
    expect(missing(linesOf(table), linesOnPage(table))).toEqual([]);
  });

  it('says nothing that the code does not say', () => {
    expect(missing(linesOnPage(table), linesOf(table))).toEqual([]);
  });

  it('says it in the order of the code, each thing once', () => {
    expect(linesOnPage(table)).toEqual(linesOf(table));
  });
});
