import {
  type ArgumentMetadata,
  Injectable,
  type PipeTransform,
  ValidationPipe,
  type ValidationError,
} from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsOptional, Matches, ValidateIf } from 'class-validator';
import { type FieldError, isId } from '../kernel/index.js';
import { InvalidInput } from './problem.js';

const validation = (forbidNonWhitelisted: boolean): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new InvalidInput(errors.flatMap((error) => fieldErrors(error, ''))),
  });

/**
 * Checks every body and query against its DTO class. Unknown properties of a body are refused, of a query ignored.
 * @throws InvalidInput with a JSON pointer for each thing that is wrong.
 */
@Injectable()
export class InputPipe implements PipeTransform<unknown, Promise<unknown>> {
  private readonly body = validation(true);
  private readonly rest = validation(false);

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return this.rest.transform(value, metadata) as Promise<unknown>;
    if (metadata.metatype && !isJsonObject(value)) {
      throw new InvalidInput([{ pointer: '', detail: 'the body must be a JSON object' }]);
    }
    return this.body.transform(value, metadata) as Promise<unknown>;
  }
}

const isJsonObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
    pointer,
    detail: rule === 'whitelistValidation' ? 'is not a known property' : message.replace(`${error.property} `, ''),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

/** The property may be left out; null is checked like any value (class-validator's own IsOptional lets null pass). */
export const Omittable = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** The property may be left out or null; a merge patch removes the value with null. */
export const Nullable = (): PropertyDecorator => IsOptional();

/** Without white space around it; before the rules that count its length. */
export const Trimmed = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));

/** A text of one line: no control characters. */
export const SingleLine = (): PropertyDecorator =>
  Matches(/^\P{Cc}*$/u, { message: 'must not have control characters' });

/** A path parameter that is a UUID, given in lower case. */
@Injectable()
export class IdPipe implements PipeTransform<unknown, string> {
  transform(value: unknown, metadata: ArgumentMetadata): string {
    if (!isId(value)) throw new InvalidInput([{ pointer: `/${metadata.data ?? 'id'}`, detail: 'must be a UUID' }]);
    return value.toLowerCase();
  }
}
