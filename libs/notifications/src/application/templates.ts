/** The words of a mail. */
export interface Letter {
  subject: string;
  text: string;
  html: string;
}

export function verificationLetter(link: string, expiresAt: Date): Letter {
  const until = `${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
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

const page = (body: string): string =>
  `<!doctype html><html lang="en"><body style="font-family:sans-serif">${body}</body></html>\n`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
