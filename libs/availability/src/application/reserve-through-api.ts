import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { TemporarilyUnavailable } from '@holdfast/platform';
import { AvailabilityError } from '../domain/errors.js';
import { type ApiAnswer, type Caller, LibraryNetwork, NoAnswer } from './network.js';

/**
 * Passes a wish for a copy on to the API, once, and gives what that answers, whatever it is. Nothing is looked at on the
 * way: the API is the judge of the wish and of the token.
 * @throws AvailabilityError when nobody knows whether it was done; TemporarilyUnavailable when it was not sent
 */
export class ReserveThroughApi extends Command<ApiAnswer> {
  constructor(
    readonly wish: object,
    readonly idempotencyKey: string,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(ReserveThroughApi)
export class ReserveThroughApiHandler implements ICommandHandler<ReserveThroughApi> {
  constructor(private readonly network: LibraryNetwork) {}

  async execute({ wish, idempotencyKey, caller }: ReserveThroughApi): Promise<ApiAnswer> {
    try {
      return await this.network.reserve(wish, idempotencyKey, caller);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (!error.wasConnected) {
        throw new TemporarilyUnavailable('The API cannot be reached. The reservation was not sent.', error);
      }
      const [code, what] =
        error.silence === 'timeout'
          ? (['reservation-unanswered', 'did not answer in time'] as const)
          : (['reservation-cut-off', 'did not answer to the end'] as const);
      const failure = new AvailabilityError(
        code,
        `The API ${what}, so the reservation may have been made. Send the same again with the Idempotency-Key of this answer: it is made once.`,
      );
      failure.cause = error;
      throw failure;
    }
  }
}
