/** What the framed JSON records of a tape say: the volume, a set's header, a set's trailer. */
import { decodeFrame, encodeFrame, type FrameKind } from './frame.ts';

/** A later format that this program cannot read is refused. */
export const TAPE_FORMAT = 1;

/** Identity of a tape: made once when it is labelled. */
export interface VolumeDescription {
  readonly format: number;
  /** 32 hexadecimal digits. */
  readonly volume: string;
  /** The six characters of the VOL1 label. */
  readonly name: string;
  /** As the cartridge's memory had it when it was labelled. */
  readonly barcode?: string;
  readonly createdMs: number;
}

/** The disk that a set was made of. */
export interface SourceDescription {
  readonly vendor: string;
  readonly product: string;
  readonly serial: string;
  /** Designator of the logical unit, hexadecimal. */
  readonly designator: string;
  readonly blockBytes: number;
  readonly blockCount: number;
}

export interface FileSystemDescription {
  readonly type: 'ext4';
  readonly label: string;
  readonly uuid: string;
  readonly blockBytes: number;
}

/** Written before the data. */
export interface SetHeader {
  readonly format: number;
  readonly set: string;
  readonly label: string;
  readonly volume: string;
  /** The number of filemarks before the header. */
  readonly tapeFile: number;
  readonly startedMs: number;
  readonly mover: 'xcopy' | 'host';
  readonly recordBytes: number;
  readonly source: SourceDescription;
  /** Without one the set holds every block of the disk and no files. */
  readonly fileSystem?: FileSystemDescription;
  /** Why the set holds no files or more blocks than are in use. */
  readonly note?: string;
}

/** Written behind the maps: a set without one is incomplete. */
export interface SetTrailer {
  readonly format: number;
  readonly set: string;
  readonly finishedMs: number;
  /** Logical object numbers of the first records of the three files before. */
  readonly headerObject: number;
  readonly dataObject: number;
  readonly mapObject: number;
  readonly dataRecords: number;
  readonly mapRecords: number;
  /** Bytes of the disk that the set holds, without padding. */
  readonly dataBytes: number;
  readonly fileCount: number;
}

interface Kinds {
  volume: VolumeDescription;
  header: SetHeader;
  trailer: SetTrailer;
}
export type DescriptionKind = keyof Kinds & FrameKind;

const TEXT = 'string';
const COUNT = 'number';

type Required = Readonly<Record<string, 'string' | 'number'>>;

/** Fields that must be there, so that the rest of the program may rely on them. */
const REQUIRED: { readonly [K in DescriptionKind]: Required } = {
  volume: { volume: TEXT, name: TEXT, createdMs: COUNT },
  header: { set: TEXT, label: TEXT, volume: TEXT, tapeFile: COUNT, startedMs: COUNT, mover: TEXT,
    recordBytes: COUNT },
  trailer: { set: TEXT, finishedMs: COUNT, headerObject: COUNT, dataObject: COUNT,
    mapObject: COUNT, dataRecords: COUNT, mapRecords: COUNT, dataBytes: COUNT, fileCount: COUNT },
};
const SOURCE_REQUIRED = {
  vendor: TEXT, product: TEXT, serial: TEXT, designator: TEXT, blockBytes: COUNT, blockCount: COUNT,
} as const;
const FILE_SYSTEM_REQUIRED = { type: TEXT, label: TEXT, uuid: TEXT, blockBytes: COUNT } as const;

/** Longest records that a tape device moves. */
const RECORD_BYTES_MAX = 0xff_ffff;

export const encodeDescription = <K extends DescriptionKind>(
  kind: K, value: Kinds[K], granuleBytes: number): Uint8Array =>
  encodeFrame(kind, 0, new TextEncoder().encode(JSON.stringify(value)), granuleBytes);

/** Throws: RangeError that says what is wrong with the record. */
export function decodeDescription<K extends DescriptionKind>(
  kind: K, record: Uint8Array): Kinds[K] {
  const value = parse(decodeFrame(kind, 0, record));
  check(value, { format: COUNT, ...REQUIRED[kind] });
  if (value.format !== TAPE_FORMAT) {
    throw new RangeError(`it has format ${value.format}, this program reads format ${TAPE_FORMAT}`);
  }
  if (kind === 'header') checkHeader(value);
  return value as unknown as Kinds[K]; // its fields were checked just now
}

function parse(payload: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON: said below, in the words of the tape.
  }
  throw new RangeError('it holds no description');
}

function check(value: Record<string, unknown>, required: Required): void {
  for (const [key, type] of Object.entries(required)) {
    const found = value[key];
    const good = type === 'string' ? typeof found === 'string'
      : typeof found === 'number' && Number.isSafeInteger(found) && found >= 0;
    if (!good) throw new RangeError(`its field '${key}' is ${JSON.stringify(found) ?? 'missing'}`);
  }
}

function checkHeader(header: Record<string, unknown>): void {
  const { source, fileSystem, recordBytes, mover } = header;
  check(objectOf(source), SOURCE_REQUIRED);
  if (fileSystem !== undefined) check(objectOf(fileSystem), FILE_SYSTEM_REQUIRED);
  const { blockBytes } = objectOf(source);
  const whole = [recordBytes, blockBytes].every(
    (length) => typeof length === 'number' && length >= 512 && length % 512 === 0);
  if (!whole || Number(recordBytes) > RECORD_BYTES_MAX) {
    throw new RangeError(`its records have ${recordBytes} bytes, its blocks ${blockBytes}`);
  }
  if (mover !== 'xcopy' && mover !== 'host') throw new RangeError(`its mover is '${mover}'`);
}

const objectOf = (value: unknown): Record<string, unknown> =>
  (typeof value === 'object' && value !== null ? value as Record<string, unknown> : {});
