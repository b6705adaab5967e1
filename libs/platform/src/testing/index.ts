export { eventually } from './eventually.js';
export { type FreshDatabase, freshDatabase, onServer, testDatabaseUrl, urlOf } from './fresh-database.js';
export { describeWith, type Service, testUrl } from './services.js';
export { type TestDatabase, testDatabase } from './test-database.js';
