import { eventually } from '@holdfast/platform/testing';
import { MongoLink } from '../../libs/catalog/src/infrastructure/mongo-link.js';
import { MongoStandIn } from '../../libs/platform/src/testing/mongo/index.js';

describe('The connection to MongoDB', () => {
  let mongo: MongoStandIn;
  let link: MongoLink;
  const ask = () => link.within(2000, () => link.connection.collection('books').findOne({}));

  beforeEach(async () => {
    mongo = await MongoStandIn.start();
    link = new MongoLink(mongo.url, () => Promise.resolve(), 100);
    await eventually(ask);
  });
  afterEach(async () => {
    await link.close();
    await mongo.stop();
  });

  it('takes another client when the driver does not come back by itself', async () => {
    const lost = link.connection.getClient();
    // A client that was closed never works again: as one whose look at the server waits for ever.
    await lost.close(true);
    await eventually(ask);
    expect(link.connection.getClient()).not.toBe(lost);
  });

  it('tries on with new clients while MongoDB is away, and leaves none of them behind', async () => {
    await mongo.stop();
    await expect(ask()).rejects.toMatchObject({ code: 'metadata-unavailable' });
    await new Promise((resolve) => link.connection.once('error', resolve));
    mongo = await MongoStandIn.start({ port: mongo.port, dataOf: mongo });
    await eventually(ask);
    await link.close();
    await eventually(() => expect(mongo.connections).toBe(0));
  });
});
