import { readFile } from 'node:fs/promises';

/** The system user that PostgreSQL runs as. */
export interface DatabaseUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root. When we are root it runs as the system user `postgres`, else as `nobody`;
 * undefined means that it runs as ourselves.
 */
export async function databaseUser(): Promise<DatabaseUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const user = userFromPasswd(passwd, 'postgres') ?? userFromPasswd(passwd, 'nobody');
  if (user) return user;
  throw new Error(
    'PostgreSQL does not run as root, and /etc/passwd has neither a user "postgres" nor "nobody" to run it as. Start Holdfast as an ordinary user, or set DATABASE_URL.',
  );
}

/** Reads one line `name:x:uid:gid:…`; root and broken lines do not count. */
export function userFromPasswd(passwd: string, name: string): DatabaseUser | undefined {
  const line = passwd.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const [uid, gid] = (line ?? '').split(':').slice(2, 4).map(Number);
  return uid && gid && uid > 0 && gid > 0 ? { name, uid, gid } : undefined;
}
