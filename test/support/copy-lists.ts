/** Parameter lists for tests, from as few words as possible. */
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { identificationCscd } from '../../src/wire/copy/cscd.ts';
import {
  encodeParameterList, type ParameterListParts,
} from '../../src/wire/copy/parameter-list.ts';
import {
  blockToBlock, blockToStream, inlineToStream, locate, space, streamToBlock, streamToDiscard,
  writeFilemarks,
} from '../../src/wire/copy/segments.ts';

export interface CscdOptions {
  readonly pad?: boolean;
  /** DISK BLOCK LENGTH, or STREAM BLOCK LENGTH of a tape with FIXED. */
  readonly blockBytes?: number;
}

export function cscdOf(unit: LogicalUnit, options: CscdOptions = {}): Uint8Array {
  const { codeSet, association, type, bytes } = unit.designators[0]!;
  const pad = options.pad ?? false;
  const blockBytes = options.blockBytes ?? 0;
  return identificationCscd.encode({
    type: 0xe4, luIdType: 0, nul: false, peripheralDeviceType: unit.peripheralDeviceType,
    relativeInitiatorPort: 0, codeSet, association, designatorType: type,
    designatorLength: bytes.length, designator: bytes,
    device: unit.peripheralDeviceType === 1
      ? { format: 'sequential', pad, fixed: blockBytes > 0, streamBlockLength: blockBytes }
      : { format: 'block', pad, diskBlockLength: blockBytes },
  });
}

interface Common {
  readonly cat?: boolean;
  readonly from?: number;
  readonly to?: number;
}
const common = ({ cat = false, from = 0, to = 1 }: Common) =>
  ({ cat, sourceCscd: from, destinationCscd: to });

export const toTape = (
  lba: number, blockCount: number, streamTransferLength: number, options: Common = {}) =>
  blockToStream.encode({ ...common(options), type: 0x00, length: 0x14, streamTransferLength,
    blockCount, lba: BigInt(lba) });
export const toDisk = (
  lba: number, blockCount: number, streamTransferLength: number, options: Common = {}) =>
  streamToBlock.encode({ ...common(options), type: 0x01, length: 0x14, streamTransferLength,
    blockCount, lba: BigInt(lba) });
export const diskToDisk = (
  sourceLba: number, destinationLba: number, blockCount: number,
  options: Common & { readonly dc?: boolean } = {}) =>
  blockToBlock.encode({ ...common(options), type: 0x02, dc: options.dc ?? false, length: 0x18,
    blockCount, sourceLba: BigInt(sourceLba), destinationLba: BigInt(destinationLba) });
export const inline = (
  inlineOffset: number, inlineBytes: number, streamTransferLength: number, options: Common = {}) =>
  inlineToStream.encode({ ...common(options), type: 0x04, length: 0x10, streamTransferLength,
    inlineOffset, inlineBytes });
export const discard = (byteCount: number, streamTransferLength: number, options: Common = {}) =>
  streamToDiscard.encode({ ...common(options), type: 0x06, length: 0x0c, streamTransferLength,
    byteCount });
export const filemarks = (filemarkCount: number, options: Common = {}) =>
  writeFilemarks.encode({ ...common(options), type: 0x10, length: 0x08, wsmk: false,
    immediate: false, filemarkCount });
export const spaceOver = (code: number, count: number, options: Common = {}) =>
  space.encode({ ...common(options), type: 0x11, length: 0x08, code, count });
export const locateTo = (logicalObject: number, options: Common = {}) =>
  locate.encode({ ...common(options), type: 0x12, length: 0x08, logicalObject });

export const listOf = (
  cscds: readonly Uint8Array[], segments: readonly Uint8Array[],
  rest: Partial<ParameterListParts> = {}): Uint8Array =>
  encodeParameterList({ listIdentifier: 1, cscds, segments, ...rest });
