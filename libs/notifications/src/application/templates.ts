/** The words of a mail. */
export interface Letter {
  subject: string;
  text: string;
  html: string;
}

export function verificationLetter(link: string, expiresAt: Date): Letter {
  const until = written(expiresAt);
  const [hello, ask, limit, ignore] = [
    'Welcome to the library.',
    'Please confirm that this e-mail address is yours:',
    `The link works until ${until}.`,
    'If you did not register, ignore this mail; nothing else will be sent.',
  ] as const;
  return {
    subject: 'Confirm your e-mail address',
    text: [hello, '', ask, link, '', limit, ignore, ''].join('\n'),
    html: page(
      `<p>${hello}</p><p>${ask}</p><p><a href="${escape(link)}">Confirm my e-mail address</a></p>` +
        `<p>${limit} ${ignore}</p><p style="color:#666;font-size:small">${escape(link)}</p>`,
    ),
  };
}

/** The code is not in the subject, which telephones show without being unlocked. */
export function passwordCodeLetter(code: string, minutes: number, expiresAt: Date): Letter {
  const [ask, limit, ignore, never] = [
    'This code lets you set a new password for your account at the library:',
    `It works once, for ${minutes} minutes: until ${written(expiresAt)}.`,
    'If you did not ask for it, ignore this mail; your password stays as it is.',
    'Nobody from the library will ever ask you for this code.',
  ] as const;
  return {
    subject: 'Your code for a new password',
    text: [ask, '', code, '', limit, '', ignore, never, ''].join('\n'),
    html: page(
      `<p>${ask}</p><p style="font-size:x-large;letter-spacing:.2em"><strong>${escape(code)}</strong></p>` +
        `<p>${limit}</p><p>${ignore} ${never}</p>`,
    ),
  };
}

const written = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const page = (body: string): string =>
  `<!doctype html><html lang="en"><body style="font-family:sans-serif">${body}</body></html>\n`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
