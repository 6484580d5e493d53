/** Every type of segment, through the program, by every way that bytes can be moved. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Rung } from '../../src/ports/mover.ts';
import { ProgramBench } from '../support/e2e-program-bench.ts';
import { whereMounted } from '../support/io-where-mounted.ts';
import { SEGMENTS } from './copy-scenarios/segments.ts';

function testRung(rung: Rung, under?: string): void {
  describe(`by the rung ${rung}`, () => {
    let bench: ProgramBench | undefined;
    beforeAll(async () => {
      bench = await ProgramBench.open({ rung, ...(under === undefined ? {} : { under }) });
    });
    afterAll(() => bench?.close());

    it.each(SEGMENTS)('$name', ({ run }) => run(bench!)); // beforeAll has opened it
  });
}

for (const rung of ['direct', 'kernel', 'portable'] as const) testRung(rung);
whereMounted('xfs', ['-m', 'reflink=1'], ({ folder }) => testRung('reflink', folder));
whereMounted('btrfs', [], ({ folder }) => testRung('reflink', folder));
