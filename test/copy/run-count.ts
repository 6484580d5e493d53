import type { Parameters } from 'fast-check';

const { CI, SERVERFREE_RUNS } = process.env;

/** Cases per property: SERVERFREE_RUNS if set, 10,000 in continuous integration, else a few. */
export const runCount = Number(SERVERFREE_RUNS) || (CI === 'true' ? 10_000 : 400);

/** A bounded number of cases is asked for by who only wants to know whether one fails. */
export const runs: Pick<Parameters<unknown>, 'numRuns' | 'endOnFailure'> =
  { numRuns: runCount, endOnFailure: SERVERFREE_RUNS !== undefined };
