/** Two tabs that refresh at once, or an answer that was lost: for this long a spent token gives its successor again. */
export const GRACE_SECONDS = 10;

/** More rotations of one session than anybody needs; each leaves a spent token behind. */
export const ROTATIONS = 60;
export const ROTATIONS_WINDOW_SECONDS = 600;

export interface PresentedToken {
  /** The session is neither ended nor expired, and its account is active. */
  isLive: boolean;
  /** Null: never used. */
  spentSecondsAgo: number | null;
  /** Until its session may rotate again; null: now. */
  waitSeconds: number | null;
}

/**
 * What a known refresh token is good for. Once the grace is over, a spent one means that two parties have it, and one of
 * them stole it: the session ends (RFC 9700, section 4.14.2).
 */
export function refreshDecision({
  isLive,
  spentSecondsAgo,
  waitSeconds,
}: PresentedToken): 'rotate' | 'wait' | 'repeat' | 'end-session' | 'refuse' {
  if (!isLive) return 'refuse';
  if (spentSecondsAgo === null) return waitSeconds === null ? 'rotate' : 'wait';
  return spentSecondsAgo <= GRACE_SECONDS ? 'repeat' : 'end-session';
}
