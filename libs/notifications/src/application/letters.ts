import { Injectable } from '@nestjs/common';
import { Eta, type TemplateFunction } from 'eta';
import type { MailKind, News } from '../domain/mail.js';
import type { Reader, ReservationNow } from '../domain/mail-policies.js';
import { shownDay, shownText, shownTime } from '../domain/shown-text.js';
import { htmlLayout, type Page, textLayout } from './layout.js';
import { PublicLinks } from './public-links.js';
import { type Words, words } from './words.js';

/** The content of a mail. */
export interface Letter {
  subject: string;
  text: string;
  html: string;
}

/** What a letter tells, beside the news. */
export interface Facts {
  news: News;
  reader: Reader;
  reservation: ReservationNow | null;
  /** Of the reserved book. */
  title: string | null;
  /** The book is not in the catalogue any more. */
  isGone: boolean;
}

const TITLE_LIMIT = 300;
/** In a subject, which most programs cut at some 70 characters. */
const SHORT_LIMIT = 60;
const NAME_LIMIT = 80;

/** Writes letters: the words of each kind, in the layout of all. What people wrote is escaped, and put in one line. */
@Injectable()
export class Letters {
  private readonly plain = new Eta({ autoEscape: false, autoTrim: false });
  private readonly markup = new Eta({ autoEscape: true, autoTrim: false });
  private readonly text = this.plain.compile(textLayout);
  private readonly html = this.markup.compile(htmlLayout);
  private readonly words = new Map<MailKind, Record<keyof Words, TemplateFunction>>();

  constructor(private readonly links: PublicLinks) {
    for (const [kind, { subject, preheader, body, footer }] of Object.entries(words) as [MailKind, Words][]) {
      this.words.set(kind, {
        subject: this.plain.compile(subject),
        preheader: this.plain.compile(preheader),
        body: this.plain.compile(body),
        footer: this.plain.compile(footer),
      });
    }
  }

  write(facts: Facts): Letter {
    const templates = this.words.get(facts.news.kind);
    if (!templates) throw new Error(`there are no words for a mail of the kind ${facts.news.kind}`);
    const values = this.valuesOf(facts);
    const fill = (template: TemplateFunction, data: object): string => template.call(this.plain, data);
    const page: Page = {
      subject: fill(templates.subject, values),
      preheader: fill(templates.preheader, values),
      paragraphs: paragraphsOf(fill(templates.body, values)),
      footer: fill(templates.footer, values),
      link: values.link ?? null,
      label: 'Confirm my e-mail address',
      code: values.code ?? null,
    };
    return { subject: page.subject, text: fill(this.text, page), html: this.html.call(this.markup, page) };
  }

  private valuesOf({ news, reader, reservation, title, isGone }: Facts): Record<string, string | undefined> {
    if ('reservationId' in news) {
      return {
        hello: helloTo(reader),
        title: shownText(title ?? NO_TITLE, TITLE_LIMIT),
        shortTitle: shownText(title ?? NO_TITLE, SHORT_LIMIT),
        isGone: isGone ? 'yes' : '',
        ...(reservation && reservationValues(reservation)),
      };
    }
    switch (news.kind) {
      case 'verification':
        return { link: this.links.emailVerification(news.token), expires: shownTime(news.expiresAt) };
      case 'code':
        return { code: news.code, minutes: String(news.minutes), expires: shownTime(news.expiresAt) };
      case 'import_ended':
        return { hello: helloTo(reader), ...uploadValues(news.upload) };
    }
  }
}

/** When even the event of the book's end did not tell it. */
const NO_TITLE = 'a book that is no longer in the catalogue';

/** An address that nobody has confirmed may be a stranger's: no words of whoever gave it to us go there. */
const helloTo = ({ name, emailVerified }: Reader): string =>
  emailVerified ? `Hello ${shownText(name, NAME_LIMIT)},` : 'Hello,';

function reservationValues(reservation: ReservationNow): Record<string, string> {
  const { library, endOfReservation, requestedUntil, queuePosition, estimatedFrom, price } = reservation;
  const until = endOfReservation ?? requestedUntil;
  return {
    library: library === null ? '' : shownText(library, NAME_LIMIT),
    until: shownTime(until),
    untilDay: shownDay(until),
    position: queuePosition === null ? '' : String(queuePosition),
    expected: estimatedFrom === null ? '' : shownTime(estimatedFrom),
    price: price === null ? '' : price.toFixed(2),
  };
}

const uploadValues = (upload: Extract<News, { kind: 'import_ended' }>['upload']): Record<string, string> => ({
  file: shownText(upload.fileName, TITLE_LIMIT),
  shortFile: shownText(upload.fileName, SHORT_LIMIT),
  status: upload.status,
  inserted: String(upload.insertedRows),
  updated: String(upload.updatedRows),
  failed: String(upload.failedRows),
});

const paragraphsOf = (body: string): string[][] =>
  body
    .split(/\n\n+/)
    .map((paragraph) => paragraph.split('\n').filter((line) => line !== ''))
    .filter((lines) => lines.length > 0);
