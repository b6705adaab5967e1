export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 128;

type Rule = (password: string, names: readonly string[]) => string | undefined;

/** Characters, not UTF-16 units: an emoji counts once. */
const isLongEnough: Rule = (password) =>
  [...password].length < PASSWORD_MIN ? `must have at least ${PASSWORD_MIN} characters` : undefined;

const isShortEnough: Rule = (password) =>
  [...password].length > PASSWORD_MAX ? `must have at most ${PASSWORD_MAX} characters` : undefined;

const isNotTheUsernameOrEmail: Rule = (password, names) =>
  names.some((name) => name.toLowerCase() === password.toLowerCase())
    ? 'must not be the username or the e-mail'
    : undefined;

const isNotCommon: Rule = (password) => {
  const folded = password.toLowerCase();
  const common = COMMON.has(folded) || COMMON_WORDS.has(wordIn(folded));
  return common ? 'is one of the commonest passwords' : undefined;
};

const isNoRepetition: Rule = (password) => {
  const characters = [...password.toLowerCase()];
  const repeats = (period: number): boolean => characters.every((c, i) => i < period || c === characters[i - period]);
  return [1, 2, 3, 4, 5, 6].some(repeats) ? 'must not be one short piece again and again' : undefined;
};

const isNoSequence: Rule = (password) => {
  const folded = password.toLowerCase();
  return SEQUENCES.some((sequence) => sequence.includes(folded))
    ? 'must not be a row of the keyboard or the alphabet'
    : undefined;
};

const rules = [isLongEnough, isShortEnough, isNotTheUsernameOrEmail, isNotCommon, isNoRepetition, isNoSequence];

/** The first rule that the password breaks, as a sentence; `names` are the username and the e-mail. */
export function passwordProblem(password: string, names: readonly string[]): string | undefined {
  for (const rule of rules) {
    const problem = rule(password, names);
    if (problem) return problem;
  }
  return undefined;
}

const rows = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
  'zaq12wsxcde34rfv',
];
const SEQUENCES = rows.flatMap((row) => [row.repeat(2), [...row.repeat(2)].reverse().join('')]);

/** The commonest of published lists that are long enough to pass the rule of length. */
const COMMON = new Set([
  'passwordpassword',
  'password1password',
  'qwerty123456',
  'qwerty1234567',
  'qwertyqwerty',
  '123456789abc',
  '123456qwerty',
  'abcdef123456',
  'abcd12345678',
  'abc123456789',
  'asdfasdfasdf',
  'asdfghjkl123',
  'qazwsxedcrfv',
  '1234qwerasdf',
  '1234567890qwe',
  'iloveyouiloveyou',
  'thisismypassword',
  'mypassword123',
  'correcthorsebatterystaple',
  'letmeinletmein',
  'trustno1trustno1',
  'adminadminadmin',
  'administrator',
  'unbelievable',
  'manchesterunited',
  'chocolate123',
  'superman1234',
  'temporarypassword',
]);

/** Common as a word with digits and signs around it: `Password2024!`, `P@ssw0rd1234`. */
const COMMON_WORDS = new Set([
  'password',
  'passwort',
  'passw',
  'qwerty',
  'qwertyuiop',
  'azerty',
  'letmein',
  'welcome',
  'admin',
  'administrator',
  'iloveyou',
  'changeme',
  'default',
  'secret',
  'monkey',
  'dragon',
  'football',
  'baseball',
  'superman',
  'batman',
  'sunshine',
  'princess',
  'trustno',
  'master',
  'shadow',
  'login',
  'summer',
  'winter',
  'spring',
  'autumn',
  'holdfast',
  'library',
]);

const LOOKALIKES: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '0': 'o',
  $: 's',
  '5': 's',
  '3': 'e',
  '1': 'i',
  '!': 'i',
};

/** What is left without the digits and signs at both ends, with look-alikes read as letters. */
function wordIn(folded: string): string {
  const core = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return core.replace(/[@40$531!]/g, (sign) => LOOKALIKES[sign] ?? sign);
}
