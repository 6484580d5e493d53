/** Dumps: lines of an offset, bytes, and whatever an ASCII column shows. */
import { parseHex } from '../bytes/hex.ts';

/** A dump can say `*` for any number of equal lines: so many bytes come of a text, and no more. */
export const INPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface DumpLine {
  readonly offset: number;
  readonly bytes: readonly number[];
  /** Is it plain that the first column is an offset? */
  readonly isSure: boolean;
}

const OFFSET = /^\s*(?:0x)?([0-9a-f]{4,16})(:?)(\s+|$)/i;
/** sg_raw and its like have short offsets, and five blanks behind them. */
const SHORT_OFFSET = /^\s*()([0-9a-f]{2,3})(\s{3,})(?=[0-9a-f]{2} )/i;
/** A group of whole bytes and the blanks behind it. */
const GROUP = /([0-9a-f]{2}(?:[0-9a-f]{2})*)(\s+|$)/iy;

/** xxd, hexdump -C, tshark -x, od -A x -t x1, sg_raw, Format-Hex; undefined for any other line. */
export function dumpLine(line: string): DumpLine | undefined {
  const long = OFFSET.exec(line);
  const head = long ?? SHORT_OFFSET.exec(line);
  if (head === null) return undefined;
  const digits = long === null ? head[2]! : head[1]!;
  const bytes: number[] = [];
  GROUP.lastIndex = head[0].length;
  for (;;) {
    const group = GROUP.exec(line);
    if (group === null) break;
    for (const byte of parseHex(group[1]!)) bytes.push(byte);
    // Two blanks stand in the middle of hexdump's lines; elsewhere they end the bytes.
    const isMiddle = bytes.length === 8 && group[2] === '  ';
    if (group[2]!.length > 1 && !isMiddle) break;
  }
  const isSure = long === null || long[2] === ':' || digits.length >= 8;
  return { offset: Number.parseInt(digits, 16), bytes, isSure };
}

/** Offsets of seven digits and groups of four: what od -x and a bare hexdump print. */
const WORDS = /^[0-9a-f]{7}(?:\s+[0-9a-f]{4})+\s*$/i;

/** Throws: RangeError for words in the byte order of the machine that printed them. */
export function refuseWords(lines: readonly string[]): void {
  const at = lines.findIndex((line) => WORDS.test(line));
  if (at < 0) return;
  throw new RangeError(`Cannot read hex: line ${at + 1} shows words of 16 bits in the byte order `
    + 'of a machine; print bytes with od -A x -t x1, hexdump -C or xxd');
}

/** Offsets of `od` are octal unless it is told otherwise. */
export function asOctal(line: DumpLine): DumpLine {
  const offset = Number.parseInt(line.offset.toString(16), 8);
  return { ...line, offset };
}

/** Puts the lines of one dump together. */
export class Dump {
  readonly #bytes: number[] = [];
  #base: number | undefined;
  #previous: readonly number[] = [];
  #isRepeated = false;
  #lineCount = 0;

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** Enough to say that it is a dump: it begins at 0, or goes on for long. */
  get isSure(): boolean {
    return this.#bytes.length > 0 && (this.#base === 0 || this.#lineCount > 2);
  }

  get isEmpty(): boolean {
    return this.#base === undefined;
  }

  /** `*`: lines like the one before. */
  repeat(): void {
    this.#isRepeated = true;
  }

  /** Does a line go on where the dump ends, as far as one can tell? */
  isContinuedBy({ offset }: DumpLine): boolean {
    const missing = offset - (this.#base ?? offset) - this.#bytes.length;
    return missing === 0 || (this.#isRepeated && missing > 0);
  }

  /** Where the next line should begin. */
  get end(): number {
    return (this.#base ?? 0) + this.#bytes.length;
  }

  get startsAtZero(): boolean {
    return this.#base === 0;
  }

  /** Throws: RangeError if more bytes were left out than a text may hold. */
  add(line: DumpLine, number: number): void {
    this.#base ??= line.offset;
    const missing = line.offset - this.#base - this.#bytes.length;
    const isTooMuch = this.#bytes.length + missing > INPUT_BYTES_MAX;
    if (missing < 0 || isTooMuch || (missing > 0 && this.#previous.length === 0)) {
      throw new RangeError(`Cannot read hex: line ${number} does not follow the one before it`);
    }
    for (let i = 0; i < missing; i += 1) {
      this.#bytes.push(this.#previous[i % this.#previous.length]!);
    }
    this.#isRepeated = false;
    for (const byte of line.bytes) this.#bytes.push(byte);
    this.#previous = line.bytes;
    this.#lineCount += 1;
  }
}
