import { promises as dns } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isPrivateAddress } from '@holdfast/kernel';
import { NoAnswer } from '../application/network.js';

/** The addresses of a name; empty when it has none. Ends with the signal. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<string[]>;

/**
 * Where a URL leads, checked. What is connected to is what was checked: the lookup that comes of it asks nobody again, so
 * that a name which leads elsewhere the next time (DNS rebinding) gains nothing.
 */
export class CheckedAddresses {
  constructor(
    private readonly isPrivateAllowed: boolean,
    private readonly resolve: Resolve = isPrivateAllowed ? resolveAsSystem : resolveInDns(),
    private readonly interfaces: typeof networkInterfaces = networkInterfaces,
  ) {}

  /**
   * A lookup that knows the addresses of this one URL, for its connection.
   * @throws NoAnswer `unknown-host`; `not-allowed` when one of them is private and private ones are not allowed
   */
  async lookupFor(url: URL, signal: AbortSignal): Promise<LookupFunction> {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const addresses = isIP(host) ? [host] : (await this.resolve(host, signal)).filter((address) => isIP(address));
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
      return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };

/** As other programs of this machine do it: names of the own network may stand in its files. */
async function resolveAsSystem(name: string): Promise<string[]> {
  const found = await dns.lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
