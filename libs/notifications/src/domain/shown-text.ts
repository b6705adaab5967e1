/** Marks that change the direction of what follows, and the one that some take for a blank. */
const STEERING = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;
const BREAKS = /[\s\p{Cc}\p{Zl}\p{Zp}]+/gu;
const FROM_RIGHT_TO_LEFT = /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}/u;
/** Code units that one character may have on average: a pile of marks on one letter is cut too. */
const UNITS = 4;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A text of somebody's (a title, a name, a file's name) as it may stand in a sentence or a header: one line, at most so
 * many characters as readers see them, and what is written from right to left turns nothing around it.
 */
export function shownText(text: string, limit: number): string {
  const given = text.slice(0, limit * UNITS * 2).toWellFormed();
  const line = given.replace(STEERING, '').replace(BREAKS, ' ').trim();
  if (line === '') return '(no name)';
  const cut = cutTo(line, limit);
  return FROM_RIGHT_TO_LEFT.test(cut) ? `\u2068${cut}\u2069` : cut;
}

function cutTo(line: string, limit: number): string {
  let kept = '';
  let count = 0;
  for (const { segment } of segmenter.segment(line)) {
    if (++count > limit || kept.length + segment.length > limit * UNITS) return `${kept.trimEnd()}…`;
    kept += segment;
  }
  return kept;
}

/** `Sunday 29 November 2026, 10:00 UTC`. */
export function shownTime(time: Date | string): string {
  const at = new Date(time);
  return `${shownDay(at)} ${at.getUTCFullYear()}, ${at.toISOString().slice(11, 16)} UTC`;
}

/** `Sunday 29 November`, in UTC. */
export function shownDay(time: Date | string): string {
  const at = new Date(time);
  return `${DAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
