import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { HomeLibraries } from '@holdfast/identity';
import { Copies } from './application/copies.js';
import { Libraries } from './application/libraries.js';
import { AddLibraryHandler, ChangeLibraryHandler, RemoveLibraryHandler } from './application/manage-library.js';
import { GetAvailabilityHandler, GetLibraryHandler, ListLibrariesHandler } from './application/read-libraries.js';
import { SetHoldingHandler } from './application/set-holding.js';
import { Titles } from './application/titles.js';
import { SqlCopies } from './infrastructure/sql-copies.js';
import { SqlHomeLibraries, SqlLibraries } from './infrastructure/sql-libraries.js';
import { HoldingsController } from './presentation/holdings.controller.js';
import { LibrariesController } from './presentation/libraries.controller.js';

/** Use cases and adapters. `WaitingReaders` and `TitleChanges` are filled in by lending and the catalogue. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    { provide: Copies, useClass: SqlCopies },
    { provide: Libraries, useClass: SqlLibraries },
    { provide: HomeLibraries, useClass: SqlHomeLibraries },
    Titles,
    AddLibraryHandler,
    ChangeLibraryHandler,
    RemoveLibraryHandler,
    SetHoldingHandler,
    GetLibraryHandler,
    ListLibrariesHandler,
    GetAvailabilityHandler,
  ],
  exports: [Copies, HomeLibraries, Libraries, Titles],
})
export class InventoryModule {}

@Module({ imports: [CqrsModule], controllers: [LibrariesController, HoldingsController] })
export class InventoryHttpModule {}
