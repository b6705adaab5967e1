import { newId } from '@holdfast/kernel';
import { currentContext, Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../application/audit-trail.js';
import type { AccountAction, FieldChange } from '../domain/account-changes.js';

@Injectable()
export class PostgresAuditTrail extends AuditTrail {
  constructor(private readonly database: Database) {
    super();
  }

  async record(userId: string, action: AccountAction, changes: readonly FieldChange[] = []): Promise<void> {
    this.database.requireTransaction('AuditTrail.record');
    const context = currentContext();
    await this.database.execute(
      `INSERT INTO identity.audit (id, user_id, actor_id, action, changes, request_id) VALUES ($1, $2, $3, $4, $5, $6)`,
      [newId(), userId, context?.actor?.userId ?? null, action, JSON.stringify(changes), context?.requestId ?? null],
    );
  }

  /** Only what is known to be harmless stays: a field that comes later is personal until it is listed here. */
  async forgetPersonalValues(userId: string): Promise<void> {
    this.database.requireTransaction('AuditTrail.forgetPersonalValues');
    await this.database.execute(
      `UPDATE identity.audit SET changes = (
         SELECT jsonb_agg(CASE WHEN change ->> 'field' IN ('role', 'isActive') THEN change
                               ELSE change || '{"from": null, "to": null}' END ORDER BY place)
           FROM jsonb_array_elements(changes) WITH ORDINALITY AS listed (change, place))
        WHERE user_id = $1 AND changes <> '[]'`,
      [userId],
    );
  }
}
