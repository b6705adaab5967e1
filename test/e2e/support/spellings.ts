const codeOf = (letter: string): number => letter.codePointAt(0) ?? 0;
const hex = (letter: string): string => `%${codeOf(letter).toString(16).padStart(2, '0')}`;
const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()));

/**
 * Other ways to write a path, each of which some router, proxy or file system takes for the same. None may open what the
 * plain path does not: guards that compared paths before decoding them cost Nest on Fastify three CVEs.
 */
export function spellingsOf(path: string): string[] {
  const [first = '', ...rest] = path.slice(1).split('/');
  const last = rest.at(-1) ?? first;
  const front = path.slice(0, path.length - last.length);
  /** The path with one of its slashes written in another way. */
  const withSlash = (slash: string): string[] => rest.map((_, place) => joinAt(path, place, slash));
  const behind = [
    '/',
    '//',
    '///',
    '/.',
    '/./',
    '.',
    '..',
    '/..;/',
    ';',
    ';x',
    ';/x',
    ';jsessionid=1',
    '.json',
    '.css',
  ];
  const encodedBehind = ['%2f', '%2F', '%2e', '%20', '%09', '%0a', '%0d%0a', '%00', '%00.css', '%3b', '%3f', '%23'];
  const query = ['?', '??', '?/api/books', '?x=%00', '#', '#x', '%3fx', '&x', '+', '*', '~', '%ff', '%c0%ae', '%'];
  const inFront = [
    '/',
    '//',
    '/.',
    '/./.',
    '/%2e',
    '/%2f',
    '/x/..',
    '/x/%2e%2e',
    '/health/..',
    '/health/..%2f..',
    '/..',
  ];
  const throughOpen = ['/api/books/../..', '/api/books/%2e%2e/%2e%2e', '/api/docs/..%2f..', '/problems/..;'];
  const letters = [
    front + hex(last[0] ?? '') + last.slice(1),
    front + [...last].map(hex).join(''),
    `/${hex(first[0] ?? '')}${path.slice(2)}`,
    `/${[...path.slice(1)].map((letter) => (letter === '/' ? letter : hex(letter))).join('')}`,
    front + hex(last[0] ?? '').replace('%', '%25') + last.slice(1),
    `${front}%u00${hex(last[0] ?? '').slice(1)}${last.slice(1)}`,
    `${front}%c1%${(0x80 | (codeOf(last) & 0x3f)).toString(16)}${last.slice(1)}`,
    `${front}%ef%bd%${(0x80 | (codeOf(last) & 0x1f)).toString(16)}${last.slice(1)}`,
    swapCase(path),
    `/${swapCase(first)}${path.slice(first.length + 1)}`,
    front + swapCase(last),
    front + swapCase(last[0] ?? '') + last.slice(1),
  ];
  const whole = [
    `http://elsewhere${path}`,
    `HTTPS://elsewhere${path}`,
    `//elsewhere${path}`,
    `/${path.slice(1).replaceAll('/', '\\')}`,
  ];
  return [
    ...new Set([
      ...[...behind, ...encodedBehind, ...query].map((end) => path + end),
      ...[...inFront, ...throughOpen].map((start) => start + path),
      ...['//', '/./', '%2f', '%2F', '%5c', '\\', '/x/../', '/;/', '/%20/', '/%00/', '%252f'].flatMap(withSlash),
      ...letters,
      ...whole,
    ]),
  ].filter((spelling) => spelling !== path);
}

/** Replaces the slash behind part `place` of the path. */
function joinAt(path: string, place: number, slash: string): string {
  const parts = path.slice(1).split('/');
  return `/${parts.slice(0, place + 1).join('/')}${slash}${parts.slice(place + 1).join('/')}`;
}

/** Other ways to write a UUID in a path: some reach what it names (RFC 9562 takes either case), none is another's key to it. */
export const idSpellings = (id: string): string[] => [
  id,
  id.toUpperCase(),
  hex(id[0] ?? '') + id.slice(1),
  [...id].map(hex).join(''),
  id.replaceAll('-', '%2d'),
  id.replaceAll('-', ''),
  `{${id}}`,
  `%7b${id}%7d`,
  `urn:uuid:${id}`,
  `urn%3auuid%3a${id}`,
  `%20${id}`,
  `${id}%20`,
  `${id}%0a`,
  `${id}%00`,
  `${id},${id}`,
  `${id};x`,
  `0${id}`,
  `"${id}"`,
  `%22${id}%22`,
  `%ef%bb%bf${id}`,
];
