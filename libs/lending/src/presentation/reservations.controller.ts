import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import {
  type Actor,
  Allow,
  Creates,
  CurrentActor,
  DocumentEtag,
  type ExpectedVersions,
  Forbidden,
  IdPipe,
  IfMatch,
  InvalidInput,
  PageOf,
  ReadyJson,
  WithEtag,
  WithLinks,
} from '@holdfast/platform';
import { EndReservation } from '../application/end-reservation.js';
import { GetQueue } from '../application/read-queue.js';
import { GetReservation, ListReservations } from '../application/read-reservations.js';
import { RenewReservation } from '../application/renew-reservation.js';
import { QueueView, ReservationView } from '../application/reservation.view.js';
import { ReserveBook } from '../application/reserve-book.js';
import { type LoanEnd, parseLoanEnd } from '../domain/loan-terms.js';
import { RenewReservationDto, ReservationsQuery, ReserveBookDto } from './reservations.dto.js';

class ReservationPage extends PageOf(ReservationView) {}

@ApiTags('Reservations')
@ApiBearerAuth()
@Controller()
export class ReservationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /** Active with its price when a copy is free, else pending with its place in the queue. */
  @Post('reservations')
  @Allow('reservation:make')
  @DocumentEtag()
  @Creates({ at: ({ id }: ReservationView) => `/api/reservations/${id}` })
  @ApiOperation({ summary: 'Reserve a book' })
  @ApiNotFoundResponse({ description: 'book-not-found, library-not-found, customer-not-found' })
  @ApiConflictResponse({ description: 'already-reserved' })
  @ApiUnprocessableEntityResponse({
    description: 'ends-in-the-past, longer-than-the-longest-loan, too-many-open-reservations, customer-inactive',
  })
  reserve(
    @Body() { bookId, reservedUntil, library, customerId }: ReserveBookDto,
    @CurrentActor() actor: Actor,
  ): Promise<ReservationView> {
    const customer = customerOf(actor, customerId?.toLowerCase());
    const command = new ReserveBook(customer, bookId.toLowerCase(), loanEnd(reservedUntil), library ?? undefined);
    return this.commands.execute(command);
  }

  /** One's own; for staff, everybody's. Newest first. */
  @Get('reservations')
  @Allow('reservation:use')
  @WithLinks()
  @ApiOperation({ summary: 'List reservations' })
  @ApiNotFoundResponse({ description: 'library-not-found' })
  list(
    @Query() { limit, offset, cursor, ...filter }: ReservationsQuery,
    @CurrentActor() actor: Actor,
  ): Promise<ReservationPage> {
    return this.queries.execute(new ListReservations(filter, { limit, offset, cursor }, actor));
  }

  @Get('reservations/:id')
  @Allow('reservation:use')
  @WithEtag()
  @ApiOperation({ summary: 'Read a reservation' })
  @ApiNotFoundResponse({ description: 'reservation-not-found' })
  read(@Param('id', IdPipe) id: string, @CurrentActor() actor: Actor): Promise<ReservationView> {
    return this.queries.execute(new GetReservation(id, actor));
  }

  /** The copy, or the place in the queue, goes to the next in line at once. */
  @Delete('reservations/:id')
  @Allow('reservation:use')
  @WithEtag()
  @ApiOperation({ summary: 'Cancel a reservation' })
  @ApiNotFoundResponse({ description: 'reservation-not-found' })
  @ApiConflictResponse({ description: 'reservation-ended' })
  cancel(
    @Param('id', IdPipe) id: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReservationView> {
    return this.commands.execute(new EndReservation(id, 'cancel', actor, expected));
  }

  /** The first in the queue who accepts the library gets the copy at once. */
  @Post('reservations/:id/return')
  @HttpCode(200)
  @Allow('reservation:use')
  @WithEtag()
  @ApiOperation({ summary: 'Return the copy' })
  @ApiNotFoundResponse({ description: 'reservation-not-found' })
  @ApiConflictResponse({ description: 'reservation-not-active' })
  giveBack(
    @Param('id', IdPipe) id: string,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReservationView> {
    return this.commands.execute(new EndReservation(id, 'return', actor, expected));
  }

  /** The price of the whole time is made anew. */
  @Post('reservations/:id/renew')
  @HttpCode(200)
  @Allow('reservation:use')
  @WithEtag()
  @ApiOperation({ summary: 'Renew a reservation' })
  @ApiNotFoundResponse({ description: 'reservation-not-found' })
  @ApiConflictResponse({ description: 'reservation-not-active, somebody-waits, renewals-used-up' })
  @ApiUnprocessableEntityResponse({ description: 'ends-in-the-past, renewal-not-later, longer-than-the-longest-loan' })
  renew(
    @Param('id', IdPipe) id: string,
    @Body() { reservedUntil }: RenewReservationDto,
    @CurrentActor() actor: Actor,
    @IfMatch() expected: ExpectedVersions,
  ): Promise<ReservationView> {
    return this.commands.execute(new RenewReservation(id, loanEnd(reservedUntil), actor, expected));
  }

  /** Staff see every place; a reader the length and the own place. */
  @Get('books/:id/queue')
  @Allow('queue:read')
  @ApiOperation({ summary: 'Read the queue of a book' })
  @DocumentEtag()
  @ApiOkResponse({ type: QueueView })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  async queue(@Param('id', IdPipe) id: string, @CurrentActor() actor: Actor): Promise<ReadyJson> {
    return ReadyJson.ofState(await this.queries.execute(new GetQueue(id, actor)));
  }
}

/** A customer reserves for nobody else; staff always name the customer. */
function customerOf(actor: Actor, customerId: string | undefined): string {
  if (actor.role !== 'customer') {
    if (customerId) return customerId;
    throw new InvalidInput([{ pointer: '/customerId', detail: 'must name the customer that you reserve for' }]);
  }
  if (customerId && customerId !== actor.userId) throw new Forbidden('You can reserve for yourself only.');
  return actor.userId;
}

/** Checked by the DTO before. */
function loanEnd(text: string): LoanEnd {
  const end = parseLoanEnd(text);
  if (!end) throw new InvalidInput([{ pointer: '/reservedUntil', detail: 'must be a time or a date' }]);
  return end;
}
