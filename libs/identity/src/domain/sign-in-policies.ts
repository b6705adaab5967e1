/** How much of a limit of failed tries is used, the present try included. */
export interface UsedLimit {
  used: number;
  quota: number;
}

/** The share of a limit within which nobody is made to wait. */
export const UNHINDERED = 0.3;
// Both whole quarters of a second, as the answers are (even-answer.ts): another delay would show small differences as large ones.
const FIRST_MS = 250;
const LONGEST_MS = 500;

/**
 * How long a try with a password waits before it is looked at, in milliseconds: nothing for the first three tenths of a
 * limit, then a quarter of a second, then half a second. Of several limits the one that is used most counts.
 */
export function signInDelay(limits: readonly UsedLimit[]): number {
  const tenths = Math.max(0, ...limits.map(({ used, quota }) => Math.floor(((used - 1) * 10) / quota)));
  return tenths < 10 * UNHINDERED ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** (tenths - 10 * UNHINDERED));
}
