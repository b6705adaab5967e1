import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccountClosing } from '@holdfast/identity';
import { WaitingReaders } from '@holdfast/inventory';
import { CloseAccount } from './application/close-account.js';
import { EndReservationHandler } from './application/end-reservation.js';
import { OpenReservation } from './application/open-reservation.js';
import { GetQueueHandler, GetReservationHandler, ListReservationsHandler } from './application/read-reservations.js';
import { RenewReservationHandler } from './application/renew-reservation.js';
import { ReservationLog } from './application/reservation-log.js';
import { ReservationViews } from './application/reservation-views.js';
import { Reservations } from './application/reservations.js';
import { Eligibility, ReserveBookHandler } from './application/reserve-book.js';
import { Terms } from './application/terms.js';
import { TitleQueue } from './application/title-queue.js';
import { SqlReservations } from './infrastructure/sql-reservations.js';
import { ReservationsController } from './presentation/reservations.controller.js';

/** Use cases and adapters; fills in `WaitingReaders` of inventory and `AccountClosing` of identity. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    { provide: Reservations, useClass: SqlReservations },
    Terms,
    ReservationViews,
    ReservationLog,
    TitleQueue,
    { provide: WaitingReaders, useExisting: TitleQueue },
    { provide: AccountClosing, useClass: CloseAccount },
    Eligibility,
    OpenReservation,
    ReserveBookHandler,
    EndReservationHandler,
    RenewReservationHandler,
    GetReservationHandler,
    ListReservationsHandler,
    GetQueueHandler,
  ],
  exports: [WaitingReaders, AccountClosing],
})
export class LendingModule {}

@Module({ imports: [CqrsModule], controllers: [ReservationsController] })
export class LendingHttpModule {}
