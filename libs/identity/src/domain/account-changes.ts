/** What can happen to an account; the words of the audit trail. */
export const accountActions = [
  'registered',
  'created',
  'made-admin',
  'changed',
  'profile-changed',
  'email-verified',
  'password-changed',
  'password-reset',
  'deleted',
] as const;
export type AccountAction = (typeof accountActions)[number];

/** How an account comes to be: by its owner, by an admin, or by whoever runs the program. */
export type AccountOpening = Extract<AccountAction, 'registered' | 'created' | 'made-admin'>;

type Value = string | boolean | null;

/** One property of an account or profile that became another. Passwords and tokens are never among them. */
export interface FieldChange {
  field: string;
  from: Value;
  to: Value;
}

/** What was done to an account that goes on. */
export interface AccountChange {
  action: Exclude<AccountAction, AccountOpening | 'deleted'>;
  changes?: readonly FieldChange[];
}

/** What is asked for and is not so already; what is left out is not asked for. */
export function differences<Names extends string>(
  present: Record<Names, Value>,
  asked: Partial<Record<Names, Value>>,
): FieldChange[] {
  const wanted = Object.entries(asked) as [Names, Value | undefined][];
  return wanted.flatMap(([field, to]) =>
    to === undefined || to === present[field] ? [] : [{ field, from: present[field], to }],
  );
}

export const applied = (changes: readonly FieldChange[]): Record<string, Value> =>
  Object.fromEntries(changes.map(({ field, to }) => [field, to]));
