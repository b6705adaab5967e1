import { readFileSync } from 'node:fs';
import { availabilityVariables } from './variables/availability.js';
import { catalogueVariables } from './variables/catalogue.js';
import { httpVariables } from './variables/http.js';
import { identityVariables } from './variables/identity.js';
import { lendingVariables } from './variables/lending.js';
import { programVariables } from './variables/program.js';
import { servicesVariables } from './variables/services.js';
import { tracingVariables } from './variables/tracing.js';
import type { Variable } from './variables/variable.js';

/**
 * Every variable that Holdfast reads. `NAME_FILE` may be set instead of `NAME`: the value is then the file's content.
 * An empty value counts as not set.
 */
export const variables = {
  ...programVariables,
  ...httpVariables,
  ...servicesVariables,
  ...identityVariables,
  ...catalogueVariables,
  ...availabilityVariables,
  ...lendingVariables,
  ...tracingVariables,
} satisfies Record<string, Variable<unknown>>;

type Values = { readonly [K in keyof typeof variables]: (typeof variables)[K] extends Variable<infer T> ? T : never };

/** The injection token of the settings: a class whose instances have every value. */
const SettingsToken = Object as unknown as abstract new () => Values;

/** The checked settings of this process; immutable. Also the injection token. */
export abstract class Settings extends SettingsToken {}

/** Names every variable that is wrong, one a line; the start ends with it. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** What has a stand-in, which production does not use. */
const NEEDED_IN_PRODUCTION = [
  'databaseUrl',
  'redisUrl',
  'rabbitmqUrl',
  'mongodbUrl',
  'smtpUrl',
  'jwtPrivateKey',
] as const;

/**
 * Reads the settings from environment variables. `needed` must be set in production; an app that does without stores of its
 * own says what it needs instead.
 * @throws SettingsError that names every wrong one, not only the first.
 */
export function readSettings(
  env: Record<string, string | undefined>,
  needed: readonly (keyof typeof variables)[] = NEEDED_IN_PRODUCTION,
): Settings {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, { name, schema }] of Object.entries(variables)) {
    const result = schema.safeParse(valueOf(name, env, problems));
    if (result.success) values[key] = result.data;
    else problems.push(`${name} ${result.error.issues.map((issue) => issue.message).join(', ')}`);
  }
  const settings = values as unknown as Settings;
  if (problems.length === 0) problems.push(...missingInProduction(settings, needed));
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(settings);
}

/**
 * For apps that are one of several processes: what they share cannot be embedded in one of them.
 * @throws SettingsError that names what is not set
 */
export function requireServices(settings: Settings, ...needed: ('databaseUrl' | 'redisUrl' | 'rabbitmqUrl')[]): void {
  const missing = needed.filter((key) => settings[key] === '').map((key) => variables[key].name);
  if (missing.length === 0) return;
  throw new SettingsError(missing.map((name) => `${name} must be set: api and worker share it; npm start embeds it`));
}

function valueOf(name: string, env: Record<string, string | undefined>, problems: string[]): string | undefined {
  const file = env[`${name}_FILE`];
  if (!file) return env[name] || undefined;
  try {
    return readFileSync(file, 'utf8').trimEnd() || undefined;
  } catch (error) {
    problems.push(`${name}_FILE cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

function missingInProduction(settings: Settings, needed: readonly (keyof typeof variables)[]): string[] {
  if (settings.environment !== 'production') return [];
  return needed
    .filter((key) => settings[key] === '')
    .map((key) => `${variables[key].name} must be set: NODE_ENV=production uses no stand-in and no default for it`);
}
