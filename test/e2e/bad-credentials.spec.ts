import type { Answer, Client } from './support/client.js';
import {
  BAD_ESCAPES,
  BAD_IDS,
  HOSTILE_TEXTS,
  misspelledCodes,
  NAMES_OF_OBJECTS,
  NOT_TEXTS,
} from './support/hostile-values.js';
import { type Installation, startEmbedded } from './support/installation.js';
import { CODE, folderMailbox, LINK, saidTo } from './support/mailbox.js';
import { PASSWORD, type Person, registerReader, signInAdmin } from './support/people.js';
import { Refusals } from './support/refusals.js';

jest.setTimeout(120_000);

const ADA = 'ada@readers.example';

/** Promise 6 of the house, where names, passwords, codes and tokens are taken from anybody. */
describe('Bad input to an account', () => {
  let holdfast: Installation;
  let anybody: Client;
  let admin: Client;
  let ada: Person;
  let code: string;

  beforeAll(async () => {
    holdfast = await startEmbedded();
    anybody = holdfast.client;
    admin = await signInAdmin(anybody);
    ada = await registerReader(anybody, 'ada');
    expect((await anybody.post('/api/auth/forgot-password', { email: ADA })).status).toBe(202);
    const mailbox = folderMailbox(holdfast.dataDir);
    await saidTo(mailbox, ADA, LINK);
    [code = ''] = await saidTo(mailbox, ADA, CODE);
  });
  afterAll(() => holdfast?.close());

  /** Accounts, profiles, what was told and mailed, and who changed what. */
  async function worldOf(): Promise<unknown> {
    const pages = await Promise.all(['users', 'customers', 'audit'].map((list) => admin.get(`/api/${list}?limit=100`)));
    const told = (await holdfast.events()).length;
    const mails = (await folderMailbox(holdfast.dataDir).mails()).length;
    return { pages: pages.map(({ status, body }) => [status, body]), told, mails };
  }

  async function refuses(least: number, work: (refusals: Refusals) => Promise<void>): Promise<void> {
    const refusals = new Refusals();
    const before = await worldOf();
    await work(refusals);
    await refusals.expectPages(anybody);
    expect(refusals.complaints).toEqual([]);
    expect(refusals.count).toBeGreaterThanOrEqual(least);
    expect(await worldOf()).toEqual(before);
    expect((await ada.client.get('/api/auth/me')).body).toMatchObject({ id: ada.id, email: ADA, emailVerified: false });
  }

  const none = 'u0Zq3nO2cQ7cXxkq0pYb1mYqkq7mQ9k3v0YdG5m8hJc';
  /** Each with what would do if it were true, and the properties in which any text that is not the right one is refused. */
  const routes: [string, Record<string, string>, string[]][] = [
    ['register', { username: 'newcomer', email: 'new@x.example', password: PASSWORD }, ['username', 'email']],
    ['login', { login: 'ada', password: 'not the password' }, ['login', 'password']],
    ['refresh', { refreshToken: none }, ['refreshToken']],
    ['resend-verification', { email: 'nobody@x.example' }, []],
    ['forgot-password', { email: 'nobody@x.example' }, []],
    ['verify-otp', { email: ADA, otp: '123456' }, ['email', 'otp']],
    ['reset-password', { resetToken: none, newPassword: 'a sentence of some length' }, ['resetToken', 'newPassword']],
    ['change-password', { currentPassword: 'not it', newPassword: PASSWORD }, ['currentPassword', 'newPassword']],
  ];
  /** Twenty at a time: several of these answer only after a while. */
  async function forEach<T>(things: T[], work: (thing: T) => Promise<void>): Promise<void> {
    for (let from = 0; from < things.length; from += 20) await Promise.all(things.slice(from, from + 20).map(work));
  }
  const sendAll = (
    refusals: Refusals,
    bodies: [string, unknown][],
    expected: (refusals: Refusals, said: string, answer: Answer) => void,
  ): Promise<void> =>
    forEach(bodies, async ([route, body]) => {
      expected(refusals, `${route} ${JSON.stringify(body)}`, await ada.client.post(`/api/auth/${route}`, body));
    });
  const bodiesWith = (values: unknown[], only?: (property: string, taken: string[]) => boolean): [string, unknown][] =>
    routes.flatMap(([route, good, taken]) =>
      Object.keys(good)
        .filter((property) => only?.(property, taken) ?? true)
        .flatMap((property) => values.map((value): [string, unknown] => [route, { ...good, [property]: value }])),
    );

  it('that is no text is refused with 400, and so is a property that is left out', () =>
    refuses(100, async (refusals) => {
      await sendAll(refusals, bodiesWith([...NOT_TEXTS, undefined]), (all, said, answer) =>
        all.expect(said, answer, 400),
      );
    }));

  it('that is a strange text is refused, or changes nothing, and is never a fault', () =>
    refuses(300, async (refusals) => {
      const refused = [
        ...bodiesWith(HOSTILE_TEXTS, (property, taken) => taken.includes(property)),
        ...bodiesWith(NAMES_OF_OBJECTS, (property, taken) => taken.includes(property) && property !== 'username'),
      ];
      await sendAll(refusals, refused, (all, said, answer) => all.expect(said, answer, 400, 401));
      const emails = ['resend-verification', 'forgot-password'].flatMap((route) =>
        [...HOSTILE_TEXTS, ...NAMES_OF_OBJECTS].map((email): [string, unknown] => [route, { email }]),
      );
      await sendAll(refusals, emails, (all, said, answer) => {
        all.expectNoFault(said, answer);
        if (![202, 400].includes(answer.status)) all.complaints.push(`${said} → ${answer.status}`);
      });
    }));

  it('that is the right code in other words is refused with 400, and uses up no try', async () => {
    await refuses(18, async (refusals) => {
      const codes = misspelledCodes(code).map((otp): [string, unknown] => ['verify-otp', { email: ADA, otp }]);
      await sendAll(refusals, codes, (all, said, answer) => {
        all.expect(said, answer, 400);
        if (answer.body.type !== '/problems/invalid-input') all.complaints.push(`${said} → ${answer.body.type}`);
      });
    });
    const right = await anybody.post('/api/auth/verify-otp', { email: ADA, otp: code });
    expect([right.status, right.body]).toEqual([200, expect.objectContaining({ resetToken: expect.any(String) })]);
  });

  it('in the link of a mail is refused with 400 or 404', () =>
    refuses(40, async (refusals) => {
      const texts = HOSTILE_TEXTS.filter((text) => text.length < 5000 && !['', ' '].includes(text)).map(
        encodeURIComponent,
      );
      for (const token of [...texts, ...BAD_IDS, ...BAD_ESCAPES, none]) {
        const answer = await anybody.get(`/api/auth/verify-email/${token}`);
        refusals.expect(`verify-email/${token}`, answer, 400, 404, 414);
      }
    }));

  it('in the form of OAuth is refused in the words of RFC 6749', () =>
    refuses(60, async (refusals) => {
      const password = { grant_type: 'password', username: 'ada', password: 'not the password' };
      const refresh = { grant_type: 'refresh_token', refresh_token: none };
      const good: [Record<string, string>, string[]][] = [
        [password, ['grant_type', 'username', 'password']],
        [refresh, ['grant_type', 'refresh_token']],
      ];
      const bodies = good.flatMap(([fields, names]) =>
        names.flatMap((name) =>
          HOSTILE_TEXTS.map((text) => new URLSearchParams({ ...fields, [name]: text }).toString()),
        ),
      );
      const raw = ['', '&', '=', 'grant_type', 'grant_type[]=password', 'grant_type[a]=password', '%', '%zz=1'];
      const twice = [
        'grant_type=password&grant_type=password',
        `${new URLSearchParams(password).toString()}&username=ada`,
      ];
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const proto = await anybody.raw('POST', '/api/auth/token', '__proto__=1', headers);
      refusals.expect('token __proto__=1', proto, 400);
      await forEach([...bodies, ...raw, ...twice, 'a=1&'.repeat(20_000)], async (body) => {
        const answer = await anybody.raw('POST', '/api/auth/token', body, headers);
        refusals.expect(`token ${body}`, answer, 400, 401, 413);
        if (answer.status < 413 && !/^[a-z_]+$/.test(answer.body.error ?? ''))
          refusals.complaints.push(`token ${body.slice(0, 100)} → ${JSON.stringify(answer.body).slice(0, 200)}`);
      });
    }));
});
