import { concat } from '../bytes/concat.ts';
import type { AnyLayout } from '../codec/layout.ts';
import type { Command, Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { SenseError } from '../sense/sense.ts';
import {
  compareAndWriteCdb, verify10Cdb, verify12Cdb, verify16Cdb, writeAndVerify10Cdb,
  writeAndVerify12Cdb, writeAndVerify16Cdb,
} from '../wire/sbc/cdbs.ts';
import { type BlockRange, family, rangeOf } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';
import { invalidCdbField } from './parameter-data.ts';

const BYTE_CHECK = { mediumOnly: 0, all: 1, oneBlock: 3 } as const;

type Verify = BlockRange & { readonly byteCheck: number };

/** Commands that compare what is on the medium. Source: SBC-3 5.2, 5.27 to 5.29, 5.36 to 5.38. */
export const verifyCommands = (disk: DiskUnit): CommandEntry[] => [
  ...verify(disk), ...writeAndVerify(disk), ...compareAndWrite(disk),
];

const verify = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x2f, verify10Cdb], [0xaf, verify12Cdb], [0x8f, verify16Cdb]], (layout) => ({
    access: 'read',
    dataOutBytes(cdb: Verify) {
      const { blockCount } = rangeOf(disk, layout, cdb);
      if (cdb.byteCheck === BYTE_CHECK.mediumOnly || blockCount === 0) return 0;
      return disk.blockBytes * (cdb.byteCheck === BYTE_CHECK.oneBlock ? 1 : blockCount);
    },
    async run(_command, cdb: Verify, parts) {
      const lba = Number(cdb.lba);
      const given = concat(parts);
      const expected = cdb.byteCheck === BYTE_CHECK.oneBlock
        ? repeated(given, cdb.blockCount) : given;
      await disk.locks.hold(lba, cdb.blockCount, 'shared',
        () => verifyBlocks(disk, lba, cdb.blockCount, expected));
      return { wantedBytes: given.length };
    },
  }));

function repeated(block: Uint8Array, count: number): Uint8Array {
  const whole = new Uint8Array(block.length * count);
  for (let i = 0; i < count; i += 1) whole.set(block, i * block.length);
  return whole;
}

/** Reads blocks, and compares as many bytes of them as there are to compare with. */
async function verifyBlocks(
  disk: DiskUnit, lba: number, blockCount: number, expected: Uint8Array): Promise<void> {
  if (blockCount === 0) return;
  const found = await disk.read(lba, blockCount * disk.blockBytes);
  if (expected.length > 0) assertEqual(found.subarray(0, expected.length), expected);
}

/** Throws: SenseError MISCOMPARE with the place of the first byte that differs. */
function assertEqual(found: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(found, expected) === 0) return;
  const information = firstDifference(found, expected);
  throw new SenseError('miscompare', 'miscompareDuringVerify',
    `Cannot verify: byte ${information} differs`, { information });
}

/** By halves, for comparing many bytes at once is much quicker than one by one. */
function firstDifference(found: Uint8Array, expected: Uint8Array): number {
  let from = 0;
  for (let behind = found.length; behind - from > 1;) {
    const middle = (from + behind) >>> 1;
    const isEqual = Buffer.compare(
      found.subarray(from, middle), expected.subarray(from, middle)) === 0;
    if (isEqual) from = middle;
    else behind = middle;
  }
  return from;
}

const writeAndVerify = (disk: DiskUnit): CommandEntry[] => family(
  disk, [[0x2e, writeAndVerify10Cdb], [0xae, writeAndVerify12Cdb], [0x8e, writeAndVerify16Cdb]],
  (layout) => ({
    access: 'write', takesLess: true,
    dataOutBytes: (cdb: Verify) => rangeOf(disk, layout, cdb).blockCount * disk.blockBytes,
    async run(_command, cdb: Verify, parts): Promise<Result> {
      const lba = Number(cdb.lba);
      const { blockCount } = cdb;
      const wantedBytes = blockCount * disk.blockBytes;
      if (parts.length === 0) return { wantedBytes };
      await disk.locks.hold(lba, blockCount, 'alone', async () => {
        await disk.write(lba, parts);
        await disk.flush(); // it is the medium that is verified, not the cache
        const expected = cdb.byteCheck === BYTE_CHECK.all ? concat(parts) : new Uint8Array(0);
        await verifyBlocks(disk, lba, blockCount, expected);
      });
      return { wantedBytes };
    },
  }));

type CompareAndWrite = BlockRange & { readonly fua: boolean };

/**
 * Departs from SBC-3 5.2, by which 0 blocks are no error: whoever sends data with them means 256,
 * which the field cannot hold, and must not believe that they were written.
 */
function assertNoneMeant({ expectedOutBytes }: Command, cdb: AnyLayout): void {
  if (expectedOutBytes === 0) return;
  throw invalidCdbField(`Cannot compare and write: ${expectedOutBytes} bytes are sent for 0 blocks`,
    cdb.fields.blockCount.at);
}

/** Alone on its range from the comparison to the last byte written. Source: SBC-3 5.2. */
const compareAndWrite = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[0x89, compareAndWriteCdb]], (layout) => ({
    access: 'write', tolerates: { 1: 0x02 }, refusesMore: true,
    dataOutBytes(cdb: CompareAndWrite, command) {
      const { compareAndWriteBlocks } = disk.limits;
      const { blockCount } = rangeOf(disk, layout, cdb, compareAndWriteBlocks);
      if (blockCount === 0) assertNoneMeant(command, layout);
      return 2 * disk.blockBytes * blockCount;
    },
    async run(_command, cdb: CompareAndWrite, parts): Promise<Result> {
      const lba = Number(cdb.lba);
      const data = concat(parts);
      if (data.length === 0) return { wantedBytes: 0 };
      const half = data.length / 2;
      await disk.locks.hold(lba, cdb.blockCount, 'alone', async () => {
        assertEqual(await disk.read(lba, half), data.subarray(0, half));
        await disk.write(lba, [data.subarray(half)]);
      });
      await disk.settle(cdb.fua);
      return { wantedBytes: data.length };
    },
  }));
