import { connect } from 'amqplib';
import { type Binding, RETRY_DELAYS_MS } from '../broker.js';
import { declareTopology, type Topology, topologyOf } from './topology.js';

const CONNECT_LIMIT_MS = 10_000;

/**
 * Makes in RabbitMQ what is missing of all that Holdfast needs there, as a worker does at its start; may be repeated, also
 * while workers run. `report` is told of each thing that exists otherwise, which is left as it is.
 * @throws Error when the server cannot be reached
 */
export async function declareInRabbitMq(
  url: string,
  consumers: readonly { name: string; bindings: readonly Binding[] }[],
  report: (problem: string) => void,
): Promise<Topology> {
  const topology = topologyOf(consumers, RETRY_DELAYS_MS);
  const connection = await connect(url, { timeout: CONNECT_LIMIT_MS });
  connection.on('error', () => undefined); // what is under way rejects
  try {
    await declareTopology(connection, topology, report);
  } finally {
    await connection.close().catch(() => undefined);
  }
  return topology;
}
