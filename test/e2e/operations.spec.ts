import { createHash, randomUUID } from 'node:crypto';
import { describeWith, eventually } from '@holdfast/platform/testing';
import { Session } from '../lending/support/session.js';
import { Page } from './support/browser.js';
import { ADMIN_PASSWORD, type Installation, startEmbedded, startWithServices } from './support/installation.js';
import { employ, PASSWORD, signInAdmin } from './support/people.js';

jest.setTimeout(120_000);

function onAnyInstallation(start: () => Promise<Installation>, more: (house: () => Installation, open: Open) => void) {
  let holdfast: Installation;
  const pages: Page[] = [];
  const open: Open = async () => {
    const { status, headers, body } = await holdfast.client.get('/api/operations');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch('text/html');
    const page = new Page(body, holdfast.client.base, '/api/operations', 50);
    pages.push(page);
    return page;
  };
  beforeAll(async () => {
    holdfast = await start();
  });
  afterEach(() => pages.splice(0).forEach((page) => page.close()));

  it('shows an admin the jobs, the outbox and the dead letters, and goes on to', async () => {
    const page = await open();
    expect([page.byId('sign-in').hidden, page.byId('signed-in').hidden]).toEqual([false, true]);
    await signIn(page, 'admin', ADMIN_PASSWORD);
    await eventually(() => {
      const jobs = page.rows('jobs');
      expect(jobs.map(([name]) => name)).toEqual(expect.arrayContaining(['identity-clean-up', 'lending-reminders']));
      expect(jobs.some(([, , , every, next]) => every === '3600 s' && next !== '–')).toBe(true);
      expect(page.text('backlog')).toBe('No event waits to be published.');
      expect(page.text('letters-count')).toBe('None.');
    });
    expect(page.byId('password').value).toBe('');
    const asked = page.requests.length;
    await eventually(() => expect(page.requests.length).toBeGreaterThan(asked + 8));
    expect([page.text('problem'), page.text('jobs-problem'), page.text('outbox-problem')]).toEqual(['', '', '']);
  });
  more(() => holdfast, open);
  // After what the others opened in it.
  afterAll(() => holdfast?.close());
}

type Open = () => Promise<Page>;

async function signIn(page: Page, login: string, password: string): Promise<void> {
  page.byId('login').value = login;
  page.byId('password').value = password;
  page.byId('sign-in').do('submit');
  await eventually(() => expect(page.requests).toContain('POST /api/auth/login'));
}

describe('The page of operations, embedded', () => {
  onAnyInstallation(startEmbedded, (house, open) => {
    it('has no data, nothing from elsewhere, and a policy that lets only its own script and styles run', async () => {
      const { headers, body } = await house().client.get('/api/operations');
      const only = (tag: string): string => {
        const found = [...(body as string).matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))];
        expect(found).toHaveLength(1);
        return `'sha256-${createHash('sha256').update(found[0]![1]!).digest('base64')}'`;
      };
      expect(headers.get('content-security-policy')!.split('; ')).toEqual([
        "default-src 'none'",
        `script-src ${only('script')}`,
        `style-src ${only('style')}`,
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ]);
      expect(body).not.toMatch(/ on\w+=| style=| src=|href=|https?:|innerHTML|Storage|cookie/);
      expect((await house().client.get('/api/jobs')).headers.get('content-security-policy')).not.toContain(
        'script-src',
      );
    });

    it('tells why somebody cannot sign in, and shows nothing to who is no admin', async () => {
      await employ(await signInAdmin(house().client), 'librarian', 'lib');
      const page = await open();
      await signIn(page, 'lib', 'not the password');
      await eventually(() => expect(page.text('problem')).not.toBe(''));
      expect(page.requests).toEqual(['POST /api/auth/login']);
      await signIn(page, 'lib', PASSWORD);
      await eventually(() => expect(page.text('problem')).toBe('This page is for admins.'));
      expect([page.byId('signed-in').hidden, page.rows('jobs')]).toEqual([true, []]);
    });

    it('keeps nothing after the sign-out, and sends who was signed out elsewhere back to the form', async () => {
      const page = await open();
      await signIn(page, 'admin', ADMIN_PASSWORD);
      await eventually(() => expect(page.rows('jobs').length).toBeGreaterThan(0));
      page.byId('sign-out').do('click');
      expect([page.byId('signed-in').hidden, page.rows('jobs'), page.text('backlog')]).toEqual([true, [], '']);
      const admin = await signInAdmin(house().client);
      const sessions = async (): Promise<string[]> =>
        (await admin.get('/api/auth/sessions')).body.items.map(({ id }: { id: string }) => id);
      const before = await sessions();
      await signIn(page, 'admin', ADMIN_PASSWORD);
      await eventually(() => expect(page.rows('jobs').length).toBeGreaterThan(0));
      const [its, ...others] = (await sessions()).filter((id) => !before.includes(id));
      expect(others).toEqual([]);
      expect((await admin.delete(`/api/auth/sessions/${its}`)).status).toBe(204);
      await eventually(() => expect(page.text('problem')).toBe('You are signed out: sign in again.'));
      expect(page.requests).toContain('POST /api/auth/refresh');
      expect([page.byId('signed-in').hidden, page.rows('jobs')]).toEqual([true, []]);
    });
  });
});

describeWith('redis', 'The page of operations, with services', () => {
  describeWith('rabbitmq', 'around it', () => {
    onAnyInstallation(startWithServices, (house, open) => {
      let session: Session;
      beforeAll(async () => {
        session = await Session.open(house().databaseUrl);
      });
      afterAll(() => session?.close());
      const addLetters = (type: string, count: number): Promise<unknown> =>
        session.query(
          `INSERT INTO platform.dead_letters (id, consumer, key, body, data_kept, reason, attempts, first_failed_at, last_failed_at)
           SELECT gen_random_uuid(), 'gone', gen_random_uuid()::text, convert_to($1, 'UTF8'), true, 'Error: <b>no</b>', 8, now(), now()
             FROM generate_series(1, $2)`,
          [JSON.stringify({ type, subject: 'books/1', data: { title: 'Emma' } }), count],
        );
      const button = (page: Page, word: string) =>
        page
          .byId('letters')
          .all('button')
          .find((one) => one.textContent === word)!;

      it('shows what cannot be published, with the reason', async () => {
        const id = randomUUID();
        await session.query(
          `INSERT INTO platform.outbox (id, type, subject, data) VALUES ($1, 'of_a_later_version', 'books/7', '{}')`,
          [id],
        );
        const page = await open();
        await signIn(page, 'admin', ADMIN_PASSWORD);
        await eventually(() => {
          const [[type, subject, , tries, , reason] = []] = page.rows('outbox');
          expect([type, subject]).toEqual(['of_a_later_version', 'books/7']);
          expect(Number(tries)).toBeGreaterThan(0);
          expect(reason).toContain('of_a_later_version');
          expect(page.text('backlog')).toMatch(/^1 waiting; the oldest for \d+ s\.$/);
        }, 20_000);
        await session.query('DELETE FROM platform.outbox WHERE id = $1', [id]);
        await eventually(() => expect(page.rows('outbox')).toEqual([]));
      });

      it('shows dead letters as text, has them handled again, and discards them once that is confirmed', async () => {
        await addLetters('<script>', 1);
        await addLetters('book_created', 1);
        const page = await open();
        await signIn(page, 'admin', ADMIN_PASSWORD);
        await eventually(() => expect(page.text('letters-count')).toBe('2 in all.'));
        expect(page.rows('letters').map(([consumer, , reason]) => [consumer, reason])).toEqual([
          ['gone', 'Error: <b>no</b>'],
          ['gone', 'Error: <b>no</b>'],
        ]);
        expect(
          page
            .byId('letters')
            .all('pre')
            .map((one) => one.textContent)
            .join(),
        ).toContain('"title": "Emma"');
        expect(page.byId('letters').all('script')).toEqual([]);

        page.consent = false;
        button(page, 'Discard').do('click');
        await eventually(() => expect(page.questions).toHaveLength(1));
        page.consent = true;
        button(page, 'Replay').do('click');
        await eventually(() => expect(page.text('done')).toMatch(/^The replay of .+ was asked for\.$/));
        // Its consumer is no more: it comes back with that reason.
        await eventually(
          () => expect(page.text('letters')).toContain('could not be given to its consumer again'),
          20_000,
        );
        expect((await session.query('SELECT FROM platform.dead_letters')).length).toBe(2);

        for (const left of [1, 0]) {
          await eventually(() => button(page, 'Discard').do('click'));
          await eventually(() => expect(page.rows('letters')).toHaveLength(left));
          expect(page.text('done')).toMatch(/ was discarded\.$/);
        }
        await eventually(() => expect(page.focused).toBe(page.byId('letters-title')));
        expect((await session.query('SELECT FROM platform.dead_letters')).length).toBe(0);
      });

      it('shows the oldest of many dead letters, and those of one consumer', async () => {
        await addLetters('book_created', 60);
        const page = await open();
        await signIn(page, 'admin', ADMIN_PASSWORD);
        await eventually(() => expect(page.text('letters-count')).toBe('The oldest 50 of 60.'));
        page.byId('consumer').value = 'another & one';
        page.byId('filter').do('submit');
        await eventually(() => expect(page.text('letters-count')).toBe('None.'));
        await session.query('TRUNCATE platform.dead_letters');
      });
    });
  });
});
