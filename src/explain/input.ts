/** Bytes out of the texts in which people have them: dumps, arrays of C, plain hex, log lines. */
import { parseHex } from '../bytes/hex.ts';
import { asOctal, Dump, dumpLine, refuseWords } from './input-dump.ts';
import { fromArray, fromStrings, type Literal } from './input-literal.ts';
import { runsOfLog } from './input-log.ts';

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
  const joined = lines.join('\n');
  refuseWords(lines);
  for (const literal of [fromStrings, fromArray, fromNumbers]) {
    const found = literal(joined);
    if (found !== undefined) return [{ bytes: found.bytes, line: lineAt(joined, found.at) }];
  }
  const found = fromDump(lines) ?? fromPlain(lines) ?? runsOfLog(lines);
  if (found.length > 0) return found;
  throw new RangeError('Cannot read hex: no line has two bytes in hexadecimal');
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

const first = (lines: readonly string[], matches: (line: string) => boolean): number =>
  lines.findIndex(matches) + 1;

/** Is this the content of a text file? Otherwise the bytes speak for themselves. */
export function isText(bytes: Uint8Array): boolean {
  return bytes.every((b) => (b >= 0x20 && b !== 0x7f) || b === 0x09 || b === 0x0a || b === 0x0d);
}

/** An array of JSON or Python: `[131, 0, 16]`. */
function fromNumbers(text: string): Literal | undefined {
  if (!/^\s*\[\s*\d{1,3}(?:\s*,\s*\d{1,3})+\s*,?\s*\]\s*$/.test(text)) return undefined;
  const numbers = text.match(/\d+/g)!.map(Number);
  const at = text.indexOf('[');
  return numbers.every((one) => one <= 0xff) ? { bytes: Uint8Array.from(numbers), at } : undefined;
}

function fromDump(lines: readonly string[]): Found[] | undefined {
  const dump = new Dump();
  let isOctal = false;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    if (line.trim() === '*' && !dump.isEmpty) {
      dump.repeat();
      continue;
    }
    const read = dumpLine(line);
    if (read === undefined) return undefined;
    isOctal ||= read.offset === 0x20 && dump.end === 0o20 && dump.startsAtZero;
    const dumped = isOctal ? asOctal(read) : read;
    if (!dump.isContinuedBy(dumped)) {
      // Without a second line that agrees, the first group may as well be data.
      if (!dump.startsAtZero) return undefined;
      throw new RangeError(`Cannot read hex: line ${i + 1} begins at byte ${dumped.offset}, `
        + `${dump.end} was expected`);
    }
    dump.add(dumped, i + 1);
  }
  return dump.isSure
    ? [{ bytes: dump.bytes, line: first(lines, (line) => line.trim() !== '') }] : undefined;
}

/** Nothing but pairs of digits, whatever stands between them. */
function fromPlain(lines: readonly string[]): Found[] | undefined {
  const text = lines.join('\n').replaceAll(/[,:;-]/g, ' ');
  if (/[^0-9a-f\s]/i.test(text) || text.trim() === '') return undefined;
  return [{ bytes: parseHex(text), line: first(lines, (line) => line.trim() !== '') }];
}
