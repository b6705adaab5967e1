/** Sends that may or may not have reached the reader, after which no more are made. */
export const DOUBTS_LIMIT = 3;

const FIRST_PAUSE_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 3600;

/** How long to wait after so many attempts: twice as long each time, up to an hour. */
export const pauseAfter = (attempts: number): number =>
  Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts - 1, 20));
