import { Body, Controller, Get, Header, HttpCode, Injectable, type LoggerService, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsOptional, IsString } from 'class-validator';
import { readSettings, Settings } from '../config/settings.js';
import { Database } from '../database/database.js';
import { DatabaseModule } from '../database/database.module.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { createHttpApp } from '../http/http-app.js';
import { HttpModule } from '../http/http.module.js';
import { platformProblems, ProblemCatalogue } from '../http/problem.js';
import { Creates } from '../idempotency/creates.js';
import { newId } from '../kernel/index.js';
import { Allow } from '../security/access-guard.js';
import { type Actor, Authenticator } from '../security/actor.js';

export interface Note {
  id: string;
  text: string;
  version: number;
}

/** What happens inside the transaction of a note that is being made, behind its row. */
@Injectable()
export class Inside {
  work: (note: Note) => unknown = () => undefined;
}

class NoteInput {
  @IsString()
  text!: string;

  @IsString()
  @IsOptional()
  colour?: string;
}

const place = ({ id }: Note): string => `/api/notes/${id}`;

@Controller('notes')
class NotesController {
  constructor(
    private readonly database: Database,
    private readonly unitOfWork: UnitOfWork,
    private readonly inside: Inside,
  ) {}

  @Get()
  @Allow('account:use')
  list(): Promise<Note[]> {
    return this.database.query('SELECT id, text, version FROM notes ORDER BY id');
  }

  @Post()
  @Allow('account:use')
  @Header('X-Kind', 'note')
  @Creates({ at: place })
  make(@Body() { text }: NoteInput): Promise<Note> {
    return this.unitOfWork.run(() => this.write(text));
  }

  /** Also without a token; shown without its version. */
  @Post('open')
  @HttpCode(202)
  @Allow('docs:read')
  @Creates({ as: ({ id, text }: Note) => ({ id, text }) })
  makeOpenly(@Body() { text }: NoteInput): Promise<Note> {
    return this.unitOfWork.run(() => this.write(text));
  }

  /** As no route should. */
  @Post('careless')
  @Allow('account:use')
  @Creates({ at: place })
  async makeCarelessly(@Body() { text }: NoteInput): Promise<Note> {
    return { ...(await this.unitOfWork.run(() => this.write(text))) };
  }

  private async write(text: string): Promise<Note> {
    const note = { id: newId(), text, version: 1 };
    await this.database.execute('INSERT INTO notes (id, text) VALUES ($1, $2)', [note.id, text]);
    await this.inside.work(note);
    return note;
  }
}

/** A token is the name of its customer. */
class NamedCustomers extends Authenticator {
  authenticate(token: string): Promise<Actor | null> {
    return Promise.resolve({ userId: token, role: 'customer', sessionId: 'one' });
  }
}

@Module({})
class Surroundings {}

@Module({})
class Program {}

export interface Sending {
  /** Nobody: ''. */
  as?: string;
  /** The whole header. */
  key?: string;
  to?: string;
  from?: string;
}

export interface Sent {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  body: ReturnType<typeof JSON.parse>;
}

/** A small API over a table of notes, with the house's HTTP frame: one process of one or more on the same database. */
export class NotesApp {
  private constructor(private readonly app: NestFastifyApplication) {}

  static async start(databaseUrl: string, env: Record<string, string> = {}): Promise<NotesApp> {
    const settings = readSettings({ NODE_ENV: 'test', DATABASE_URL: databaseUrl, ...env });
    const parts = [
      { provide: Settings, useValue: settings },
      { provide: Authenticator, useClass: NamedCustomers },
      { provide: ProblemCatalogue, useValue: new ProblemCatalogue(platformProblems) },
      Inside,
    ];
    const surroundings = { module: Surroundings, global: true, providers: parts, exports: parts };
    const database = DatabaseModule.forRoot({ schemas: [], migrations: [] });
    const app = await createHttpApp(
      { module: Program, imports: [surroundings, database, HttpModule], controllers: [NotesController] },
      settings,
      silent,
    );
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    await app
      .get(Database)
      .query('CREATE TABLE IF NOT EXISTS notes (id uuid PRIMARY KEY, text text, version int DEFAULT 1)');
    return new NotesApp(app);
  }

  get database(): Database {
    return this.app.get(Database);
  }

  get unitOfWork(): UnitOfWork {
    return this.app.get(UnitOfWork);
  }

  get inside(): Inside {
    return this.app.get(Inside);
  }

  async post(
    body: unknown,
    { as = 'ada', key, to = '/api/notes', from = '198.51.100.7' }: Sending = {},
  ): Promise<Sent> {
    const response = await this.app.inject({
      method: 'POST',
      url: to,
      remoteAddress: from,
      headers: {
        'content-type': 'application/json',
        ...(as ? { authorization: `Bearer ${as}` } : {}),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const { statusCode: status, headers, body: text } = response;
    return { status, headers, text, body: JSON.parse(text) as unknown };
  }

  async notes(): Promise<string[]> {
    const rows = await this.database.query<{ text: string }>('SELECT text FROM notes ORDER BY id');
    return rows.map(({ text }) => text);
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
