/** `serverfree bench`: measures in a checkout; the package does not carry what that needs. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { UsageError, UserError } from '../user-error.ts';

/** Rows of the table that can be asked for. */
export const BENCH_ROWS =
  ['copy', 'reflink', 'client', 'served', 'decode', 'explain', 'plan', 'start'] as const;
export type BenchRow = (typeof BENCH_ROWS)[number];

export interface BenchSettings {
  readonly quick: boolean;
  /** Undefined: all of them. */
  readonly only: readonly BenchRow[] | undefined;
  /** Interleaved rounds. */
  readonly pairs: number;
  /** Where test files go; undefined: the host's folder for temporary files. */
  readonly folder: string | undefined;
  readonly json: string | undefined;
  readonly svg: string | undefined;
}

interface BenchModule {
  runBench(settings: BenchSettings, terminal: Terminal): Promise<void>;
}

interface BenchOptions {
  readonly quick?: boolean;
  readonly only?: string;
  readonly pairs?: string;
  readonly folder?: string;
  readonly json?: string;
  readonly svg?: string;
}

const PAIRS = 5;
const QUICK_PAIRS = 2;
const PAIRS_MAX = 1000;

const MAIN = new URL('../../../bench/main.ts', import.meta.url);

export function addBench(program: Command, terminal: Terminal): void {
  program.command('bench')
    .description('measure what it costs, against what you would otherwise run (in a checkout)')
    .option('--quick', 'small sizes, to try it: about a minute, rough figures')
    .option('--only <row,...>', `only these rows: ${BENCH_ROWS.join(', ')}`)
    .option('--pairs <count>', `interleaved rounds (default: ${PAIRS}, quick: ${QUICK_PAIRS})`)
    .option('--folder <dir>', 'where test files go (default: the folder for temporary files)')
    .option('--json <file>', 'write everything that was measured')
    .option('--svg <file>', 'write a picture')
    .action(async (options: BenchOptions) => {
      const settings = benchSettings(options);
      await (await loadBench()).runBench(settings, terminal);
    });
}

/** Throws: UsageError that names the option. */
export function benchSettings(options: BenchOptions): BenchSettings {
  const quick = options.quick ?? false;
  const pairs = Number(options.pairs ?? (quick ? QUICK_PAIRS : PAIRS));
  if (!(Number.isInteger(pairs) && pairs >= 1 && pairs <= PAIRS_MAX)) {
    throw new UsageError(
      `Cannot use --pairs ${options.pairs}: give a count from 1 to ${PAIRS_MAX}`);
  }
  const { folder, json, svg } = options;
  return { quick, pairs, only: options.only?.split(',').map(benchRow), folder, json, svg };
}

function benchRow(name: string): BenchRow {
  const row = BENCH_ROWS.find((one) => one === name);
  if (row !== undefined) return row;
  throw new UsageError(`Cannot use --only ${name}: it is not one of ${BENCH_ROWS.join(', ')}`);
}

async function loadBench(): Promise<BenchModule> {
  if (!existsSync(MAIN)) {
    throw new UserError(
      'Cannot measure: the bench is not part of the package; run it in a checkout of the source');
  }
  const { tsImport } = await import('tsx/esm/api');
  return await tsImport(MAIN.href, {
    parentURL: import.meta.url, tsconfig: false }) as BenchModule; // bench/main.ts exports it
}
