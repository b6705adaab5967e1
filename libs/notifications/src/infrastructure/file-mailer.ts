import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@holdfast/kernel';
import { createTransport } from 'nodemailer';
import { type Mail, Mailer, MailFailure } from '../application/mailer.js';
import { messageIdOf, messageOf } from './message.js';

/** Puts each mail into a folder as `<id>.eml`, once; any mail program opens it. */
export class FileMailer extends Mailer {
  private readonly transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(
    private readonly folder: string,
    private readonly from: string,
  ) {
    super();
  }

  async send(mail: Mail): Promise<string> {
    const path = join(this.folder, `${mail.id}.eml`);
    if (!(await exists(path))) {
      const { message } = await this.transport.sendMail(messageOf(mail, this.from));
      await this.write(path, message as Buffer).catch((error: Error) => {
        throw new MailFailure('away', `the mail could not be written: ${error.message}`);
      });
    }
    return messageIdOf(mail, this.from);
  }

  private async write(path: string, message: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    // It holds secrets, and whoever watches the folder sees whole mails only.
    const unfinished = join(this.folder, `.${newId()}`);
    await writeFile(unfinished, message, { mode: 0o600 });
    await rename(unfinished, path);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
