import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Row } from '../context.ts';
import type { Line } from '../line.ts';
import { run } from '../programs.ts';
import { compare, rounds } from '../rounds.ts';
import { TargetProcess } from '../target-process.ts';
import { type Served, serveWithTgt } from '../tgt.ts';
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

interface Sample {
  readonly perSecond: number;
  /** Processor time of the server and of the client, in microseconds for each request. */
  readonly serverMicroseconds: number;
  readonly clientMicroseconds: number;
}

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
    const ours: Served = { url: target.url(0), cpuSeconds: () => target.cpuSeconds() };
    let tgt: Promise<Served> | undefined;
    const servers = {
      serverfree: async () => ours,
      tgt: () => {
        tgt ??= serveWithTgt(file, folder, undo, signal);
        return tgt;
      },
    };
    const lines: Line[] = [];
    for (const load of LOADS) lines.push(...await measureLoad(context, load, file, servers));
    return lines;
  }),
};

async function measureLoad(
  context: Context, load: Load, file: string,
  servers: Readonly<Record<string, () => Promise<Served>>>): Promise<Line[]> {
  const { what, requestBytes } = load;
  const isSmall = requestBytes === SMALL_BYTES;
  const contenders = Object.entries(servers).map(([name, server]) => ({
    name,
    async measure() {
      const sample = await measureRequests(context, load, await server());
      // What one has written must not be written back while the other is measured.
      await run('sync', ['-d', file], context.signal);
      return sample;
    },
  }));
  const outcome = await rounds(contenders, {
    count: context.pairs, signal: context.signal,
    onSample: (name, round) =>
      context.say(`served: ${what}: ${name}, round ${round} of ${context.pairs}`),
  });
  const sides = { row: 'served', ours: 'serverfree', other: 'tgt' } as const;
  const each = { ...sides, unit: 'cpuMicrosecondsEach' } as const;
  return [
    compare(outcome, {
      ...sides, what: `${what}, over iSCSI`, unit: isSmall ? 'perSecond' : 'bytesPerSecond',
      goal: { of: 'ratio', bound: 'atLeast', value: 2 },
      figureOf: ({ perSecond }) => (isSmall ? perSecond : perSecond * requestBytes),
    }),
    compare(outcome, {
      ...each, what: '  the target\'s CPU for each', figureOf: (one) => one.serverMicroseconds,
      goal: { of: 'ratio', bound: 'atMost', value: 0.5 },
    }),
    compare(outcome, {
      ...each, what: '  the client\'s CPU for each', figureOf: (one) => one.clientMicroseconds,
    }),
  ];
}

async function measureRequests(
  { sizes, signal }: Context, { requestBytes, depth, isWrite }: Load, server: Served,
): Promise<Sample> {
  const count = requestBytes === SMALL_BYTES ? sizes.smallRequests : sizes.largeRequests;
  const before = server.cpuSeconds();
  const { stdout, cpuSeconds } = await run('qemu-img', [
    'bench', '-t', 'none', '-f', 'raw', '-c', String(count), '-d', String(depth),
    '-s', String(requestBytes), ...(isWrite ? ['-w', '--pattern=165'] : []), server.url,
  ], signal);
  const serverSeconds = server.cpuSeconds() - before;
  const seconds = Number(/Run completed in ([\d.]+) seconds/.exec(stdout)?.[1]);
  if (!(seconds > 0)) throw new Error(`Cannot read what qemu-img printed: ${stdout}`);
  const each = (all: number): number => (all / count) * 1e6;
  return {
    perSecond: count / seconds, serverMicroseconds: each(serverSeconds),
    clientMicroseconds: each(cpuSeconds),
  };
}
