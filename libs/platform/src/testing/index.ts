export { anyEvent } from './any-event.js';
export { eventually } from './eventually.js';
export { FaultProxy } from './fault-proxy.js';
export { type FreshDatabase, freshDatabase, onServer, testDatabaseUrl, urlOf } from './fresh-database.js';
export { describeWithPrivateRabbitMq, PrivateRabbitMq } from './private-rabbitmq.js';
export { itOnOwnDisk, mount, unmount } from './small-disk.js';
export { describeWith, type Service, testUrl } from './services.js';
export { type TestDatabase, testDatabase } from './test-database.js';
