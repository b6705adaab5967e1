import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Settings } from '../config/settings.js';
import { Forbidden, Unauthenticated } from '../http/problem.js';
import { CallerLimit } from '../rate-limits/caller-limit.js';
import { Authenticator, bearerToken } from './actor.js';
import { isOpenToAnyone, type Permission, permissions, type Rule } from './permissions.js';

export const PERMISSION = 'holdfast:permission';

/** Extension of an operation: the permission; removed from the document again. */
export const STANDS_UNDER = 'x-permission';

/** Names the row of the permission table that a route (or all routes of a controller) stands under. */
export const Allow = (permission: Permission): MethodDecorator & ClassDecorator =>
  applyDecorators(SetMetadata(PERMISSION, permission), ApiExtension(STANDS_UNDER, permission));

/**
 * The one global guard, on every route. Deny by default: a route without `@Allow` is refused to everybody.
 * A route for anyone does not look at a token, so a stale one does no harm there. Every request that comes so
 * far is counted under its caller, also one that is refused here or later.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly settings: Settings,
    private readonly callerLimit: CallerLimit,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(PERMISSION, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!permission) throw new Forbidden('This route is open to nobody.');
    const rule = permissions[permission];
    const isOpen = isOpenToAnyone(permission, this.settings);
    // At once: a promise would cost what is read most a turn of the event loop.
    if (isOpen && !this.callerLimit.isOn) return true;
    return this.isLetIn(context, rule, isOpen);
  }

  private async isLetIn(context: ExecutionContext, rule: Rule, isOpen: boolean): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = isOpen ? null : bearerToken(request);
    const actor = token === null ? null : await this.authenticator.authenticate(token);
    if (actor) {
      request.actor = actor;
      request.houseContext.actor = actor;
    }
    if (this.callerLimit.isOn) await this.callerLimit.count(context);
    if (isOpen) return true;

    if (token === null) throw new Unauthenticated();
    if (!actor) throw new Unauthenticated('The access token is not valid, or no longer.');
    if (typeof rule !== 'string' && !rule.includes(actor.role)) throw new Forbidden();
    return true;
  }
}
