/** Commands that real initiators send, as a beginning for what they would never send. */
import { hexBytes } from './e2e-client.ts';
import { FUZZ_LUNS } from './fuzz-target.ts';
import { damage } from './fuzz-bytes.ts';
import { pattern } from './e2e-lists.ts';
import { between, pick } from './seeded.ts';

export interface FuzzCommand {
  readonly lun: number;
  readonly cdb: Uint8Array;
  readonly out: Uint8Array | undefined;
  readonly room: number;
}

const ANY = `
  00 00 00 00 00 00 | 03 00 00 00 FC 00 | 12 00 00 00FF 00 | 12 01 00 00FF 00 | 12 01 80 00FF 00
  12 01 83 00FF 00 | 12 01 8F 03FF 00 | 12 01 B0 00FF 00 | 1A 00 3F 00 FF 00
  5A 00 3F 00 000000 00FF 00 | A0 00 02 000000 00001000 00 00 | A3 0C 80 00 0000 00002000 00 00
  A3 0C 01 83 0000 00000100 00 00 | A3 0D 00 00 0000 00000010 00 00 | 16 00 00 00 00 00
  17 00 00 00 00 00 | 1D 04 00 00 00 00 | 4D 00 40 00 0000 00 0100 00 | 1E 00 00 00 00 00
  84 03 00000000 00000000 00000100 00 00
  84 00 01000000 00000000 00000100 00 00 | 84 04 01000000 00000000 00000100 00 00`;
const BLOCK = `
  28 00 00000010 00 0020 00 | 08 00 0010 08 00 | 88 00 0000000000000010 00000010 00 00
  A8 00 00000010 00000010 00 00 | 25 00 00000000 00 0000 00 | 9E 10 0000000000000000 00000020 00 00
  9E 12 0000000000000000 00000100 00 00 | 35 00 00000000 00 0000 00 | 2F 00 00000010 00 0010 00
  34 00 00000000 00 0010 00 | 1B 00 00 00 03 00 | 37 00 00 00000000 0008 00`;
const BLOCK_OUT = `
  2A 00 00000010 00 0008 00 | 2A 08 00000011 00 0008 00 | 0A 00 0010 08 00
  8A 00 0000000000000010 00000008 00 00 | AA 00 00000010 00000008 00 00 | 2E 00 00000010 00 0008 00
  41 00 00000010 00 0008 00 | 93 00 0000000000000010 00000008 00 00
  89 00 0000000000000010 000000 02 00 00 | 2F 02 00000010 00 0008 00 | 15 10 00 00 18 00
  55 10 00 00 000000 001C 00 | 42 00 00000000 00 0018 00`;
const STREAM = `
  01 00 00 00 00 00 | 05 00 00 00 00 00 | 08 00 000200 00 | 08 02 010000 00 | 08 01 000002 00
  10 00 000001 00 | 10 01 000002 00 | 11 00 000001 00 | 11 01 FFFFFF 00 | 11 03 000000 00
  19 00 00 00 00 00 | 1B 00 00 00 01 00 | 2B 00 00 00000001 00 00 00 | 34 00 00000000 000000 00
  34 06 00000000 000000 00 | 44 00 00 00 000000 0100 00 | 92 00 00 00 0000000000000001 00000000
  91 01 0000 0000000000000001 0000 00 00 | 8C 00 0000000000000000 00000100 00 00`;
const STREAM_OUT = `
  0A 00 000200 00 | 0A 01 000002 00 | 15 10 00 00 0C 00 | 15 10 00 00 1C 00
  8D 00 0000000000000000 00000020 00 00`;

const cdbs = (text: string): Uint8Array[] =>
  text.split(/\||\n/).filter((one) => one.trim() !== '').map(hexBytes);
const TABLES = {
  any: cdbs(ANY), block: cdbs(BLOCK), blockOut: cdbs(BLOCK_OUT), stream: cdbs(STREAM),
  streamOut: cdbs(STREAM_OUT),
};

/** Lists that copy from disk to tape and back, with marks, spacing and inline data. */
export const copyLists = (disk: string, tape: string): Uint8Array[] => [`
  01 00 0040 00000000 00000034 00000004
  E4 00 0000 01 03 00 08 ${disk.padEnd(40, '0')} 00 000200
  E4 01 0000 01 03 00 08 ${tape.padEnd(40, '0')} 04 000000
  00 01 0014 0000 0001 00 000190 0000 0010 0000000000000004
  04 00 0010 0000 0001 00 000040 00000000 00000004
  10 00 0008 0000 0001 00 000001 61626364`, `
  02 10 0040 00000000 00000050 00000000
  E4 01 0000 01 03 00 08 ${tape.padEnd(40, '0')} 04 000000
  E4 00 0000 01 03 00 08 ${disk.padEnd(40, '0')} 00 000200
  12 00 0008 0000 0000 00000000
  06 01 000C 0000 0000 00 000190 00000064
  01 00 0014 0000 0001 00 000190 0000 0004 0000000000000040
  02 02 0018 0001 0001 0000 0004 0000000000000000 0000000000000080`].map(hexBytes);

/** A command that is right in nearly all of its bytes, and sometimes in all of them. */
export function fuzzCommand(random: () => number, lists: readonly Uint8Array[]): FuzzCommand {
  const { disk, other, tape, empty, absent } = FUZZ_LUNS;
  const lun = pick(random, [disk, disk, other, tape, tape, tape, empty, absent]);
  const isTape = lun === tape || lun === empty;
  const what = random();
  if (what < 0.25) return copyCommand(random, lun, pick(random, lists).slice());
  const isOut = what < 0.5;
  const table = what > 0.8 ? TABLES.any : isTape ? (isOut ? TABLES.streamOut : TABLES.stream)
    : isOut ? TABLES.blockOut : TABLES.block;
  const cdb = pick(random, table).slice();
  if (random() < 0.8) damage(random, cdb);
  const out = pattern(
    between(random, 0, 1000), pick(random, [4, 12, 24, 28, 512, 1024, 4096, 32_768]));
  if (random() < 0.3) out.fill(0, 0, 24);
  return { lun, cdb, out: isOut ? out : undefined,
    room: isOut ? 0 : pick(random, [0, 4, 36, 255, 4096, 65_536]) };
}

function copyCommand(random: () => number, lun: number, list: Uint8Array): FuzzCommand {
  if (random() < 0.9) damage(random, list);
  const out = random() < 0.1 ? list.subarray(0, between(random, 0, list.length)) : list;
  const cdb = new Uint8Array(16);
  cdb[0] = 0x83;
  new DataView(cdb.buffer).setUint32(10, out.length);
  if (random() < 0.1) damage(random, cdb);
  return { lun, cdb, out: out.length === 0 ? undefined : out, room: 0 };
}
