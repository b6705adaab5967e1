import { isIPv4, isIPv6 } from 'node:net';

/**
 * What a limit per address counts by: an IPv4 address, or the /64 network of an IPv6 one, which is what one subscriber gets
 * (RFC 6177). An IPv4 address in IPv6's clothes (RFC 4291, section 2.5.5.2) is the same as without, and so is one with the
 * port that some proxies add. All that is no address is one caller, so that nobody gets a limit of his own by nonsense.
 */
export function networkOf(address: string | null | undefined): string {
  const bare = (address ?? '')
    .replace(/^\[(.+)\](?::\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/%.*$/, '');
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return 'unknown';
  const groups = groupsOf(bare);
  const isMapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  if (isMapped) return groups.slice(6).flatMap(bytesOf).join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** The eight groups, without leading zeros. The URL parser knows every way to write an address, and writes but one. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const split = (part: string | undefined): string[] => part?.split(':').filter((group) => group !== '') ?? [];
  const zeros = Array.from({ length: 8 - split(head).length - split(tail).length }, () => '0');
  return [...split(head), ...zeros, ...split(tail)];
}

function bytesOf(group: string): number[] {
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 255];
}
