export { DomainError, type FieldError } from './domain-error.js';
export { isId, newId } from './ids.js';
export { reasonAgainstName, tidyName } from './names.js';
