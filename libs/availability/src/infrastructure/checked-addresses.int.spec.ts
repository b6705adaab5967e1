import type { LookupAddress } from 'node:dns';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@holdfast/platform/testing';
import { NameServer } from '../../testing/name-server.js';
import { CheckedAddresses, isOwn, resolveBySystem, resolveInDns, resolveOnMachine } from './checked-addresses.js';

const PUBLIC = '93.184.216.34';
const never = new AbortController().signal;

const addressesOf = async (addresses: CheckedAddresses, url: string): Promise<string[]> => {
  const lookup = await addresses.lookupFor(new URL(url), never);
  const found = await new Promise<LookupAddress[]>((resolve, reject) =>
    lookup('whatever', { all: true }, (error, all) => (error ? reject(error) : resolve(all as LookupAddress[]))),
  );
  return found.map(({ address }) => address);
};

describe('What a status URL leads to', () => {
  it.each([
    ...['http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/'],
    ...['http://0x7f.0.0.1/', 'http://017700000001/', 'http://１２７.0.0.1/', 'http://127。0。0。1/', 'http://0/'],
    ...['http://10.1.2.3/', 'http://172.16.0.1/', 'http://192.168.0.1/', 'http://100.64.0.1/', 'http://198.18.0.1/'],
    ...[
      'http://169.254.169.254/latest/meta-data/',
      'http://2852039166/',
      'http://168.63.129.16/',
      'http://192.0.0.192/',
    ],
    ...['http://224.0.0.1/', 'http://255.255.255.255/', 'http://240.0.0.1/'],
    ...[
      'http://[::1]/',
      'http://[::]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://[::127.0.0.1]/',
    ],
    ...['http://[fe80::1]/', 'http://[fc00::1]/', 'http://[fd00:ec2::254]/', 'http://[ff02::1]/', 'http://[fec0::1]/'],
    ...['http://[64:ff9b::127.0.0.1]/', 'http://[2002:7f00:1::]/', 'http://[2001:0:7f00:1::]/', 'http://[100::1]/'],
  ])('is refused for %s', async (url) => {
    const asked: string[] = [];
    const addresses = new CheckedAddresses(false, (name) => Promise.resolve((asked.push(name), [])));
    await expect(addresses.lookupFor(new URL(url), never)).rejects.toMatchObject({ silence: 'not-allowed' });
    expect(asked).toEqual([]);
    await expect(addressesOf(new CheckedAddresses(true), url)).resolves.toHaveLength(1);
  });

  it.each([
    [['127.0.0.1']],
    [['169.254.169.254']],
    [['::1']],
    [['::ffff:10.0.0.1']],
    [[PUBLIC, '10.0.0.1']],
    [['fd12::1', PUBLIC]],
  ])('is refused for a name with the addresses %j', async (found) => {
    const addresses = new CheckedAddresses(false, () => Promise.resolve(found));
    const asked = addresses.lookupFor(new URL('http://library.example/'), never);
    await expect(asked).rejects.toMatchObject({ silence: 'not-allowed', wasConnected: false });
  });

  it('is what was checked, though the name leads elsewhere the next time', async () => {
    const turns = [[PUBLIC], ['127.0.0.1']];
    const addresses = new CheckedAddresses(false, () => Promise.resolve(turns.shift() ?? []));
    await expect(addressesOf(addresses, 'http://library.example/')).resolves.toEqual([PUBLIC]);
    expect(turns).toHaveLength(1);
  });

  it('is nothing for a name that has no address, or something else than addresses', async () => {
    for (const found of [[], ['library.example'], ['']]) {
      const addresses = new CheckedAddresses(false, () => Promise.resolve(found));
      const asked = addresses.lookupFor(new URL('http://library.example/'), never);
      await expect(asked).rejects.toMatchObject({ silence: 'unknown-host' });
    }
  });

  it('is waited for no longer than the signal lasts, though the lookup never returns', async () => {
    const addresses = new CheckedAddresses(true, () => new Promise<never>(() => undefined));
    for (const signal of [AbortSignal.timeout(50), AbortSignal.abort()]) {
      const asked = addresses.lookupFor(new URL('http://library.example/'), signal);
      await expect(asked).rejects.toMatchObject({ silence: 'timeout', wasConnected: false });
    }
  });

  it('is found by its name as other programs find it, where private addresses are allowed', async () => {
    const found = await addressesOf(new CheckedAddresses(true), 'http://localhost:80/');
    expect(found.every((address) => ['127.0.0.1', '::1'].includes(address))).toBe(true);
  });

  describe('by the name servers', () => {
    let server: NameServer;
    let addresses: CheckedAddresses;
    const ask = (name: string, signal = AbortSignal.timeout(10_000)) =>
      addresses.lookupFor(new URL(`http://${name}/`), signal);

    beforeEach(async () => {
      server = await NameServer.start();
      addresses = new CheckedAddresses(false, resolveInDns([server.address]));
    });
    afterEach(() => server.close());

    it('is where the name leads', async () => {
      server.leads.set('library.example', [PUBLIC, '203.0.113.9']);
      await expect(addressesOf(addresses, 'http://library.example/')).resolves.toEqual([PUBLIC, '203.0.113.9']);
      await expect(ask('nowhere.example')).rejects.toMatchObject({ silence: 'unknown-host' });
    });

    it('is refused as soon as they lead to a private network', async () => {
      server.leads.set('library.example', [PUBLIC]);
      await ask('library.example');
      server.leads.set('library.example', [PUBLIC, '10.0.0.1']);
      await expect(ask('library.example')).rejects.toMatchObject({ silence: 'not-allowed' });
    });

    it('is waited for no longer than the signal lasts', async () => {
      server.isSilent = true;
      const started = performance.now();
      await expect(ask('library.example', AbortSignal.timeout(100))).rejects.toMatchObject({ silence: 'timeout' });
      expect(performance.now() - started).toBeLessThan(1000);
    });

    it('is not known while they are silent, which is another thing than a name without an address', async () => {
      server.isSilent = true;
      await expect(ask('library.example', never)).rejects.toMatchObject({ silence: 'timeout' });
    });
  });

  describe('as other programs of the machine find it', () => {
    let server: NameServer;
    let folder: string;
    let bySystem: string[];
    let find: (name: string) => Promise<string[]>;

    beforeEach(async () => {
      server = await NameServer.start();
      folder = await mkdtemp(join(tmpdir(), 'holdfast-hosts-'));
      await writeFile(
        join(folder, 'hosts'),
        '# the own network\n127.0.0.1\tlocalhost\n::1 localhost\n10.0.0.5  Shelf.lan shelf # ours, not.ours\n',
      );
      bySystem = [];
      const system = (name: string): Promise<string[]> => (bySystem.push(name), Promise.resolve(['10.0.0.7']));
      const resolve = resolveOnMachine(resolveInDns([server.address]), system, join(folder, 'hosts'));
      find = (name) => addressesOf(new CheckedAddresses(true, resolve), `http://${name}/`);
    });
    afterEach(async () => {
      await server.close();
      await rm(folder, { recursive: true });
    });

    it('is what the hosts file says, whatever the name servers say of it, or do not', async () => {
      server.leads.set('shelf.lan', [PUBLIC]);
      await expect(find('shelf.lan')).resolves.toEqual(['10.0.0.5']);
      server.isSilent = true;
      await expect(find('SHELF')).resolves.toEqual(['10.0.0.5']);
      await expect(find('localhost.')).resolves.toEqual(['127.0.0.1', '::1']);
      expect(bySystem).toEqual([]);
    });

    it('is what the name servers say where the file does not know the name, also of one without a dot', async () => {
      server.leads.set('library', ['172.18.0.3']);
      server.leads.set('not.ours', [PUBLIC]);
      await expect(find('library')).resolves.toEqual(['172.18.0.3']);
      await expect(find('not.ours')).resolves.toEqual([PUBLIC]);
      expect(bySystem).toEqual([]);
    });

    it('is what the system finds where neither knows the name, and no file is needed for that', async () => {
      await expect(find('desk')).resolves.toEqual(['10.0.0.7']);
      await rm(join(folder, 'hosts'));
      await expect(find('shelf')).resolves.toEqual(['10.0.0.7']);
      expect(bySystem).toEqual(['desk', 'shelf']);
    });

    it('is not left to the system, whose threads it would hold, while the name servers are silent', async () => {
      server.isSilent = true;
      await expect(find('desk')).rejects.toMatchObject({ silence: 'timeout' });
      expect(bySystem).toEqual([]);
    });
  });

  it('holds no more than two threads of the system, and none for whoever waits no more', async () => {
    const lookups: ((found: LookupAddress[]) => void)[] = [];
    const resolve = resolveBySystem(() => new Promise((found) => void lookups.push(found)));
    const gone = new AbortController();
    const all = [never, never, gone.signal, never].map((signal) => resolve('desk', signal));
    expect(lookups).toHaveLength(2);
    gone.abort();
    lookups.shift()?.([{ address: '10.0.0.7', family: 4 }]);
    await eventually(() => expect(lookups).toHaveLength(2));
    for (const found of lookups) found([{ address: '10.0.0.8', family: 4 }]);
    await expect(Promise.all(all)).resolves.toEqual([['10.0.0.7'], ['10.0.0.8'], [], ['10.0.0.8']]);
  });
});

describe('The own network', () => {
  const address = (cidr: string, family: 'IPv4' | 'IPv6') =>
    ({ address: cidr.split('/')[0] ?? '', cidr, family, internal: false, mac: '', netmask: '', scopeid: 0 }) as never;

  it('is what the interfaces are in, also with public addresses', () => {
    const interfaces = { eth0: [address('93.184.216.7/24', 'IPv4'), address('2606:4700:1:2::7/64', 'IPv6')] };
    for (const own of [PUBLIC, '93.184.216.7', '2606:4700:1:2::99'])
      expect([own, isOwn(own, interfaces)]).toEqual([own, true]);
    for (const other of ['93.184.217.7', '8.8.8.8', '2606:4700:1:3::7'])
      expect([other, isOwn(other, interfaces)]).toEqual([other, false]);
  });

  it('is refused, unless private networks are allowed', async () => {
    const interfaces = () => ({ eth0: [address('93.184.216.7/24', 'IPv4')] });
    const url = new URL(`http://${PUBLIC}/`);
    const refused = new CheckedAddresses(false, undefined, interfaces).lookupFor(url, never);
    await expect(refused).rejects.toMatchObject({ silence: 'not-allowed' });
    await expect(new CheckedAddresses(true, undefined, interfaces).lookupFor(url, never)).resolves.toBeDefined();
  });

  it('has every address of this machine', () => {
    const all = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter((one) => !isOwn(one.address))).toEqual([]);
  });
});
