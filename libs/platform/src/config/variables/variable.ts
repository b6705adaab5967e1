import { isIP } from 'node:net';
import { z } from 'zod';

/** One environment variable: its name, the check that turns its text into a value, and a sentence for `.env.example`. */
export interface Variable<T> {
  name: string;
  schema: z.ZodType<T>;
  description: string;
}

export const variable = <T>(name: string, schema: z.ZodType<T>, description: string): Variable<T> => ({
  name,
  schema,
  description,
});

export const text = (fallback: string): z.ZodType<string> => z.string().default(fallback);
export const whole = (fallback: number, min: number, max: number): z.ZodType<number> =>
  z.coerce.number('must be a number').int('must be a whole number').min(min).max(max).default(fallback);
export const yesNo = (fallback: boolean): z.ZodType<boolean> =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');
export const url = (...protocols: string[]): z.ZodType<string> =>
  z
    .string()
    .default('')
    .refine((value) => value === '' || protocols.includes(urlIn(value)?.protocol ?? ''), {
      error: ({ input }) =>
        protocols.some((protocol) => String(input).startsWith(`${protocol}//`))
          ? 'is no URL: look at each host and its port; what is special in a name or a password must be percent-encoded'
          : `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    });

const MONGODB = /^(mongodb:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is;

/** The URL, or null when it is none. MongoDB's may have several hosts with commas between them; then it has the first. */
export function urlIn(value: string): URL | null {
  const [, start = '', hosts = '', rest = ''] = MONGODB.exec(value) ?? [];
  const each = start === '' ? [value] : hosts.split(',').map((host) => start + host + rest);
  const urls = each.filter((one) => URL.canParse(one)).map((one) => new URL(one));
  return urls.length === each.length && urls.every(hasOneHost) ? urls[0]! : null;
}

/** Or none, which is a socket of this machine, but not of MongoDB. */
const hasOneHost = ({ protocol, hostname }: URL): boolean =>
  hostname === '' ? protocol !== 'mongodb:' : !hostname.includes(',');

/** What stands between commas, without white space around it. */
const partsOf = (list: string): string[] =>
  list
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

/** Comma-separated IP addresses and ranges of them in CIDR notation. */
export const networks = (): z.ZodType<readonly string[]> =>
  z
    .string()
    .default('')
    .transform(partsOf)
    .refine((all) => all.every(isNetwork), {
      error: 'must be IP addresses or CIDR ranges such as 10.0.0.0/8, with commas between them',
    });

function isNetwork(part: string): boolean {
  const [address = '', bits, ...more] = part.split('/');
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const isRange = bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= longest);
  return longest > 0 && isRange && more.length === 0;
}

/** Comma-separated `name=value`, the values percent-encoded (OTLP exporter specification). */
export const headerList = (): z.ZodType<Readonly<Record<string, string>>> =>
  z
    .string()
    .default('')
    .transform((list, context) => {
      const pairs = partsOf(list).map(headerIn);
      const headers = pairs.filter((pair) => pair !== null);
      if (headers.length === pairs.length) return Object.fromEntries(headers);
      context.addIssue('must be name=value, percent-encoded, with commas between them');
      return z.NEVER;
    });

function headerIn(pair: string): [name: string, value: string] | null {
  const [, name, value] = /^([\w!#$%&'*+\-.^`|~]+)\s*=(.*)$/.exec(pair) ?? [];
  if (name === undefined || value === undefined) return null;
  try {
    return [name, decodeURIComponent(value.trim())];
  } catch {
    return null;
  }
}

/** Comma-separated origins of web pages, each exactly as a browser names it. */
export const origins = (): z.ZodType<ReadonlySet<string>> =>
  z
    .string()
    .default('')
    .transform((list) => new Set(partsOf(list)) as ReadonlySet<string>)
    .refine(
      (all) => [...all].every((one) => /^https?:/.test(one) && URL.canParse(one) && new URL(one).origin === one),
      {
        error: 'must be origins such as https://shop.example.org, without a path, with commas between them',
      },
    );
