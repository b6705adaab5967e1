import { Module } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LogKeeper } from './log-keeper.js';
import { LogsController } from './logs.controller.js';

/** Brings what the log of this process warns of to the database. */
@Module({
  providers: [
    {
      provide: LogKeeper,
      inject: [Database],
      useFactory: (database: Database) => new LogKeeper(database),
    },
  ],
})
export class LogsModule {}

/** What admins see of the log. */
@Module({ controllers: [LogsController] })
export class LogsHttpModule {}
