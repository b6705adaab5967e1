export { startAvailability } from './availability-app.js';
export { silences } from './domain/library-answer.js';
export { availabilityProblems } from './presentation/problems.js';
