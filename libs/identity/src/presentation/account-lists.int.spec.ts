import { IdentityApp } from '../../testing/identity-app.js';

interface Item {
  id: string;
  username: string;
}
interface List {
  items: Item[];
  total: number;
  totalIsEstimate?: boolean;
  nextCursor: string | null;
}

const LONGEST = `${'a'.repeat(63)}@${`${'b'.repeat(60)}.`.repeat(3)}example`;

describe('Lists of accounts', () => {
  let app: IdentityApp;
  let admin: string;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    app = await IdentityApp.start();
    admin = await app.admin();
    const people: Record<string, string> = {
      'emily.b': 'Emily Brontë',
      charlotte: 'Charlotte Brontë',
      'Per_Cent-1': '100% Müller_Straße \\ Söhne',
      jo: 'Zoë  Ñandú 📚',
      'jo.2': 'Ada Lovelace',
    };
    for (const [name, fullName] of Object.entries(people)) {
      const account = { ...app.newAccount(), username: name.padEnd(3, '-'), fullName };
      ids[name] = (await app.post<Item>('/customers', account, admin)).body.id;
    }
    for (const role of ['librarian', 'editor', 'editor'] as const) await app.user(role);
    await app.patch(`/users/${ids['jo.2']}`, { email: LONGEST }, admin);
  });
  afterAll(() => app.close());

  const found = async (list: 'users' | 'customers', search: string) => {
    const { status, body } = await app.get<List>(`/${list}?search=${encodeURIComponent(search)}`, admin);
    expect(status).toBe(200);
    expect(body.total).toBe(body.items.length);
    return body.items.map(({ id }) => Object.entries(ids).find(([, known]) => known === id)?.[0] ?? id);
  };

  it.each<[string, string[]]>([
    ['bronte', ['emily.b', 'charlotte']],
    ['BRONTË', ['emily.b', 'charlotte']],
    ['  Emily   BRON ', ['emily.b']],
    ['EMILY.B', ['emily.b']],
    ['nandu', ['jo']],
    ['strasse', ['Per_Cent-1']],
    ['100%', ['Per_Cent-1']],
    ['0%_', []],
    ['per_cent', ['Per_Cent-1']],
    ['per%cent', []],
    ['\\ s', ['Per_Cent-1']],
    ['\\', ['Per_Cent-1']],
    ['%', []],
    ['_', []],
    ['📚', ['jo']],
    ['zoe nandu 📚', ['jo']],
    ['lo', ['jo.2']],
    ['ovelace', ['jo.2']],
    ['ov', []],
    [LONGEST, ['jo.2']],
    ["' OR 1=1 --", []],
    ['ada|emily', []],
  ])('of customers find %j', async (search, expected) => {
    expect(await found('customers', search)).toEqual(expected);
  });

  it('of users look at names for signing in only', async () => {
    expect(await found('users', 'bronte')).toEqual([]);
    expect(await found('users', 'emily.b')).toEqual(['emily.b']);
    expect(await found('users', `${LONGEST.slice(0, 20).toUpperCase()}`)).toEqual(['jo.2']);
    expect(await found('users', 'ad')).toHaveLength(1);
  });

  it('find customers by what they are called now, also those who became customers later', async () => {
    const { id, username } = await app.user('author');
    ids.changing = id;
    expect(await found('customers', username)).toEqual([]);
    await app.patch(`/users/${id}`, { role: 'customer' }, admin);
    expect(await found('customers', username)).toEqual(['changing']);
    await app.patch(`/users/${id}`, { username: 'quite-another' }, admin);
    await app.patch(`/customers/${id}`, { fullName: 'Virginia Woolf' }, admin);
    expect(await found('customers', username)).toEqual(['changing']); // the address is still the old one
    await app.patch(`/users/${id}`, { email: 'virginia@example.org' }, admin);
    expect(await found('customers', username)).toEqual([]);
    expect(await found('customers', 'woolf')).toEqual(['changing']);
    await app.patch(`/customers/${id}`, { fullName: null }, admin);
    expect(await found('customers', 'woolf')).toEqual([]);
    expect(await found('customers', 'quite-another')).toEqual(['changing']);
  });

  it.each(['search=%00', 'search=a%00b', `search=${'x'.repeat(255)}`, 'search=a&search=b', 'search[x]=1'])(
    'are refused with %s',
    async (query) => {
      const statuses = await Promise.all(
        ['users', 'customers'].map(async (list) => (await app.get(`/${list}?${query}`, admin)).status),
      );
      expect(statuses).toEqual(query.startsWith('search[') ? [200, 200] : [400, 400]);
    },
  );

  it.each(['role=owner', 'role=', 'role=admin&role=admin', 'isActive=yes', 'isActive=1', 'isActive='])(
    'of users are refused with %s',
    async (query) => expect((await app.get(`/users?${query}`, admin)).status).toBe(400),
  );

  it('of users are narrowed by role and state', async () => {
    const list = async (query: string) => (await app.get<List>(`/users?${query}`, admin)).body;
    expect((await list('role=librarian')).total).toBe(1);
    expect((await list('role=editor')).total).toBe(2);
    expect((await list('role=admin')).items.map(({ username }) => username)).toEqual(['admin']);
    expect((await list('isActive=false')).items).toEqual([]);
    await app.patch(`/users/${ids.charlotte}`, { isActive: false }, admin);
    expect((await list('isActive=false')).items.map(({ id }) => id)).toEqual([ids.charlotte]);
    expect((await list('isActive=false&role=editor')).items).toEqual([]);
    expect((await list('isActive=true&search=charlotte')).items).toEqual([]);
    const { total } = await list('');
    expect((await list('isActive=true')).total).toBe(total - 1);
  });

  it('tell the way to the other pages, with all that was asked for', async () => {
    for (const [list, query] of [
      ['users', 'role=editor&limit=1'],
      ['customers', 'search=bronte&limit=1'],
    ] as const) {
      const first = await app.get<List>(`/${list}?${query}`, admin);
      const next = /<\/api([^>]+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? '';
      expect(first.headers.link).toContain(`</api/${list}?${query}>; rel="first"`);
      const second = await app.get<List>(next, admin);
      expect(second.body).toMatchObject({ total: 2, nextCursor: null });
      expect(second.body.items[0]!.id > first.body.items[0]!.id).toBe(true);
      expect(second.headers.link).not.toContain('rel="next"');
    }
  });

  it('count to ten thousand and then say that they estimate', async () => {
    await app.database.query(
      `INSERT INTO identity.users (id, username, email, password_hash, role, is_active, email_verified, version, created_at, updated_at)
       SELECT gen_random_uuid(), 'many-' || n, n || '@many.example', '$argon2id$none', 'author', true, true, 1, now(), now()
         FROM generate_series(1, 10001) AS n`,
    );
    const { body } = await app.get<List>('/users?search=many.example&limit=1', admin);
    expect(body).toMatchObject({ total: 10_000, totalIsEstimate: true });
    const { body: fewer } = await app.get<List>('/users?search=many-100&limit=1', admin);
    expect(fewer.total).toBe(13); // 100, 1000 to 1009, 10000 and 10001
    expect(fewer).not.toHaveProperty('totalIsEstimate');
  });
});
