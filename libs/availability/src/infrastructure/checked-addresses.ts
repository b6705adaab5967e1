import { promises as dns, TIMEOUT } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPrivateAddress } from '@holdfast/kernel';
import { bulkhead } from 'cockatiel';
import { NoAnswer } from '../application/network.js';

/** The addresses of a name; empty when it has none. Nobody waits for them any longer than the signal lasts. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<string[]>;

/**
 * Where a URL leads, checked. What is connected to is what was checked: the lookup that comes of it asks nobody again, so
 * that a name which leads elsewhere the next time (DNS rebinding) gains nothing.
 */
export class CheckedAddresses {
  constructor(
    private readonly isPrivateAllowed: boolean,
    private readonly resolve: Resolve = isPrivateAllowed ? resolveOnMachine() : resolveInDns(),
    private readonly interfaces: typeof networkInterfaces = networkInterfaces,
  ) {}

  /**
   * A lookup that knows the addresses of this one URL, for its connection.
   * @throws NoAnswer `unknown-host`; `timeout`, as soon as the signal ends; `not-allowed` when one of them is private and
   * private ones are not allowed
   */
  async lookupFor(url: URL, signal: AbortSignal): Promise<LookupFunction> {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = isIP(host) ? [host] : (await this.addressesOf(host, signal)).filter((address) => isIP(address));
    if (addresses.length === 0) throw new NoAnswer('unknown-host');
    // One is enough: who mixes them is up to something.
    const isRefused = (one: string): boolean => isPrivateAddress(one) || isOwn(one, this.interfaces());
    const refused = this.isPrivateAllowed ? undefined : addresses.find(isRefused);
    if (refused !== undefined) throw new NoAnswer('not-allowed', false, new Error(`${host} leads to ${refused}`));
    const all = addresses.map((address) => ({ address, family: isIP(address) }));
    return (_name, options, done) => {
      if (options.all) done(null, all);
      else done(null, all[0]?.address ?? '', all[0]?.family);
    };
  }

  /** Not every way of resolving can be broken off. */
  private addressesOf(host: string, signal: AbortSignal): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(new NoAnswer('timeout'));
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      void this.resolve(host, signal)
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', giveUp));
    });
  }
}

/** Whether the address is in a network that this machine is part of, which may have public addresses too. */
export function isOwn(address: string, interfaces = networkInterfaces()): boolean {
  const own = new BlockList();
  for (const { cidr, family } of Object.values(interfaces).flatMap((addresses) => addresses ?? [])) {
    const [network = '', bits = ''] = cidr?.split('/') ?? [];
    if (isIP(network)) own.addSubnet(network, Number(bits), family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return own.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Asks the name servers themselves. The system's way takes one of four threads, which files and passwords need too, for as
 * long as a name server is silent. `servers` are those of the machine where none are named.
 * @throws NoAnswer `timeout` when they are silent
 */
export const resolveInDns =
  (servers?: string[]): Resolve =>
  async (name, signal) => {
    const resolver = new dns.Resolver({ timeout: 1000, tries: 2 });
    if (servers) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      if (signal.aborted) throw new NoAnswer('timeout');
      const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      if (addresses.length === 0 && found.some(isSilence)) throw new NoAnswer('timeout');
      return addresses;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };

const isSilence = (one: PromiseSettledResult<string[]>): boolean =>
  one.status === 'rejected' && (one.reason as NodeJS.ErrnoException).code === TIMEOUT;

/**
 * As other programs of this machine do it: names of the own network may stand in its hosts file, which comes first. What
 * neither that nor the name servers know is left to the system, which has more ways, such as search domains; never what the
 * name servers are silent about.
 */
export const resolveOnMachine =
  (inDns: Resolve = resolveInDns(), bySystem: Resolve = resolveBySystem(), hostsFile = '/etc/hosts'): Resolve =>
  async (name, signal) => {
    const written = await addressesIn(hostsFile, name);
    if (written.length > 0) return written;
    const found = await inDns(name, signal);
    return found.length > 0 ? found : bySystem(name, signal);
  };

/** Empty where there is no such file. */
async function addressesIn(hostsFile: string, name: string): Promise<string[]> {
  const lines = (await readFile(hostsFile, 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return names.includes(name.replace(/\.$/, '')) ? [address] : [];
  });
}

/** Each takes one of Node's four threads for as long as it lasts, and cannot be broken off: two are left to the others. */
const SYSTEM_LOOKUPS = 2;

export const resolveBySystem = (lookup = (name: string) => dns.lookup(name, { all: true })): Resolve => {
  const places = bulkhead(SYSTEM_LOOKUPS, Infinity);
  return async (name, signal) => {
    // Whoever waited for a place until the end needs it no more.
    const found = await places.execute(() => (signal.aborted ? [] : lookup(name).catch(() => [])));
    return found.map(({ address }) => address);
  };
};
