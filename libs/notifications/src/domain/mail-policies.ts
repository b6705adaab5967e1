import type { News, ReservationKind } from './mail.js';

/** The account that a mail is for, as it is now. */
export interface Reader {
  email: string;
  emailVerified: boolean;
  /** What the reader likes to be called; chosen by the reader. */
  name: string;
  isActive: boolean;
  /** The choice in the profile: notices by e-mail. */
  wantsNotices: boolean;
}

/** A reservation as it is now. */
export interface ReservationNow {
  status: 'pending' | 'active' | 'completed' | 'cancelled';
  bookId: string;
  /** Null: any, or none any more. */
  library: string | null;
  queuePosition: number | null;
  estimatedFrom: string | null;
  requestedUntil: string;
  endOfReservation: string | null;
  price: number | null;
}

/** All that decides whether a mail is still to be sent. */
export interface Situation {
  news: News;
  /** Null: there is no such account any more. */
  reader: Reader | null;
  /** Of a mail about one; null: there is none. */
  reservation: ReservationNow | null;
  /** A later event asked for the same kind of mail for the same reader. */
  isOutdone: boolean;
  now: Date;
}

export const EXPIRED = 'it has expired';

/** Why the mail must not be sent any more; null: it may. */
export function reasonAgainst(situation: Situation): string | null {
  for (const policy of policies) {
    const reason = policy(situation);
    if (reason) return reason;
  }
  return null;
}

type Policy = (situation: Situation) => string | null;

const accountIsThereAndActive: Policy = ({ reader }) => {
  if (!reader) return 'the account is gone';
  return reader.isActive ? null : 'the account is inactive';
};

/** Links and codes were asked for; everything else is by choice. */
const readerWantsIt: Policy = ({ news, reader }) =>
  isSecret(news) || reader?.wantsNotices ? null : 'the reader wants no notices by e-mail';

const addressIsStillTheReaders: Policy = ({ news, reader }) =>
  !isSecret(news) || news.email === reader?.email ? null : 'the account has another address by now';

const secretStillOpensSomething: Policy = ({ news, isOutdone, now }) => {
  if (!isSecret(news)) return null;
  if (isOutdone) return 'a newer one replaces it';
  return new Date(news.expiresAt) > now ? null : EXPIRED;
};

const reservationIsStillSo: Policy = ({ news, reservation }) => {
  if (!isAboutReservation(news)) return null;
  if (!reservation) return 'the reservation is gone';
  return reservation.status === STATUS[news.kind] ? null : `the reservation is ${reservation.status} by now`;
};

/** Each renewal makes a new end, and new reminders of it. */
const endIsStillTheSame: Policy = ({ news, reservation }) =>
  !isAboutReservation(news) || news.endOfReservation === null || reservation?.status !== 'active'
    ? null
    : sameTime(news.endOfReservation, reservation.endOfReservation)
      ? null
      : 'the reservation has another end by now';

const endIsStillToCome: Policy = ({ news, reservation, now }) =>
  news.kind !== 'ends_soon' || new Date(reservation?.endOfReservation ?? 0) > now
    ? null
    : 'the reservation has ended by now';

const policies: readonly Policy[] = [
  accountIsThereAndActive,
  readerWantsIt,
  addressIsStillTheReaders,
  secretStillOpensSomething,
  reservationIsStillSo,
  endIsStillTheSame,
  endIsStillToCome,
];

/** What a reservation must be for a mail about it to be true. */
const STATUS: Record<ReservationKind, ReservationNow['status']> = {
  confirmed: 'active',
  queued: 'pending',
  active: 'active',
  renewed: 'active',
  ends_soon: 'active',
  overdue: 'active',
  cancelled: 'cancelled',
};

type Secret = Extract<News, { kind: 'verification' | 'code' }>;
const isSecret = (news: News): news is Secret => news.kind === 'verification' || news.kind === 'code';

const isAboutReservation = (news: News): news is Extract<News, { kind: ReservationKind }> => news.kind in STATUS;

const sameTime = (one: string, other: string | null): boolean =>
  other !== null && new Date(one).getTime() === new Date(other).getTime();
