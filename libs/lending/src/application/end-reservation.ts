import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Actor, type ExpectedVersions, UnitOfWork } from '@holdfast/platform';
import { cancel, complete } from '../domain/reservation.js';
import { OpenReservation } from './open-reservation.js';
import type { ReservationView } from './reservation.view.js';
import { TitleQueue } from './title-queue.js';

const endings = {
  return: { transition: complete, event: 'reservation_completed' },
  cancel: { transition: cancel, event: 'reservation_cancelled' },
} as const;

/** Ends a reservation: the copy came back, or the reader wants it no more. What it held goes to the next in line. */
export class EndReservation extends Command<ReservationView> {
  constructor(
    readonly id: string,
    readonly how: keyof typeof endings,
    readonly actor: Actor,
    readonly expected: ExpectedVersions,
  ) {
    super();
  }
}

@CommandHandler(EndReservation)
export class EndReservationHandler implements ICommandHandler<EndReservation> {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly openReservation: OpenReservation,
    private readonly queue: TitleQueue,
  ) {}

  execute({ id, how, actor, expected }: EndReservation): Promise<ReservationView> {
    const { transition, event } = endings[how];
    return this.unitOfWork.run(async () => {
      const { reservation: before, waiting } = await this.openReservation.lockToEnd(id, actor, expected);
      const ending = { before, change: { event, reservation: transition(before) } };
      const [view] = (await this.queue.handOn(waiting, [ending])) as [ReservationView];
      return view;
    });
  }
}
