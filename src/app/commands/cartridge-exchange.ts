/** `serverfree cartridge import` and `export`: tapes from and for other emulators. */
import { basename, dirname, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { ZlibCompression } from '../../io/compression.ts';
import { Cartridge } from '../../media/cartridge.ts';
import { exportImage, type ExportReport } from '../../media/export-image.ts';
import { importImage, type ImportReport } from '../../media/import-image.ts';
import {
  formatOfName, IMAGE_FORMATS, type ImageFormat, imageParser, imageWriter,
} from '../../media/tape-formats/formats.ts';
import type { Files } from '../../ports/files.ts';
import { barcodeFor } from '../../target/media.ts';
import { type Host, interruption, thisHost } from '../host.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { formatSize, parseSize } from '../units.ts';
import { UsageError } from '../user-error.ts';

interface ExchangeOptions {
  readonly format?: ImageFormat;
  readonly chunk?: string;
  readonly json?: boolean;
}

interface ImportOptions extends ExchangeOptions {
  readonly capacity?: string;
  readonly barcode?: string;
  readonly lenient?: boolean;
}

interface ExportOptions extends ExchangeOptions {
  readonly endMarker?: boolean;
  readonly partition?: string;
  readonly uncompressed?: boolean;
}

const CAPACITY_BYTES = 100 * 1024 ** 3;

const formatOption = () => new Option('--format <name>',
  'format of the file; the default is what its name ends with (.tap .e11 .aws .het)')
  .choices(IMAGE_FORMATS);
const chunkOption = () => new Option(
  '--chunk <bytes>', 'aws, het: bytes of a chunk, 1 to 65535; the default is 65535');

export function addExchange(cartridge: Command, terminal: Terminal): void {
  cartridge.command('import <dir> <file>')
    .description('make a cartridge of a tape image (SIMH, E11, AWSTAPE, HET)')
    .addOption(formatOption())
    .addOption(chunkOption())
    .option('--capacity <size>', 'payload bytes that it holds; the default is 100G, or the file')
    .option('--barcode <text>', 'volume identifier; the default is made from the folder\'s name')
    .option('--lenient',
      'take records marked as bad, and a file that is cut off, as far as it goes')
    .option('--json', 'for machines')
    .action((dir: string, file: string, options: ImportOptions) =>
      importInto(thisHost(), terminal, dir, file, options));
  cartridge.command('export <dir> <file>')
    .description('write a cartridge as a tape image (SIMH, E11, AWSTAPE, HET)')
    .addOption(formatOption())
    .addOption(chunkOption())
    .option('--partition <number>', 'the partition to write; the default is 0')
    .option('--end-marker', 'simh, e11: end with the end-of-medium marker')
    .option('--uncompressed', 'het: leave records as they are')
    .option('--json', 'for machines')
    .action((dir: string, file: string, options: ExportOptions) =>
      exportTo(thisHost(), terminal, dir, file, options));
}

function formatFor(file: string, { format }: ExchangeOptions): ImageFormat {
  const found = format ?? formatOfName(file);
  if (found !== undefined) return found;
  throw new UsageError(`Cannot tell the format of ${file} by its name: give --format`);
}

function chunkOf({ chunk }: ExchangeOptions): { readonly chunkBytes?: number } {
  if (chunk === undefined) return {};
  const chunkBytes = Number(chunk);
  if (/^\d+$/.test(chunk) && chunkBytes >= 1 && chunkBytes <= 0xffff) return { chunkBytes };
  throw new UsageError(`Cannot use chunks of '${chunk}' bytes: write a number from 1 to 65535`);
}

async function importInto(
  host: Host, terminal: Terminal, dir: string, file: string, options: ImportOptions,
): Promise<void> {
  const { files, random, clock } = host;
  const format = formatFor(file, options);
  const parser = imageParser(format, new ZlibCompression(),
    { lenient: options.lenient ?? false, ...chunkOf(options) });
  const signal = interruption();
  const image = await files.open(file, 'read');
  try {
    const capacityBytes = options.capacity === undefined
      ? Math.max(CAPACITY_BYTES, await image.size()) : parseSize(options.capacity, '--capacity');
    const barcode = options.barcode ?? barcodeFor(basename(resolve(dir)));
    const report = await makeOrLeaveNothing(files, dir, async () => {
      await Cartridge.create(files, random, dir, { barcode, capacityBytes });
      const cartridge = await Cartridge.open(files, random, dir);
      try {
        const progress = new Progress(terminal, clock, 'imported');
        const onProgress = progress.update.bind(progress);
        return await importImage(image, parser, cartridge, { signal, onProgress })
          .finally(() => progress.finish());
      } finally {
        await cartridge.close();
      }
    });
    if (options.json) terminal.out(JSON.stringify({ format, barcode, ...report }));
    else terminal.out([`Made cartridge ${barcode} in ${dir}: ${countsOf(report)}`,
      ...odditiesOf(report)].join('\n'));
  } finally {
    await image.close();
  }
}

/** Runs what makes a cartridge; if it fails, the folder is as it was. */
async function makeOrLeaveNothing<T>(
  files: Files, dir: string, make: () => Promise<T>): Promise<T> {
  const missing: string[] = [];
  for (let path = resolve(dir); !await files.exists(path); path = dirname(path)) missing.push(path);
  if (missing.length === 0 && (await files.list(dir)).length > 0) {
    throw new UsageError(`Cannot import into ${dir}: the folder is not empty`);
  }
  try {
    return await make();
  } catch (error) {
    const names = await files.exists(dir) ? await files.list(dir) : [];
    for (const path of [...names.map((name) => join(dir, name)), ...missing]) {
      if (await files.exists(path)) await files.remove(path);
    }
    throw error;
  }
}

async function exportTo(
  host: Host, terminal: Terminal, dir: string, file: string, options: ExportOptions,
): Promise<void> {
  const { files, random, clock } = host;
  const format = formatFor(file, options);
  const writer = imageWriter(format, new ZlibCompression(), {
    ...chunkOf(options), endMarker: options.endMarker ?? false,
    uncompressed: options.uncompressed ?? false,
  });
  const signal = interruption();
  const cartridge = await Cartridge.open(files, random, dir, { readonly: true });
  try {
    selectPartition(cartridge, options.partition ?? '0');
    const report = await writeOrLeaveNothing(files, file, async () => {
      const image = await files.open(file, 'create');
      try {
        const progress = new Progress(terminal, clock, 'exported');
        const onProgress = progress.update.bind(progress);
        return await exportImage(cartridge, writer, image, { signal, onProgress })
          .finally(() => progress.finish());
      } finally {
        await image.close();
      }
    });
    if (options.json) terminal.out(JSON.stringify({ format, ...report }));
    else {
      const fileSize = formatSize(report.imageBytes);
      terminal.out(`Wrote ${file}: ${countsOf(report)}, ${fileSize} as a file`);
    }
  } finally {
    await cartridge.close();
  }
}

function selectPartition(cartridge: Cartridge, text: string): void {
  const partition = Number(text);
  if (!/^\d+$/.test(text) || partition >= cartridge.partitionCount) {
    throw new UsageError(`Cannot export partition '${text}': the cartridge has `
      + `${cartridge.partitionCount}, counted from 0`);
  }
  cartridge.selectPartition(partition);
}

async function writeOrLeaveNothing<T>(
  files: Files, file: string, write: () => Promise<T>): Promise<T> {
  if (await files.exists(file)) throw new UsageError(`Cannot export to ${file}: it exists already`);
  try {
    const result = await write();
    await files.syncFolder(dirname(resolve(file)));
    return result;
  } catch (error) {
    if (await files.exists(file)) await files.remove(file);
    throw error;
  }
}

const countsOf = (report: ImportReport | ExportReport): string =>
  `${report.recordCount} records, ${report.filemarkCount} filemarks, `
  + formatSize(report.payloadBytes);

/** What an export will not give back. */
const odditiesOf = ({ oddities }: ImportReport): string[] => oddities.map(
  ({ what, count, firstAt }) => `not kept: ${what}, ${count} times, first at byte ${firstAt}`);
