import { InvalidInput, TooManyRequests } from '@holdfast/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter, UnsupportedMediaTypeException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IdentityError, type IdentityErrorCode } from '../domain/errors.js';

/** A refusal in the words of RFC 6749, section 5.2. */
export class OAuthError extends Error {
  constructor(
    readonly error: 'invalid_request' | 'invalid_grant' | 'unsupported_grant_type',
    description: string,
  ) {
    super(description);
  }
}

type Refusal = OAuthError | InvalidInput | UnsupportedMediaTypeException | TooManyRequests;

const GRANT_REFUSED: readonly IdentityErrorCode[] = [
  'wrong-credentials',
  'account-inactive',
  'email-not-verified',
  'refresh-refused',
];

/** Answers the token endpoint's refusals in the RFC's form; faults of ours go on to the filter of all routes. */
@Catch(OAuthError, InvalidInput, UnsupportedMediaTypeException, TooManyRequests)
export class OAuthErrorFilter implements ExceptionFilter {
  catch(refusal: Refusal, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, error, description } = answerTo(refusal);
    if (refusal instanceof TooManyRequests) void reply.header('Retry-After', String(refusal.retryAfterSeconds));
    void reply
      .status(status)
      .header('Cache-Control', 'no-store')
      .header('Pragma', 'no-cache')
      .send({ error, error_description: description });
  }
}

function answerTo(refusal: Refusal): { status: number; error: string; description: string } {
  if (refusal instanceof OAuthError) return { status: 400, error: refusal.error, description: refusal.message };
  // The RFC has no word for "too often" at this endpoint. The one that it has for "try later" at the other (section 4.1.2.1)
  // is what clients know; `slow_down` (RFC 8628) would tell a device to go on asking.
  if (refusal instanceof TooManyRequests) {
    return { status: 429, error: 'temporarily_unavailable', description: refusal.message };
  }
  const status = refusal instanceof UnsupportedMediaTypeException ? 415 : 400;
  return {
    status,
    error: 'invalid_request',
    description: 'The body must be a form: application/x-www-form-urlencoded.',
  };
}

/** What a grant's command threw, as the client of the token endpoint is to see it. */
export function asOAuthError(thrown: unknown): unknown {
  const refused = thrown instanceof IdentityError && GRANT_REFUSED.includes(thrown.code);
  return refused ? new OAuthError('invalid_grant', thrown.message) : thrown;
}
