/** Cases per property: SERVERFREE_RUNS if set, 10,000 in continuous integration, else a few. */
export const runCount = Number(process.env.SERVERFREE_RUNS)
  || (process.env.CI === 'true' ? 10_000 : 400);
