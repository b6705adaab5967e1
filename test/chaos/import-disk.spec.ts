import { mkdir, rm } from 'node:fs/promises';
import {
  describeWith,
  eventually,
  type FreshDatabase,
  freshDatabase,
  itOnOwnDisk,
  mount,
  testUrl,
  unmount,
} from '@holdfast/platform/testing';
import type { Answer } from '../e2e/support/client.js';
import { ImportHouse } from './support/import-house.js';
import { catalogue, expectTrue, whole } from './support/import-ledger.js';

jest.setTimeout(120_000);

describeWith('rabbitmq', 'The folder of the uploads', () => {
  describeWith('redis', 'on a disk', () => {
    let database: FreshDatabase;
    let house: ImportHouse;

    beforeAll(async () => {
      database = await freshDatabase();
      house = await ImportHouse.open(testUrl('redis'), database.url);
      await mkdir(house.folder);
    });
    afterEach(() => void unmount(house.folder));
    afterAll(async () => {
      await house?.close();
      await database?.drop();
    });

    /** Refused for want of room, and nothing of it was kept. */
    async function expectNoRoom({ status, headers, body }: Answer, word: string): Promise<void> {
      expect([status, headers.get('retry-after'), body.type]).toEqual([503, '1', '/problems/temporarily-unavailable']);
      expect(body.detail).toContain(word);
      expect(body.detail).toContain('nothing was kept');
      expect(await house.files()).toEqual([]);
      expect((await house.admin.get('/api/books/upload')).body.total).toBe(0);
    }
    const LARGE = catalogue(1, 40_000);

    it('that takes no more is said to be full, and takes what there is room for', async () => {
      // 200 blocks of 512 bytes for each file: what a quota does, and for anybody to set.
      const { admin } = await house.startApi('ulimit -f 200');
      await expectNoRoom(await house.send(LARGE, '', admin), 'full');
      const { status, body } = await house.send(catalogue(2, 100), '', admin);
      expect(status).toBe(202);
      expect(await house.files()).toEqual([`${body.uploadId}.csv`]);
      await house.admin.delete(`/api/books/upload/${body.uploadId}`);
      expect(await house.files()).toEqual([]);
      await house.query('DELETE FROM catalog.uploads');
    });

    itOnOwnDisk(`that is full is told, and so is one that may only be read`, async () => {
      expect(mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', house.folder)).toBe(true);
      await expectNoRoom(await house.send(LARGE), 'full');

      const [done, cancelled] = [await house.upload(catalogue(3, 500)), await house.upload(catalogue(4, 500))];
      expect(mount('-o', 'remount,ro', house.folder)).toBe(true);
      const refused = await house.send(catalogue(5, 10));
      expect([refused.status, refused.body.detail]).toEqual([503, expect.stringContaining('does not take it')]);

      // What cannot be removed hinders nothing that was promised, and goes later.
      expect((await house.admin.delete(`/api/books/upload/${cancelled}`)).body.status).toBe('cancelled');
      const worker = await house.startWorker();
      const end = await house.ended(done);
      expect(end).toMatchObject(whole(500));
      await expectTrue(house, 3, end);
      expect(await house.files()).toEqual([`${done}.csv`, `${cancelled}.csv`].sort());
      expect(mount('-o', 'remount,rw', house.folder)).toBe(true);
      await house.sweep();
      await eventually(async () => expect(await house.files()).toEqual([]), 15_000);
      expect(await worker.stop()).toBe(0);
    });

    it('that somebody has removed is made anew', async () => {
      await rm(house.folder, { recursive: true });
      const id = await house.upload(catalogue(6, 100));
      const worker = await house.startWorker();
      expect(await house.ended(id)).toMatchObject(whole(100));
      expect(await worker.stop()).toBe(0);
    });
  });
});
