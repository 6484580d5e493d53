import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Row } from '../context.ts';
import type { Line } from '../line.ts';
import { run } from '../programs.ts';
import { compare, rounds } from '../rounds.ts';
import { TargetProcess } from '../target-process.ts';
import { serveWithTgt } from '../tgt.ts';
import { undoing } from '../undo.ts';

interface Load {
  readonly what: string;
  readonly requestBytes: number;
  readonly depth: number;
  readonly isWrite: boolean;
}

const [SMALL_BYTES, LARGE_BYTES] = [4096, 256 * 1024];

const LOADS: readonly Load[] = [
  { what: '4 KiB reads, 32 deep', requestBytes: SMALL_BYTES, depth: 32, isWrite: false },
  { what: '4 KiB writes, 32 deep', requestBytes: SMALL_BYTES, depth: 32, isWrite: true },
  { what: '256 KiB reads, 16 deep', requestBytes: LARGE_BYTES, depth: 16, isWrite: false },
  { what: '256 KiB writes, 16 deep', requestBytes: LARGE_BYTES, depth: 16, isWrite: true },
];

/** Reads and writes over iSCSI by `qemu-img bench`, of one file that both targets serve. */
export const servedRow: Row = {
  name: 'served',
  room: ({ servedBytes }) => ({ bytes: servedBytes, sourceDisk: false }),
  measure: (context) => undoing(async (undo) => {
    const { folder, signal, sizes } = context;
    const file = join(folder, 'served.img');
    undo.add(() => rm(file, { force: true }));
    await context.makeFile(file, sizes.servedBytes);
    const target = await TargetProcess.start({ units: ['--disk', `served=${file}`] }, undo);
    let tgt: Promise<string> | undefined;
    const tgtUrl = (): Promise<string> => {
      tgt ??= serveWithTgt(file, folder, undo, signal);
      return tgt;
    };
    const lines: Line[] = [];
    for (const load of LOADS) {
      lines.push(await measureLoad(context, load, file, async () => target.url(0), tgtUrl));
    }
    return lines;
  }),
};

async function measureLoad(
  context: Context, load: Load, file: string, ...urls: (() => Promise<string>)[]): Promise<Line> {
  const { what, requestBytes } = load;
  const isSmall = requestBytes === SMALL_BYTES;
  const contenders = ['serverfree', 'tgt'].map((name, i) => ({
    name,
    async measure() {
      const perSecond = await requestsPerSecond(context, load, await urls[i]!());
      // What one has written must not be written back while the other is measured.
      await run('sync', ['-d', file], context.signal);
      return perSecond;
    },
  }));
  const outcome = await rounds(contenders, {
    count: context.pairs, signal: context.signal,
    onSample: (name, round) =>
      context.say(`served: ${what}: ${name}, round ${round} of ${context.pairs}`),
  });
  return compare(outcome, {
    row: 'served', what: `${what}, over iSCSI`, unit: isSmall ? 'perSecond' : 'bytesPerSecond',
    ours: 'serverfree', other: 'tgt', goal: { of: 'ratio', bound: 'atLeast', value: 2 },
    figureOf: (perSecond) => (isSmall ? perSecond : perSecond * requestBytes),
  });
}

async function requestsPerSecond(
  { sizes, signal }: Context, { requestBytes, depth, isWrite }: Load, url: string,
): Promise<number> {
  const count = requestBytes === SMALL_BYTES ? sizes.smallRequests : sizes.largeRequests;
  const { stdout } = await run('qemu-img', [
    'bench', '-t', 'none', '-f', 'raw', '-c', String(count), '-d', String(depth),
    '-s', String(requestBytes), ...(isWrite ? ['-w', '--pattern=165'] : []), url,
  ], signal);
  const seconds = Number(/Run completed in ([\d.]+) seconds/.exec(stdout)?.[1]);
  if (!(seconds > 0)) throw new Error(`Cannot read what qemu-img printed: ${stdout}`);
  return count / seconds;
}
