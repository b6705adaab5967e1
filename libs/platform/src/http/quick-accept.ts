import { TransformationType, type TransformFnParams } from 'class-transformer';
import { defaultOptions } from 'class-transformer/cjs/constants/default-options.constant.js';
import { defaultMetadataStorage as transformations } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage, ValidationTypes } from 'class-validator';

type Dto = Record<string, unknown>;
type DtoClass = new () => Dto;
type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Check = (value: unknown, dto: Dto) => boolean;

interface Property {
  name: string;
  /** Has an `@Type`: only null and undefined are sure to stay what they are. */
  isTyped: boolean;
  transforms: ((params: TransformFnParams) => unknown)[];
  /** When one is false, the rules do not count. */
  conditions: Check[];
  rules: Check[];
}

interface Plan {
  dtoClass: DtoClass;
  properties: ReadonlyMap<string, Property>;
}

/** Null for a class that is left to ValidationPipe. */
const plans = new WeakMap<DtoClass, Plan | null>();

/**
 * The instance that ValidationPipe would make of valid input, in a few microseconds and at once; undefined says nothing,
 * ValidationPipe decides. ValidationPipe makes an error object for each property of good input too, and looks up what never
 * changes; here the rules of a class are read once, and the same functions of class-validator and class-transformer called.
 *
 * Promised: what is accepted, ValidationPipe accepts as well, and makes the same of it: class, properties, their order and
 * values. What is sent is not changed. No refusal comes from here, nor the sentence of one.
 *
 * Left to ValidationPipe: properties without a rule, objects in objects, U+0000, and classes with rules that may be
 * asynchronous, are for each item of a list or have an `if` of their own, with `@Expose`, `@Exclude` or transformations for
 * groups, or with accessors or methods where input goes.
 */
export function quickAccept(dtoClass: unknown, sent: unknown): object | undefined {
  if (typeof dtoClass !== 'function' || !isPlainObject(sent)) return undefined;
  const plan = planOf(dtoClass as DtoClass);
  const dto = plan && made(plan, sent);
  if (!dto) return undefined;
  for (const property of plan.properties.values()) if (!fits(property, dto)) return undefined;
  return dto;
}

/** The instance, its rules not checked yet; null when a property is unknown or not sure to be copied as class-transformer does. */
function made({ dtoClass, properties }: Plan, sent: Dto): Dto | null {
  const dto = new dtoClass();
  for (const name of Object.keys(sent)) {
    const property = properties.get(name);
    if (!property || !isSimple(sent[name], property.isTyped)) return null;
    dto[name] = transformed(property, sent);
  }
  return dto;
}

function transformed({ name, transforms }: Property, sent: Dto): unknown {
  const given = sent[name];
  const copy: unknown = Array.isArray(given) ? [...(given as unknown[])] : given;
  const type = TransformationType.PLAIN_TO_CLASS;
  return transforms.reduce(
    (value, transform) => transform({ value, key: name, obj: sent, type, options: defaultOptions }),
    copy,
  );
}

function fits({ name, conditions, rules }: Property, dto: Dto): boolean {
  const value = dto[name];
  for (const applies of conditions) if (!applies(value, dto)) return true;
  for (const holds of rules) if (!holds(value, dto)) return false;
  return true;
}

/** Of JSON or a query string: of no class but the plainest. */
function isPlainObject(value: unknown): value is Dto {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isSimple(value: unknown, isTyped: boolean): boolean {
  if (value === undefined || value === null) return true;
  if (isTyped) return false;
  return isText(value) || (Array.isArray(value) && value.every(isText) && !value.includes(undefined));
}

/** Or a number or boolean. U+0000 is refused in a query. */
const isText = (value: unknown): boolean =>
  typeof value === 'string' ? !value.includes('\0') : typeof value === 'number' || typeof value === 'boolean';

function planOf(dtoClass: DtoClass): Plan | null {
  const known = plans.get(dtoClass);
  if (known !== undefined) return known;
  const plan = madePlan(dtoClass);
  plans.set(dtoClass, plan);
  return plan;
}

function madePlan(dtoClass: DtoClass): Plan | null {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dtoClass, '', false, false);
  const names = new Set(rules.map((rule) => rule.propertyName));
  if (rules.length === 0 || !rules.every(isUnderstood) || !isFilledPlainly(dtoClass, names)) return null;
  const properties = [...names].map((name) => propertyOf(dtoClass, name, rules));
  return { dtoClass, properties: new Map(properties.map((property) => [property.name, property])) };
}

const checkersOf = ({ constraintCls }: Rule) => getMetadataStorage().getTargetValidatorConstraints(constraintCls);

function isUnderstood(rule: Rule): boolean {
  const { CONDITIONAL_VALIDATION, NESTED_VALIDATION, CUSTOM_VALIDATION } = ValidationTypes;
  if (rule.type === CONDITIONAL_VALIDATION || rule.type === NESTED_VALIDATION) return true;
  const isAsync = checkersOf(rule).some((checker) => checker.async);
  return rule.type === CUSTOM_VALIDATION && !rule.each && !rule.validateIf && !isAsync;
}

/** Whether class-transformer sets each of these properties, and those only, as they are sent or by transformations. */
function isFilledPlainly(dtoClass: DtoClass, names: ReadonlySet<string>): boolean {
  const fresh = new dtoClass();
  const isOpen = (name: string): boolean =>
    !(name in dtoClass.prototype) &&
    typeof fresh[name] !== 'function' &&
    transformsOf(dtoClass, name).every(({ options }) => Object.keys(options).length === 0);
  return (
    transformations.getStrategy(dtoClass) === 'none' &&
    transformations.getExposedMetadatas(dtoClass).length === 0 &&
    transformations.getExcludedMetadatas(dtoClass).length === 0 &&
    Object.keys(fresh).every((name) => names.has(name)) &&
    [...names].every(isOpen)
  );
}

const transformsOf = (dtoClass: DtoClass, name: string) =>
  transformations.findTransformMetadatas(dtoClass, name, TransformationType.PLAIN_TO_CLASS);

function propertyOf(dtoClass: DtoClass, name: string, all: readonly Rule[]): Property {
  const own = all.filter((rule) => rule.propertyName === name);
  const isCondition = (rule: Rule): boolean => rule.type === ValidationTypes.CONDITIONAL_VALIDATION;
  return {
    name,
    isTyped: transformations.findTypeMetadata(dtoClass, name) !== undefined,
    transforms: transformsOf(dtoClass, name).map((metadata) => metadata.transformFn),
    conditions: own.filter(isCondition).map(conditionOf),
    rules: own.filter((rule) => !isCondition(rule)).flatMap((rule) => checksOf(rule, dtoClass.name)),
  };
}

function conditionOf({ constraints }: Rule): Check {
  const applies = constraints[0] as (dto: Dto, value: unknown) => unknown;
  return (value, dto) => Boolean(applies(dto, value));
}

function checksOf(rule: Rule, targetName: string): Check[] {
  const { type, propertyName: property, constraints } = rule;
  if (type === ValidationTypes.NESTED_VALIDATION) return [(value) => value === undefined];
  return checkersOf(rule).map(({ instance }): Check => {
    return (value, object) => instance.validate(value, { targetName, property, object, value, constraints }) === true;
  });
}
