import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Mailbox } from './mailbox.js';

/** An SMTP server that wants a password, and when it refuses one quotes it. */
export class StrictPostOffice implements Mailbox {
  private readonly received: string[] = [];
  isStrict = false;
  private readonly server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      this.isStrict ? done(new Error(`no entry with ${password}`)) : done(null, { user: username }),
    onData: (stream, _session, done) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      stream.on('end', () => {
        this.received.push(text);
        done();
      });
    },
  });

  open = (): Promise<void> => new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  close = (): Promise<void> => new Promise((resolve) => this.server.close(() => resolve()));
  mails = (): Promise<string[]> => Promise.resolve([...this.received]);

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }
}
