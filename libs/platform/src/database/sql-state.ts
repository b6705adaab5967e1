/** The SQLSTATE of an error of PostgreSQL (or the code of a network error), also when TypeORM wrapped it; else ''. */
export function sqlState(error: unknown): string {
  const { code, driverError } = (error ?? {}) as { code?: unknown; driverError?: { code?: unknown } };
  const state = driverError?.code ?? code;
  return typeof state === 'string' ? state : '';
}

/** The constraint that an error of PostgreSQL names; '' where there is none. */
export function violatedConstraint(error: unknown): string {
  const { constraint, driverError } = (error ?? {}) as { constraint?: string; driverError?: { constraint?: string } };
  return driverError?.constraint ?? constraint ?? '';
}
