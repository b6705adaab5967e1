import { passwordProblem } from './password-policies.js';

describe('A password', () => {
  const names = ['ada.lovelace', 'ada@example.org'];

  it.each([
    'notes on the engine',
    'correct horse',
    'x9!kQ2#vB7&m',
    '739284650192',
    '🦉🦉🌲🌲🌙🌙⭐⭐🪵🪵🦊🦊',
    'пароль для книги',
    'ada.lovelace1843',
    'Password is the name of my cat',
  ])('may be %s', (password) => expect(passwordProblem(password, names)).toBeUndefined());

  it.each([
    ['too short', 'x9!kQ2#vB7&', 'at least 12'],
    ['six emoji, though they are twelve UTF-16 units', '🦉🌲🌙⭐🪵🦊', 'at least 12'],
    ['too long', 'ab9'.repeat(43), 'at most 128'],
    ['the username', 'ADA.lovelace', 'username'],
    ['the e-mail', 'Ada@Example.org', 'e-mail'],
    ['common', 'passwordpassword', 'commonest'],
    ['a common word with a year', 'Password2024!', 'commonest'],
    ['a common word in disguise', 'P@ssw0rd1234', 'commonest'],
    ['a common word before digits', 'welcome123456', 'commonest'],
    ['one character', 'aaaaaaaaaaaa', 'again and again'],
    ['a piece repeated', 'abc1abc1abc1ab', 'again and again'],
    ['six digits twice', '123456123456', 'again and again'],
    ['digits in a row', '123456789012', 'row'],
    ['digits in a row backwards', '987654321098', 'row'],
    ['the keyboard', 'qwertyuiopas', 'row'],
    ['the alphabet', 'ABCDEFGHIJKLM', 'row'],
    ['columns of the keyboard', '1qaz2wsx3edc', 'row'],
  ])('may not be %s', (_, password, reason) => expect(passwordProblem(password, names)).toContain(reason));
});
