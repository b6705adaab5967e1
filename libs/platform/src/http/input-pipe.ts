import {
  type ArgumentMetadata,
  Injectable,
  type PipeTransform,
  ValidationPipe,
  type ValidationError,
} from '@nestjs/common';
import { type FieldError, isId } from '../kernel/index.js';
import { InvalidInput } from './problem.js';
import { quickAccept } from './quick-accept.js';
import { rememberRules } from './remembered-rules.js';

rememberRules();

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
 * Checks every body and query against its DTO class. Unknown properties of a body are refused, of a query ignored. The
 * character U+0000, which no store of ours can keep, is refused in every parameter of a query, as in a body. Most good
 * input is accepted by `quickAccept`, without a promise.
 * @throws InvalidInput with a JSON pointer for each thing that is wrong.
 */
@Injectable()
export class InputPipe implements PipeTransform<unknown, unknown> {
  private readonly body = validation(true);
  private readonly rest = validation(false);

  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    // What our own decorators give is no DTO.
    if (metadata.type === 'custom') return value;
    return quickAccept(metadata.metatype, value) ?? this.check(value, metadata);
  }

  /** The long way, which decides about all that `quickAccept` says nothing of, and tells what is wrong. */
  check(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.type === 'query') refuseUnstorable(value);
    // No DTO: a text of the path.
    if (metadata.metatype === String) return value;
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

function refuseUnstorable(query: unknown): void {
  const broken = Object.entries((query ?? {}) as Record<string, unknown>).filter((entry) =>
    String(entry).includes('\0'),
  );
  if (broken.length === 0) return;
  throw new InvalidInput(broken.map(([name]) => ({ pointer: pointerTo(name), detail: 'has the character U+0000' })));
}

const pointerTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/**
 * Properties named like something that every object has (`toString` …): class-transformer drops them before the whitelist
 * can see them. What was taken as it was sent (free-form metadata) may have them.
 */
function bornNames(sent: unknown, made: unknown, pointer: string): FieldError[] {
  if (sent === made || typeof sent !== 'object' || sent === null) return [];
  return Object.entries(sent).flatMap(([key, value]) => {
    const place = pointer + pointerTo(key);
    if (key in Object.prototype) return [{ pointer: place, detail: 'is not a known property' }];
    return bornNames(value, (made as Record<string, unknown> | null)?.[key], place);
  });
}

const isJsonObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const pointer = parent + pointerTo(error.property);
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

/** A path parameter that is a UUID, given in lower case. */
@Injectable()
export class IdPipe implements PipeTransform<unknown, string> {
  transform(value: unknown, metadata: ArgumentMetadata): string {
    if (!isId(value)) throw new InvalidInput([{ pointer: `/${metadata.data ?? 'id'}`, detail: 'must be a UUID' }]);
    return value.toLowerCase();
  }
}
