import { Readable } from 'node:stream';
import { Controller, Get, Req, Res, StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, Clock } from '@holdfast/platform';
import { ExportBooks } from '../application/export-books.js';

/** Who takes no byte for so long is gone. One batch is read in less. */
const STALLED_AFTER_MS = 60_000;
const example =
  'id,title,authors,isbn,price,publication_date,genre,language,description,holdings,metadata.publisher,metadata\r\n' +
  '0199a1b2-0000-7000-8000-000000000001,The Dispossessed,Ursula K. Le Guin,9780061054884,9.99,1974-05,' +
  'Science fiction,en,,"{""Main Library"":3}",Harper & Row,\r\n';

@ApiTags('Import')
@ApiBearerAuth()
@Controller('books/export.csv')
export class ExportController {
  constructor(
    private readonly queries: QueryBus,
    private readonly clock: Clock,
  ) {}

  /** As a file that the import takes: to import it changes nothing. An answer that is cut off is not whole. */
  @Get()
  @Allow('catalogue:export')
  @ApiOperation({ summary: 'Download all books as CSV' })
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string', example } } } })
  @ApiServiceUnavailableResponse({ description: 'metadata-unavailable' })
  async download(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const isOver = new AbortController();
    reply.raw.once('close', () => isOver.abort());
    const pieces = request.method === 'HEAD' ? [] : await this.queries.execute(new ExportBooks(isOver.signal));
    reply.raw.setTimeout(STALLED_AFTER_MS, () => reply.raw.destroy());
    return new StreamableFile(Readable.from(pieces, { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="books-${this.clock.now().toISOString().slice(0, 10)}.csv"`,
    });
  }
}
