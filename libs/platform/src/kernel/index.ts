export { DomainError, type FieldError } from './domain-error.js';
export { isId, newId } from './ids.js';
export { isPrivateAddress } from './private-addresses.js';
export { reasonAgainstName, tidyName, toNfc } from './names.js';
