import { Clock, type CloudEvent, EventConsumer, UnprocessableEvent } from '@holdfast/platform';
import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { Mailer, MailRefused } from './mailer.js';
import { PublicLinks } from './public-links.js';
import { type Letter, passwordCodeLetter, verificationLetter } from './templates.js';

const verificationRequested = z.object({ email: z.email(), token: z.string().min(1), expiresAt: z.iso.datetime() });
const otpGenerated = z.object({
  email: z.email(),
  otp: z.string().regex(/^[0-9]{6}$/),
  expiresAt: z.iso.datetime(),
  purpose: z.literal('password_reset'),
});

/** What is to be sent, and to whom; null: the event came too late to be of use. */
type Notice = (Letter & { to: string }) | null;

/**
 * Sends a mail for each event that a person should hear of.
 *
 * At least once: a mail is sent before the transaction of its inbox row commits, so a crash or a lost answer in between
 * sends it again, under the same Message-ID, which mail servers and readers take for one mail. The other order could lose it.
 */
@Injectable()
export class NotificationsConsumer extends EventConsumer {
  readonly name = 'notifications';
  readonly events = ['email_verification_requested', 'otp_generated'];
  private readonly logger = new Logger(NotificationsConsumer.name);

  constructor(
    private readonly mailer: Mailer,
    private readonly links: PublicLinks,
    private readonly clock: Clock,
  ) {
    super();
  }

  async handle(event: CloudEvent): Promise<void> {
    const notice = this.noticeOf(event);
    if (!notice) return this.logger.log(`${event.type} ${event.id} came too late: no mail`);
    try {
      await this.mailer.send({ id: event.id, date: new Date(event.time), ...notice });
    } catch (error) {
      throw error instanceof MailRefused ? new UnprocessableEvent(error.message) : error;
    }
  }

  private noticeOf(event: CloudEvent): Notice {
    switch (event.type) {
      case 'email_verification_requested':
        return this.verification(dataOf(event, verificationRequested));
      case 'otp_generated':
        return this.passwordCode(dataOf(event, otpGenerated), new Date(event.time));
      default:
        throw new UnprocessableEvent(`no mail is written for ${event.type}`);
    }
  }

  private verification({ email, token, expiresAt }: z.infer<typeof verificationRequested>): Notice {
    const until = new Date(expiresAt);
    if (until <= this.clock.now()) return null;
    return { to: email, ...verificationLetter(this.links.emailVerification(token), until) };
  }

  private passwordCode({ email, otp, expiresAt }: z.infer<typeof otpGenerated>, madeAt: Date): Notice {
    const until = new Date(expiresAt);
    if (until <= this.clock.now()) return null;
    const minutes = Math.round((until.getTime() - madeAt.getTime()) / 60_000);
    return { to: email, ...passwordCodeLetter(otp, minutes, until) };
  }
}

/** Names the fields that are wrong and never their values, which may be secrets. */
function dataOf<T>(event: CloudEvent, schema: z.ZodType<T>): T {
  const result = schema.safeParse(event.data);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'data');
  throw new UnprocessableEvent(`the data of ${event.type} is not as agreed: ${fields.join(', ')}`);
}
