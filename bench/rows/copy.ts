import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rung } from '../../src/ports/mover.ts';
import { copyToTape } from '../copy-to-tape.ts';
import type { Context, Row } from '../context.ts';
import { evict } from '../files.ts';
import type { Goal } from '../line.ts';
import { run } from '../programs.ts';
import { type Comparison, compare, type Contender, rounds } from '../rounds.ts';
import { undoing } from '../undo.ts';

interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const GIB = 1024 ** 3;
const sourceOf = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Rungs that copy bytes. The one that shares blocks has a row of its own. */
const RUNGS: readonly Rung[] = ['direct', 'kernel', 'portable'];
const URING = 'io_uring copy';
const DD = 'dd, O_DIRECT';
const CP = 'cp';

/** Disk → tape by each rung against plain copies. Each ends with its bytes on the disk. */
export const copyRow: Row = {
  name: 'copy',
  room: ({ diskBytes }) => ({ bytes: diskBytes, sourceDisk: true }),
  async measure(context) {
    const disk = await context.sourceDisk();
    const { diskBytes } = context.sizes;
    let uring: Promise<string> | undefined;
    const plain = (name: string, copy: (to: string) => Promise<Sample>): Contender<Sample> =>
      ({ name, measure: () => toNewFile(context, disk, copy) });
    const rung = (name: Rung): Contender<Sample> => ({
      name,
      async measure() {
        await evict(disk, context.signal);
        return copyToTape(context, disk, diskBytes, context.folder, name);
      },
    });
    // The two that are compared most closely run one after the other.
    const outcome = await rounds([
      rung('direct'), plain(URING, async (to) => {
        uring ??= buildUringCopy(context);
        return uringCopy(await uring, disk, to, context.signal);
      }),
      plain(DD, (to) => dd(disk, to, context.signal)), rung('kernel'),
      plain(CP, (to) => cp(disk, to, context.signal)), rung('portable'),
    ], {
      count: context.pairs, signal: context.signal,
      onSample: (name, round) => context.say(`copy: ${name}, round ${round} of ${context.pairs}`),
    });
    return comparisons(diskBytes).map((one) => compare(outcome, one));
  },
};

function comparisons(diskBytes: number): Comparison<Sample>[] {
  const throughput = (ours: Rung, other: string, goal?: Goal): Comparison<Sample> => ({
    row: 'copy', what: `disk → tape, ${ours}`, unit: 'bytesPerSecond', ours, other,
    ...(goal ? { goal } : {}), figureOf: ({ seconds }) => diskBytes / seconds,
  });
  const cpu = (ours: Rung, other: string, goal?: Goal): Comparison<Sample> => ({
    row: 'copy', what: `its CPU, ${ours}`, unit: 'cpuSecondsPerGib', ours, other,
    ...(goal ? { goal } : {}), figureOf: ({ cpuSeconds }) => cpuSeconds / (diskBytes / GIB),
  });
  return [
    throughput('direct', URING, { of: 'ratio', bound: 'atLeast', value: 0.9 }),
    cpu('direct', URING, { of: 'ours', bound: 'below', value: 0.15 }),
    throughput('direct', DD), cpu('direct', DD),
    ...RUNGS.flatMap((one) => [throughput(one, CP), cpu(one, CP)]),
  ];
}

/** Runs a copy into a file that is not there yet, of a disk that is not in the page cache. */
const toNewFile = <T>(
  { folder, signal }: Context, disk: string, copy: (to: string) => Promise<T>,
): Promise<T> => undoing(async (undo) => {
  const to = join(folder, 'copy.img');
  undo.add(() => rm(to, { force: true }));
  await evict(disk, signal);
  return copy(to);
});

async function buildUringCopy({ folder, signal }: Context): Promise<string> {
  const program = join(folder, 'uring-copy');
  await run('g++', [
    '-O2', '-std=c++17', sourceOf('uring-copy.cc'), sourceOf('../native/uring.cc'), '-o', program,
  ], signal);
  return program;
}

/** What it says itself, which leaves out the start of a process. */
const uringCopy = async (
  program: string, from: string, to: string, signal: AbortSignal): Promise<Sample> =>
  JSON.parse((await run(program, [from, to], signal)).stdout) as Sample;

const dd = (from: string, to: string, signal: AbortSignal): Promise<Sample> => run('dd', [
  `if=${from}`, `of=${to}`, 'bs=1M', 'iflag=direct', 'oflag=direct', 'conv=fdatasync',
  'status=none',
], signal);

async function cp(from: string, to: string, signal: AbortSignal): Promise<Sample> {
  const copied = await run('cp', ['--reflink=never', from, to], signal);
  const synced = await run('sync', ['-d', to], signal);
  return {
    seconds: copied.seconds + synced.seconds, cpuSeconds: copied.cpuSeconds + synced.cpuSeconds };
}
