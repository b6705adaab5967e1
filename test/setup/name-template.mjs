import { randomBytes } from 'node:crypto';

/** Jest's globalSetup: names the template database of this run; the first spec that needs a database makes it. */
export default function nameTemplate() {
  process.env.HOLDFAST_TEST_TEMPLATE = `holdfast_test_${randomBytes(4).toString('hex')}_template`;
}
