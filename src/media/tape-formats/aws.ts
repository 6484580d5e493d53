/**
 * AWSTAPE and HET images: a header of 6 bytes before every chunk of a record.
 *
 * | bytes | field                                                                          |
 * | ----- | ------------------------------------------------------------------------------ |
 * | 0–1   | bytes of this chunk, little-endian                                             |
 * | 2–3   | bytes of the chunk before it, 0 in the first header and behind a tape mark     |
 * | 4     | 80h first chunk of a record, 20h last one, 40h tape mark; HET: 01h zlib, 02h bzip2 |
 * | 5     | 0; HET: 80h zlib as Bus-Tech writes it                                         |
 *
 * HET compresses a record as a whole, then cuts it into chunks.
 * Source: Hercules, hetlib.h.
 */
import { concat } from '../../bytes/concat.ts';
import { hex } from '../../bytes/hex.ts';
import { readU16le } from '../../bytes/little-endian.ts';
import type { Compression } from '../../ports/compression.ts';
import { RECORD_BYTES_MAX } from '../object-table.ts';
import { bunzip2 } from './bzip2.ts';
import { ImageError, type ReadingOptions } from './image-item.ts';
import { type ImageParser, take, type Wanted } from './image-reader.ts';
import type { ImageWriter } from './image-writer.ts';

const HEADER_BYTES = 6;
const FLAG = { first: 0x80, tapeMark: 0x40, last: 0x20, bzip2: 0x02, zlib: 0x01 } as const;
const BUS_TECH_ZLIB = 0x80;
const CHUNK_BYTES_MAX = 0xffff;
/** Of a record in HET, before and after compression. */
const HET_RECORD_BYTES_MAX = 2 * 1024 * 1024;

export interface AwsOptions extends ReadingOptions {
  /** The length of all chunks of a record but its last one, as an export would make them. */
  readonly chunkBytes: number;
  /** What HET adds; without it compressed records are refused. */
  readonly compression: Compression | undefined;
}

interface Header {
  readonly at: number;
  readonly byteLength: number;
  readonly previous: number;
  readonly flags: number;
  readonly method: 'none' | 'zlib' | 'bzip2';
}

type Step<T> = Generator<Wanted, T, Uint8Array | number>;

/** Parses an image. Throws: ImageError. */
export function* parseAws(options: AwsOptions): ImageParser {
  let at = 0;
  let previous = 0;
  for (;;) {
    const first = yield* header(at, options);
    if (first === undefined) return;
    if (first === 'cut off') return yield* cutOff(at, options);
    assertChained(first, previous);
    if (first.flags === FLAG.tapeMark) {
      assertEmptyMark(first);
      yield { kind: 'filemark', at };
      at += HEADER_BYTES;
      previous = 0;
      continue;
    }
    const whole = yield* recordChunks(first, options);
    if (whole === undefined) return yield* cutOff(at, options);
    if (!whole.isRegular) yield { kind: 'oddity', at, what: 'record of another chunk length' };
    if (first.method !== 'none') yield { kind: 'oddity', at, what: 'compressed record' };
    yield { kind: 'record', at, bytes: unpacked(first, whole.bytes, options) };
    at = whole.end;
    previous = whole.last;
  }
}

function assertChained({ at, previous }: Header, expected: number): void {
  if (previous === expected) return;
  throw new ImageError(at + 2, `Cannot read the image: a header says that ${previous} bytes are `
    + `before it, but there are ${expected}`);
}

function assertEmptyMark({ at, byteLength }: Header): void {
  if (byteLength === 0) return;
  throw new ImageError(at, `Cannot read the image: a tape mark of ${byteLength} bytes`);
}

function* cutOff(at: number, { lenient }: ReadingOptions): ImageParser {
  if (!lenient) throw new ImageError(at, 'Cannot read the image: it ends within a record');
  yield { kind: 'oddity', at, what: 'cut off at the end of the file' };
}

function* header(at: number, options: AwsOptions): Step<Header | 'cut off' | undefined> {
  const bytes = yield* take(HEADER_BYTES);
  if (bytes.length === 0) return undefined;
  if (bytes.length < HEADER_BYTES) return 'cut off';
  const [flags1, flags2] = [bytes[4]!, bytes[5]!];
  const method = methodOf(flags1, flags2);
  const flags = flags1 & ~(FLAG.zlib | FLAG.bzip2);
  const isMark = flags === FLAG.tapeMark && method === 'none';
  const isChunk = (flags & ~(FLAG.first | FLAG.last)) === 0 && method !== undefined;
  if (!isMark && !isChunk) {
    throw new ImageError(at + 4,
      `Cannot read the image: a header with flags ${hex(flags1)} ${hex(flags2)}`);
  }
  if (method !== 'none' && options.compression === undefined) {
    throw new ImageError(at + 4,
      'Cannot read the image: a record is compressed, so it is a HET image');
  }
  return {
    at, flags, method: method ?? 'none',
    byteLength: readU16le(bytes, 0), previous: readU16le(bytes, 2) };
}

function methodOf(flags1: number, flags2: number): Header['method'] | undefined {
  const method = flags1 & (FLAG.zlib | FLAG.bzip2);
  if (flags2 === BUS_TECH_ZLIB) return method === 0 ? 'zlib' : undefined;
  if (flags2 !== 0) return undefined;
  if (method === FLAG.zlib) return 'zlib';
  if (method === FLAG.bzip2) return 'bzip2';
  return method === 0 ? 'none' : undefined;
}

interface WholeRecord {
  readonly bytes: Uint8Array;
  /** The byte behind it, and the length of its last chunk. */
  readonly end: number;
  readonly last: number;
  /** It is cut as an export would cut it. */
  readonly isRegular: boolean;
}

/** Undefined if the image ends within the record. */
function* recordChunks(first: Header, options: AwsOptions): Step<WholeRecord | undefined> {
  const { chunkBytes } = options;
  const byteLengthMax = options.compression === undefined ? RECORD_BYTES_MAX : HET_RECORD_BYTES_MAX;
  const chunks: Uint8Array[] = [];
  let sum = 0;
  let isRegular = true;
  for (let now = first; ;) {
    const isFirst = now === first;
    if (((now.flags & FLAG.first) !== 0) !== isFirst || now.method !== first.method
      || now.flags === FLAG.tapeMark) {
      throw new ImageError(now.at + 4, isFirst ? 'Cannot read the image: a record without a begin'
        : 'Cannot read the image: a record without an end');
    }
    sum += now.byteLength;
    if (sum > byteLengthMax || now.byteLength === 0) {
      throw new ImageError(now.at, `Cannot read the image: a record of ${sum} bytes, allowed are `
        + `1 to ${byteLengthMax}`);
    }
    const bytes = yield* take(now.byteLength);
    if (bytes.length < now.byteLength) return undefined;
    chunks.push(bytes);
    const end = now.at + HEADER_BYTES + now.byteLength;
    const isLast = (now.flags & FLAG.last) !== 0;
    isRegular &&= isLast ? now.byteLength <= chunkBytes : now.byteLength === chunkBytes;
    if (isLast) return { bytes: concat(chunks), end, last: now.byteLength, isRegular };
    const next = yield* header(end, options);
    if (next === undefined || next === 'cut off') return undefined;
    assertChained(next, now.byteLength);
    now = next;
  }
}

function unpacked({ at, method }: Header, bytes: Uint8Array, options: AwsOptions): Uint8Array {
  if (method === 'none') return bytes;
  try {
    const record = method === 'bzip2' ? bunzip2(bytes, HET_RECORD_BYTES_MAX)
      // `header` refuses compressed records without it.
      : options.compression!.decompress(bytes, HET_RECORD_BYTES_MAX);
    if (record.length > 0) return record;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ImageError(at, `Cannot read the image: a record cannot be decompressed: `
      + `${error.message}`, { cause: error });
  }
  throw new ImageError(at, 'Cannot read the image: a compressed record has no bytes in it');
}

export interface AwsWriterOptions {
  /** 1 to 65535. */
  readonly chunkBytes: number;
  /** HET: compresses records that become smaller by it. */
  readonly compression: Compression | undefined;
  /** HET, compressed or not, takes no larger records than this. */
  readonly isHet: boolean;
}

/** Writes records in chunks, and tape marks. Throws: RangeError if the chunk length is none. */
export function awsWriter({ chunkBytes, compression, isHet }: AwsWriterOptions): ImageWriter {
  if (!Number.isInteger(chunkBytes) || chunkBytes < 1 || chunkBytes > CHUNK_BYTES_MAX) {
    throw new RangeError(`Cannot write chunks of ${chunkBytes} bytes: 1 to ${CHUNK_BYTES_MAX}`);
  }
  let previous = 0;
  const headerOf = (byteLength: number, flags: number): Uint8Array => {
    const bytes = Uint8Array.of(
      byteLength, byteLength >>> 8, previous, previous >>> 8, flags, 0);
    previous = byteLength;
    return bytes;
  };
  return {
    recordBytesMax: isHet ? HET_RECORD_BYTES_MAX : RECORD_BYTES_MAX,
    record(bytes) {
      const packed = compression?.compress(bytes);
      const isPacked = packed !== undefined && packed.length < bytes.length;
      const stored = isPacked ? packed : bytes;
      const parts: Uint8Array[] = [];
      for (let at = 0; at < stored.length; at += chunkBytes) {
        const chunk = stored.subarray(at, at + chunkBytes);
        const flags = (at === 0 ? FLAG.first : 0) | (isPacked ? FLAG.zlib : 0)
          | (at + chunk.length === stored.length ? FLAG.last : 0);
        parts.push(headerOf(chunk.length, flags), chunk);
      }
      return parts;
    },
    filemark: () => [headerOf(0, FLAG.tapeMark)],
    end: () => [],
  };
}
