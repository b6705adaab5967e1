/** What a PromQL expression reads, as far as names and brackets tell: this is no parser of the language. */
export interface PromqlReading {
  /** Names of series, with the labels that each is picked by. */
  series: { name: string; labels: string[] }[];
  /** Labels that it groups by. */
  groups: string[];
}

const FUNCTIONS = new Set(
  `abs absent ceil clamp_min delta floor histogram_quantile increase irate label_replace max_over_time min_over_time rate
   round scalar sort_desc time vector avg bottomk count max min sum topk`.split(/\s+/),
);
const WORDS = new Set('and or unless bool'.split(' '));
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)/g;
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/g;

/** @throws Error with a sentence when brackets do not match, or a name is followed by `(` that is no function known here */
export function readPromql(expression: string): PromqlReading {
  const bare = expression.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  requireMatchingBrackets(bare, expression);
  const groups = [...bare.matchAll(GROUPING)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim()));
  const rest = bare.replace(GROUPING, ' ').replace(/\[[^\]]*\]/g, ' ');
  const series: PromqlReading['series'] = [];
  const flat = rest.replace(/\{[^}]*\}/g, (labels) => ' '.repeat(labels.length));
  for (const { 0: name, index } of flat.matchAll(NAME)) {
    if (WORDS.has(name)) continue;
    const after = rest.slice(index + name.length);
    if (/^\s*\(/.test(after)) {
      if (!FUNCTIONS.has(name)) throw new Error(`${name} is no function: ${expression}`);
    } else if (!/\d/.test(flat[index - 1] ?? '')) {
      const [, matchers = ''] = /^\{([^}]*)\}/.exec(after) ?? [];
      const labels = [...matchers.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
      series.push({ name, labels });
    }
  }
  if (series.length === 0) throw new Error(`it reads nothing: ${expression}`);
  return { series, groups: groups.filter(Boolean) };
}

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

function requireMatchingBrackets(bare: string, expression: string): void {
  const open: string[] = [];
  for (const sign of bare.replace(/[^()[\]{}]/g, '')) {
    if (CLOSING[sign]) open.push(CLOSING[sign]);
    else if (open.pop() !== sign) throw new Error(`its brackets do not match: ${expression}`);
  }
  if (open.length > 0) throw new Error(`its brackets do not match: ${expression}`);
}
