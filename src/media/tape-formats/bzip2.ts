/**
 * Decompresses bzip2 streams, as HET images hold them.
 *
 * ```text
 *  bits ──► Huffman codes ──► run lengths, move to front ──► Burrows–Wheeler ──► runs of bytes
 * ```
 *
 * Every count that the stream gives is bounded by the format, every byte that comes out by the
 * caller. Source: the format as bzip2 1.0 writes it.
 */

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const BLOCK_BYTES_STEP = 100_000;
/** Symbols that one Huffman table codes before the next selector is asked. */
const GROUP_SYMBOLS = 50;
const CODE_BITS_MAX = 20;
/** A run is coded as four equal bytes and a count of further ones. */
const RUN_BYTES = 4;

const broken = (what: string): RangeError => new RangeError(`Cannot decompress: ${what}`);

class BitReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** At most 48 bits, as a number. Throws: RangeError at the end. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i += 1) value = value * 2 + this.bit();
    return value;
  }

  bit(): number {
    const byte = this.#bytes[this.#bit >>> 3];
    if (byte === undefined) throw broken('the bzip2 stream is cut off');
    const value = (byte >>> (7 - (this.#bit & 7))) & 1;
    this.#bit += 1;
    return value;
  }
}

/**
 * The bytes that a stream stands for, its checksums compared.
 *
 * Throws: RangeError if it is no such stream, or gives more than `byteLengthMax`.
 */
export function bunzip2(stream: Uint8Array, byteLengthMax: number): Uint8Array {
  const reader = new BitReader(stream);
  if (reader.bits(24) !== 0x425a68) throw broken('it does not begin as a bzip2 stream');
  const level = reader.bits(8) - 0x30;
  if (level < 1 || level > 9) throw broken(`bzip2 level ${level}`);
  const output = new Output(byteLengthMax);
  let combined = 0;
  for (;;) {
    const magic = reader.bits(48);
    const expected = reader.bits(32);
    if (magic === END_MAGIC) {
      if (expected !== combined) throw broken('the checksum of the bzip2 stream is wrong');
      return output.bytes();
    }
    if (magic !== BLOCK_MAGIC) throw broken('a bzip2 block does not begin as one');
    const found = readBlock(reader, level * BLOCK_BYTES_STEP, output);
    if (found !== expected) throw broken('the checksum of a bzip2 block is wrong');
    combined = (((combined << 1) | (combined >>> 31)) ^ found) >>> 0;
  }
}

class Output {
  readonly #byteLengthMax: number;
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;

  constructor(byteLengthMax: number) {
    this.#byteLengthMax = byteLengthMax;
  }

  push(byte: number, count: number): void {
    const end = this.#length + count;
    if (end > this.#byteLengthMax) throw broken(`more than ${this.#byteLengthMax} bytes`);
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.fill(byte, this.#length, end);
    this.#length = end;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Returns the checksum of what comes out. */
function readBlock(reader: BitReader, sizeMax: number, output: Output): number {
  if (reader.bit() === 1) throw broken('a randomised bzip2 block, as no writer makes any more');
  const origin = reader.bits(24);
  const alphabet = readAlphabet(reader);
  const symbols = readSymbols(reader, alphabet, sizeMax);
  if (origin >= symbols.length) throw broken('the origin of a bzip2 block is not in it');
  return writeRuns(untransform(symbols, origin), output);
}

/** The bytes that occur in a block: a map of maps. */
function readAlphabet(reader: BitReader): number[] {
  const used = reader.bits(16);
  const alphabet: number[] = [];
  for (let row = 0; row < 16; row += 1) {
    if ((used & (0x8000 >>> row)) === 0) continue;
    const map = reader.bits(16);
    for (let i = 0; i < 16; i += 1) {
      if ((map & (0x8000 >>> i)) !== 0) alphabet.push(16 * row + i);
    }
  }
  if (alphabet.length === 0) throw broken('a bzip2 block of no symbols');
  return alphabet;
}

/** For each length of a code: the first code beyond it, and what to add for its symbol. */
interface HuffmanTable {
  readonly limits: readonly number[];
  readonly bases: readonly number[];
  readonly symbols: readonly number[];
}

function readTables(reader: BitReader, count: number, symbolCount: number): HuffmanTable[] {
  return Array.from({ length: count }, () => {
    let bits = reader.bits(5);
    const lengths = Array.from({ length: symbolCount }, () => {
      for (;;) {
        if (bits < 1 || bits > CODE_BITS_MAX) throw broken(`a Huffman code of ${bits} bits`);
        if (reader.bit() === 0) return bits;
        bits += reader.bit() === 0 ? 1 : -1;
      }
    });
    return tableOf(lengths);
  });
}

function tableOf(lengths: readonly number[]): HuffmanTable {
  const symbols: number[] = [];
  const limits: number[] = [];
  const bases: number[] = [];
  let code = 0;
  for (let bits = 1; bits <= CODE_BITS_MAX; bits += 1) {
    code *= 2;
    bases[bits] = symbols.length - code;
    for (const [symbol, length] of lengths.entries()) {
      if (length !== bits) continue;
      symbols.push(symbol);
      code += 1;
    }
    limits[bits] = code;
  }
  return { limits, bases, symbols };
}

function decode(reader: BitReader, { limits, bases, symbols }: HuffmanTable): number {
  let code = 0;
  for (let bits = 1; bits <= CODE_BITS_MAX; bits += 1) {
    code = code * 2 + reader.bit();
    if (code < limits[bits]!) return symbols[code + bases[bits]!]!;
  }
  throw broken('a Huffman code that stands for nothing');
}

function readSelectors(reader: BitReader, tableCount: number): number[] {
  const count = reader.bits(15);
  if (count < 1) throw broken('a bzip2 block without selectors');
  const order = Array.from({ length: tableCount }, (_, i) => i);
  return Array.from({ length: count }, () => {
    let place = 0;
    while (reader.bit() === 1) {
      place += 1;
      if (place >= tableCount) throw broken('a selector of no table');
    }
    return toFront(order, place);
  });
}

function toFront(order: number[], place: number): number {
  const [value] = order.splice(place, 1);
  order.unshift(value!); // the caller has looked that it is there
  return value!;
}

/** The last column of the sorted rotations. */
function readSymbols(reader: BitReader, alphabet: number[], sizeMax: number): Uint8Array {
  const tableCount = reader.bits(3);
  if (tableCount < 2 || tableCount > 6) throw broken(`${tableCount} Huffman tables`);
  const selectors = readSelectors(reader, tableCount);
  const endOfBlock = alphabet.length + 1;
  const tables = readTables(reader, tableCount, alphabet.length + 2);
  const column = new Uint8Array(sizeMax);
  let length = 0;
  let runLength = 0;
  let runStep = 1;
  const emit = (byte: number, count: number): void => {
    if (length + count > sizeMax) throw broken('a bzip2 block that is too long');
    column.fill(byte, length, length + count);
    length += count;
  };
  for (let count = 0; ; count += 1) {
    const selector = selectors[Math.floor(count / GROUP_SYMBOLS)];
    if (selector === undefined) throw broken('too few selectors');
    const symbol = decode(reader, tables[selector]!);
    if (symbol < 2) {
      runLength += runStep << symbol;
      runStep *= 2;
      if (runLength > sizeMax) throw broken('a bzip2 block that is too long');
      continue;
    }
    emit(alphabet[0]!, runLength);
    runLength = 0;
    runStep = 1;
    if (symbol === endOfBlock) return column.subarray(0, length);
    emit(toFront(alphabet, symbol - 1), 1);
  }
}

/** Undoes the Burrows–Wheeler transform. */
function untransform(column: Uint8Array, origin: number): Uint8Array {
  const starts = new Uint32Array(257);
  for (const byte of column) starts[byte + 1]! += 1;
  for (let byte = 0; byte < 256; byte += 1) starts[byte + 1]! += starts[byte]!;
  const next = new Uint32Array(column.length);
  for (const [i, byte] of column.entries()) {
    next[starts[byte]!] = i;
    starts[byte]! += 1;
  }
  const bytes = new Uint8Array(column.length);
  let at = next[origin]!;
  for (let i = 0; i < bytes.length; i += 1) {
    bytes[i] = column[at]!;
    at = next[at]!;
  }
  return bytes;
}

/** Opens runs: after four equal bytes comes a count of further ones. */
function writeRuns(bytes: Uint8Array, output: Output): number {
  let crc = 0xffff_ffff;
  let before = -1;
  let equal = 0;
  for (const byte of bytes) {
    const isCount = equal === RUN_BYTES;
    const value = isCount ? before : byte;
    const count = isCount ? byte : 1;
    output.push(value, count);
    for (let i = 0; i < count; i += 1) crc = crcStep(crc, value);
    if (isCount) equal = 0;
    else equal = byte === before ? equal + 1 : 1;
    before = isCount ? -1 : byte;
  }
  return ~crc >>> 0;
}

/** CRC-32 with the most significant bit first. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let i = 0; i < 8; i += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc;
});

const crcStep = (crc: number, byte: number): number =>
  (crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ byte) & 0xff]!;
