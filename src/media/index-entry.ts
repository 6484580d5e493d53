import { readU32, readU48, writeU32, writeU48 } from '../bytes/big-endian.ts';
import { crc32c } from '../bytes/crc32c.ts';

/** Bytes of an index entry; it divides a sector, so that no entry lies over two of them. */
export const ENTRY_BYTES = 64;

/**
 * The layout of an index entry: where each field begins. Numbers are big-endian; a count is an
 * unsigned 64-bit number of which at most 48 bits are used.
 *
 * | bytes | field      | meaning                                                                |
 * | ----- | ---------- | ---------------------------------------------------------------------- |
 * | 0–3   | crc32c     | CRC32C of bytes 4 to 63                                                |
 * | 4     | kind       | see `ENTRY_KIND`                                                       |
 * | 5     | partition  | the partition that it is about, from 0                                 |
 * | 6–7   |            | reserved, zero                                                         |
 * | 8–15  | sequence   | number of this entry; also its place in the file                       |
 * | 16–23 | durable    | entries that were durable when this one was written                    |
 * | 24–31 | objects    | objects before this entry (truncation: new end of data); else 0        |
 * | 32–39 | filemarks  | filemarks before this entry (truncation: that are left); else 0        |
 * | 40–47 | payload    | payload bytes before this entry (truncation: that are left)            |
 * | 48–55 | amount     | records, filemarks, or bytes of the extent or of the checked range     |
 * | 56–63 | detail     | bytes of a record; offset in `data` of an extent; CRC32C; else 0       |
 */
const FIELD = {
  crc32c: 0, kind: 4, partition: 5, sequence: 8, durable: 16,
  objects: 24, filemarks: 32, payload: 40, amount: 48, detail: 56,
} as const;

export const ENTRY_KIND = {
  /** `amount` records of `detail` bytes. */
  records: 1,
  /** `amount` filemarks. */
  filemarks: 2,
  /** The payload from `payload` on lies in `data` from `detail` on, `amount` bytes. */
  extent: 3,
  /** The `amount` payload bytes from `payload` on have the CRC32C `detail`. */
  checksum: 4,
  /** What is behind `objects`, `filemarks` and `payload` is gone. */
  truncation: 5,
} as const;

/** What an entry says; `sequence` and `durable` are given to it when it is written. */
export interface EntryContent {
  readonly kind: number;
  readonly partition: number;
  readonly objects: number;
  readonly filemarks: number;
  readonly payload: number;
  readonly amount: number;
  readonly detail: number;
}

export interface IndexEntry extends EntryContent {
  readonly sequence: number;
  readonly durable: number;
}

/** Writes an entry into bytes that are zero. */
export function writeEntry(
  into: Uint8Array, at: number, entry: EntryContent, sequence: number, durable: number,
): void {
  into[at + FIELD.kind] = entry.kind;
  into[at + FIELD.partition] = entry.partition;
  writeCount(into, at + FIELD.sequence, sequence);
  writeCount(into, at + FIELD.durable, durable);
  writeCount(into, at + FIELD.objects, entry.objects);
  writeCount(into, at + FIELD.filemarks, entry.filemarks);
  writeCount(into, at + FIELD.payload, entry.payload);
  writeCount(into, at + FIELD.amount, entry.amount);
  writeCount(into, at + FIELD.detail, entry.detail);
  writeU32(into, at + FIELD.crc32c, checksumOf(into, at));
}

/** Returns undefined if the bytes are not an entry as it was written. */
export function readEntry(bytes: Uint8Array, at: number): IndexEntry | undefined {
  if (readU32(bytes, at + FIELD.crc32c) !== checksumOf(bytes, at)) return undefined;
  return {
    kind: bytes[at + FIELD.kind]!,
    partition: bytes[at + FIELD.partition]!,
    sequence: readCount(bytes, at + FIELD.sequence),
    durable: readCount(bytes, at + FIELD.durable),
    objects: readCount(bytes, at + FIELD.objects),
    filemarks: readCount(bytes, at + FIELD.filemarks),
    payload: readCount(bytes, at + FIELD.payload),
    amount: readCount(bytes, at + FIELD.amount),
    detail: readCount(bytes, at + FIELD.detail),
  };
}

const checksumOf = (bytes: Uint8Array, at: number): number =>
  crc32c(bytes.subarray(at + FIELD.kind, at + ENTRY_BYTES));

const readCount = (bytes: Uint8Array, at: number): number => readU48(bytes, at + 2);

const writeCount = (bytes: Uint8Array, at: number, count: number): void =>
  writeU48(bytes, at + 2, count);
