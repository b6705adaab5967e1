/** What a mail can be about. */
export const mailKinds = [
  'verification',
  'code',
  'confirmed',
  'queued',
  'active',
  'renewed',
  'ends_soon',
  'overdue',
  'cancelled',
  'import_ended',
] as const;
export type MailKind = (typeof mailKinds)[number];

/**
 * The life of a mail. `queued` (again after each failure that may pass) → `sending`, by one worker → an end:
 * `sent`, the server took it; `skipped`, not to be sent any more; `refused`, by the server for good; `failed`, given up.
 */
export const mailStates = ['queued', 'sending', 'sent', 'skipped', 'refused', 'failed'] as const;
export type MailState = (typeof mailStates)[number];
export type MailEnd = Exclude<MailState, 'queued' | 'sending'>;

/** What the event said that must still be so, or is known from nowhere else. Removed when the mail has ended. */
export type News =
  | { kind: 'verification'; email: string; token: string; expiresAt: string }
  | { kind: 'code'; email: string; code: string; expiresAt: string; minutes: number }
  | { kind: ReservationKind; reservationId: string; endOfReservation: string | null }
  | { kind: 'import_ended'; upload: EndedUpload };

export type ReservationKind = Exclude<MailKind, 'verification' | 'code' | 'import_ended'>;

export interface EndedUpload {
  fileName: string;
  status: 'completed' | 'failed' | 'cancelled';
  insertedRows: number;
  updatedRows: number;
  failedRows: number;
}

/** Values that nobody but the recipient may see: never in a log, a reason or a subject. */
export function secretsOf(news: News): string[] {
  if (news.kind === 'verification') return [news.email, news.token, encodeURIComponent(news.token)];
  return news.kind === 'code' ? [news.email, news.code] : [];
}
