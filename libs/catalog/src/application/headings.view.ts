/** An author or a genre. */
export class HeadingView {
  /** @example 0199a1b2-0000-7000-8000-000000000002 */
  id!: string;
  /** @example "Ursula K. Le Guin" */
  name!: string;
  version!: number;
  /** @example 2026-11-22T10:00:00.000Z */
  createdAt!: string;
  /** @example 2026-11-22T10:00:00.000Z */
  updatedAt!: string;
}
