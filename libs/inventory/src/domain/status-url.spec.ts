import { reasonAgainstStatusUrl } from './status-url.js';

const PRIVATE = expect.stringContaining('private network');

describe('the status URL of an external library', () => {
  it.each([
    'https://library.example/status/{isbn}',
    'http://library.example:8080/status?book={bookId}&isbn={isbn}',
    'HTTPS://LIBRARY.EXAMPLE/STATUS',
    'https://bücherei.example/{isbn}',
    'https://library.example./',
    'http://8.8.8.8/{isbn}',
    'http://100.128.0.1/',
    'http://172.32.0.1/',
    'http://[2606:4700::1111]/{isbn}',
    'http://[2001:db8::1]/',
  ])('may be %s', (url) => {
    expect(reasonAgainstStatusUrl(url, false)).toBeNull();
  });

  it.each([
    ...['', 'library.example', '//library.example/', '/status', 'ftp://library.example/', 'file:///etc/passwd'],
    ...['javascript:alert(1)', 'https://', 'https://?isbn={isbn}', 'https:library.example', 'https://a b.example/'],
    ...[
      'https://library.example/a b',
      ' https://library.example/',
      'https://library.example/\n',
      'https://a\u0000b.example/',
    ],
    ...['https:\\\\library.example\\', 'https://library.example:99999/', 'https://[::1/', 'https://999.1.1.1/'],
  ])('is no URL of the web: %j', (url) => {
    expect(reasonAgainstStatusUrl(url, true)).toBe('must be an http or https URL');
  });

  it.each(['https://me@library.example/', 'https://me:secret@library.example/', 'https://:secret@library.example/'])(
    'carries no credentials: %s',
    (url) => {
      expect(reasonAgainstStatusUrl(url, true)).toBe('must have no user or password');
    },
  );

  it.each(['https://library.example/{title}', 'https://library.example/{ISBN}', 'https://library.example/{isbn', '{}'])(
    'has no placeholders that nobody fills in: %s',
    (url) => {
      expect(reasonAgainstStatusUrl(url, true)).toMatch(/placeholders|URL/);
    },
  );

  it.each(['https://{isbn}/', 'https://{isbn}.example/', 'https://library.{isbn}/', 'https:///{bookId}.example/'])(
    'does not ask somebody else for each book: %s',
    (url) => {
      expect(reasonAgainstStatusUrl(url, true)).toMatch(/path or the query|URL/);
    },
  );

  it.each([
    ...['http://localhost/', 'http://LOCALHOST:80/', 'http://localhost./', 'http://a.localhost/', 'http://ⓛocalhost/'],
    ...[
      'http://printer.local/',
      'http://vault.internal/',
      'http://nas.home.arpa/',
      'http://postgres:5432/',
      'http:///redis/',
    ],
    ...['http://127.0.0.1/', 'http://127.0.0.1./', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/'],
    ...['http://0177.0.0.1/', 'http://0x7f.0.0.1/', 'http://１２７.0.0.1/', 'http://127。0。0。1/', 'http://0/'],
    ...[
      'http://10.1.2.3/',
      'http://172.16.0.1/',
      'http://172.31.255.255/',
      'http://192.168.0.1/',
      'http://3232235521/',
    ],
    ...['http://169.254.169.254/latest', 'http://100.64.0.1/', 'http://192.0.0.8/', 'http://198.19.0.1/'],
    ...['http://224.0.0.1/', 'http://255.255.255.255/', 'http://%31%32%37.0.0.1/'],
    ...[
      'http://[::1]/',
      'http://[::]/',
      'http://[0:0:0:0:0:0:0:1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::7f00:1]/',
    ],
    ...['http://[fe80::1]/', 'http://[fc00::1]/', 'http://[fd12:3456::1]/', 'http://[ff02::1]/', 'http://[fec0::1]/'],
    ...['http://[64:ff9b::127.0.0.1]/', 'http://[2002:7f00:1::]/', 'http://[2001::1]/', 'http://[2001:0:7f00:1::]/'],
  ])('leads to no private network unless that is allowed: %s', (url) => {
    expect(reasonAgainstStatusUrl(url, false)).toEqual(PRIVATE);
    expect(reasonAgainstStatusUrl(url, true)).toBeNull();
  });
});
