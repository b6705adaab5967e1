import { newId } from '@holdfast/kernel';
import { type CloudEvent, EventConsumer, Jobs, UnitOfWork } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { MAILS_JOB } from './mail-sender.js';
import { Mails } from './mails.js';
import { dataOf, noticeEvents, noticeOf } from './notice-of.js';

const BOOK_DELETED = 'book_deleted';
const bookDeleted = z.object({ id: z.uuid(), title: z.string() });

/**
 * Notes a mail for each event that a person should hear of, in the transaction of its inbox row: so an event makes one mail,
 * however often it comes. A job sends it after the commit; should nobody hear of the job, a sweep finds the mail.
 */
@Injectable()
export class NotificationsConsumer extends EventConsumer {
  readonly name = 'notifications';
  readonly events = [...noticeEvents, BOOK_DELETED];

  constructor(
    private readonly mails: Mails,
    private readonly jobs: Jobs,
    private readonly unitOfWork: UnitOfWork,
  ) {
    super();
  }

  async handle(event: CloudEvent): Promise<void> {
    if (event.type === BOOK_DELETED) return this.keepTitle(event);
    const notice = noticeOf(event);
    if (!notice) return;
    const { id: eventId, time: occurredAt, sequence, subject } = event;
    const id = newId();
    const isNew = await this.mails.queue({ id, eventId, sequence, occurredAt, subject, ...notice });
    if (isNew) this.unitOfWork.afterCommit(() => this.jobs.request(MAILS_JOB, { mail: id }));
  }

  private async keepTitle(event: CloudEvent): Promise<void> {
    const { id, title } = dataOf(event, bookDeleted);
    await this.mails.keepTitle(id, title);
  }
}
