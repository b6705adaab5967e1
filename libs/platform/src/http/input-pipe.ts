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
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new InvalidInput(errors.flatMap((error) => fieldErrors(error, ''))),
  });

/**
 * Checks every body and query against its DTO class. Unknown properties of a body are refused, of a query ignored.
 * @throws InvalidInput with a JSON pointer for each thing that is wrong.
 */
@Injectable()
export class InputPipe implements PipeTransform<unknown, unknown> {
  private readonly body = validation(true);
  private readonly rest = validation(false);

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    // No DTO: a text of the path, and what our own decorators give.
    if (metadata.type === 'custom' || metadata.metatype === String) return value;
    return metadata.type === 'body' ? this.checkBody(value, metadata) : this.rest.transform(value, metadata);
  }

  private async checkBody(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.metatype && !isJsonObject(value)) {
      throw new InvalidInput([{ pointer: '', detail: 'the body must be a JSON object' }]);
    }
    const input: unknown = await this.body.transform(value, metadata);
    const unknown = bornNames(value, input, '');
    if (unknown.length > 0) throw new InvalidInput(unknown);
    return input;
  }
}

/**
 * Properties named like something that every object has (`toString` …): class-transformer drops them before the whitelist
 * can see them. What was taken as it was sent (free-form metadata) may have them.
 */
function bornNames(sent: unknown, made: unknown, pointer: string): FieldError[] {
  if (sent === made || typeof sent !== 'object' || sent === null) return [];
  return Object.entries(sent).flatMap(([key, value]) => {
    const place = `${pointer}/${key}`;
    if (key in Object.prototype) return [{ pointer: place, detail: 'is not a known property' }];
    return bornNames(value, (made as Record<string, unknown> | null)?.[key], place);
  });
}

const isJsonObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const pointer = `${parent}/${error.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const broken = Object.entries(error.constraints ?? {});
  // One is enough: that it is of another type says more than what follows from it.
  const told = broken.find(([rule]) => TYPE_RULES.has(rule)) ?? broken[0];
  const own = told ? [{ pointer, detail: sentenceOf(told, error.property) }] : [];
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

const TYPE_RULES = new Set(['isString', 'isInt', 'isNumber', 'isBoolean', 'isObject', 'isArray', 'isIn', 'isUuid']);

const sentenceOf = ([rule, message]: [string, string], property: string): string =>
  rule === 'whitelistValidation' ? 'is not a known property' : withoutName(message, property);

/** class-validator begins its sentences with the property, which the pointer names already. */
const withoutName = (message: string, property: string): string =>
  message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;

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
