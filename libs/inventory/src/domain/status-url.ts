import { isPrivateAddress } from '@holdfast/kernel';

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

/** A host that is no address is a name; one without a dot is of the own network. */
function isPrivate(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPrivateAddress(hostname.slice(1, -1));
  if (/^\d+(\.\d+){3}$/.test(hostname)) return isPrivateAddress(hostname);
  const name = hostname.replace(/\.+$/, '');
  return !name.includes('.') || LOCAL_NAMES.test(name);
}

/** RFC 6761, 6762, 8375, 9476, and what routers and clouds use. */
const LOCAL_NAMES = /\.(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|home\.arpa)$/;
