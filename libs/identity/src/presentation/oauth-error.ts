import { InvalidInput } from '@holdfast/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
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

const GRANT_REFUSED: readonly IdentityErrorCode[] = ['wrong-credentials', 'account-inactive', 'refresh-refused'];

/** Answers the token endpoint's refusals in the RFC's form; faults of ours go on to the filter of all routes. */
@Catch(OAuthError, InvalidInput)
export class OAuthErrorFilter implements ExceptionFilter {
  catch(refusal: OAuthError | InvalidInput, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = refusal instanceof OAuthError ? refusal.error : 'invalid_request';
    void reply
      .status(400)
      .header('Cache-Control', 'no-store')
      .header('Pragma', 'no-cache')
      .send({ error, error_description: refusal.message });
  }
}

/** What a grant's command threw, as the client of the token endpoint is to see it. */
export function asOAuthError(thrown: unknown): unknown {
  const refused = thrown instanceof IdentityError && GRANT_REFUSED.includes(thrown.code);
  return refused ? new OAuthError('invalid_grant', thrown.message) : thrown;
}
