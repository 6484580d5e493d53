import { join } from 'node:path';
import { parseHex } from '../bytes/hex.ts';
import type { Files } from '../ports/files.ts';
import { identityOf, parseIdentityRecord } from './identity.ts';
import type { IdentityRecord } from './identity.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import type { JsonObject } from './json-file.ts';
import { MediaError } from './media-error.ts';
import { COUNT_MAX } from './tape-contents.ts';
import type {
  CartridgeLabel, CartridgeOptions, MediumAttribute, MediumUsage,
} from './tape-types.ts';
import { PARTITIONS_MAX } from './volume-contents.ts';

/** The latest format that this code reads; it writes the first that can say what is to be said. */
const FORMAT_VERSION = 2;

export const CAPACITY_BYTES_MIN = 1024 * 1024;
/** Of one partition, or of a tape that was made shorter. */
export const PARTITION_BYTES_MIN = 64 * 1024;
const EARLY_WARNING_BYTES = 64 * 1024 * 1024;
const DENSITY_LTO_8 = 0x5e;
/** Of a drive. */
const NAME = /^[\x20-\x7e]{0,64}$/;
const BARCODE = /^[\x21-\x7e]{1,32}$/;
const ATTRIBUTES_MAX = 1024;
/** Of all values together: what keeps the file small. */
export const ATTRIBUTE_BYTES_MAX = 128 * 1024;

const NOT_USED: MediumUsage =
  { loads: 0, formats: 0, writtenBytes: 0, readBytes: 0, drives: [] };

export const labelPath = (folder: string): string => join(folder, 'cartridge.json');

/** A label with the identity as the file keeps it. */
export interface StoredLabel extends Omit<CartridgeLabel, 'identity'> {
  readonly identity: IdentityRecord;
}

export const labelOf = (stored: StoredLabel): CartridgeLabel =>
  ({ ...stored, identity: identityOf(stored.identity) });

/** Throws: MediaError (`invalid`) that names the option. */
export function newLabel(identity: IdentityRecord, options: CartridgeOptions): StoredLabel {
  const { barcode, capacityBytes, densityCode = DENSITY_LTO_8 } = options;
  const earlyWarningBytes = options.earlyWarningBytes ?? defaultEarlyWarning(capacityBytes);
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new MediaError('invalid', `Cannot make a cartridge: ${what}`);
  };
  demand(BARCODE.test(barcode), `barcode "${barcode}" is not 1 to 32 printable characters`);
  demand(Number.isSafeInteger(capacityBytes) && capacityBytes >= CAPACITY_BYTES_MIN
    && capacityBytes <= COUNT_MAX,
    `capacity ${capacityBytes} is not from ${CAPACITY_BYTES_MIN} to ${COUNT_MAX} bytes`);
  demand(Number.isSafeInteger(earlyWarningBytes) && earlyWarningBytes >= 0
    && earlyWarningBytes <= capacityBytes,
    `early warning ${earlyWarningBytes} bytes before the end is not on the tape`);
  demand(Number.isInteger(densityCode) && densityCode >= 0 && densityCode <= 0xff,
    `density code ${densityCode} is not from 0 to 255`);
  return {
    identity, barcode, densityCode, capacityBytes, earlyWarningBytes,
    volumeChangeReference: 0, attributes: [], partitionBytes: [capacityBytes],
    worm: options.worm ?? false, usage: NOT_USED,
  };
}

/** Throws: MediaError (`invalid`) if a tape cannot have partitions of these sizes, in bytes. */
export function assertPartitions(sizes: readonly number[], capacityBytes: number): void {
  const sum = sizes.reduce((total, size) => total + size, 0);
  const wrong = sizes.find((size) => !Number.isSafeInteger(size) || size < PARTITION_BYTES_MIN);
  if (sizes.length >= 1 && sizes.length <= PARTITIONS_MAX && wrong === undefined
    && sum <= capacityBytes) return;
  throw new MediaError('invalid', `Cannot make ${sizes.length} partitions of ${sizes.join(', ')} `
    + `bytes: a tape has 1 to ${PARTITIONS_MAX} of ${PARTITION_BYTES_MIN} bytes or more, `
    + `${capacityBytes} in all`);
}

const defaultEarlyWarning = (capacityBytes: number): number => Math.floor(
  Math.min(capacityBytes / 4, Math.max(EARLY_WARNING_BYTES, capacityBytes / 100)));

/** Throws: MediaError (`damaged`, or `notAMedium` if the format is a later one), FileError. */
export async function readLabel(files: Files, path: string): Promise<StoredLabel> {
  const json = await readJsonFile(files, path);
  json.text('format', /^serverfree cartridge$/);
  const version = json.count('version', 1, Number.MAX_SAFE_INTEGER);
  if (version > FORMAT_VERSION) {
    throw new MediaError('notAMedium',
      `Cannot read ${path}: its format is ${version}, this program knows ${FORMAT_VERSION}`);
  }
  const capacityBytes = json.count('capacityBytes', CAPACITY_BYTES_MIN, COUNT_MAX);
  return {
    identity: parseIdentityRecord(json.object('identity')),
    barcode: json.text('barcode', BARCODE),
    densityCode: json.count('densityCode', 0, 0xff),
    capacityBytes,
    earlyWarningBytes: json.count('earlyWarningBytes', 0, capacityBytes),
    volumeChangeReference: json.count('volumeChangeReference', 0, 0xffff_ffff),
    attributes: json.list('attributes').map(parseAttribute),
    partitionBytes: json.has('partitions') ? parsePartitions(json, path, capacityBytes)
      : [capacityBytes],
    worm: json.has('worm'),
    usage: json.has('usage') ? parseUsage(json.object('usage')) : NOT_USED,
  };
}

function parsePartitions(json: JsonObject, path: string, capacityBytes: number): number[] {
  const sizes = json.list('partitions')
    .map((one) => one.count('capacityBytes', PARTITION_BYTES_MIN, capacityBytes));
  try {
    assertPartitions(sizes, capacityBytes);
  } catch (error) {
    throw new MediaError('damaged', `Cannot read ${path}: ${error}`, { cause: error });
  }
  return sizes;
}

const parseUsage = (json: JsonObject): MediumUsage => ({
  loads: json.count('loads', 0, Number.MAX_SAFE_INTEGER),
  writtenBytes: json.count('writtenBytes', 0, Number.MAX_SAFE_INTEGER),
  readBytes: json.count('readBytes', 0, Number.MAX_SAFE_INTEGER),
  // Files of earlier versions have neither.
  formats: json.has('formats') ? json.count('formats', 0, Number.MAX_SAFE_INTEGER) : 0,
  drives: json.has('drives') ? json.list('drives').map((drive) => ({
    vendor: drive.text('vendor', NAME), serialNumber: drive.text('serialNumber', NAME) })) : [],
});

/** Durable when it returns. Throws: FileError. */
export function writeLabel(files: Files, path: string, label: StoredLabel): Promise<void> {
  const { partitionBytes, worm, ...plain } = label;
  const attributes = label.attributes.map(({ id, partition = 0, format, value }) => ({
    id, ...(partition === 0 ? {} : { partition }), format, hex: Buffer.from(value).toString('hex'),
  }));
  const isWhole = partitionBytes.length === 1 && partitionBytes[0] === label.capacityBytes;
  const partitions = partitionBytes.map((capacityBytes) => ({ capacityBytes }));
  return writeJsonFile(files, path, {
    format: 'serverfree cartridge', version: isWhole && !worm ? 1 : FORMAT_VERSION,
    ...plain, ...(isWhole ? {} : { partitions }), ...(worm ? { worm } : {}), attributes });
}

function parseAttribute(json: JsonObject): MediumAttribute {
  const format = json.text('format', /^(binary|ascii|text)$/);
  return {
    id: json.count('id', 0, 0xffff),
    ...(json.has('partition')
      ? { partition: json.count('partition', 0, PARTITIONS_MAX - 1) } : {}),
    // The pattern admits these three alone.
    format: format as MediumAttribute['format'],
    value: parseHex(json.text('hex', /^([0-9a-f]{2})*$/)),
  };
}

/**
 * The attributes after some were set, by identifier; an empty value removes one.
 *
 * Throws: MediaError (`invalid`) if an identifier has more than 16 bits, or all is too much.
 */
export function withAttributes(
  now: readonly MediumAttribute[], changes: readonly MediumAttribute[],
): MediumAttribute[] {
  const byId = new Map(now.map((attribute) => [placeOf(attribute), attribute]));
  for (const attribute of changes) {
    const { id, value } = attribute;
    if (!Number.isInteger(id) || id < 0 || id > 0xffff) {
      throw new MediaError('invalid', `Cannot set attribute ${id}: it is not from 0 to 65535`);
    }
    if (value.length === 0) byId.delete(placeOf(attribute));
    else byId.set(placeOf(attribute), attribute);
  }
  const attributes = [...byId.values()].sort((a, b) => placeOf(a) - placeOf(b));
  const bytes = attributes.reduce((sum, { value }) => sum + value.length, 0);
  if (attributes.length > ATTRIBUTES_MAX || bytes > ATTRIBUTE_BYTES_MAX) {
    throw new MediaError('invalid', `Cannot set attributes: ${attributes.length} attributes of `
      + `${bytes} bytes are more than ${ATTRIBUTES_MAX} of ${ATTRIBUTE_BYTES_MAX}`);
  }
  return attributes;
}

/** Attributes stand by partition, then by identifier. */
const placeOf = ({ id, partition = 0 }: MediumAttribute): number => partition * 0x1_0000 + id;
