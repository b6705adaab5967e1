export { ReservationViews } from './application/reservation-views.js';
export { ReserveBook } from './application/reserve-book.js';
export { lendingMigrations } from './infrastructure/migrations.js';
export { lendingEvents } from './lending-events.js';
export { LendingHttpModule, LendingModule, LendingWorkerModule } from './lending.module.js';
export { lendingProblems } from './presentation/problems.js';
