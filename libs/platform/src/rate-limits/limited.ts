import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiTooManyRequestsResponse } from '@nestjs/swagger';

/** Documents that the operation has a rate limit of its own and answers 429 past it. The headers are added to every 429. */
export const Limited = (): MethodDecorator => ApiTooManyRequestsResponse({ description: 'too-many-requests' });

/** The metadata of a route, and the extension of its operation, which is removed from the document again. */
export const UNCOUNTED = 'x-uncounted';

/** For routes that the limit of all requests of a caller (`REQUESTS_PER_MINUTE`) does not count. */
export const Uncounted = (): ClassDecorator & MethodDecorator =>
  applyDecorators(SetMetadata(UNCOUNTED, true), ApiExtension(UNCOUNTED, true));
