/**
 * RFC 6890, but for the networks that are kept for documentation: nobody is there. 168.63.129.16 is what every machine of
 * Azure asks for its secrets.
 */
const PRIVATE_IPV4: readonly [network: string, bits: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
];

/**
 * Whether an IP address, in any spelling that the URL parser knows, leads to a network that is not the public internet:
 * private, link-local, loopback, multicast, or one that carries IPv4 in IPv6. What is no address is taken for private.
 */
export function isPrivateAddress(address: string): boolean {
  const host = address.includes(':') ? `[${address}]` : address;
  if (!/^[\da-fx.:]+$/i.test(address) || !URL.canParse(`http://${host}/`)) return true;
  const { hostname } = new URL(`http://${host}/`);
  if (hostname.startsWith('[')) return !isGlobalIpv6(hostname.slice(1, -1));
  return !/^\d+(\.\d+){3}$/.test(hostname) || isPrivateIpv4(hostname);
}

function isPrivateIpv4(address: string): boolean {
  return PRIVATE_IPV4.some(
    ([network, bits]) => numberOf(address) >>> (32 - bits) === numberOf(network) >>> (32 - bits),
  );
}

const numberOf = (ipv4: string): number =>
  ipv4.split('.').reduce((number, byte) => ((number << 8) | Number(byte)) >>> 0, 0);

/** 2000::/3 without what carries IPv4 in it, Teredo (2001::/32) and 6to4 (2002::/16), for it may end anywhere. */
function isGlobalIpv6(address: string): boolean {
  const [first = '', second = ''] = address.split(':');
  const head = Number.parseInt(first, 16);
  const isTunnel = head === 0x2002 || (head === 0x2001 && (second === '' || second === '0'));
  return head >= 0x2000 && head <= 0x3fff && !isTunnel;
}
