/** What a test may need besides PostgreSQL. */
export type Service = 'redis' | 'rabbitmq' | 'mongodb';

const defaults: Record<Service, string> = {
  redis: 'redis://127.0.0.1:6379',
  rabbitmq: 'amqp://guest:guest@127.0.0.1:5672',
  mongodb: '',
};

export const testUrl = (service: Service): string =>
  process.env[`TEST_${service.toUpperCase()}_URL`] || defaults[service];

/** `npm test` probes the services and lists those that answer; a run without it takes the defaults for granted. */
function reachable(service: Service): boolean {
  const listed = process.env.HOLDFAST_TEST_SERVICES;
  return listed === undefined ? testUrl(service) !== '' : listed.split(',').includes(service);
}

/**
 * A suite that needs a service. Where the service is not there the suite is skipped under a title that says so, which the
 * summary of `npm test` repeats; with CI=true `npm test` does not even begin without Redis and RabbitMQ.
 */
export function describeWith(service: Service, title: string, suite: () => void): void {
  const run = reachable(service) ? describe : describe.skip;
  run(reachable(service) ? title : `${title} (not run: no ${service} at TEST_${service.toUpperCase()}_URL)`, suite);
}
