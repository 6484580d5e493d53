/** `serverfree cartridge`: makes, shows, checks and exchanges tape cartridges. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { hex } from '../../bytes/hex.ts';
import { Cartridge } from '../../media/cartridge.ts';
import { checkCartridge } from '../../media/check.ts';
import type { Run } from '../../media/tape-types.ts';
import { densityOfGeneration } from '../../server/densities.ts';
import { barcodeFor } from '../../target/media.ts';
import { type Host, interruption, thisHost } from '../host.ts';
import { Progress } from '../progress.ts';
import { type Terminal, table } from '../terminal.ts';
import { formatSize, parseSize } from '../units.ts';
import { UserError } from '../user-error.ts';
import { addExchange } from './cartridge-exchange.ts';

interface NewOptions {
  readonly capacity: string;
  readonly barcode?: string;
  readonly worm?: boolean;
  readonly generation?: string;
}

interface OutputOptions {
  readonly json?: boolean;
}

interface CheckOptions extends OutputOptions {
  readonly scrub?: boolean;
}

export function addCartridge(program: Command, terminal: Terminal): void {
  const cartridge = program.command('cartridge')
    .description('make, show, check and exchange tape cartridges (folders on this host)');
  cartridge.command('new <dir>')
    .description('make a blank cartridge')
    .option('--capacity <size>', 'payload bytes that it holds', '100G')
    .option('--barcode <text>', 'volume identifier; the default is made from the folder\'s name')
    .option('--generation <1-9>', 'of LTO: which drives can use it; the default is 8')
    .option('--worm', 'written once: what is on it cannot be written over')
    .action((dir: string, options: NewOptions) => makeNew(thisHost(), terminal, dir, options));
  cartridge.command('show <dir>')
    .description('what a cartridge says of itself, and what is on it')
    .option('--json', 'for machines')
    .action((dir: string, options: OutputOptions) => show(thisHost(), terminal, dir, options));
  cartridge.command('check <dir>')
    .description('verify structure and checksums; exit status 1 if there is a problem')
    .option('--scrub', 'compute checksums for what has none, and keep them')
    .option('--json', 'for machines')
    .action((dir: string, options: CheckOptions) => check(thisHost(), terminal, dir, options));
  addExchange(cartridge, terminal);
}

async function makeNew(
  host: Host, terminal: Terminal, dir: string, options: NewOptions): Promise<void> {
  const capacityBytes = parseSize(options.capacity, '--capacity');
  const barcode = options.barcode ?? barcodeFor(basename(resolve(dir)));
  await Cartridge.create(host.files, host.random, dir,
    { barcode, capacityBytes, worm: options.worm ?? false, ...densityOption(options) });
  terminal.out(`Made cartridge ${barcode} in ${dir}: ${formatSize(capacityBytes)}`);
}

/** Throws: UserError if there is no such generation. */
function densityOption({ generation }: NewOptions): { readonly densityCode?: number } {
  if (generation === undefined) return {};
  const density = densityOfGeneration(Number(generation));
  if (density !== undefined) return { densityCode: density.code };
  throw new UserError(`Cannot make a cartridge of LTO generation '${generation}': it is not from `
    + '1 to 9');
}

/** Runs shown at most; a tape may hold millions. */
const RUNS_SHOWN_MAX = 1000;

function firstRuns(cartridge: Cartridge): Run[] {
  const runs: Run[] = [];
  for (let object = 0; object < cartridge.endOfData && runs.length < RUNS_SHOWN_MAX;) {
    const run = cartridge.runAt(object)!; // there is one before the end of data
    runs.push(run);
    object = run.firstObject + run.count;
  }
  return runs;
}

async function show(
  host: Host, terminal: Terminal, dir: string, options: OutputOptions): Promise<void> {
  const cartridge = await Cartridge.open(host.files, host.random, dir, { readonly: true });
  try {
    const runs = firstRuns(cartridge);
    terminal.out(options.json ? JSON.stringify(asJson(cartridge, runs)) : asText(cartridge, runs));
  } finally {
    await cartridge.close();
  }
}

const asJson = (cartridge: Cartridge, runs: readonly Run[]): unknown => ({
  barcode: cartridge.label.barcode,
  serialNumber: cartridge.label.identity.serialNumber,
  densityCode: cartridge.label.densityCode,
  capacityBytes: cartridge.capacityBytes, earlyWarningBytes: cartridge.earlyWarningBytes,
  usedBytes: cartridge.usedBytes, endOfData: cartridge.endOfData,
  filemarkCount: cartridge.filemarkCount, ...cartridge.openReport, runs,
});

function asText(cartridge: Cartridge, runs: readonly Run[]): string {
  const { label, openReport } = cartridge;
  const lines = table([
    ['barcode', label.barcode],
    ['serial number', label.identity.serialNumber],
    ['density', hex(label.densityCode)],
    ['capacity', formatSize(cartridge.capacityBytes)],
    ['used', `${formatSize(cartridge.usedBytes)} (${cartridge.usedBytes} bytes)`],
    ['objects', `${cartridge.endOfData}, ${cartridge.filemarkCount} of them filemarks`],
  ]);
  if (openReport.cutEntries > 0) {
    lines.push(`${openReport.cutEntries} half-written entries at the end were not acknowledged `
      + 'and are ignored');
  }
  for (const damage of openReport.damage) lines.push(`damaged: ${damage}`);
  lines.push('', ...table([
    ['first object', 'count', 'what'],
    ...runs.map((run) => [String(run.firstObject), String(run.count), run.kind === 'records'
      ? `records of ${run.recordBytes} bytes` : 'filemarks']),
  ]));
  if (runs.length === RUNS_SHOWN_MAX) lines.push('… (more runs follow)');
  return lines.join('\n');
}

async function check(
  host: Host, terminal: Terminal, dir: string, options: CheckOptions): Promise<void> {
  const signal = interruption();
  const cartridge = await Cartridge.open(
    host.files, host.random, dir, { readonly: !options.scrub });
  try {
    const progress = new Progress(terminal, host.clock, 'checked');
    const report = await checkCartridge(cartridge, {
      scrub: options.scrub ?? false, signal,
      onProgress: (done, total) => progress.update(done, total),
    });
    progress.finish();
    if (options.json) terminal.out(JSON.stringify({ ...report, ...cartridge.openReport }));
    else {
      for (const problem of report.problems) terminal.out(`problem: ${problem}`);
      const share = `${(100 * report.coverage).toFixed(1)} %`;
      terminal.out(`${formatSize(report.payloadBytes)} on the tape, ${share} of it with a `
        + `checksum, ${formatSize(report.checkedBytes)} compared`);
    }
    if (report.problemCount > 0) {
      throw new UserError(`Cannot trust cartridge ${dir}: ${report.problemCount} problems`);
    }
  } finally {
    await cartridge.close();
  }
}
