import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccountClosing } from '@holdfast/identity';
import { WaitingReaders } from '@holdfast/inventory';
import { JobsWorkerModule } from '@holdfast/platform';
import { AuditLendingHandler, LendingAudit, LendingAuditor } from './application/audit-lending.js';
import { AuditRegularly } from './application/audit-regularly.js';
import { CloseAccount } from './application/close-account.js';
import { EndReservationHandler } from './application/end-reservation.js';
import { LiveReservations, LiveTimes } from './application/live-reservations.js';
import { LendingAuditFigures } from './application/lending-audit-figures.js';
import { LendingAuditResults } from './application/lending-audit-results.js';
import { OpenReservation } from './application/open-reservation.js';
import { QueuePlaces } from './application/queue-places.js';
import { GetQueueHandler } from './application/read-queue.js';
import { GetReservationHandler, ListReservationsHandler } from './application/read-reservations.js';
import { RenewReservationHandler } from './application/renew-reservation.js';
import { RequestDesk } from './application/request-desk.js';
import { ReservationFigures } from './application/reservation-figures.js';
import { ReservationLog } from './application/reservation-log.js';
import { ReservationViews } from './application/reservation-views.js';
import { Reservations } from './application/reservations.js';
import { ReserveBookHandler } from './application/reserve-book.js';
import { DueReminders, Reminders } from './application/reminders.js';
import { ServePassedOver } from './application/serve-passed-over.js';
import { Terms } from './application/terms.js';
import { TitleNews } from './application/title-news.js';
import { TitleDesk } from './application/title-desk.js';
import { TitleQueue } from './application/title-queue.js';
import { QueueFigures } from './infrastructure/queue-figures.js';
import { SqlDueReminders } from './infrastructure/sql-due-reminders.js';
import { SqlLendingAudit } from './infrastructure/sql-lending-audit.js';
import { SqlReservations } from './infrastructure/sql-reservations.js';
import { SqlTitleDesk } from './infrastructure/sql-title-desk.js';
import { LiveReservationsController } from './presentation/live-reservations.controller.js';
import { LendingAuditController } from './presentation/lending-audit.controller.js';
import { ReservationsController } from './presentation/reservations.controller.js';

/** Use cases and adapters; fills in `WaitingReaders` of inventory and `AccountClosing` of identity. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    { provide: Reservations, useClass: SqlReservations },
    { provide: TitleDesk, useClass: SqlTitleDesk },
    { provide: DueReminders, useClass: SqlDueReminders },
    { provide: LendingAudit, useClass: SqlLendingAudit },
    LendingAuditResults,
    LendingAuditFigures,
    LendingAuditor,
    Terms,
    ReservationViews,
    QueuePlaces,
    ReservationFigures,
    ReservationLog,
    TitleNews,
    TitleQueue,
    { provide: WaitingReaders, useExisting: TitleQueue },
    { provide: AccountClosing, useClass: CloseAccount },
    RequestDesk,
    OpenReservation,
    ReserveBookHandler,
    EndReservationHandler,
    RenewReservationHandler,
    GetReservationHandler,
    ListReservationsHandler,
    GetQueueHandler,
    AuditLendingHandler,
  ],
  exports: [
    WaitingReaders,
    AccountClosing,
    TitleDesk,
    TitleQueue,
    DueReminders,
    ReservationViews,
    TitleNews,
    LendingAuditor,
    LendingAuditResults,
  ],
})
export class LendingModule {}

@Module({
  imports: [CqrsModule],
  providers: [LiveReservations, LiveTimes],
  controllers: [ReservationsController, LiveReservationsController, LendingAuditController],
})
export class LendingHttpModule {}

/** Jobs. */
@Module({
  imports: [JobsWorkerModule.forSources([ServePassedOver, Reminders, AuditRegularly])],
  providers: [QueueFigures],
})
export class LendingWorkerModule {}
