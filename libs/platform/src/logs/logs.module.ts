import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Metrics } from '../observability/metrics.js';
import { LogKeeper } from './log-keeper.js';
import { LogsController } from './logs.controller.js';

/** Brings what the log of this process warns of to the database. */
@Module({
  providers: [
    {
      provide: LogKeeper,
      inject: [Database, Metrics],
      useFactory: (database: Database, metrics: Metrics) => new LogKeeper(database, metrics),
    },
  ],
})
export class LogsModule {}

/** What admins see of the log. */
@Module({ controllers: [LogsController] })
export class LogsHttpModule {}
