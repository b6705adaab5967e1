import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiBadGatewayResponse,
  ApiBearerAuth,
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiForbiddenResponse,
  ApiGatewayTimeoutResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
  ApiUnauthorizedResponse,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { Allow, IDEMPOTENCY_KEY_FORM, IdPipe } from '@holdfast/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BookStatusView } from '../application/availability.view.js';
import { GetBookStatus } from '../application/get-book-status.js';
import type { Caller } from '../application/network.js';
import { ReserveThroughApi } from '../application/reserve-through-api.js';
import { ReservationWishDto } from './availability.dto.js';

const IDEMPOTENCY_KEY = 'Idempotency-Key';

@ApiTags('Availability')
@Controller()
@Allow('availability:ask')
export class AvailabilityController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  /**
   * Asks all libraries at once, ours and external ones, and names those that do not answer in time. A token is needed only
   * where the catalogue is not public.
   */
  @Get('status/:bookId')
  @ApiOperation({ summary: 'Ask every library whether it has the book' })
  @ApiOkResponse({ type: BookStatusView })
  @ApiUnauthorizedResponse({ description: 'unauthenticated' })
  @ApiForbiddenResponse({ description: 'forbidden' })
  @ApiNotFoundResponse({ description: 'book-not-found' })
  @ApiTooManyRequestsResponse({ description: 'too-many-requests' })
  status(@Param('bookId', IdPipe) bookId: string, @Req() request: FastifyRequest): Promise<BookStatusView> {
    return this.queries.execute(new GetBookStatus(bookId, callerOf(request)));
  }

  /**
   * Passes the reservation on to the API with the caller's token, once, and gives its answer as it is: any answer of
   * `POST /api/reservations`.
   */
  @Post('reserve')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Reserve a book through the API' })
  @ApiHeader({
    name: IDEMPOTENCY_KEY,
    required: false,
    description: 'The same request with the same key is done once. One is made where none is sent; the answer has it.',
    schema: { ...IDEMPOTENCY_KEY_FORM, example: '8e03978e-40d5-43e8-bc93-6894a57f9324' },
  })
  @ApiBody({ type: ReservationWishDto })
  @ApiCreatedResponse({
    description: 'The reservation, as the API shows it.',
    schema: { type: 'object', additionalProperties: true, example: { status: 'active', price: 1.4 } },
  })
  @ApiNotFoundResponse({ description: 'book-not-found, library-not-found, customer-not-found' })
  @ApiConflictResponse({ description: 'already-reserved' })
  @ApiUnprocessableEntityResponse({
    description: 'ends-in-the-past, longer-than-the-longest-loan, too-many-open-reservations, customer-inactive',
  })
  @ApiTooManyRequestsResponse({ description: 'too-many-requests' })
  @ApiBadGatewayResponse({ description: 'reservation-cut-off' })
  @ApiGatewayTimeoutResponse({ description: 'reservation-unanswered' })
  async reserve(@Body() wish: object, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const given = request.headers['idempotency-key'];
    const key = given === undefined ? randomUUID() : String(given);
    void reply.header(IDEMPOTENCY_KEY, key);
    const { status, headers, body } = await this.commands.execute(new ReserveThroughApi(wish, key, callerOf(request)));
    void reply.status(status).headers(headers).send(body);
  }
}

const callerOf = ({ headers: { authorization }, ip }: FastifyRequest): Caller => ({ authorization, address: ip });
