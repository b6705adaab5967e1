// `node deploy/make-secrets.mjs [folder]`: makes the secrets that docker-compose.yml hands to the containers. What is there
// stays, so it may run again at any time; the URLs and configuration files are written anew from the passwords.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, 'secrets'));
await mkdir(folder, { recursive: true });
// The folder keeps others out. The files are readable, since Compose mounts them with their mode and each image reads
// them as a user of its own.
await chmod(folder, 0o700);

const newPassword = () => randomBytes(24).toString('hex');
const newPrivateKey = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });

await kept('jwt_private_key', newPrivateKey);
await kept('admin_password', newPassword);
const postgres = await kept('postgres_password', newPassword);
const redis = await kept('redis_password', newPassword);
const rabbitmq = await kept('rabbitmq_password', newPassword);
const mongodb = await kept('mongodb_password', newPassword);
await kept('grafana_password', newPassword);

await write('database_url', `postgres://holdfast:${postgres}@postgres:5432/holdfast`);
await write('redis_url', `redis://:${redis}@redis:6379`);
await write('redis_conf', `requirepass ${redis}\n`);
await write('rabbitmq_url', `amqp://holdfast:${rabbitmq}@rabbitmq:5672`);
await write('rabbitmq_conf', `default_user = holdfast\ndefault_pass = ${rabbitmq}\n`);
await write('mongodb_url', `mongodb://holdfast:${mongodb}@mongodb:27017/holdfast?authSource=admin`);
console.log(`The secrets are in ${folder}; the first admin signs in with what is in admin_password.`);

/** The content of the file; made by `make` when there is none. */
async function kept(name, make) {
  const present = await readFile(join(folder, name), 'utf8').catch(() => '');
  if (present) return present;
  await write(name, make());
  return readFile(join(folder, name), 'utf8');
}

async function write(name, text) {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o644);
}
