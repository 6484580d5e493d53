/**
 * Where the bytes of a set are, on the disk and in the stream:
 *
 *   disk    ░░▓▓▓▓░░░░▓▓▓░░░░░░░▓▓▓▓▓░░        ▓ in use, copied
 *             │        │        │
 *   stream    ▓▓▓▓    ▓▓▓      ▓▓▓▓▓00         0 padding to a whole record
 *
 * The stream is what the records of the data file hold, one behind another. Padding stands at its
 * end, and where a list of segments had to end within a record.
 */
import { VarintReader, VarintWriter } from './varint.ts';

/** A run of the disk and where it is in the stream, in bytes. */
export interface PlacedRange {
  readonly diskOffset: number;
  readonly byteLength: number;
  readonly streamOffset: number;
}

/** A run of a file's content and where it was on the disk, in bytes; what lies between is zeros. */
export interface Extent {
  readonly logicalOffset: number;
  readonly byteLength: number;
  readonly diskOffset: number;
}

/** Everything here is counted in these: no disk has smaller blocks. */
export const UNIT_BYTES = 512;

/** Ranges or extents in one chunk of a map. */
export const CHUNK_RANGES = 2048;

const units = (byteLength: number): number => {
  if (byteLength % UNIT_BYTES === 0) return byteLength / UNIT_BYTES;
  throw new RangeError(`Cannot encode ${byteLength} bytes: not a multiple of ${UNIT_BYTES}`);
};

const bytes = (count: number): number => {
  const byteLength = count * UNIT_BYTES;
  if (Number.isSafeInteger(byteLength)) return byteLength;
  throw new RangeError(`Cannot decode a range: ${count} units do not fit`);
};

/** Ranges that ascend on the disk and in the stream. */
export function encodePlacedRanges(ranges: readonly PlacedRange[]): Uint8Array {
  const writer = new VarintWriter();
  let [disk, stream] = [0, 0];
  for (const { diskOffset, byteLength, streamOffset } of ranges) {
    // Padding is rare: one bit beside the gap on the disk says whether there is some.
    const padding = units(streamOffset - stream);
    writer.number(2 * units(diskOffset - disk) + (padding === 0 ? 0 : 1));
    if (padding !== 0) writer.number(padding);
    writer.number(units(byteLength));
    disk = diskOffset + byteLength;
    stream = streamOffset + byteLength;
  }
  return writer.take();
}

/** Throws: RangeError if the bytes are no such ranges. */
export function decodePlacedRanges(encoded: Uint8Array): PlacedRange[] {
  const reader = new VarintReader(encoded);
  const ranges: PlacedRange[] = [];
  let [disk, stream] = [0, 0];
  while (!reader.done) {
    const gap = reader.number();
    if (gap % 2 === 1) stream += bytes(reader.number());
    const diskOffset = disk + bytes(Math.floor(gap / 2));
    const byteLength = bytes(reader.number());
    ranges.push({ diskOffset, byteLength, streamOffset: stream });
    disk = diskOffset + byteLength;
    stream += byteLength;
  }
  return ranges;
}

/** Extents in ascending order of their place in the file. */
export function encodeExtents(extents: readonly Extent[]): Uint8Array {
  const writer = new VarintWriter();
  let [logical, disk] = [0, 0];
  for (const { logicalOffset, byteLength, diskOffset } of extents) {
    writer.number(units(logicalOffset - logical));
    writer.signed(units(diskOffset - disk));
    writer.number(units(byteLength));
    logical = logicalOffset + byteLength;
    disk = diskOffset + byteLength;
  }
  return writer.take();
}

/** Throws: RangeError if the bytes are no extents. */
export function decodeExtents(encoded: Uint8Array): Extent[] {
  const reader = new VarintReader(encoded);
  const extents: Extent[] = [];
  let [logical, disk] = [0, 0];
  while (!reader.done) {
    const logicalOffset = logical + bytes(reader.number());
    const diskOffset = disk + bytes(reader.signed());
    const byteLength = bytes(reader.number());
    if (diskOffset < 0) throw new RangeError('Cannot decode an extent: it lies before the disk');
    extents.push({ logicalOffset, byteLength, diskOffset });
    logical = logicalOffset + byteLength;
    disk = diskOffset + byteLength;
  }
  return extents;
}

/** Joins ranges that continue each other on the disk and in the stream. */
export class RangeJoiner {
  readonly #take: (range: PlacedRange) => void;
  #last: PlacedRange | undefined;

  constructor(take: (range: PlacedRange) => void) {
    this.#take = take;
  }

  add(range: PlacedRange): void {
    const last = this.#last;
    const continues = last !== undefined
      && last.diskOffset + last.byteLength === range.diskOffset
      && last.streamOffset + last.byteLength === range.streamOffset;
    if (last !== undefined && !continues) this.#take(last);
    this.#last = continues
      ? { ...last, byteLength: last.byteLength + range.byteLength } : range;
  }

  /** Hands on the last range. */
  finish(): void {
    if (this.#last !== undefined) this.#take(this.#last);
    this.#last = undefined;
  }
}
