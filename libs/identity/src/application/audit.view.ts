import { ApiProperty } from '@nestjs/swagger';
import { type AccountAction, accountActions } from '../domain/account-changes.js';

/** An account by its id, and by its username while it has one. */
export class AccountReferenceView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** Null once the account is deleted. */
  @ApiProperty({ type: String, nullable: true, example: 'ada' })
  username!: string | null;
}

/** A property that became another. Of a deleted account only roles and states are still told, the rest is null. */
export class FieldChangeView {
  /** @example role */
  field!: string;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'null' }], example: 'customer' })
  from!: string | boolean | null;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'null' }], example: 'librarian' })
  to!: string | boolean | null;
}

/** A line of the audit trail: who did what to which account. */
export class AuditLineView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ enum: accountActions, enumName: 'AccountAction' })
  action!: AccountAction;

  user!: AccountReferenceView;

  /** Null: nobody was signed in, or the program did it by itself. */
  @ApiProperty({ type: AccountReferenceView, nullable: true })
  actor!: AccountReferenceView | null;

  /** Empty where the action says it all. */
  @ApiProperty({ type: [FieldChangeView] })
  changes!: FieldChangeView[];

  /** The X-Request-Id of the request that did it. */
  @ApiProperty({ type: String, nullable: true, example: '4b3f2c1d-60d5-4c1e-9a7b-2f1e0d9c8b7a' })
  requestId!: string | null;
}
