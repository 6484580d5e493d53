import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Row } from '../context.ts';
import { run } from '../programs.ts';
import { compare, rounds } from '../rounds.ts';
import { TargetProcess } from '../target-process.ts';
import { undoing } from '../undo.ts';

/** From the start of `node` to the line that says the target listens. */
export const startRow: Row = {
  name: 'start',
  room: () => ({ bytes: 64 * 1024 ** 2, sourceDisk: false }),
  async measure(context) {
    const { sizes, signal } = context;
    const outcome = await rounds([
      { name: 'serverfree', measure: () => startOnce(context) },
      { name: 'node -e 0', measure: async () => (
        (await run(process.execPath, ['-e', '0'], signal)).seconds * 1000) },
    ], {
      count: sizes.starts, signal,
      onSample: (name, round) => context.say(`start: ${name}, round ${round} of ${sizes.starts}`),
    });
    return [compare(outcome, {
      row: 'start', what: 'start of node to listening', unit: 'milliseconds',
      ours: 'serverfree', other: 'node -e 0',
      goal: { of: 'ours', bound: 'atMost', value: 500 }, figureOf: (ms) => ms,
    })];
  },
};

const startOnce = (context: Context): Promise<number> => undoing(async (undo) => {
  const image = join(context.folder, 'start.img');
  undo.add(() => rm(image, { force: true }));
  const target = await TargetProcess.start({ units: ['--disk', `start=${image},size=16M`] }, undo);
  return target.startMs;
});
