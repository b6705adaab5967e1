import { UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { AccessTokens } from './access-tokens.js';
import { Sessions } from './sessions.js';
import type { SignedIn } from './sign-in.js';

/** Goes on with a session: a refresh token works once. */
export class RefreshSession extends Command<SignedIn> {
  constructor(readonly refreshToken: string) {
    super();
  }
}

@CommandHandler(RefreshSession)
export class RefreshSessionHandler implements ICommandHandler<RefreshSession> {
  constructor(
    private readonly sessions: Sessions,
    private readonly tokens: AccessTokens,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ refreshToken }: RefreshSession): Promise<SignedIn> {
    // The refusal is thrown after the commit: a reused token has just ended its session.
    const session = await this.unitOfWork.run(() => this.sessions.continue(refreshToken));
    if (!session)
      throw new IdentityError('refresh-refused', 'The refresh token is not valid, or no longer: sign in again.');
    return {
      accessToken: await this.tokens.issue(session),
      expiresIn: this.tokens.lifetime,
      refreshToken: session.refreshToken,
      role: session.role,
    };
  }
}
