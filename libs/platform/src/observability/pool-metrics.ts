import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Metrics } from './metrics.js';

/** How busy the connections of this process to PostgreSQL are. */
@Injectable()
export class PoolMetrics {
  constructor(metrics: Metrics, database: Database) {
    metrics.watch({
      name: 'pool',
      figures: {
        holdfast_database_connections: { help: 'Connections to PostgreSQL, by what they do.', labels: ['state'] },
        holdfast_database_connections_limit: { help: 'Connections that this process may open.' },
        holdfast_database_waiting: { help: 'Calls that wait for a connection.' },
      },
      read: () => {
        const { totalCount, idleCount, waiting, options } = database.pool;
        return {
          holdfast_database_connections: [
            { labels: { state: 'busy' }, value: totalCount - idleCount },
            { labels: { state: 'idle' }, value: idleCount },
          ],
          holdfast_database_connections_limit: options.max,
          holdfast_database_waiting: waiting,
        };
      },
    });
  }
}
