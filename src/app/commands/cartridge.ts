/** `serverfree cartridge`: makes, shows and checks tape cartridges. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { hex } from '../../bytes/hex.ts';
import { Cartridge } from '../../media/cartridge.ts';
import { type Host, thisHost } from '../host.ts';
import { type Terminal, table } from '../terminal.ts';
import { formatSize, parseSize } from '../units.ts';

interface NewOptions {
  readonly capacity: string;
  readonly barcode?: string;
}

interface OutputOptions {
  readonly json?: boolean;
}

export function addCartridge(program: Command, terminal: Terminal): void {
  const cartridge = program.command('cartridge')
    .description('make, show and check tape cartridges (folders on this host)');
  cartridge.command('new <dir>')
    .description('make a blank cartridge')
    .option('--capacity <size>', 'payload bytes that it holds', '100G')
    .option('--barcode <text>', 'volume identifier; the default is made from the folder\'s name')
    .action((dir: string, options: NewOptions) => makeCartridge(thisHost(), terminal, dir, options));
  cartridge.command('show <dir>')
    .description('what a cartridge says of itself, and what is on it')
    .option('--json', 'for machines')
    .action((dir: string, options: OutputOptions) => show(thisHost(), terminal, dir, options));
}

/** A barcode from a folder's name: upper case letters and digits, at most 32. */
export const barcodeFor = (folder: string): string =>
  basename(resolve(folder)).toUpperCase().replaceAll(/[^A-Z0-9]/g, '').slice(0, 32) || 'TAPE';

async function makeCartridge(
  host: Host, terminal: Terminal, dir: string, options: NewOptions): Promise<void> {
  const capacityBytes = parseSize(options.capacity, '--capacity');
  const barcode = options.barcode ?? barcodeFor(dir);
  await Cartridge.create(host.files, host.random, dir, { barcode, capacityBytes });
  terminal.out(`Made cartridge ${barcode} in ${dir}: ${formatSize(capacityBytes)}`);
}
