/**
 * What serverfree costs, against what a user would otherwise run:
 *
 *   rows ─→ contenders, in interleaved rounds ─→ samples ─→ lines ─→ table, JSON, picture
 *
 * It runs from a checkout: `serverfree bench` loads this file.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchSettings } from '../src/app/commands/bench.ts';
import { interruption, thisHost } from '../src/app/host.ts';
import type { Terminal } from '../src/app/terminal.ts';
import { Context, type Row } from './context.ts';
import { requireRoom } from './files.ts';
import { type Line, reasonOf } from './line.ts';
import { load, thisMachine } from './machine.ts';
import { picture } from './picture.ts';
import { asJson, type Results, tableLines } from './report.ts';
import { ROWS } from './rows.ts';
import { FULL, QUICK, type Sizes } from './sizes.ts';
import { undoing } from './undo.ts';

/** Measures, prints a table, writes JSON and a picture where it is told to. */
export async function runBench(settings: BenchSettings, terminal: Terminal): Promise<void> {
  const signal = interruption();
  const sizes = settings.quick ? QUICK : FULL;
  const base = settings.folder ?? tmpdir();
  const rows = ROWS.filter(({ name }) => settings.only?.includes(name) ?? true);
  requireRoom(base, roomFor(rows, sizes));
  const machine = thisMachine(base);
  const lines = await undoing(async (undo) => {
    undo.add(holdSignals());
    const folder = await mkdtemp(join(base, 'serverfree-bench-'));
    undo.add(() => rm(folder, { recursive: true }));
    const context = new Context(
      { folder, sizes, pairs: settings.pairs, signal }, terminal, thisHost());
    const measured: Line[] = [];
    for (const row of rows) measured.push(...await measure(row, context));
    return measured;
  });
  terminal.clearStatus();
  const results: Results = {
    machine: { ...machine, loadAfter: load() },
    parameters: { pairs: settings.pairs, ...sizes }, lines,
  };
  for (const line of tableLines(results)) terminal.out(line);
  if (settings.json !== undefined) {
    await writeFile(settings.json, `${JSON.stringify(asJson(results), undefined, 2)}\n`);
  }
  if (settings.svg !== undefined) await writeFile(settings.svg, picture(results));
}

/** What is mounted must be taken down even if a person interrupts twice. Returns how to end it. */
function holdSignals(): () => void {
  const hold = (): void => {};
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, hold);
  return () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, hold);
  };
}

/** A row that cannot be measured here says why; the others go on. */
async function measure(row: Row, context: Context): Promise<Line[]> {
  try {
    return await row.measure(context);
  } catch (error) {
    context.signal.throwIfAborted();
    const missing = `${row.name}: ${reasonOf(error)}`;
    return [{ row: row.name, what: row.name, unit: 'milliseconds', missing }];
  }
}

/** Rows run one after the other, and each leaves nothing but the source disk. */
function roomFor(rows: readonly Row[], sizes: Sizes): number {
  const rooms = rows.map((row) => row.room(sizes));
  const sourceBytes = rooms.some(({ sourceDisk }) => sourceDisk) ? sizes.diskBytes : 0;
  return sourceBytes + Math.max(0, ...rooms.map(({ bytes }) => bytes));
}
