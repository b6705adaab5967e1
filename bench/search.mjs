// What a page of books costs with many books, whatever is searched for: p50 and p99 with 4 clients over HTTP, and a deep page
// against the first, as tables in Markdown, in a few minutes. `node bench/search.mjs [database url] [requests]`, after
// `npm run build` and `bench/seed-books.mjs`. The database is the one that seed-books filled. Exits with 1 when a limit of
// LIMITS is missed.
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

const URL_OF_DATABASE = process.argv[2] ?? 'postgres://postgres@127.0.0.1:5432/holdfast_bench';
const REQUESTS = Number(process.argv[3] ?? 100);
const CLIENTS = 4;
const DEPTH = 500_000;
const LIMITS = { searchP99: 150, deepRatio: 1.5 };

/** Several terms of each kind, turn and turn about, so that not one page of the database serves them all. */
const SEARCHES = {
  'three letters, common': ['the', 'war', 'art', 'ing', 'ber', 'kin'],
  'three letters, rare': ['qxe', 'xqu', 'wwi', 'uuo'],
  'a common word': ['history', 'king', 'love', 'stephen'],
  'some 10,000 hits': ['lighthouse', 'constantinople', 'victorian', 'medieval'],
  'two common words': ['history war', 'the king', 'new world', 'stephen king'],
  'a common and a rare word': ['the thermodynamics', 'love beekeeping', 'king cartography'],
  'six words': ['the history of the world king', 'a new guide to the sea'],
  'a part of a word': ['thermodyn', 'onstantin', 'rchaeo'],
  'no hit': ['zzzzqqqq', 'xylqwv kjhgfd', 'qqqqqqqqqqqqqqqqqqqqqq'],
  mistyped: ['shakespaere', 'dostoyevski', 'histroy constantinopel', 'archeology', 'thermodinamics medeival'],
  'one letter': ['a', 'q', 'x', 'é'],
  'two letters': ['th', 'qx', 'zo', 'oz', 'st'],
  'Cyrillic, Greek, Arabic': ['века', 'ский', 'θεος', 'با', 'по'],
  'Han, one and two characters': ['红', '红楼', '史记', '梦', '战争'],
  'Han, three and more': ['红楼梦', '三国演义', '人间词话'],
  signs: ['%', '😀', 'vol.', '(2nd', '((((', ',', "'", 'c++'],
  'an ISBN, and a part of one': ['9780847333004', '978084733', '0-8473-3300-4', '97802'],
  'by price': ['the', 'war', 'constantinople', 'stephen king', 'qxe'].map((term) => `${term}&sort=price`),
  'by date, newest first': ['the', 'war', 'constantinople', 'qxe'].map((term) => `${term}&sort=-publicationDate`),
  'by creation, newest first': ['the', 'war', 'constantinople', 'qxe'].map((term) => `${term}&sort=-createdAt`),
};
/** With these the books of two indexes must be brought together: no limit, for it is the filter that costs. */
const NARROWED = {
  'with a genre': ['the&genre=Rare maps', 'war&genre=Poetry', 'constantinople&genre=Novel'],
  'with an author': [
    'the&author=Stephen King',
    'history&author=Charlotte Brontë',
    'war&author=nobody',
    'the&author=Various Authors',
  ],
  'with a language': ['the&language=cy', 'war&language=en', 'love&language=grc'],
  'with copies free': ['war&available=true', 'history&available=false', 'constantinople&available=true'],
  'at a library': ['war&library=Old Town Library', 'the&library=Library on Wheels&available=true'],
  'with price and date': ['war&minPrice=900', 'the&publishedTo=-0100', 'history&publishedFrom=2020&maxPrice=5'],
  'at offset 5,000': ['the', 'war', 'stephen king'].map((term) => `${term}&offset=5000`),
};
const SORTS = ['title', '-title', 'price', '-price', 'publicationDate', '-publicationDate', 'createdAt', '-createdAt'];
const FILTERS = {
  genre: ['genre=History', 'genre=Rare maps'],
  author: ['author=Stephen King', 'author=Various Authors', 'author=nobody'],
  language: ['language=en', 'language=cy', 'language=zu'],
  price: ['minPrice=900', 'minPrice=5&maxPrice=6'],
  date: ['publishedTo=-0700', 'publishedFrom=1500&publishedTo=1550'],
  'copies free, or none': ['available=true', 'available=false'],
  library: ['library=Old Town Library', 'library=Nowhere', 'library=Main Library&available=true'],
};

const dist = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);
const { createHttpApp, createPino, HoldfastLogger, readSettings } = await dist('libs/platform/src/index.js');
const { ApiModule } = await dist('apps/api/src/api.module.js');
const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const settings = readSettings({ DATABASE_URL: URL_OF_DATABASE, HOLDFAST_DATA_DIR: dataDir });
const app = await createHttpApp(ApiModule.forRoot(settings), settings, new HoldfastLogger(createPino('silent', 'api')));
const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
try {
  await app.listen(0, '127.0.0.1');
  process.exitCode = (await compare(await app.getUrl())) ? 0 : 1;
} finally {
  agent.destroy();
  await app.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function compare(base) {
  const get = (query) => page(`${base}/api/books?${query}`);
  process.stdout.write(`${CLIENTS} clients, ${REQUESTS} requests of each kind; milliseconds\n\n`);
  printHead('list');
  for (const sort of SORTS) await measured(`first page by ${sort}`, [`sort=${sort}`], get);
  for (const [filter, queries] of Object.entries(FILTERS)) await measured(`filter: ${filter}`, queries, get);
  const ratio = await depth(get);
  printHead('search');
  const worst = { p99: 0 };
  for (const [kind, terms] of Object.entries({ ...SEARCHES, ...NARROWED })) {
    const queries = terms.map((term) => {
      const [search, ...others] = term.split('&');
      return [`search=${encodeURIComponent(search)}`, ...others].join('&');
    });
    const p99 = await measured(kind, queries, get);
    if (kind in SEARCHES && p99 > worst.p99) Object.assign(worst, { p99, kind });
  }
  process.stdout.write(`\nworst p99 of a search: ${worst.p99.toFixed(0)} (${worst.kind}), limit ${LIMITS.searchP99}\n`);
  process.stdout.write(`deep page by cursor / first page: ${ratio.toFixed(2)}, limit ${LIMITS.deepRatio}\n`);
  return worst.p99 <= LIMITS.searchP99 && ratio <= LIMITS.deepRatio;
}

async function measured(title, queries, get) {
  const times = [];
  const totals = [];
  for (const query of queries) totals.push((await get(query)).total);
  let next = 0;
  const client = async () => {
    while (next < REQUESTS) {
      const query = queries[next++ % queries.length];
      const begun = performance.now();
      await get(query);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  times.sort((a, b) => a - b);
  const p99 = times[Math.min(times.length - 1, Math.floor(times.length * 0.99))];
  print([title, totals.join(' '), times[times.length >> 1].toFixed(1), p99.toFixed(1)]);
  return p99;
}

/** The first page and the one at DEPTH, turn and turn about: the median of the ratios of rounds. */
async function depth(get) {
  const { nextCursor } = await get(`sort=title&offset=${DEPTH - 20}`);
  await measured(`page at ${DEPTH} by offset`, [`sort=title&offset=${DEPTH}`], get);
  const sides = { first: 'sort=title', deep: `sort=title&cursor=${nextCursor}` };
  const rounds = [];
  for (let round = -1; round < 9; round++) {
    const times = {};
    for (const side of round % 2 ? ['first', 'deep'] : ['deep', 'first']) {
      const begun = performance.now();
      for (let request = 0; request < 40; request++) await get(sides[side]);
      times[side] = (performance.now() - begun) / 40;
    }
    if (round >= 0) rounds.push(times);
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  print(['first page, one client', '', median(rounds.map(({ first }) => first)).toFixed(1), '']);
  print([`page at ${DEPTH} by cursor, one client`, '', median(rounds.map(({ deep }) => deep)).toFixed(1), '']);
  return median(rounds.map(({ first, deep }) => deep / first));
}

function page(url) {
  return new Promise((resolve, reject) => {
    http
      .get(encodeURI(url).replaceAll('%25', '%'), { agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part) => (body += part));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(body));
          else reject(new Error(`${url} answered ${response.statusCode}: ${body}`));
        });
      })
      .on('error', reject);
  });
}

function printHead(title) {
  process.stdout.write('\n');
  print([title, 'hits', 'p50', 'p99']);
  print(['---', '---', '--:', '--:']);
}

function print([title, hits, p50, p99]) {
  const cells = [title.padEnd(38), hits.padEnd(36), p50.padStart(7), p99.padStart(7)];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
