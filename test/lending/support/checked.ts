import fc from 'fast-check';

/**
 * `PROOF_RUNS=1000` lets every property and model run so often, instead of as often as there is time for in every test
 * run. `PROOF_SEED=…`, with the seed that a failure printed, does the same again.
 */
const runs = Number(process.env.PROOF_RUNS ?? 0);
const seed = process.env.PROOF_SEED === undefined ? {} : { seed: Number(process.env.PROOF_SEED) };

/** Shrinking a counterexample against a database takes time: what was found by then is told. */
const PATIENCE_MS = 120_000;

/** The time that Jest gives to a test of properties: longer than it takes to tell what was found. */
export const TEST_MS = runs > 0 ? 3_600_000 : PATIENCE_MS + 60_000;

/** Checks a property `usual` times, or as often as `PROOF_RUNS` says. A failure names its seed. */
export async function checked<T>(
  property: fc.IRawProperty<T>,
  usual: number,
  parameters: fc.Parameters<T> = {},
): Promise<void> {
  const limit = runs > 0 ? {} : { interruptAfterTimeLimit: PATIENCE_MS, markInterruptAsFailure: true };
  await fc.assert(property, { numRuns: runs > 0 ? runs : usual, ...seed, ...limit, ...parameters });
}
