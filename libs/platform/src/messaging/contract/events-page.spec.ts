import { z } from 'zod';
import { anyEvent } from '../../testing/index.js';
import { EventRegistry, PRIVATE_EXCHANGE } from '../events.js';
import { fieldsOf, jsonSchemaOf } from './data-schema.js';
import { eventsPage } from './events-page.js';

describe('The page of the events', () => {
  it('lets nothing that it shows become part of it', () => {
    const hostile = `<script>alert("1")</script>'&`;
    const page = eventsPage(
      new EventRegistry({
        [hostile]: anyEvent(hostile, {
          source: hostile,
          subject: `${hostile}/{id}`,
          description: `${hostile} \`${hostile}\``,
          data: z.looseObject({ [hostile]: z.enum([hostile]).describe(hostile) }),
          example: { id: hostile },
        }),
      }),
    );
    expect(page).not.toContain('<script');
    expect(page.match(/<code>&lt;script&gt;/g)?.length).toBeGreaterThan(2);
    expect(page.match(/"1"/g)).toBeNull();
  });

  it('has an anchor for each event, and says which are private', () => {
    const page = eventsPage(
      new EventRegistry({
        book_created: anyEvent('BookCreated'),
        otp_generated: anyEvent('OtpGenerated', { exchange: PRIVATE_EXCHANGE }),
      }),
    );
    const [open, secret] = [...page.matchAll(/<section id="(\w+)">[^]*?<\/section>/g)];
    expect([open?.[1], secret?.[1]]).toEqual(['book_created', 'otp_generated']);
    expect([open?.[0], secret?.[0]].map((section) => section?.includes('not for others'))).toEqual([false, true]);
    expect(page.match(/<a href="#\w+">\w+<\/a> <em>private<\/em>/g)).toHaveLength(1);
  });
});

describe('The fields of an event', () => {
  const fields = (data: z.ZodType<object>) =>
    fieldsOf(jsonSchemaOf(anyEvent('Any', { data }))).map(({ name, type }) => [name, type]);

  it('are told with their types, those within others too', () => {
    const named = z.looseObject({ id: z.uuid(), name: z.string() });
    const data = z.looseObject({
      at: z.iso.datetime().nullable(),
      copies: z.int().min(0),
      status: z.enum(['open', 'closed']),
      note: z.string().optional(),
      language: z.string().nullable(),
      names: z.array(z.string()),
      authors: z.array(named),
      genre: named.nullable(),
    });
    expect(fields(data)).toEqual([
      ['at', 'date-time or null'],
      ['copies', 'integer ≥ 0'],
      ['status', '"open", "closed"'],
      ['note', 'string, optional'],
      ['language', 'string or null'],
      ['names', 'array of string'],
      ['authors', 'array of object'],
      ['authors[].id', 'uuid'],
      ['authors[].name', 'string'],
      ['genre', 'object or null'],
      ['genre.id', 'uuid'],
      ['genre.name', 'string'],
    ]);
  });
});
