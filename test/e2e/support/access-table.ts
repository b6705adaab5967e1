import type { Permission, permissions } from '../../../libs/platform/src/security/permissions.js';
import type { Operation } from './operations.js';

/**
 * Who may call each route, written down once more beside the code: the spec of access fails when the running system has
 * a route that is not here, or answers otherwise. `own` marks a route where somebody without the role is refused only
 * what is not theirs.
 */
export const ACCESS: Record<string, { permission: Permission; own?: true }> = {
  'GET /health': { permission: 'health:read' },
  'GET /health/live': { permission: 'health:read' },
  'GET /health/ready': { permission: 'health:read' },
  'GET /api/health': { permission: 'health:read' },
  'GET /api/health/live': { permission: 'health:read' },
  'GET /api/health/ready': { permission: 'health:read' },
  'GET /metrics': { permission: 'metrics:read' },
  'GET /api/metrics': { permission: 'metrics:read' },
  'GET /.well-known/jwks.json': { permission: 'account:sign-in' },

  'POST /api/auth/register': { permission: 'account:register' },
  'GET /api/auth/verify-email/{token}': { permission: 'account:verify-email' },
  'POST /api/auth/resend-verification': { permission: 'account:verify-email' },
  'POST /api/auth/login': { permission: 'account:sign-in' },
  'POST /api/auth/token': { permission: 'account:sign-in' },
  'POST /api/auth/refresh': { permission: 'account:sign-in' },
  'POST /api/auth/forgot-password': { permission: 'account:recover' },
  'POST /api/auth/verify-otp': { permission: 'account:recover' },
  'POST /api/auth/reset-password': { permission: 'account:recover' },
  'POST /api/auth/logout': { permission: 'account:use' },
  'GET /api/auth/me': { permission: 'account:use' },
  'POST /api/auth/change-password': { permission: 'account:use' },
  'GET /api/auth/sessions': { permission: 'account:use' },
  'DELETE /api/auth/sessions/{id}': { permission: 'account:use' },

  'GET /api/users': { permission: 'account:administer' },
  'POST /api/users': { permission: 'account:administer' },
  'GET /api/users/{id}': { permission: 'account:use', own: true },
  'PATCH /api/users/{id}': { permission: 'account:administer' },
  'DELETE /api/users/{id}': { permission: 'account:use', own: true },
  'GET /api/audit': { permission: 'audit:read' },
  'GET /api/customers': { permission: 'customer:list' },
  'POST /api/customers': { permission: 'account:administer' },
  'GET /api/customers/{id}': { permission: 'account:use', own: true },
  'PATCH /api/customers/{id}': { permission: 'account:use', own: true },
  'DELETE /api/customers/{id}': { permission: 'account:use', own: true },

  'GET /api/libraries': { permission: 'catalogue:read' },
  'POST /api/libraries': { permission: 'library:edit' },
  'GET /api/libraries/{id}': { permission: 'catalogue:read' },
  'PATCH /api/libraries/{id}': { permission: 'library:edit' },
  'DELETE /api/libraries/{id}': { permission: 'library:edit' },
  'GET /api/books/{bookId}/availability': { permission: 'catalogue:read' },
  'PUT /api/books/{bookId}/holdings/{libraryId}': { permission: 'copies:edit' },
  'DELETE /api/books/{bookId}/holdings/{libraryId}': { permission: 'copies:edit' },

  'GET /api/books': { permission: 'catalogue:read' },
  'POST /api/books': { permission: 'book:create' },
  'GET /api/books/export.csv': { permission: 'catalogue:export' },
  'GET /api/books/{id}': { permission: 'catalogue:read' },
  'PUT /api/books/{id}': { permission: 'book:change' },
  'PATCH /api/books/{id}': { permission: 'book:change' },
  'DELETE /api/books/{id}': { permission: 'book:change' },
  'GET /api/books/{id}/metadata': { permission: 'catalogue:read' },
  'PUT /api/books/{id}/metadata': { permission: 'book:change' },
  'PATCH /api/books/{id}/metadata': { permission: 'book:change' },
  'POST /api/books/upload': { permission: 'catalogue:import' },
  'GET /api/books/upload': { permission: 'catalogue:import' },
  'GET /api/books/upload/{uploadId}': { permission: 'catalogue:import' },
  'DELETE /api/books/upload/{uploadId}': { permission: 'catalogue:import' },
  'GET /api/books/upload/{uploadId}/events': { permission: 'catalogue:import' },
  'GET /api/books/upload/{uploadId}/errors.csv': { permission: 'catalogue:import' },
  'GET /api/authors': { permission: 'catalogue:read' },
  'POST /api/authors': { permission: 'catalogue:edit' },
  'GET /api/authors/{id}': { permission: 'catalogue:read' },
  'PATCH /api/authors/{id}': { permission: 'catalogue:edit' },
  'DELETE /api/authors/{id}': { permission: 'catalogue:edit' },
  'GET /api/authors/{id}/books': { permission: 'catalogue:read' },
  'GET /api/genres': { permission: 'catalogue:read' },
  'POST /api/genres': { permission: 'catalogue:edit' },
  'GET /api/genres/{id}': { permission: 'catalogue:read' },
  'PATCH /api/genres/{id}': { permission: 'catalogue:edit' },
  'DELETE /api/genres/{id}': { permission: 'catalogue:edit' },
  'GET /api/genres/{id}/books': { permission: 'catalogue:read' },

  'POST /api/reservations': { permission: 'reservation:make' },
  'GET /api/reservations': { permission: 'reservation:use' },
  'GET /api/reservations/{id}': { permission: 'reservation:use', own: true },
  'GET /api/reservations/{id}/events': { permission: 'reservation:use', own: true },
  'DELETE /api/reservations/{id}': { permission: 'reservation:use', own: true },
  'POST /api/reservations/{id}/return': { permission: 'reservation:use', own: true },
  'POST /api/reservations/{id}/renew': { permission: 'reservation:use', own: true },
  'GET /api/books/{id}/queue': { permission: 'queue:read' },
  'GET /api/lending/audit': { permission: 'lending:audit' },

  'GET /api/events/outbox': { permission: 'events:operate' },
  'GET /api/events/outbox/backlog': { permission: 'events:operate' },
  'GET /api/jobs': { permission: 'jobs:read' },
  'GET /api/logs': { permission: 'logs:read' },
  'GET /api/events/dead-letters': { permission: 'events:operate' },
  'POST /api/events/dead-letters/{id}/replay': { permission: 'events:operate' },
  'DELETE /api/events/dead-letters/{id}': { permission: 'events:operate' },
};

/** Routes that the OpenAPI document does not tell of; all of them are open. */
export const UNDOCUMENTED: readonly string[] = [
  'GET /problems/{code}',
  'GET /api/events',
  'GET /api/events/schema',
  'GET /api/operations',
];

type Rule = (typeof permissions)[Permission];

/** Who may, as the contract says it: to widen a right, this table has to be changed too. */
export const CONTRACT: Record<Permission, Rule> = {
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
};

/** Who may call the route. */
export const ruleOf = ({ name }: Pick<Operation, 'name'>): Rule => CONTRACT[ACCESS[name]!.permission];

/** Without a token too, while the catalogue is public. */
export const isOpen = (operation: Pick<Operation, 'name'>): boolean =>
  ['anyone', 'catalogue'].includes(ruleOf(operation) as string);
