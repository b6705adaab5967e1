import { EmbeddedPostgres, InstanceLock, type Settings } from '@holdfast/platform';

export interface DatabasePlace {
  url: string;
  /** Ends what was started for the moment. */
  leave(): Promise<void>;
}

/** The database of the settings; embedded: that of the Holdfast which runs, else one that is started for the moment. */
export async function findDatabase({ databaseUrl, dataDir }: Settings): Promise<DatabasePlace> {
  const present = databaseUrl || (await EmbeddedPostgres.running(dataDir));
  if (present) return { url: present, leave: () => Promise.resolve() };
  const lock = await InstanceLock.acquire(dataDir);
  try {
    const postgres = await EmbeddedPostgres.start({ dataDir });
    return {
      url: postgres.url,
      leave: async () => {
        await postgres.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
