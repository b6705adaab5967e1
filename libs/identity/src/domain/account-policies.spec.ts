import { accountProblems, emailProblem, usernameProblem } from './account-policies.js';

describe('A username', () => {
  it.each(['ada', 'Ada.Lovelace', 'a_b-c.9', '123', 'x'.repeat(40)])('may be %s', (name) => {
    expect(usernameProblem(name)).toBeUndefined();
  });

  it.each(['', 'ab', 'x'.repeat(41), 'ada lovelace', 'ada@example.org', 'аda', 'ada\n', ' ada', 'ada\0'])(
    'may not be %j',
    (name) => {
      expect(usernameProblem(name)).toBeDefined();
    },
  );
});

describe('An e-mail address', () => {
  it.each([
    'a@b.co',
    'ada.lovelace+books@example.org',
    "o'neill@sub.example.co.uk",
    'x@xn--bcher-kva.example',
    `${'a'.repeat(64)}@example.org`,
  ])('may be %s', (email) => expect(emailProblem(email)).toBeUndefined());

  it.each([
    '',
    'ada',
    '@example.org',
    'ada@',
    'ada@localhost',
    'a@b@example.org',
    'a b@example.org',
    '.a@example.org',
    'a..b@example.org',
    'a@-example.org',
    'a@example..org',
    'a@example.org.',
    'a@example.org\r\nBcc: b@example.org',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b.'.repeat(126)}org`,
  ])('may not be %j', (email) => expect(emailProblem(email)).toBeDefined());
});

describe('An account', () => {
  it('is told everything that is wrong with it, with the places', () => {
    const pointers = accountProblems({ username: '', email: '', password: '' }).map(({ pointer }) => pointer);
    expect(pointers).toEqual(['/username', '/email', '/password']);
  });

  it('is not asked for parts that do not change', () => {
    expect(accountProblems({})).toEqual([]);
    expect(accountProblems({ username: 'ada' })).toEqual([]);
  });
});
