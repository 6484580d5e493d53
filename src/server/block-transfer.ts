import type { AnyLayout } from '../codec/layout.ts';
import { type Command, dataInBuffer, type Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { assertReady } from './device.ts';
import type { DiskUnit } from './disk.ts';
import { type MediumRow, mediumRows } from './medium-row.ts';
import { invalidCdbField } from './parameter-data.ts';

/**
 * What the CDBs of block commands have in common. A type like this one, not an interface, is what
 * the value of a layout can be taken for.
 */
export type BlockRange = { readonly lba: number | bigint; readonly blockCount: number };

/** An operation code and the CDB that goes with it; name and clause are the CDB's. */
export type Form = readonly [opcode: number, cdb: AnyLayout, serviceAction?: number];

// biome-ignore lint/suspicious/noExplicitAny: the forms of a family differ in their fields.
type FamilyRow = Omit<MediumRow<any>, 'opcode' | 'serviceAction' | 'name' | 'source' | 'cdb'>;

/** Rows of one command in its several lengths. */
export const family = (
  disk: DiskUnit, forms: readonly Form[], row: (cdb: AnyLayout) => FamilyRow): CommandEntry[] => {
  const medium = mediumRows(() => assertReady(disk), undefined, (access) => {
    if (access === 'write') disk.assertWritable();
  });
  return forms.map(([opcode, cdb, serviceAction]) => medium({
    opcode, ...(serviceAction === undefined ? {} : { serviceAction }), cdb,
    name: cdb.name.replace(/ CDB$/, ''), source: cdb.source, ...row(cdb) }));
};

/** Throws: SenseError INVALID FIELD IN CDB, pointing at the length, if it is above a limit. */
export function assertLength(cdb: AnyLayout, blockCount: number, blockCountMax: number): void {
  if (blockCount <= blockCountMax) return;
  throw invalidCdbField(`Cannot run ${cdb.name.replace(/ CDB$/, '')} of ${blockCount} blocks: `
    + `the limit is ${blockCountMax}`, cdb.fields.blockCount.at);
}

/** The range of a CDB, if it is on the disk and not too long. Throws: SenseError. */
export function rangeOf(
  disk: DiskUnit, cdb: AnyLayout, range: BlockRange,
  blockCountMax = disk.limits.transferBlocks): { lba: number; blockCount: number } {
  // A number above 2^53 loses digits here, and is out of range with or without them.
  const lba = Number(range.lba);
  assertLength(cdb, range.blockCount, blockCountMax);
  disk.assertRange(lba, range.blockCount);
  return { lba, blockCount: range.blockCount };
}

/** Blocks as Data-In: as many bytes as the initiator takes. */
export function readBlocks(
  disk: DiskUnit, command: Command, lba: number, blockCount: number): Result | Promise<Result> {
  const wantedBytes = blockCount * disk.blockBytes;
  const byteLength = Math.min(wantedBytes, command.expectedInBytes);
  if (byteLength === 0) return { wantedBytes };
  const buffer = dataInBuffer(command, byteLength);
  const result: Result = { dataIn: [buffer], wantedBytes };
  if (disk.readNow(lba, buffer)) return result;
  return disk.locks.hold(lba, blockCount, 'shared', () => disk.readInto(lba, buffer))
    .then(() => result);
}
