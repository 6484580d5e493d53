import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupReport } from '../../src/backup/jobs/backup.ts';
import type { MoverName } from '../../src/backup/movers/mover.ts';
import type { Context, Row } from '../context.ts';
import { evict } from '../files.ts';
import type { Goal, Line, Unit } from '../line.ts';
import { run } from '../programs.ts';
import { compare, rounds } from '../rounds.ts';
import { COMMAND, TargetProcess } from '../target-process.ts';
import { undoing } from '../undo.ts';

const [XCOPY, HOST] = ['--mover xcopy', '--mover host'];

/** What a backup costs its client: by the copy manager, and through the client itself. */
export const clientRow: Row = {
  name: 'client',
  room: ({ diskBytes }) => ({ bytes: diskBytes, sourceDisk: true }),
  async measure(context) {
    const disk = await context.sourceDisk();
    const count = Math.min(context.pairs, context.sizes.slowPairsMax);
    const outcome = await rounds([
      { name: XCOPY, measure: () => backUp(context, disk, 'xcopy') },
      { name: HOST, measure: () => backUp(context, disk, 'host') },
    ], {
      count, signal: context.signal,
      onSample: (name, round) => context.say(`client: backup ${name}, round ${round} of ${count}`),
    });
    const line = (
      what: string, unit: Unit, figureOf: (report: BackupReport) => number, goal?: Goal): Line =>
      compare(outcome, {
        row: 'client', what, unit, ours: XCOPY, other: HOST, figureOf, ...(goal ? { goal } : {}) });
    return [
      line('a whole backup', 'bytesPerSecond',
        ({ dataBytes, elapsedMs }) => dataBytes / (elapsedMs / 1000)),
      line('the client\'s CPU while data moves', 'milliseconds', ({ cpu }) => cpu.copyingMs,
        { of: 'ratio', bound: 'atMost', value: 0.01 }),
      line('data through the client', 'bytes', ({ client }) => client.dataBytes,
        { of: 'ours', bound: 'atMost', value: 0 }),
      line('everything at its socket', 'bytes',
        ({ client }) => client.dataBytes + client.metadataBytes),
    ];
  },
};

/** One backup to a blank tape, as a user runs it. */
const backUp = (
  { folder, signal }: Context, disk: string, mover: MoverName,
): Promise<BackupReport> => undoing(async (undo) => {
  const [cartridge, catalog] = [join(folder, 'tape'), join(folder, 'catalog')];
  undo.add(() => Promise.all([
    rm(cartridge, { recursive: true, force: true }),
    ...['', '-wal', '-shm'].map((suffix) => rm(`${catalog}${suffix}`, { force: true })),
  ]).then(() => {}));
  await evict(disk, signal);
  const target = await TargetProcess.start({
    units: ['--disk', `disk=${disk}`, '--tape', `tape=${cartridge}`] }, undo);
  const { stdout } = await run(process.execPath, [
    COMMAND, 'backup', '--source', target.url(0), '--tape', target.url(1), '--catalog', catalog,
    '--mover', mover, '--json',
  ], signal);
  return JSON.parse(stdout) as BackupReport; // our own program's
});
