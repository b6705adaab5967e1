import { type CloudEvent, UnprocessableEvent } from '@holdfast/platform';
import { z } from 'zod';
import type { News, ReservationKind } from '../domain/mail.js';

/** Who is to hear of an event, and what. */
export interface Notice {
  recipient: string;
  news: News;
}

/** As wide as what an account may have; whether a server takes it, it says. */
const address = z.string().regex(/^[^\s@]+@[^\s@]+$/);
const verificationRequested = z.object({
  userId: z.uuid(),
  email: address,
  token: z.string().min(1),
  expiresAt: z.iso.datetime(),
});
const otpGenerated = z.object({
  userId: z.uuid(),
  email: address,
  otp: z.string().regex(/^[0-9]{6}$/),
  expiresAt: z.iso.datetime(),
  purpose: z.literal('password_reset'),
});
const reservation = z.object({
  id: z.uuid(),
  customerId: z.uuid(),
  status: z.enum(['pending', 'active', 'completed', 'cancelled']),
  endOfReservation: z.iso.datetime().nullable(),
});
const rows = z.int().min(0);
const booksImported = z.object({
  uploadId: z.uuid(),
  uploadedBy: z.uuid().optional(),
  fileName: z.string().optional(),
  status: z.enum(['completed', 'failed', 'cancelled']).optional(),
  insertedRows: rows,
  updatedRows: rows,
  failedRows: rows,
});

/** Every event that somebody is written to about. */
const notices = {
  email_verification_requested: (event) => {
    const { userId, email, token, expiresAt } = dataOf(event, verificationRequested);
    return { recipient: userId, news: { kind: 'verification', email, token, expiresAt } };
  },
  otp_generated: (event) => {
    const { userId, email, otp, expiresAt } = dataOf(event, otpGenerated);
    const minutes = Math.round((Date.parse(expiresAt) - Date.parse(event.time)) / 60_000);
    return { recipient: userId, news: { kind: 'code', email, code: otp, expiresAt, minutes } };
  },
  reservation_created: (event) => {
    const { status } = dataOf(event, reservation);
    return ofReservation(event, status === 'pending' ? 'queued' : 'confirmed');
  },
  reservation_activated: (event) => ofReservation(event, 'active'),
  reservation_renewed: (event) => ofReservation(event, 'renewed'),
  reservation_ends_soon: (event) => ofReservation(event, 'ends_soon'),
  reservation_overdue: (event) => ofReservation(event, 'overdue'),
  reservation_cancelled: (event) => ofReservation(event, 'cancelled'),
  books_imported: (event) => {
    const { uploadedBy, fileName, status, insertedRows, updatedRows, failedRows } = dataOf(event, booksImported);
    // One of an earlier version, from a backlog, does not say whose it is.
    if (!uploadedBy || fileName === undefined || !status) return null;
    const upload = { fileName, status, insertedRows, updatedRows, failedRows };
    return { recipient: uploadedBy, news: { kind: 'import_ended', upload } };
  },
} satisfies Record<string, (event: CloudEvent) => Notice | null>;

export const noticeEvents: readonly string[] = Object.keys(notices);

/**
 * Null: nobody is to hear of it.
 * @throws UnprocessableEvent when its data is not as agreed
 */
export function noticeOf(event: CloudEvent): Notice | null {
  const notice = (notices as Record<string, (event: CloudEvent) => Notice | null>)[event.type];
  if (!notice) throw new UnprocessableEvent(`no mail is written for ${event.type}`);
  return notice(event);
}

function ofReservation(event: CloudEvent, kind: ReservationKind): Notice {
  const { id, customerId, endOfReservation } = dataOf(event, reservation);
  return { recipient: customerId, news: { kind, reservationId: id, endOfReservation } };
}

/** Names the fields that are wrong and never their values, which may be secrets. */
export function dataOf<T>(event: CloudEvent, schema: z.ZodType<T>): T {
  const result = schema.safeParse(event.data);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'data');
  throw new UnprocessableEvent(`the data of ${event.type} is not as agreed: ${fields.join(', ')}`);
}
