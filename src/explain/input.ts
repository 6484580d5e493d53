/** Bytes out of the texts in which people have them: dumps, arrays of C, plain hex, log lines. */
import { concat } from '../bytes/concat.ts';
import { parseHex } from '../bytes/hex.ts';

/** A dump can say `*` for any number of equal lines: so many bytes come of a text, and no more. */
export const INPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes found in a text, and the line (from 1) where they begin. */
export interface Found {
  readonly bytes: Uint8Array;
  readonly line: number;
}

/**
 * The bytes that a text shows; several runs of them from a log, one from anything else.
 *
 * Throws: RangeError that names the line.
 */
export function bytesOfText(text: string): Found[] {
  const lines = text.split(/\r?\n/);
  const readers = [fromC, fromDump, fromPlain, fromLog];
  for (const reader of readers) {
    const found = reader(lines);
    if (found !== undefined) return found;
  }
  throw new RangeError('Cannot read hex: no line has two bytes in hexadecimal');
}

const first = (lines: readonly string[], matches: (line: string) => boolean): number =>
  lines.findIndex(matches) + 1;

/** Is this the content of a text file? Otherwise the bytes speak for themselves. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((b) => (b >= 0x20 && b !== 0x7f) || b === 0x09 || b === 0x0a || b === 0x0d);
}

const C_BYTE = /\b0x([0-9a-f]{1,2})\b|\\x([0-9a-f]{2})/gi;
const C_COMMENT = /\/\*.*?(?:\*\/|$)|\/\/[^\n]*/gs;

/** `0x83, 0x00` or `"\x83\x00"`; names, brackets and comments around it do not matter. */
function fromC(lines: readonly string[]): Found[] | undefined {
  const code = lines.join('\n')
    .replaceAll(C_COMMENT, (comment) => comment.replaceAll(/[^\n]/g, ' '));
  const bytes = Array.from(code.matchAll(C_BYTE), (m) => Number.parseInt((m[1] ?? m[2])!, 16));
  if (bytes.length < 2) return undefined;
  const start = first(code.split('\n'), (line) => line.search(C_BYTE) >= 0);
  return [{ bytes: Uint8Array.from(bytes), line: start }];
}

interface DumpLine {
  readonly offset: number;
  readonly bytes: readonly number[];
}

const DUMP_OFFSET = /^\s*(?:0x)?([0-9a-f]{4,16})(:?)(?:\s+|$)/i;
/** A group of whole bytes and the blanks behind it. */
const DUMP_GROUP = /([0-9a-f]{2}(?:[0-9a-f]{2})*)(\s+|$)/iy;

/** Offset, bytes, and whatever an ASCII column shows: xxd, hexdump -C, tshark -x, od -A x -t x1. */
function dumpLine(line: string): DumpLine | undefined {
  const head = DUMP_OFFSET.exec(line);
  if (head === null) return undefined;
  const bytes: number[] = [];
  DUMP_GROUP.lastIndex = head[0].length;
  for (;;) {
    const group = DUMP_GROUP.exec(line);
    if (group === null) break;
    append(bytes, parseHex(group[1]!));
    // Two blanks stand in the middle of hexdump's lines; elsewhere they end the bytes.
    const isMiddle = bytes.length === 8 && group[2] === '  ';
    if (group[2]!.length > 1 && !isMiddle) break;
  }
  return { offset: Number.parseInt(head[1]!, 16), bytes };
}

function fromDump(lines: readonly string[]): Found[] | undefined {
  const bytes: number[] = [];
  let base: number | undefined;
  let previous: readonly number[] = [];
  let isRepeated = false;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    if (line.trim() === '*' && base !== undefined) {
      isRepeated = true;
      continue;
    }
    const dumped = dumpLine(line);
    if (dumped === undefined) return undefined;
    base ??= dumped.offset;
    const missing = dumped.offset - base - bytes.length;
    if (missing !== 0 && !isRepeated) {
      // Without a second line that agrees, the first group may as well be data.
      const isSure = bytes.length > 0 && base === 0;
      if (!isSure) return undefined;
      throw new RangeError(`Cannot read hex: line ${i + 1} begins at byte ${dumped.offset}, `
        + `${base + bytes.length} was expected`);
    }
    repeat(bytes, previous, missing, i + 1);
    isRepeated = false;
    append(bytes, dumped.bytes);
    previous = dumped.bytes;
  }
  const isDump = base !== undefined && bytes.length > 0 && (base === 0 || lines.length > 2);
  return isDump ? [{ bytes: Uint8Array.from(bytes), line: first(lines, (l) => l.trim() !== '') }]
    : undefined;
}

/** As `push`, for any number of bytes. */
function append(bytes: number[], more: Iterable<number>): void {
  for (const byte of more) bytes.push(byte);
}

/** Fills what a `*` stands for with the line before it. */
function repeat(bytes: number[], line: readonly number[], count: number, at: number): void {
  if (count < 0 || bytes.length + count > INPUT_BYTES_MAX || (count > 0 && line.length === 0)) {
    throw new RangeError(`Cannot read hex: line ${at} does not follow the one before it`);
  }
  for (let i = 0; i < count; i += 1) bytes.push(line[i % line.length]!);
}

/** Nothing but pairs of digits, whatever stands between them. */
function fromPlain(lines: readonly string[]): Found[] | undefined {
  const text = lines.join('\n').replaceAll(/[,:;-]/g, ' ');
  if (/[^0-9a-f\s]/i.test(text) || text.trim() === '') return undefined;
  return [{ bytes: parseHex(text), line: first(lines, (line) => line.trim() !== '') }];
}

/** Four pairs or more with one blank, comma or colon between them. */
const LOG_RUN = /(?<![0-9a-z])[0-9a-f]{2}(?:(?:, ?|[ :])[0-9a-f]{2}){3,}(?![0-9a-z])/i;

/** The first run of bytes of each line; a line that has nothing else continues the one before. */
function fromLog(lines: readonly string[]): Found[] | undefined {
  const runs: { readonly line: number; readonly parts: Uint8Array[] }[] = [];
  let continues = false;
  for (const [i, line] of lines.entries()) {
    const run = LOG_RUN.exec(line)?.[0];
    if (run !== undefined) {
      const part = parseHex(run.replaceAll(/[,:]/g, ' '));
      if (continues && line.trim() === run) runs.at(-1)!.parts.push(part);
      else runs.push({ line: i + 1, parts: [part] });
    }
    continues = run !== undefined;
  }
  const found = runs.map(({ line, parts }) => ({ line, bytes: concat(parts) }));
  return found.length > 0 ? found : undefined;
}
