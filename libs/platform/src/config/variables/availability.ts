import { url, variable, whole, yesNo } from './variable.js';

/** The availability service, and the libraries that it asks. */
export const availabilityVariables = {
  privateStatusUrlsAllowed: variable(
    'ALLOW_PRIVATE_STATUS_URLS',
    yesNo(false),
    'true: the status URL of an external library may lead to a private network.',
  ),
  apiUrl: variable(
    'API_URL',
    url('http:', 'https:'),
    'Where the availability service reaches the API; made of PORT when empty. In one process it is always its own.',
  ),
  availabilityBudgetMs: variable(
    'AVAILABILITY_BUDGET_MS',
    whole(5000, 100, 60_000),
    'Within this time the availability service answers, whoever is silent, in milliseconds.',
  ),
  availabilityTryMs: variable(
    'AVAILABILITY_TRY_MS',
    whole(1500, 50, 60_000),
    'How long one question to the API or to an external library may take, in milliseconds.',
  ),
  availabilityRetries: variable(
    'AVAILABILITY_RETRIES',
    whole(2, 0, 10),
    'How often a question that failed is put again, with growing pauses.',
  ),
  availabilityParallel: variable(
    'AVAILABILITY_PARALLEL',
    whole(10, 1, 1000),
    'Questions to one external library at a time; ten times as many wait.',
  ),
  breakerFailures: variable(
    'AVAILABILITY_BREAKER_FAILURES',
    whole(5, 1, 1000),
    'Failures in a row after which an external library is left alone for a while.',
  ),
  breakerOpenMs: variable(
    'AVAILABILITY_BREAKER_OPEN_MS',
    whole(30_000, 10, 3_600_000),
    'How long it is left alone before one question tries again, in milliseconds.',
  ),
  reserveTimeoutMs: variable(
    'AVAILABILITY_RESERVE_MS',
    whole(10_000, 100, 120_000),
    'How long the availability service waits for the API to answer a reservation that it passes on, in milliseconds.',
  ),
};
