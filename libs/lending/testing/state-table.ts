import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A cell of the table of every action in every state, as the README has it. */
export interface Cell {
  number: number;
  action: string;
  state: string;
  /** What the page says that happens: `→ active`, `stays`, or a status and a problem. */
  outcome: string;
}

const HEADING = '| action \\ state';

/** The cells of the table, row by row. Fails when it cannot be read. */
export function readStateTable(): Cell[] {
  const page = readFileSync(join(__dirname, '../README.md'), 'utf8').split('\n');
  const first = page.findIndex((line) => line.startsWith(HEADING));
  if (first < 0) throw new Error(`libs/lending/README.md has no table that begins with "${HEADING}"`);
  const [, ...states] = cellsOf(page[first] ?? '');
  const rows = page.slice(first + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end).flatMap((line) => {
    const [action = '', ...outcomes] = cellsOf(line);
    return states.map((state, column) => cellOf(action, state, outcomes[column] ?? ''));
  });
}

const cellsOf = (line: string): string[] =>
  line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());

function cellOf(action: string, state: string, text: string): Cell {
  const [, number, outcome] = /^(\d+)\. (.+)$/.exec(text) ?? [];
  if (!number || !outcome)
    throw new Error(`the cell of "${action}" in "${state}" has no number and outcome: "${text}"`);
  return { number: Number(number), action, state, outcome: outcome.replaceAll('`', '') };
}
