import { Readable } from 'node:stream';
import {
  Controller,
  Delete,
  Get,
  HttpCode,
  type MessageEvent,
  Param,
  Post,
  Query,
  Req,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { firstValueFrom, type Observable } from 'rxjs';
import {
  type Actor,
  Allow,
  Consumes,
  Creates,
  CurrentActor,
  discardRest,
  DocumentEtag,
  type ExpectedVersions,
  fingerprinted,
  IdPipe,
  IfMatch,
  LastingAccess,
  NeverShed,
  type Page,
  ReadyJson,
  Settings,
  WithLinks,
} from '@holdfast/platform';
import { AcceptUpload } from '../application/import/accept-upload.js';
import { CancelUpload } from '../application/import/cancel-upload.js';
import { GetUpload, ListUploads, ReadUploadErrors } from '../application/import/read-uploads.js';
import { AcceptedUploadView, type FindingView, UploadView } from '../application/import/upload.view.js';
import { escapeFormula } from '../domain/csv-cells.js';
import { versionOf } from '../domain/upload.js';
import { readUploadForm } from './upload-form.js';
import { listening, UploadProgress } from './upload-progress.js';
import { MAPPING, UploadListQuery, UploadPage, UploadQuery } from './uploads.dto.js';

const form = {
  type: 'object',
  required: ['file'],
  properties: {
    mapping: { ...MAPPING, example: '{"original_publication_year": "publication_year"}' },
    mode: { type: 'string', enum: ['import', 'dry-run'] },
    onExisting: { type: 'string', enum: ['update', 'skip'] },
    file: { type: 'string', format: 'binary', description: 'The CSV file, after the other fields.' },
  },
};

@ApiTags('Import')
@ApiBearerAuth()
@Allow('catalogue:import')
@Controller('books/upload')
export class UploadsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly progress: UploadProgress,
    private readonly access: LastingAccess,
    private readonly settings: Settings,
  ) {}

  /** The file is imported in the background: `Location` tells how far it is. */
  @Post()
  @HttpCode(202)
  @Creates({ at: ({ uploadId }: AcceptedUploadView) => `/api/books/upload/${uploadId}` })
  @Consumes('multipart/form-data')
  @NeverShed()
  @ApiOperation({ summary: 'Upload books as CSV' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: form })
  @ApiAcceptedResponse({ type: AcceptedUploadView })
  @ApiServiceUnavailableResponse({ description: 'temporarily-unavailable: the disk does not take it' })
  async upload(
    @Req() request: FastifyRequest,
    @Query() query: UploadQuery,
    @CurrentActor() actor: Actor,
  ): Promise<AcceptedUploadView> {
    try {
      const { fileName, options, content } = await readUploadForm(request, query, this.settings);
      const whole = fingerprinted(content, { fileName, options });
      return await this.commands.execute(new AcceptUpload(fileName, actor.userId, options, whole));
    } catch (error) {
      discardRest(request.raw);
      throw error;
    }
  }

  @Get()
  @WithLinks()
  @ApiOperation({ summary: 'List uploads, newest first' })
  list(@Query() { status, uploadedBy, ...page }: UploadListQuery): Promise<UploadPage> {
    return this.queries.execute<ListUploads, Page<UploadView>>(new ListUploads({ status, uploadedBy }, page));
  }

  @Get(':uploadId')
  @ApiOperation({ summary: 'Read how far an upload is' })
  @DocumentEtag()
  @ApiOkResponse({ type: UploadView })
  @ApiNotFoundResponse({ description: 'upload-not-found' })
  async read(@Param('uploadId', IdPipe) id: string): Promise<ReadyJson> {
    return answerOf(await this.queries.execute(new GetUpload(id)));
  }

  /**
   * Events named `upload`, data the upload: the present state at once, then each change, the last one being the end. Then,
   * or when the token is good no more, the stream ends: close it when the upload has ended, else connect again. Each has
   * an `id`, which is another one for another state; comments in between keep the connection alive.
   */
  @Sse(':uploadId/events')
  @NeverShed()
  @ApiOperation({ summary: 'Follow an upload as server-sent events' })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { $ref: getSchemaPath(UploadView) } } } })
  @ApiNotFoundResponse({ description: 'upload-not-found' })
  async watch(
    @Param('uploadId', IdPipe) id: string,
    @Req() request: FastifyRequest,
  ): Promise<Observable<MessageEvent>> {
    const events = this.progress.of(id);
    // What keeps it from being followed is told as a problem, while the answer has not begun.
    await firstValueFrom(events);
    return listening(events, () => this.access.holds(request));
  }

  /** The chunk under way is undone; rows that were committed stay. */
  @Delete(':uploadId')
  @ApiOperation({ summary: 'Cancel an upload' })
  @DocumentEtag()
  @ApiOkResponse({ type: UploadView })
  @ApiNotFoundResponse({ description: 'upload-not-found' })
  @ApiConflictResponse({ description: 'upload-ended' })
  async cancel(@Param('uploadId', IdPipe) id: string, @IfMatch() expected: ExpectedVersions): Promise<ReadyJson> {
    await this.commands.execute(new CancelUpload(id, expected));
    return answerOf(await this.queries.execute(new GetUpload(id)));
  }

  @Get(':uploadId/errors.csv')
  @ApiOperation({ summary: 'Download all errors of an upload as CSV' })
  @ApiOkResponse({ content: { 'text/csv': { schema: { type: 'string', example: 'line,column,value,reason\r\n' } } } })
  @ApiNotFoundResponse({ description: 'upload-not-found' })
  async errors(@Param('uploadId', IdPipe) id: string): Promise<StreamableFile> {
    const pages = await this.queries.execute(new ReadUploadErrors(id));
    return new StreamableFile(Readable.from(errorReport(pages), { objectMode: false }), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="upload-${id}-errors.csv"`,
    });
  }
}

const answerOf = (upload: UploadView): ReadyJson =>
  ReadyJson.ofResource(JSON.stringify(upload), versionOf(upload.status));

/** RFC 4180; cells that a spreadsheet would take for formulas are escaped. */
async function* errorReport(pages: AsyncIterable<FindingView[]>): AsyncGenerator<string, void, undefined> {
  yield 'line,column,value,reason\r\n';
  for await (const page of pages) {
    yield page
      .map(({ line, column, value, reason }) => `${line},${[column, value, reason].map(quoted).join()}\r\n`)
      .join('');
  }
}

const quoted = (cell: string): string => `"${escapeFormula(cell).replaceAll('"', '""')}"`;
