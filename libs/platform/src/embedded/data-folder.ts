import { chmod, chown, mkdir } from 'node:fs/promises';
import { databaseUser } from './postgres/database-user.js';

/**
 * Makes the data folder for its owner alone, when it is missing; one that exists stays as it is. Started by root, the
 * embedded PostgreSQL runs as another user, who then may pass through a folder that we made, but not look into it.
 */
export async function makeDataFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  // Where this is not possible the database finds a place of its own outside of the folder.
  if (made !== undefined) await letDatabasePass(folder).catch(() => undefined);
}

async function letDatabasePass(folder: string): Promise<void> {
  const user = await databaseUser();
  if (!user) return;
  await chown(folder, 0, user.gid);
  await chmod(folder, 0o710);
}
