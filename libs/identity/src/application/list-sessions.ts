import { type Actor, Database, type Page, type PageRequest, readPage } from '@holdfast/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { SessionView } from './session.view.js';

/** The sessions of the actor that still stand, the oldest first. */
export class ListSessions extends Query<Page<SessionView>> {
  constructor(
    readonly actor: Actor,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListSessions)
export class ListSessionsHandler implements IQueryHandler<ListSessions> {
  constructor(private readonly database: Database) {}

  execute({ actor, page }: ListSessions): Promise<Page<SessionView>> {
    const list = {
      columns: `s.id, platform.rfc3339(s.created_at) AS "createdAt", platform.rfc3339(s.last_used_at) AS "lastUsedAt",
                platform.rfc3339(s.expires_at) AS "expiresAt", s.user_agent AS "userAgent", s.address, s.id = $2 AS current`,
      from: 'identity.sessions s',
      where: 's.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now()',
      id: 's.id',
      values: [actor.userId, actor.sessionId],
    };
    return readPage<SessionView>(this.database, list, page);
  }
}
