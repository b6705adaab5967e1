import { Controller, Headers, type MessageEvent, Param, Res, Sse } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiNoContentResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { EMPTY, type Observable } from 'rxjs';
import { AccessToken, type Actor, Allow, CurrentActor, IdPipe, NeverShed } from '@holdfast/platform';
import { isOver, LiveReservations, stateOf } from '../application/live-reservations.js';
import { GetReservation } from '../application/read-reservations.js';
import { ReservationView } from '../application/reservation.view.js';

@ApiTags('Reservations')
@ApiBearerAuth()
@Controller()
export class LiveReservationsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly live: LiveReservations,
  ) {}

  /**
   * Events named `reservation`, data the reservation, `id` its state: the present state at once, then each other one, also
   * when only its place or its estimate moves. Comments keep the connection alive. Ends with the reservation, and when the
   * access token is no longer good: come again with another one, and with `Last-Event-ID`.
   */
  @Sse('reservations/:id/events')
  @NeverShed()
  @Allow('reservation:use')
  @ApiOperation({ summary: 'Follow a reservation as server-sent events' })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: '`id` of the last event that was received: that state is not sent again.',
    schema: { type: 'string', example: '1.wK4nGQYw3_jCA7mz' },
  })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { $ref: getSchemaPath(ReservationView) } } } })
  @ApiNoContentResponse({
    description: 'The last event was the last one: the reservation has ended, do not come again',
  })
  @ApiNotFoundResponse({ description: 'reservation-not-found' })
  async follow(
    @Param('id', IdPipe) id: string,
    @CurrentActor() actor: Actor,
    @AccessToken() token: string,
    @Headers('last-event-id') seen: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Observable<MessageEvent>> {
    const view = await this.queries.execute(new GetReservation(id, actor));
    if (!isOver(view) || stateOf(view) !== seen) return this.live.follow(view, { token, role: actor.role }, seen);
    void reply.status(204);
    return EMPTY;
  }
}
