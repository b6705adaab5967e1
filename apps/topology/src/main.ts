import { declaredConsumers, eventRegistry } from '@holdfast/composition';
import { declareInRabbitMq, failToStart, readSettings } from '@holdfast/platform';

/** Makes exchanges, queues and bindings in RabbitMQ and ends: for deployments that do it as a step of its own. */
async function main(): Promise<void> {
  const { rabbitmqUrl } = readSettings(process.env);
  if (!rabbitmqUrl) throw new Error('RABBITMQ_URL is not set; the embedded broker has no topology to be made.');
  const registry = eventRegistry();
  const consumers = declaredConsumers().map(({ name, events }) => ({
    name,
    bindings: events.map((event) => ({ exchange: registry.get(event).exchange, event })),
  }));
  const problems: string[] = [];
  const { exchanges, queues, bindings } = await declareInRabbitMq(rabbitmqUrl, consumers, (one) => problems.push(one));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
  else {
    process.stdout.write(
      `RabbitMQ has all ${exchanges.length} exchanges, ${queues.length} queues and ${bindings.length} bindings: ` +
        `${queues.map(({ name }) => name).join(', ')}\n`,
    );
  }
}

main().catch(failToStart);
