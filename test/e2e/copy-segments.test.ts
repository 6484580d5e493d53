/** Every type of segment, through the program, by every way that bytes can be moved. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ProgramBench } from '../support/e2e-program-bench.ts';
import { HELD } from './copy-scenarios/held.ts';
import { PAIRINGS } from './copy-scenarios/pairings.ts';
import { PLACES } from './copy-scenarios/places.ts';
import { TAPES } from './copy-scenarios/tapes.ts';

describe.each(['direct', 'kernel', 'portable'] as const)('by the rung %s', (rung) => {
  let bench: ProgramBench;
  beforeAll(async () => {
    bench = await ProgramBench.open({ rung });
  });
  afterAll(() => bench.close());

  it.each([...PAIRINGS, ...TAPES, ...PLACES, ...HELD])('$name', ({ run }) => run(bench));
});
