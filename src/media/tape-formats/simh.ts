/**
 * SIMH tape images: little-endian words around records, and words alone as markers.
 *
 * ```text
 *  marker                      4 bytes
 *  record                      word │ data │ a pad byte if the length is odd │ the same word
 *  word                        class in bits 31 to 28, length in bits 27 to 0
 * ```
 *
 * E11 images are alike, but without the pad byte.
 * Source: SIMH Magtape Representation and Handling, 17 January 2022.
 */
import { readU32le } from '../../bytes/little-endian.ts';
import { hex } from '../../bytes/hex.ts';
import { RECORD_BYTES_MAX } from '../object-table.ts';
import { ImageError, type Oddity, type ReadingOptions } from './image-item.ts';
import { type ImageParser, skip, take } from './image-reader.ts';
import type { ImageWriter } from './image-writer.ts';

const TAPE_MARK = 0x0000_0000;
const END_OF_MEDIUM = 0xffff_ffff;
const ERASE_GAP = 0xffff_fffe;
/** The second half of a gap whose first half was overwritten: a word begins in its middle. */
const HALF_GAP = 0xfffe_ffff;
/** SCSI2Pi's private marker for the end of data. */
const SCSI2PI_END = 0x7353_3250;

const CLASS = { good: 0, bad: 8, privateMarker: 7, description: 0xe, reservedMarker: 0xf } as const;
/** What older texts leave room for; the class takes the rest. */
const LENGTH_MASK = 0x0fff_ffff;

export interface SimhOptions extends ReadingOptions {
  /** Odd records are followed by a pad byte: yes in SIMH, no in E11. */
  readonly padded: boolean;
}

/** Parses an image. Throws: ImageError. */
export function* parseSimh({ padded, lenient }: SimhOptions): ImageParser {
  let at = 0;
  let word = yield* take(4);
  while (word.length > 0) {
    if (word.length < 4) return yield* cutOff(at, lenient, 'a marker');
    const value = readU32le(word, 0);
    if (value === HALF_GAP) {
      const half = yield* take(2);
      if (half.length < 2) return yield* cutOff(at, lenient, 'a half gap');
      yield { kind: 'oddity', at, what: 'erase gap' };
      word = Uint8Array.of(word[2]!, word[3]!, half[0]!, half[1]!);
      at += 2;
      continue;
    }
    if (value === END_OF_MEDIUM || value === SCSI2PI_END) return yield* endOfMedium(at, value);
    if (value === TAPE_MARK) {
      yield { kind: 'filemark', at };
      at += 4;
    } else if (isMarker(value)) {
      yield { kind: 'oddity', at, what: markerName(value, at) };
      at += 4;
    } else {
      const end = yield* record(at, value, { padded, lenient });
      if (end === undefined) return;
      at = end;
    }
    word = yield* take(4);
  }
}

const classOf = (value: number): number => value >>> 28;

const isMarker = (value: number): boolean =>
  classOf(value) === CLASS.privateMarker || classOf(value) === CLASS.reservedMarker;

function markerName(value: number, at: number): Oddity {
  if (value === ERASE_GAP) return 'erase gap';
  if (classOf(value) === CLASS.privateMarker) return 'private marker';
  if (value < 0xfffe_0000) return 'reserved marker';
  throw new ImageError(at, `Cannot read the image: ${hex(value, 8)} is no marker`);
}

/** Nothing behind it is read; that there is something is told. */
function* endOfMedium(at: number, value: number): ImageParser {
  yield {
    kind: 'oddity', at,
    what: value === END_OF_MEDIUM ? 'end-of-medium marker' : 'private marker' };
  if ((yield* take(1)).length > 0) {
    yield { kind: 'oddity', at: at + 4, what: 'bytes behind the end of medium' };
  }
}

function* cutOff(at: number, lenient: boolean, what: string): ImageParser {
  if (!lenient) throw new ImageError(at, `Cannot read the image: it ends within ${what}`);
  yield { kind: 'oddity', at, what: 'cut off at the end of the file' };
}

/** Returns the byte behind the record; undefined if the image ends in it. */
function* record(
  at: number, word: number, { padded, lenient }: SimhOptions,
): Generator<ImageParserStep, number | undefined, Uint8Array | number> {
  const byteLength = word & LENGTH_MASK;
  const padBytes = padded ? byteLength % 2 : 0;
  const kind = classOf(word);
  const isData = kind === CLASS.good || kind === CLASS.bad;
  if (isData && byteLength > RECORD_BYTES_MAX) {
    throw new ImageError(at, `Cannot read the image: a record of ${byteLength} bytes, `
      + `a cartridge takes ${RECORD_BYTES_MAX}`);
  }
  const bytes = isData ? yield* take(byteLength) : undefined;
  const found = bytes?.length ?? (yield* skip(byteLength));
  const tail = yield* take(padBytes + 4);
  if (found < byteLength || tail.length < padBytes + 4) {
    yield* cutOff(at, lenient, 'a record');
    return undefined;
  }
  const trailing = readU32le(tail, padBytes);
  if (trailing !== word) {
    throw new ImageError(at + 4 + byteLength + padBytes, `Cannot read the image: a record begins `
      + `with ${hex(word, 8)} and ends with ${hex(trailing, 8)}`);
  }
  if (padBytes > 0 && tail[0] !== 0) {
    yield { kind: 'oddity', at: at + 4 + byteLength, what: 'pad byte that is not zero' };
  }
  if (bytes === undefined) yield { kind: 'oddity', at, what: recordName(kind) };
  else yield* data(at, kind, bytes, lenient);
  return at + 8 + byteLength + padBytes;
}

type ImageParserStep = ImageParser extends Generator<infer Step, void, never> ? Step : never;

function recordName(kind: number): Oddity {
  if (kind === CLASS.description) return 'description record';
  return kind < CLASS.privateMarker ? 'private record' : 'reserved record';
}

function* data(at: number, kind: number, bytes: Uint8Array, lenient: boolean): ImageParser {
  if (kind === CLASS.bad) {
    if (!lenient) {
      throw new ImageError(at, 'Cannot read the image: a record is marked as bad');
    }
    yield {
      kind: 'oddity', at,
      what: bytes.length === 0 ? 'bad record without data' : 'bad record, its data taken as good' };
  }
  if (bytes.length > 0) yield { kind: 'record', at, bytes };
}

export interface SimhWriterOptions {
  readonly padded: boolean;
  /** Ends the image with the end-of-medium marker. */
  readonly endMarker: boolean;
}

/** Writes records of class 0 and tape marks. */
export function simhWriter({ padded, endMarker }: SimhWriterOptions): ImageWriter {
  return {
    recordBytesMax: RECORD_BYTES_MAX,
    record(bytes) {
      const word = wordOf(bytes.length);
      const pad = padded && bytes.length % 2 === 1 ? [new Uint8Array(1)] : [];
      return [word, bytes, ...pad, word];
    },
    filemark: () => [wordOf(TAPE_MARK)],
    end: () => (endMarker ? [wordOf(END_OF_MEDIUM)] : []),
  };
}

const wordOf = (value: number): Uint8Array =>
  Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
