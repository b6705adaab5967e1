/** The answer of a verification link, every time it is opened. */
export class VerifiedEmailView {
  /** @example ada@example.org */
  email!: string;

  /** @example true */
  verified!: boolean;
}
