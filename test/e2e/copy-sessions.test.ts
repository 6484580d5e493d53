/** Copies that take long, and copies of several initiators, through the program. */
import { afterAll, beforeAll, it } from 'vitest';
import { ProgramBench } from '../support/e2e-program-bench.ts';
import { RUNNING } from './copy-scenarios/running.ts';

let bench: ProgramBench | undefined;
beforeAll(async () => {
  bench = await ProgramBench.open({ rung: 'portable' });
});
afterAll(() => bench?.close());

it.each(RUNNING)('$name', ({ run }) => run(bench!)); // beforeAll has opened it
