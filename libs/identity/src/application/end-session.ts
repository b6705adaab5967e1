import { UnitOfWork } from '@holdfast/platform';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdentityError } from '../domain/errors.js';
import { Sessions } from './sessions.js';

/** Ends a session of the user; its tokens stop working at once. */
export class EndSession extends Command<void> {
  constructor(
    readonly userId: string,
    readonly sessionId: string,
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

  async execute({ userId, sessionId }: EndSession): Promise<void> {
    const ended = await this.unitOfWork.run(() => this.sessions.end(userId, sessionId));
    if (!ended) throw new IdentityError('session-not-found', 'You have no such session, or it has ended.');
  }
}
