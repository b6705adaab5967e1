import { networks, origins, variable, whole } from './variable.js';

/** What HTTP clients may do. */
export const httpVariables = {
  trustedProxies: variable(
    'TRUSTED_PROXIES',
    networks(),
    'Comma-separated addresses or CIDR ranges whose X-Forwarded-For is believed; none when empty.',
  ),
  corsOrigins: variable(
    'CORS_ORIGINS',
    origins(),
    'Comma-separated origins of web pages elsewhere whose scripts may read answers; none when empty.',
  ),
  requestsPerMinute: variable(
    'REQUESTS_PER_MINUTE',
    whole(0, 0, 100_000),
    'Requests of one caller (account, or network address without one) in a minute; 0: no limit.',
  ),
  idempotencyKeyHours: variable(
    'IDEMPOTENCY_KEY_HOURS',
    whole(24, 1, 720),
    'How long a repetition with the same Idempotency-Key gets the first answer, in hours.',
  ),
  shedDelayMs: variable(
    'SHED_DELAY_MS',
    whole(500, 0, 60_000),
    'A route that has more requests than it finishes in this time refuses others with 503, in milliseconds; 0: none.',
  ),
  requestMaxSeconds: variable(
    'REQUEST_MAX_SECONDS',
    whole(900, 30, 86_400),
    'Longest time in which a request must have come in whole, uploads too (200 MB: 1.9 Mbit/s); then 408.',
  ),
  headersMaxSeconds: variable(
    'HEADERS_MAX_SECONDS',
    whole(20, 1, 300),
    'Longest time in which the header of a request must have come in, in seconds; then 408.',
  ),
  bodyMaxSeconds: variable(
    'BODY_MAX_SECONDS',
    whole(60, 1, 900),
    'Longest time in which a body that is no upload must have come in, in seconds; then 408.',
  ),
  readerPatienceSeconds: variable(
    'READER_PATIENCE_SECONDS',
    whole(60, 1, 3600),
    'How long a client may take nothing of an answer that waits for it, in seconds; then its connection ends.',
  ),
};
