import { Injectable } from '@nestjs/common';
import type { User } from '../domain/user.js';
import { AccountClosing } from './account-closing.js';
import { EmailVerifications } from './email-verifications.js';
import { PasswordResets } from './password-resets.js';
import { Sessions } from './sessions.js';

/** What follows from another address or state of an account, in the transaction of the change. */
@Injectable()
export class AccountConsequences {
  constructor(
    private readonly sessions: Sessions,
    private readonly verifications: EmailVerifications,
    private readonly resets: PasswordResets,
    private readonly closing: AccountClosing,
  ) {}

  async follow(user: User, before: Pick<User, 'email' | 'isActive'>): Promise<void> {
    const hasNewAddress = user.email !== before.email;
    if (!user.isActive) await this.sessions.endAll(user.id);
    if (!user.isActive || hasNewAddress) await this.resets.cancel(user.id);
    if (hasNewAddress) await this.verifications.request(user);
    if (user.isActive && !before.isActive) await this.closing.reopen(user.id);
  }
}
