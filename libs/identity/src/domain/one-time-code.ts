/** What a code is good for: one that was made for one purpose opens nothing else. The names are part of the event contract. */
export type CodePurpose = 'password_reset';

/** Six ASCII digits. */
export const CODE = /^[0-9]{6}$/;
/** How many different codes there are. */
export const CODES = 1_000_000;

/** Wrong tries after which a code is dead. */
export const CODE_TRIES = 5;
export const CODE_SECONDS = 600;
/** Life of the token that a right code gives. */
export const RESET_SECONDS = 900;

/** The code of a number below `CODES`; small ones keep their leading zeros, so that all are as likely. */
export const codeOf = (number: number): string => String(number).padStart(6, '0');
