const PLACEHOLDERS = /\{(?:isbn|bookId)\}/g;

/**
 * Why a template cannot be the address of an external library; null when it can. Spellings of one address are one: the
 * URL parser knows decimal, octal and hexadecimal IPv4, full-width digits and every way to write IPv6.
 * A name can be made to lead anywhere at any time: whoever asks there must look at the address that it connects to, too.
 */
export function reasonAgainstStatusUrl(template: string, isPrivateAllowed: boolean): string | null {
  if (!/^https?:\/\/[^\s\\\p{Cc}]+$/iu.test(template) || !URL.canParse(template)) return 'must be an http or https URL';
  if (/[{}]/.test(template.replaceAll(PLACEHOLDERS, ''))) return 'must have no placeholders but {isbn} and {bookId}';
  const url = new URL(template);
  if (url.username !== '' || url.password !== '') return 'must have no user or password';
  // Only what is asked for may depend on a book, not who is asked.
  if (/[{}]/.test(url.host)) return 'must have its placeholders in the path or the query';
  if (isPrivateAllowed || !isPrivate(url.hostname)) return null;
  return 'leads to a private network, which only ALLOW_PRIVATE_STATUS_URLS=true allows';
}

function isPrivate(hostname: string): boolean {
  if (hostname.startsWith('[')) return !isGlobalIpv6(hostname.slice(1, -1));
  if (/^\d+(\.\d+){3}$/.test(hostname)) return isPrivateIpv4(hostname);
  const name = hostname.replace(/\.+$/, '');
  return !name.includes('.') || LOCAL_NAMES.test(name);
}

/** RFC 6761, 6762, 8375, 9476, and what routers and clouds use. A name without a dot is one of the own network, too. */
const LOCAL_NAMES = /\.(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** RFC 6890, but for the networks that are kept for documentation: nobody is there. */
const PRIVATE_IPV4: readonly [network: string, bits: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
];

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
