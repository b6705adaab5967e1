export const roles = ['admin', 'librarian', 'editor', 'author', 'customer'] as const;
export type Role = (typeof roles)[number];

/** `anyone`: also without a token; `catalogue`: anyone, or the signed-in only, as CATALOGUE_PUBLIC says. */
export type Rule = 'anyone' | 'catalogue' | 'signed-in' | readonly Role[];

const rules = <Names extends string>(table: Record<Names, Rule>): Readonly<Record<Names, Rule>> => table;

/**
 * Who may do what: the one table, used by the guard. Every route names its row with `@Allow`; a route without one is
 * refused to everybody. What depends on the owner ("one's own reservation") is decided in the handler.
 */
export const permissions = rules({
  'docs:read': 'anyone',
  'health:read': 'anyone',
  'metrics:read': 'anyone',

  'account:register': 'anyone',
  'account:sign-in': 'anyone',
  'account:verify-email': 'anyone',
  'account:recover': 'anyone',
  'account:use': 'signed-in',
  'account:administer': ['admin'],
  'audit:read': ['admin'],
  'customer:list': ['admin', 'librarian'],

  'catalogue:read': 'catalogue',
  'book:create': ['admin', 'editor', 'author'],
  'book:change': ['admin', 'editor', 'author'],
  'catalogue:edit': ['admin', 'editor'],
  'catalogue:import': ['admin', 'editor'],
  'catalogue:export': ['admin', 'editor'],

  // The availability service passes the caller's token on: the API behind it decides.
  'availability:ask': 'anyone',

  'library:edit': ['admin'],
  'copies:edit': ['admin', 'editor'],

  'reservation:make': ['customer', 'admin', 'librarian'],
  'reservation:use': 'signed-in',
  'queue:read': 'signed-in',
  'lending:audit': ['admin', 'librarian'],

  'events:operate': ['admin'],
  'jobs:read': ['admin'],
  'logs:read': ['admin'],
});

export type Permission = keyof typeof permissions;

/** Staff of lending: they see and handle everybody's reservations. */
export const isLendingStaff = (role: Role): boolean => role === 'admin' || role === 'librarian';

/** Whether the row is open to whoever asks, with a token or without. */
export const isOpenToAnyone = (permission: Permission, { cataloguePublic }: { cataloguePublic: boolean }): boolean =>
  permissions[permission] === 'anyone' || (permissions[permission] === 'catalogue' && cataloguePublic);
