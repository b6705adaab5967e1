/**
 * Why a library gave no answer, in words that clients may rely on, with what each means. Nothing of what went on inside is
 * told: that is in the log.
 */
export const silences = {
  timeout: 'It did not answer in time.',
  unreachable: 'It could not be connected to, or it cut the connection before its answer was whole.',
  'unknown-host': 'The name in its status URL is unknown.',
  'not-allowed': 'Its status URL leads to a private network, or is none that can be asked.',
  redirect: 'It points elsewhere, where nobody follows.',
  'bad-status': 'It answered with another status than 200.',
  'bad-answer': 'It answered with something else than the JSON `{"available": true}` or `{"available": false}`.',
  'too-large': 'Its answer was longer than an answer can be.',
  'no-isbn': 'It is asked by ISBN, and the book has none.',
  'circuit-open': 'It failed several times in a row, and is left alone for a while.',
  busy: 'Too many wait for it already.',
} as const;

export type Silence = keyof typeof silences;

/** What one library says of one book. */
export interface LibraryAnswer {
  /** Its name. */
  library: string;
  /** Null: it did not answer, and `error` says why. */
  available: boolean | null;
  /** Local: the API knows its copies. External: it was asked at its status URL. */
  source: 'local' | 'external';
  /** How long it took. */
  latencyMs: number;
  error?: Silence;
}

/**
 * The answers by library. Names are unique in the network; should two libraries have one all the same, neither hides the
 * other: a copy at one of them counts, then a no, then silence.
 */
export function availabilityOf(answers: readonly LibraryAnswer[]): Record<string, boolean | null> {
  const byName = new Map<string, boolean | null>();
  for (const { library, available } of answers) {
    const other = byName.get(library) ?? null;
    byName.set(library, available === null ? other : available || other === true);
  }
  return Object.fromEntries(byName);
}

/** What the body of an external library says; null when it is not what was agreed. Other members do no harm. */
export function availableIn(body: string): boolean | null {
  try {
    const { available } = (JSON.parse(body) ?? {}) as { available?: unknown };
    return typeof available === 'boolean' ? available : null;
  } catch {
    return null;
  }
}
