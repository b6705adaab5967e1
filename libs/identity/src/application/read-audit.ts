import { Database, type Page, type PageRequest, readPage } from '@holdfast/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { AccountAction } from '../domain/account-changes.js';
import type { AuditLineView } from './audit.view.js';

export interface AuditFilter {
  userId?: string;
  actorId?: string;
  action?: AccountAction;
  from?: Date;
  /** The first moment that does not count any more. */
  to?: Date;
}

/** The lines of the audit trail that fit, the newest first. */
export class ReadAudit extends Query<Page<AuditLineView>> {
  constructor(
    readonly filter: AuditFilter,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ReadAudit)
export class ReadAuditHandler implements IQueryHandler<ReadAudit> {
  constructor(private readonly database: Database) {}

  execute({ filter, page }: ReadAudit): Promise<Page<AuditLineView>> {
    const { userId, actorId, action, from, to } = filter;
    const list = {
      columns: `a.id, platform.rfc3339(a.at) AS at, a.action, a.changes, a.request_id AS "requestId",
                json_build_object('id', a.user_id, 'username', u.username) AS user,
                CASE WHEN a.actor_id IS NOT NULL
                     THEN json_build_object('id', a.actor_id, 'username', actor.username) END AS actor`,
      from: `identity.audit a LEFT JOIN identity.users u ON u.id = a.user_id
             LEFT JOIN identity.users actor ON actor.id = a.actor_id`,
      where: `($1::uuid IS NULL OR a.user_id = $1) AND ($2::uuid IS NULL OR a.actor_id = $2)
              AND ($3::text IS NULL OR a.action = $3)
              AND ($4::timestamptz IS NULL OR a.at >= $4) AND ($5::timestamptz IS NULL OR a.at < $5)`,
      id: 'a.id',
      at: 'a.at',
      values: [userId, actorId, action, from, to],
    };
    return readPage<AuditLineView>(this.database, list, page);
  }
}
