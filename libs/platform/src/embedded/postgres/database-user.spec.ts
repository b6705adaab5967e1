import { userFromPasswd } from './database-user.js';

describe('the system user of the embedded PostgreSQL', () => {
  const passwd = [
    'root:x:0:0:root:/root:/bin/sh',
    'postgresql-exporter:x:200:200::/:/bin/false',
    'postgres:x:101:104::/:/bin/bash',
    'nobody:*:-2:-2::/:/bin/false',
    'broken:x',
  ].join('\n');

  it('is found by its whole name', () => {
    expect(userFromPasswd(passwd, 'postgres')).toEqual({ name: 'postgres', uid: 101, gid: 104 });
    expect(userFromPasswd(passwd, 'postgresql')).toBeUndefined();
  });

  it.each(['root', 'nobody', 'broken', 'absent'])('is never one without a usable id: %s', (name) => {
    expect(userFromPasswd(passwd, name)).toBeUndefined();
  });
});
