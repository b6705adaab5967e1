export { Broadcast } from './broadcast/broadcast.js';
export { BroadcastModule } from './broadcast/broadcast.module.js';
export { Cache } from './cache/cache.js';
export { CacheModule } from './cache/cache.module.js';
export { Clock, SystemClock } from './clock/clock.js';
export { readSettings, requireServices, Settings, SettingsError, variables } from './config/settings.js';
export { AdvisoryLocks } from './database/advisory-locks.js';
export type { CopyCell } from './database/copy-text.js';
export { createDataSource, migrate, type MigrationClass } from './database/data-source.js';
export { Database } from './database/database.js';
export { DatabaseModule, type DatabaseParts } from './database/database.module.js';
export { isConnectionFailure } from './database/failures.js';
export { type PageRequest, readPage } from './database/read-page.js';
export { sqlState, violatedConstraint } from './database/sql-state.js';
export { UnitOfWork } from './database/unit-of-work.js';
export { Consumes } from './http/consumes.js';
export { etagOf, type ExpectedVersions, IfMatch, requireVersion, WithEtag } from './http/etag.js';
export { createHttpApp } from './http/http-app.js';
export { listen } from './http/listen.js';
export { HttpModule } from './http/http.module.js';
export { IdPipe, InputPipe } from './http/input-pipe.js';
export {
  IsId,
  IsName,
  IsTimeOrDate,
  Nullable,
  Omittable,
  Printable,
  type Rule,
  rule,
  TIME_OR_DATE,
  Trimmed,
} from './http/input-rules.js';
export { linksOf, WithLinks } from './http/link.js';
export { boundaryOf, type FormPart, readParts } from './http/multipart.js';
export { bodyOf, discardRest } from './http/request-body.js';
export { AnswersReadyJson, ReadyJson } from './http/ready-json.js';
export { decodeCursor, encodeCursor, type Page, PageOf, PageQuery } from './http/page.js';
export {
  Forbidden,
  InvalidInput,
  PlatformError,
  platformProblems,
  PreconditionFailed,
  ProblemCatalogue,
  type ProblemTable,
  TemporarilyUnavailable,
  TooManyRequests,
  Unauthenticated,
} from './http/problem.js';
export { NeverShed, Shedding } from './http/shedding.js';
export { currentContext, runInContext } from './http/request-context.js';
export { Creates, fingerprinted } from './idempotency/creates.js';
export { IDEMPOTENCY_KEY_FORM } from './idempotency/idempotency-key.js';
export { IdempotencyWorkerModule } from './idempotency/idempotency-clean-up.js';
export { IdempotencyKeys } from './idempotency/idempotency-keys.js';
export { AnsweredBefore } from './idempotency/kept-answers.js';
export type { KeyedRequest } from './idempotency/keyed-request.js';
export { type JobDefinition, type JobPayload, Jobs } from './jobs/jobs.js';
export { JobsHttpModule } from './jobs/jobs.controller.js';
export { JobsModule, JobSource, JobsWorkerModule } from './jobs/jobs.module.js';
export {
  Broker,
  BrokerUnavailable,
  type Delivery,
  MAX_DELIVERIES,
  type Outcome,
  type OutgoingMessage,
  type Redelivery,
  type Subscription,
} from './messaging/broker.js';
export { EventConsumer, UnprocessableEvent } from './messaging/consumer.js';
export { type DeadLetter, DeadLetterTable } from './messaging/dead-letters/dead-letter-table.js';
export { EmbeddedBroker } from './messaging/embedded/embedded-broker.js';
export {
  type CloudEvent,
  type DataOf,
  type EventOf,
  EVENTS_EXCHANGE,
  EventRegistry,
  type EventTable,
  type NewEvent,
  PRIVATE_EXCHANGE,
} from './messaging/events.js';
export { EventDocsModule } from './messaging/contract/event-docs.module.js';
export { MessagingModule } from './messaging/messaging.module.js';
export { MessagingHttpModule } from './messaging/staff/messaging-http.module.js';
export { MessagingWorkerModule } from './messaging/messaging-worker.module.js';
export { Outbox } from './messaging/outbox.js';
export { declareInRabbitMq } from './messaging/rabbitmq/declare.js';
export { RabbitMqBroker } from './messaging/rabbitmq/rabbitmq-broker.js';
export { OutboxStatus } from './messaging/relay/outbox-status.js';
export { Relay } from './messaging/relay/relay.js';
export { OperationsModule } from './operations/operations.controller.js';
export { tellLimits } from './rate-limits/limit-headers.js';
export { Limited, Uncounted } from './rate-limits/limited.js';
export type { LimitedUse, LimitState, RateLimit } from './rate-limits/rate-limit.js';
export { networkOf } from './rate-limits/network.js';
export { RateLimiter, type TakenUse } from './rate-limits/rate-limiter.js';
export { RateLimitsModule } from './rate-limits/rate-limits.module.js';
export { AccessGuard, Allow } from './security/access-guard.js';
export { LastingAccess } from './security/lasting-access.js';
export { AccessToken, type Actor, Authenticator, CurrentActor } from './security/actor.js';
export {
  isLendingStaff,
  isOpenToAnyone,
  type Permission,
  permissions,
  type Role,
  roles,
} from './security/permissions.js';
export { LogsWorkerModule } from './logs/logs-clean-up.js';
export { LogsHttpModule, LogsModule } from './logs/logs.module.js';
export { type SpanStart, startTracing, traced } from './tracing/tracing.js';
export { createPino, HoldfastLogger } from './observability/logger.js';
export { openLog, say } from './observability/open-log.js';
export { type FigureSource, Metrics, type Reading, type Sample } from './observability/metrics.js';
export { MetricsHttpModule } from './observability/metrics.controller.js';
export { MetricsModule } from './observability/metrics.module.js';
export { BrokerProbe, CacheProbe, DatabaseProbe, HealthProbe, JobsProbe } from './health/health-probe.js';
export { HealthModule } from './health/health.module.js';
export { describeApi, serveDocs } from './http/openapi.js';
export { DocumentEtag } from './http/openapi-operation.js';
export { keepHeapTight } from './lifecycle/heap.js';
export { endOnSignal, failToStart } from './lifecycle/lifecycle.js';
export { EmbeddedPostgres } from './embedded/postgres/embedded-postgres.js';
export { InstanceLock } from './embedded/instance-lock.js';
