import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSize } from '../../src/app/units.ts';
import { copyToTape } from '../copy-to-tape.ts';
import type { Context, Row } from '../context.ts';
import { sharesBlocks } from '../files.ts';
import type { Line } from '../line.ts';
import { mountXfs } from '../mounts.ts';
import { run } from '../programs.ts';
import { compare, rounds } from '../rounds.ts';
import { type Undo, undoing } from '../undo.ts';

/** What an XFS file system takes for itself, amply. */
const XFS_BYTES = 512 * 1024 ** 2;

interface Sample {
  readonly seconds: number;
  /** Bytes that went through a buffer; undefined if there is no way to know. */
  readonly movedBytes: number | undefined;
}

/** Disk → tape where the file system shares blocks: here if it can, else on an XFS made for it. */
export const reflinkRow: Row = {
  name: 'reflink',
  room: ({ diskBytes }) => ({ bytes: diskBytes + XFS_BYTES, sourceDisk: false }),
  measure: (context) => undoing((undo) => measure(context, undo)),
};

async function measure(context: Context, undo: Undo): Promise<Line[]> {
  const { signal, sizes: { diskBytes } } = context;
  const folder = sharesBlocks(context.folder) ? context.folder
    : await mountXfs(context.folder, diskBytes + XFS_BYTES, undo, signal);
  const disk = join(folder, 'shared.img');
  undo.add(() => rm(disk, { force: true }));
  await context.makeFile(disk, diskBytes);
  const outcome = await rounds<Sample>([
    { name: 'reflink', measure: () => shareWithTape(context, disk, folder) },
    { name: 'cp --reflink', measure: () => shareWithFile(disk, join(folder, 'copy.img'), signal) },
  ], {
    count: context.pairs, signal,
    onSample: (name, round) => context.say(`reflink: ${name}, round ${round} of ${context.pairs}`),
  });
  const row = { row: 'reflink', ours: 'reflink' };
  return [
    compare(outcome, {
      ...row, what: `disk → tape, reflink, ${formatSize(diskBytes)}`, unit: 'milliseconds',
      other: 'cp --reflink', goal: { of: 'ours', bound: 'below', value: 100 },
      figureOf: ({ seconds }) => seconds * 1000 }),
    compare(outcome, {
      ...row, what: 'bytes moved for it', unit: 'bytes',
      goal: { of: 'ours', bound: 'atMost', value: 0 },
      figureOf: ({ movedBytes }) => movedBytes ?? Number.NaN }),
  ];
}

async function shareWithTape(context: Context, disk: string, folder: string): Promise<Sample> {
  const { seconds, event: { byRung } } =
    await copyToTape(context, disk, context.sizes.diskBytes, folder, 'reflink');
  return { seconds, movedBytes: byRung.direct + byRung.kernel + byRung.portable };
}

const shareWithFile = (from: string, to: string, signal: AbortSignal): Promise<Sample> =>
  undoing(async (undo) => {
    undo.add(() => rm(to, { force: true }));
    const copied = await run('cp', ['--reflink=always', from, to], signal);
    const synced = await run('sync', ['-d', to], signal);
    return { seconds: copied.seconds + synced.seconds, movedBytes: undefined };
  });
