import { readSettings } from '../config/settings.js';
import { createPino, HoldfastLogger } from './logger.js';
import { secretsOf } from './open-log.js';

const said = (env: Record<string, string>, message: string): string => {
  let line = '';
  const stream = { write: (text: string) => void (line = text) };
  new HoldfastLogger(createPino('info', 'test', stream, secretsOf(readSettings(env)))).log(message, 'Test');
  return (JSON.parse(line) as { msg: string }).msg;
};

describe('The secrets of the settings', () => {
  it.each([
    ['the password of PostgreSQL', 'DATABASE_URL', 'postgres://me:se%40cret-word@db/holdfast', 'se@cret-word'],
    ['that of MongoDB', 'MONGODB_URL', 'mongodb://me:secret-word@documents:27017', 'secret-word'],
    ['that of a MongoDB of several', 'MONGODB_URL', 'mongodb://me:secret,word@a:27017,b:27017/h', 'secret,word'],
    ['that of the collector', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'https://me:se%40cret-word@traces', 'se@cret-word'],
    ['a key in its place', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'https://secret-key@traces', 'secret-key'],
    ['the key of the collector', 'OTEL_EXPORTER_OTLP_HEADERS', 'x-team=7,key=Key%20of%3Dmine', 'Key of=mine'],
    ['one of several', 'OTEL_EXPORTER_OTLP_HEADERS', 'x-key=secret-key,x-other=secret-word', 'secret-word'],
  ])('are in no line: %s', (_, name, value, secret) => {
    expect(said({ [name]: value }, `${secret} is refused, "${secret}" too`)).toBe(
      '[removed] is refused, "[removed]" too',
    );
  });

  it('are not those words that a line may need', () => {
    const env = {
      RABBITMQ_URL: 'amqp://guest:guest@broker',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:a@traces',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=guest',
    };
    expect(said(env, 'the collector refuses guest')).toBe('the collector refuses guest');
  });
});
