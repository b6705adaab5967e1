export { createHoldfastClient, type HoldfastClient, type HoldfastOptions, paginate } from './client.js';
export { HoldfastProblem, orThrow, type Problem } from './problem.js';
export type { components, paths } from './schema.js';
export type { Tokens } from './session.js';
