/** Planned lists → the bytes of EXTENDED COPY parameter lists. Source: SPC-4 6.4. */
import { concat } from '../../bytes/concat.ts';
import { identificationCscd } from '../../wire/copy/cscd.ts';
import { encodeParameterList } from '../../wire/copy/parameter-list.ts';
import {
  blockToStream, inlineToStream, locate, streamToBlock, streamToDiscard, writeFilemarks,
} from '../../wire/copy/segments.ts';
import type { Identity } from '../devices/device.ts';
import type { BackupList } from '../plan/backup-plan.ts';
import type { RestoreList, RestoreStep } from '../plan/restore-plan.ts';
import type { TapeItem } from './mover.ts';

/** The two CSCDs of every list, by their place in it. */
const DISK = 0;
const TAPE = 1;

/** Both ends as descriptors. */
export interface Ends {
  readonly cscds: readonly [disk: Uint8Array, tape: Uint8Array];
  readonly blockBytes: number;
}

/**
 * PAD is set for the tape and clear for the disk: with CAT=0 a backup fills its last record with
 * zeros, and a restore drops the rest of a record. Source: SPC-4 5.17.7.2, table of CAT and PAD.
 */
export function endsOf(disk: Identity, tape: Identity, blockBytes: number): Ends {
  const common = ({ deviceType, designator }: Identity) => ({
    type: 0xe4, luIdType: 0, nul: false, peripheralDeviceType: deviceType, relativeInitiatorPort: 0,
    codeSet: designator.codeSet, association: 0, designatorType: designator.type,
    designatorLength: designator.bytes.length, designator: designator.bytes,
  });
  const cscds = [
    identificationCscd.encode({
      ...common(disk), device: { format: 'block', pad: false, diskBlockLength: blockBytes } }),
    identificationCscd.encode({
      ...common(tape),
      device: { format: 'sequential', pad: true, fixed: false, streamBlockLength: 0 } }),
  ] as const;
  return { cscds, blockBytes };
}

/** Disk to tape. Only the last segment has CAT=0, so that the list ends on a whole record. */
export function encodeBackupList(
  list: BackupList, ends: Ends, recordBytes: number, listIdentifier: number): Uint8Array {
  const template = (cat: boolean): Uint8Array => blockToStream.encode({
    type: 0x00, cat, length: 0x14, sourceCscd: DISK, destinationCscd: TAPE,
    streamTransferLength: recordBytes, blockCount: 0, lba: 0n });
  const { lba, blockCount } = blockToStream.fields;
  const [kept, last] = [template(true), template(false)];
  const segments = new Uint8Array(list.pieces.length * blockToStream.size);
  // One buffer and a template: a list may have ten thousands of segments.
  for (const [index, { offset, byteLength }] of list.pieces.entries()) {
    const at = index * blockToStream.size;
    segments.set(index === list.pieces.length - 1 ? last : kept, at);
    blockCount.write(segments, at, byteLength / ends.blockBytes);
    lba.write(segments, at, BigInt(offset / ends.blockBytes));
  }
  return encodeParameterList({ listIdentifier, cscds: ends.cscds, segments: [segments] });
}

/** Tape to disk; `dataObject` is the object number of the data file's first record. */
export function encodeRestoreList(
  list: RestoreList, ends: Ends, file: { dataObject: number; recordBytes: number },
  listIdentifier: number): Uint8Array {
  const streamTransferLength = file.recordBytes;
  const segment = (step: RestoreStep): Uint8Array => {
    switch (step.kind) {
      case 'locate':
        return locate.encode({
          type: 0x12, cat: true, length: 0x08, destinationCscd: TAPE,
          logicalObject: file.dataObject + step.record });
      case 'discard':
        return streamToDiscard.encode({
          type: 0x06, cat: true, length: 0x0c, sourceCscd: TAPE, streamTransferLength,
          byteCount: step.byteLength });
      case 'copy':
        return streamToBlock.encode({
          type: 0x01, cat: !step.last, length: 0x14, sourceCscd: TAPE, destinationCscd: DISK,
          streamTransferLength, blockCount: step.byteLength / ends.blockBytes,
          lba: BigInt(step.diskOffset / ends.blockBytes) });
    }
  };
  return encodeParameterList({
    listIdentifier, cscds: ends.cscds, segments: list.steps.map(segment) });
}

/** What one list may carry of the client's own records. */
export interface InlineLimits {
  readonly segmentCountMax: number;
  readonly inlineBytesMax: number;
}

/** Groups items so that each group fits one list. */
export function* groupTapeItems(
  items: Iterable<TapeItem>, limits: InlineLimits): Generator<TapeItem[], void, undefined> {
  let group: TapeItem[] = [];
  let inlineBytes = 0;
  for (const item of items) {
    const byteLength = item.kind === 'record' ? item.bytes.length : 0;
    const full = group.length >= limits.segmentCountMax
      || inlineBytes + byteLength > limits.inlineBytesMax;
    if (full && group.length > 0) {
      yield group;
      group = [];
      inlineBytes = 0;
    }
    group.push(item);
    inlineBytes += byteLength;
  }
  if (group.length > 0) yield group;
}

/** Records as inline data, each written as one record, and filemarks. */
export function encodeTapeItems(
  items: readonly TapeItem[], tape: Uint8Array, listIdentifier: number): Uint8Array {
  let inlineOffset = 0;
  const segments = items.map((item) => {
    if (item.kind === 'filemark') {
      return writeFilemarks.encode({
        type: 0x10, cat: false, length: 0x08, destinationCscd: 0, wsmk: false, immediate: false,
        filemarkCount: 1 });
    }
    const segment = inlineToStream.encode({
      type: 0x04, cat: false, length: 0x10, destinationCscd: 0,
      streamTransferLength: item.bytes.length, inlineOffset, inlineBytes: item.bytes.length });
    inlineOffset += item.bytes.length;
    return segment;
  });
  const inlineData = concat(items.map((item) => (
    item.kind === 'record' ? item.bytes : new Uint8Array(0))));
  return encodeParameterList({ listIdentifier, cscds: [tape], segments, inlineData });
}
