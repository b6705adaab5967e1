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
    .refine((value) => value === '' || (URL.canParse(value) && protocols.includes(new URL(value).protocol)), {
      error: `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    });

/** Comma-separated origins of web pages, each exactly as a browser names it. */
export const origins = (): z.ZodType<ReadonlySet<string>> =>
  z
    .string()
    .default('')
    .transform(
      (list) =>
        new Set(
          list
            .split(',')
            .map((origin) => origin.trim())
            .filter(Boolean),
        ) as ReadonlySet<string>,
    )
    .refine(
      (all) => [...all].every((one) => /^https?:/.test(one) && URL.canParse(one) && new URL(one).origin === one),
      {
        error: 'must be origins such as https://shop.example.org, without a path, with commas between them',
      },
    );
