/** Every type of segment, through the program, by every way that bytes can be moved. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ProgramBench } from '../support/e2e-program-bench.ts';
import { PAIRINGS } from './copy-scenarios/pairings.ts';

describe.each(['direct', 'kernel', 'portable'] as const)('by the rung %s', (rung) => {
  let bench: ProgramBench;
  beforeAll(async () => {
    bench = await ProgramBench.open({ rung });
  });
  afterAll(() => bench.close());

  it.each(PAIRINGS)('$name', ({ run }) => run(bench));
});
