/** Bytes in log lines, and in dumps between them. */
import { concat } from '../bytes/concat.ts';
import { parseHex } from '../bytes/hex.ts';
import { Dump, dumpLine } from './input-dump.ts';

interface Run {
  readonly line: number;
  readonly bytes: Uint8Array;
}

/**
 * Four pairs or more with the same blank, comma or colon between them. What stands behind a digit
 * and a point, colon or hyphen belongs to a time, an address or a date.
 */
const RUN = new RegExp('(?<![0-9a-z]|[0-9a-f][.:-])[0-9a-f]{2}(?:'
  + '(?:, ?[0-9a-f]{2}){3,}|(?: [0-9a-f]{2}){3,}|(?::[0-9a-f]{2}){6,})(?![0-9a-z]|[.:-][0-9a-f])',
'i');

/** What Format-Hex prints above its columns. */
const COLUMNS = /^\s*00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\b/;

/** Dumps, and the first run of bytes of each other line; a line that is one continues another. */
export function runsOfLog(lines: readonly string[]): Run[] {
  const runs: { readonly line: number; readonly parts: Uint8Array[] }[] = [];
  let dump: { readonly line: number; readonly content: Dump } | undefined;
  const endDump = (): void => {
    if (dump !== undefined) runs.push({ line: dump.line, parts: [dump.content.bytes] });
    dump = undefined;
  };
  let continues = false;
  for (const [i, line] of lines.entries()) {
    if (COLUMNS.test(line)) continue;
    if (dump !== undefined && line.trim() === '*') {
      dump.content.repeat();
      continue;
    }
    const dumped = dumpLine(line);
    const goesOn = dumped !== undefined && dump?.content.isContinuedBy(dumped) === true;
    const begins = dumped?.isSure === true && dumped.offset === 0 && dumped.bytes.length > 0;
    if (dumped !== undefined && (goesOn || begins)) {
      if (!goesOn) endDump();
      dump ??= { line: i + 1, content: new Dump() };
      dump.content.add(dumped, i + 1);
      continues = false;
      continue;
    }
    endDump();
    const run = RUN.exec(line)?.[0];
    if (run !== undefined) {
      const part = parseHex(run.replaceAll(/[,:]/g, ' '));
      if (continues && line.trim() === run) runs.at(-1)!.parts.push(part);
      else runs.push({ line: i + 1, parts: [part] });
    }
    continues = run !== undefined;
  }
  endDump();
  return runs.map(({ line, parts }) => ({ line, bytes: concat(parts) }));
}
