import { Unauthenticated, UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { Sessions } from './sessions.js';

/**
 * Ends a session of the user; its tokens stop working at once.
 * @throws IdentityError `session-not-found`; Unauthenticated where the session that asks has ended itself meanwhile
 */
export class EndSession extends Command<void> {
  constructor(
    readonly userId: string,
    readonly sessionId: string,
    readonly whoAsks: 'this session' | 'another' = 'another',
  ) {
    super();
  }
}

@CommandHandler(EndSession)
export class EndSessionHandler implements ICommandHandler<EndSession> {
  constructor(
    private readonly sessions: Sessions,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  async execute({ userId, sessionId, whoAsks }: EndSession): Promise<void> {
    const ended = await this.unitOfWork.run(() => this.sessions.end(userId, sessionId));
    if (ended) return;
    if (whoAsks === 'this session') throw new Unauthenticated('The session has ended already.');
    throw new IdentityError('session-not-found', 'You have no such session, or it has ended.');
  }
}
