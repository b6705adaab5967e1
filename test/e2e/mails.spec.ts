import { connect } from 'amqplib';
import { Client } from 'pg';
import { describeWith, eventually } from '@holdfast/platform/testing';
import {
  type Installation,
  type ServedInstallation,
  startEmbedded,
  startWithServices,
} from './support/installation.js';
import {
  folderMailbox,
  type Mailbox,
  mailsTo,
  plainTextOf,
  SmtpMailbox,
  subjectOf,
  subjectsTo,
} from './support/mailbox.js';
import { employ, type Person, registerReader, signInAdmin } from './support/people.js';

jest.setTimeout(180_000);

/** Everything that is out is about to end. */
const ENV = { LENDING_ENDS_SOON_HOURS: '720' };
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** What readers and editors find in their mailboxes. Each step stands on the ones before. */
function mailsOf(start: () => Promise<{ holdfast: Installation; mailbox: Mailbox }>): void {
  let holdfast: Installation;
  let mailbox: Mailbox;
  let admin: Person['client'];
  let ada: Person;
  let bea: Person;
  let cory: Person;
  let emma: any;
  let adasCopy: any;
  let beasPlace: any;

  beforeAll(async () => {
    ({ holdfast, mailbox } = await start());
    admin = await signInAdmin(holdfast.client);
    ada = await registerReader(holdfast.client, 'ada');
    bea = await registerReader(holdfast.client, 'bea');
    cory = await registerReader(holdfast.client, 'cory');
  });
  afterAll(() => holdfast?.close());

  const subjects = (person: Person) => subjectsTo(mailbox, `${person.username}@`);
  /** What the latest mail to somebody with this subject says. */
  const latest = (person: Person, subject: string): Promise<string> =>
    eventually(async () => {
      const mails = await mailsTo(mailbox, `${person.username}@`);
      const found = mails.findLast((mail) => subjectOf(mail) === subject);
      if (!found) throw new Error(`${person.username} has only ${JSON.stringify(mails.map(subjectOf))}`);
      return plainTextOf(found);
    }, 20_000);
  const reserve = async (person: Person, bookId: string) => {
    const { status, body } = await person.client.post('/api/reservations', { bookId, reservedUntil: inDays(5) });
    expect(status).toBe(201);
    return body;
  };
  const book = async (title: string, units: number) =>
    (await admin.post('/api/books', { title, price: 10, units })).body;

  it('are a link for each new account', async () => {
    for (const person of [ada, bea, cory])
      expect(await latest(person, 'Confirm your e-mail address')).toContain('/api/auth/verify-email/');
  });

  it('confirm a copy, and tell who waits of the place in line', async () => {
    emma = await book('Emma: a novel 📚 <b>', 1);
    adasCopy = await reserve(ada, emma.id);
    beasPlace = await reserve(bea, emma.id);
    const confirmed = await latest(ada, '“Emma: a novel 📚 <b>” is reserved for you');
    expect(confirmed).toContain('“Emma: a novel 📚 <b>” is reserved for you.');
    expect(confirmed).toContain('Library: Main Library');
    expect(confirmed).toContain('Price: 0.50');
    const queued = await latest(bea, 'You are in line for “Emma: a novel 📚 <b>”');
    expect(queued).toContain('Your place in line: 1');
    expect(queued).toContain('A copy can be expected from:');
  });

  it('do not come to a reader who wants none', async () => {
    const changed = await cory.client.patch('/api/customers/me', { notifications: { email: false } });
    expect(changed.status).toBe(200);
    const place = await reserve(cory, emma.id);
    expect((await cory.client.delete(`/api/reservations/${place.id}`)).status).toBe(200);
  });

  it('tell who waited that it is their turn', async () => {
    expect((await ada.client.post(`/api/reservations/${adasCopy.id}/return`)).status).toBe(200);
    expect(await latest(bea, 'It is your turn: “Emma: a novel 📚 <b>”')).toContain('it is yours now');
  });

  it('tell that something was renewed, and cancelled', async () => {
    const renewal = await bea.client.post(`/api/reservations/${beasPlace.id}/renew`, { reservedUntil: inDays(6) });
    expect(renewal.status).toBe(200);
    await latest(bea, 'You can keep “Emma: a novel 📚 <b>” for longer');
    expect((await bea.client.delete(`/api/reservations/${beasPlace.id}`)).status).toBe(200);
    const cancelled = await latest(bea, 'Your reservation of “Emma: a novel 📚 <b>” is cancelled');
    expect(cancelled).toContain('If that was a mistake');
  });

  it('name a book that went, to whoever waited for it', async () => {
    const lost = await book('Lost in the post', 0);
    await reserve(ada, lost.id);
    await latest(ada, 'You are in line for “Lost in the post”');
    expect((await admin.delete(`/api/books/${lost.id}`)).status).toBe(204);
    const cancelled = await latest(ada, 'Your reservation of “Lost in the post” is cancelled');
    expect(cancelled).toContain('The library does not have this book any more');
  });

  it('tell an editor that an import is done', async () => {
    const editor = await employ(admin, 'editor');
    const form = new FormData();
    form.set('file', new Blob(['title\nEvelina\nCamilla\n']), 'burney.csv');
    expect((await editor.client.raw('POST', '/api/books/upload', form)).status).toBe(202);
    expect(await latest(editor, 'Your import is done: burney.csv')).toContain('Books added: 2');
  });

  it('came to nobody twice, and to the reader who wanted none never', async () => {
    expect(await subjects(cory)).toEqual(['Confirm your e-mail address']);
    const ids = (await mailbox.mails()).map((mail) => /^Message-ID:\s+(<[^>]+>)/im.exec(mail)?.[1]);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
  });
}

describe('Mails of an embedded house, in its folder,', () => {
  mailsOf(async () => {
    const holdfast = await startEmbedded(ENV);
    return { holdfast, mailbox: folderMailbox(holdfast.dataDir) };
  });
});

describeWith('rabbitmq', 'Mails of a house with services', () => {
  let holdfast: ServedInstallation;
  let mailbox: SmtpMailbox;

  describe('through an SMTP server', () => {
    mailsOf(async () => {
      mailbox = await SmtpMailbox.open();
      holdfast = await startWithServices({ ...ENV, SMTP_URL: mailbox.url });
      return { holdfast, mailbox };
    });
    afterAll(() => mailbox?.close());

    it('remind of an end, within a minute of its coming near', async () => {
      const admin = await signInAdmin(holdfast.client);
      const { body: copy } = await admin.post('/api/books', { title: 'Camilla', price: 10, units: 1 });
      const { client } = await registerReader(holdfast.client, 'fanny');
      await client.post('/api/reservations', { bookId: copy.id, reservedUntil: inDays(5) });
      await eventually(async () => {
        const reminders = (await subjectsTo(mailbox, 'fanny@')).filter((subject) =>
          subject.startsWith('Please return'),
        );
        expect(reminders).toEqual([expect.stringMatching(/^Please return “Camilla” by [A-Z]/)]);
      }, 90_000);
    });

    it('come once though RabbitMQ delivers each event fifty times more', async () => {
      const before = await mailbox.mails();
      const connection = await connect(holdfast.brokerUrl);
      const channel = await connection.createConfirmChannel();
      for (const { routingKey, ...event } of await holdfast.events()) {
        for (let copy = 0; copy < 50; copy++)
          channel.publish('holdfast.events', routingKey, Buffer.from(JSON.stringify(event)), {
            contentType: 'application/cloudevents+json',
            messageId: event.id,
            persistent: true,
          });
      }
      await channel.waitForConfirms();
      // They are through when the queue is empty, and what comes after them has come.
      const dora = await registerReader(holdfast.client, 'dora');
      await eventually(async () => {
        expect((await channel.checkQueue('holdfast.notifications')).messageCount).toBe(0);
        expect(await subjectsTo(mailbox, 'dora@readers.example')).toHaveLength(1);
      }, 60_000);
      await connection.close();
      expect(dora.id).toBeTruthy();
      expect(await mailbox.mails()).toHaveLength(before.length + 1);
    });
  });

  it('arrive once though the server took none at first, and the worker was killed meanwhile', async () => {
    const slow = await SmtpMailbox.open();
    let refusals = 0;
    slow.takes = () => {
      refusals++;
      return false;
    };
    const house = await startWithServices({ SMTP_URL: slow.url });
    try {
      const names = ['ada', 'bea', 'cory', 'dora', 'emil'];
      for (const name of names) await registerReader(house.client, name);
      await eventually(() => expect(refusals).toBeGreaterThan(0), 20_000);
      await house.programs[1]!.stop('SIGKILL');
      slow.takes = () => true;
      await house.anotherWorker();
      await letLeasesEnd(house.databaseUrl);
      await eventually(async () => expect((await slow.mails()).length).toBeGreaterThanOrEqual(names.length), 60_000);
      for (const name of names)
        expect([name, await subjectsTo(slow, `${name}@readers.example`)]).toEqual([
          name,
          ['Confirm your e-mail address'],
        ]);
    } finally {
      await house.close();
      await slow.close();
    }
  });
});

/** Those of a worker that was killed: a minute and a half, which a test has not. */
async function letLeasesEnd(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('UPDATE notifications.mails SET due_at = clock_timestamp() WHERE ended_at IS NULL');
  await client.end();
}
