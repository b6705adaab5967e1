import { runInContext } from '../http/request-context.js';
import { createPino, HoldfastLogger } from './logger.js';

describe('the log', () => {
  const lines: Record<string, unknown>[] = [];
  const logger = new HoldfastLogger(
    createPino('info', 'test', { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) }),
  );
  const last = () => lines.at(-1);

  it('has the message and the place that it was said', () => {
    logger.log('hello', 'Relay');
    expect(last()).toMatchObject({ msg: 'hello', context: 'Relay', level: 'info' });
  });

  it('keeps the stack of an error that was told as a text apart from the message', () => {
    logger.error('it failed', 'Error: it failed\n    at somewhere', 'Jobs');
    expect(last()).toMatchObject({ msg: 'it failed', stack: 'Error: it failed\n    at somewhere', context: 'Jobs' });
  });

  it('takes an object with a message beside it', () => {
    logger.error({ path: '/api/books' }, 'request failed', 'Http');
    expect(last()).toMatchObject({ path: '/api/books', msg: 'request failed', context: 'Http' });
  });

  it('tells an error with its message', () => {
    logger.error(new Error('no way'), 'Database');
    expect(last()).toMatchObject({ msg: 'no way', err: { message: 'no way' } });
  });

  it('says nothing of what Nest tells at every start', () => {
    const before = lines.length;
    logger.log('Mapped {/api/books, GET} route', 'RouterExplorer');
    expect(lines).toHaveLength(before);
  });

  it('carries the id of the request', () => {
    runInContext({ requestId: 'r-1' }, () => logger.log('hi', 'Http'));
    expect(last()).toMatchObject({ requestId: 'r-1' });
    expect(last()).not.toHaveProperty('traceId');
  });

  it('carries the id of the trace that the request belongs to', () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    runInContext({ requestId: 'r-1', traceparent }, () => logger.log('hi', 'Http'));
    expect(last()).toMatchObject({ requestId: 'r-1', traceId });
  });

  it('does not tell secrets', () => {
    logger.log({ msg: 'signed in', body: { password: 'open sesame', refreshToken: 'secret' } }, 'Http');
    expect(JSON.stringify(last())).not.toMatch(/sesame|secret/);
    const recovery = { otp: '042117', resetToken: 'secret', newPassword: 'open sesame' };
    logger.log({ msg: 'recovered', ...recovery, body: recovery }, 'Http');
    expect(JSON.stringify(last())).not.toMatch(/sesame|secret|042117/);
  });

  it.each([
    ['deep inside', { a: { b: { c: [{ password: 'SECRET' }, { headers: { Authorization: 'SECRET' } }] } } }],
    ['in a URL', { msg: 'cannot reach amqp://holdfast:SECRET@10.0.0.7:5672/vhost, again' }],
    ['in the URL of an error', { err: new Error('connect postgres://me:SECRET@db/holdfast') }],
    ['in the cause of an error', { err: new Error('no', { cause: new Error('Bearer SECRET.SECRET') }) }],
    ['in what an error has', { err: Object.assign(new Error('no'), { command: { name: 'auth', args: ['SECRET'] } }) }],
    ['in a path', { path: '/api/auth/verify-email/SECRET' }],
    ['in a query', { path: '/api/books?limit=1&access_token=SECRET&sort=title' }],
    ['in a JSON text', { msg: 'got {"login":"ada","password":"SECRET \\"SECRET"}' }],
    ['in a JSON text in a JSON text', { msg: JSON.stringify({ body: JSON.stringify({ refreshToken: 'SECRET' }) }) }],
    ['as a key', { msg: '-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----' }],
    ['as an access token', { msg: 'eyJhbGciOiJFZERTQSJ9.SECRET.SECRET is expired' }],
  ])('does not tell a secret %s', (_, line: Record<string, unknown>) => {
    for (const say of [() => logger.error(line, 'Http'), () => logger.error(line.err ?? line, 'Http')]) {
      say();
      expect(JSON.stringify(last())).toContain('removed');
      expect(JSON.stringify(last())).not.toContain('SECRET');
    }
  });

  it('leaves what is no secret as it is', () => {
    const line = {
      code: 'ECONNREFUSED',
      path: '/api/books?limit=2',
      url: 'http://127.0.0.1:3000/api',
      n: [1, null],
      ok: true,
    };
    logger.warn({ msg: 'no token was sent; the password policy holds', ...line }, 'Http');
    expect(last()).toMatchObject({ msg: 'no token was sent; the password policy holds', ...line });
  });

  it('is not led astray by what goes round in circles, or is huge', () => {
    const circle: Record<string, unknown> = { n: 1 };
    circle.self = circle;
    circle.many = Array.from({ length: 5000 }, () => ({ circle }));
    logger.warn({ msg: 'round', circle }, 'Http');
    expect(JSON.stringify(last()).length).toBeLessThan(200_000);
  });

  it('does not tell what a failed statement held', () => {
    const cause = Object.assign(new Error('check violated'), { detail: 'Failing row contains (secret).' });
    const failed = Object.assign(new Error('check violated'), {
      query: 'INSERT',
      parameters: ['secret'],
      driverError: cause,
    });
    for (const err of [cause, failed]) logger.error({ err, path: '/api/users' }, 'request failed', 'Http');
    expect(JSON.stringify(lines.slice(-2))).not.toMatch(/secret/);
    expect(last()).toMatchObject({ err: { message: 'check violated', query: 'INSERT' } });
    logger.error(failed, 'Http');
    expect(JSON.stringify(last())).not.toMatch(/secret/);
  });
});
