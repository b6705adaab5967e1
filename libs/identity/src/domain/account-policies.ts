import type { FieldError } from '@holdfast/kernel';
import { passwordProblem } from './password-policies.js';

export const USERNAME = /^[A-Za-z0-9._-]{3,40}$/;

/** Letters are ASCII, so that no two usernames look alike; `@` is not among them, so that a login is never ambiguous. */
export const usernameProblem = (username: string): string | undefined =>
  USERNAME.test(username) ? undefined : 'must be 3 to 40 letters (a to z), digits, dots, dashes or underscores';

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$/;

/**
 * Plausible is enough: only a mail that arrives proves an address. At most 254 characters, 64 of them before the `@`
 * (RFC 5321, section 4.5.3.1); domains of other scripts in their ASCII form (RFC 5890).
 */
export function emailProblem(email: string): string | undefined {
  const at = email.lastIndexOf('@');
  const local = email.slice(0, Math.max(at, 0));
  const plausible =
    email.length <= 254 && local.length <= 64 && LOCAL_PART.test(local) && DOMAIN.test(email.slice(at + 1));
  return plausible ? undefined : 'must be an e-mail address';
}

/** Everything that is wrong with these parts of an account; those left out are not looked at. */
export function accountProblems(account: { username?: string; email?: string; password?: string }): FieldError[] {
  const { username, email, password } = account;
  const found = {
    username: username === undefined ? undefined : usernameProblem(username),
    email: email === undefined ? undefined : emailProblem(email),
    password: password === undefined ? undefined : passwordProblem(password, [username ?? '', email ?? '']),
  };
  return Object.entries(found).flatMap(([name, detail]) => (detail ? [{ pointer: `/${name}`, detail }] : []));
}
