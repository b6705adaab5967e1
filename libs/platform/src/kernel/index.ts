export { DomainError, type FieldError } from './domain-error.js';
export { isId, newId } from './ids.js';
export { reasonAgainstName, tidyName, toNfc } from './names.js';
