import { EventRegistry, RabbitMqBroker, Relay } from '@holdfast/platform';
import { testDatabase, eventually, PrivateRabbitMq } from '@holdfast/platform/testing';
import { connect } from 'amqplib';
import { appendFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
const registry = new EventRegistry({ book_updated: { exchange: 'holdfast.events', source: '/x', schema: 'B', description: '' } });
it('ratio', async () => {
  const rabbit = await PrivateRabbitMq.create(); await rabbit.start();
  const db = await testDatabase();
  const n = 20000;
  const broker = new RabbitMqBroker({ url: rabbit.url });
  await broker.start([]);
  const c = await connect(rabbit.url); const ch = await c.createConfirmChannel();
  for (let round = 0; round < 3; round++) {
    {
      const t = Date.now(); let sent = 0, done = 0; const cpu = process.cpuUsage();
      await new Promise<void>((resolve) => {
        const body = Buffer.from(JSON.stringify({ specversion: '1.0', id: randomUUID(), source: '/x', type: 'book_updated', subject: 'books/1', time: new Date(), datacontenttype: 'application/json', dataschema: '/api/events/schema#/components/schemas/B', sequence: '0000000000000', data: { n: 1, title: 'x'.repeat(300) } }));
        const pump = () => { if (sent < n) { sent++; ch.publish('holdfast.events', 'book_updated', body, { persistent: true, mandatory: true, messageId: randomUUID() }, () => { if (++done === n) resolve(); else pump(); }); } };
        for (let i = 0; i < 200; i++) pump();
      });
      const u = process.cpuUsage(cpu);
      appendFileSync('/tmp/drain.txt', `raw: ${Math.round(n / (Date.now() - t) * 1000)}/s cpu ${(u.user+u.system)/1000|0}ms\n`);
    }
    await db.database.query(`INSERT INTO platform.outbox (id, type, subject, data) SELECT gen_random_uuid(), 'book_updated', 'books/' || n, jsonb_build_object('n', n, 'title', repeat('x', 300)) FROM generate_series(1, $1) n`, [n]);
    const relay = new Relay(db.database, broker, registry);
    const t = Date.now(); const cpu = process.cpuUsage(); relay.start();
    await eventually(async () => { const [r] = await db.database.query('SELECT 1 FROM platform.outbox WHERE published_at IS NULL LIMIT 1'); expect(r).toBeUndefined(); }, 100000);
    const u = process.cpuUsage(cpu);
    appendFileSync('/tmp/drain.txt', `relay: ${Math.round(n / (Date.now() - t) * 1000)}/s cpu ${(u.user+u.system)/1000|0}ms\n`);
    await relay.stop();
  }
  await c.close(); await broker.close(); await db.close(); await rabbit.dispose();
}, 200000);
