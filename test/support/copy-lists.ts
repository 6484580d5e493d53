/** Parameter lists for tests, from as few words as possible. */
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { identificationCscd, ipv6Cscd } from '../../src/wire/copy/cscd.ts';
import {
  encodeLid4ParameterList, encodeParameterList, type ParameterListParts,
} from '../../src/wire/copy/parameter-list.ts';
import {
  blockImage, blockOffsetToBlockOffset, blockOffsetToStream, blockToBlock, blockToStream,
  embeddedToStream, inlineToStream, locate, registerKey, space, streamToBlock,
  streamToBlockOffset, streamToDiscard, streamToStream, tapeImage, verifyCscd, writeFilemarks,
} from '../../src/wire/copy/segments.ts';

export interface CscdOptions {
  readonly pad?: boolean;
  /** DISK BLOCK LENGTH, or STREAM BLOCK LENGTH of a tape with FIXED. */
  readonly blockBytes?: number;
  readonly nul?: boolean;
  /** PERIPHERAL DEVICE TYPE, if not that of the unit. */
  readonly deviceType?: number;
}

const deviceParameters = (deviceType: number, { pad = false, blockBytes = 0 }: CscdOptions) =>
  (deviceType === 1
    ? { format: 'sequential', pad, fixed: blockBytes > 0, streamBlockLength: blockBytes } as const
    : { format: 'block', pad, diskBlockLength: blockBytes } as const);

export function cscdOf(unit: LogicalUnit, options: CscdOptions = {}): Uint8Array {
  const { codeSet, association, type, bytes } = unit.designators[0]!;
  const peripheralDeviceType = options.deviceType ?? unit.peripheralDeviceType;
  return identificationCscd.encode({
    type: 0xe4, luIdType: 0, nul: options.nul ?? false, peripheralDeviceType,
    relativeInitiatorPort: 0, codeSet, association, designatorType: type,
    designatorLength: bytes.length, designator: bytes,
    device: deviceParameters(peripheralDeviceType, options),
  });
}

/** A descriptor of 64 bytes: an address, and an extension behind it. */
export function longCscdOf(
  unit: LogicalUnit, options: CscdOptions & { readonly extension?: number } = {}): Uint8Array {
  const peripheralDeviceType = options.deviceType ?? unit.peripheralDeviceType;
  const address = new Uint8Array(16);
  address.set(unit.designators[0]!.bytes.subarray(-8), 8);
  return ipv6Cscd.encode({
    type: 0xea, luIdType: 0, nul: options.nul ?? false, peripheralDeviceType,
    relativeInitiatorPort: 0, luIdentifier: new Uint8Array(8), address,
    device: deviceParameters(peripheralDeviceType, options),
    extensionType: options.extension ?? 0xff, portNumber: 3260, protocol: 6,
  });
}

interface Common {
  readonly cat?: boolean;
  readonly from?: number;
  readonly to?: number;
  /** The form of the type that also holds the data for the application client. */
  readonly holds?: boolean;
}
const common = ({ cat = false, from = 0, to = 1 }: Common) =>
  ({ cat, sourceCscd: from, destinationCscd: to });

export const toTape = (
  lba: number, blockCount: number, streamTransferLength: number, options: Common = {}) =>
  blockToStream.encode({ ...common(options), type: options.holds ? 0x0b : 0x00, length: 0x14,
    streamTransferLength, blockCount, lba: BigInt(lba) });
export const toDisk = (
  lba: number, blockCount: number, streamTransferLength: number, options: Common = {}) =>
  streamToBlock.encode({ ...common(options), type: options.holds ? 0x0c : 0x01, length: 0x14,
    streamTransferLength, blockCount, lba: BigInt(lba) });
export const diskToDisk = (
  sourceLba: number, destinationLba: number, blockCount: number,
  options: Common & { readonly dc?: boolean; readonly fco?: boolean } = {}) =>
  blockToBlock.encode({ ...common(options), type: options.holds ? 0x0d : 0x02,
    dc: options.dc ?? false, fco: options.fco ?? false, length: 0x18, blockCount,
    sourceLba: BigInt(sourceLba), destinationLba: BigInt(destinationLba) });
export const tapeToTape = (
  byteCount: number, sourceTransferLength: number, destinationTransferLength: number,
  options: Common = {}) =>
  streamToStream.encode({ ...common(options), type: options.holds ? 0x0e : 0x03, length: 0x10,
    sourceTransferLength, destinationTransferLength, byteCount });
export const inline = (
  inlineOffset: number, inlineBytes: number, streamTransferLength: number, options: Common = {}) =>
  inlineToStream.encode({ ...common(options), type: 0x04, length: 0x10, streamTransferLength,
    inlineOffset, inlineBytes });
/** `data` is zero padded to a multiple of 4. */
export function embedded(
  data: Uint8Array, streamTransferLength: number, options: Common = {}): Uint8Array {
  const embeddedData = new Uint8Array(Math.ceil(data.length / 4) * 4);
  embeddedData.set(data);
  return embeddedToStream.encode({ ...common(options), type: 0x05,
    length: 12 + embeddedData.length, streamTransferLength, embeddedBytes: data.length,
    embeddedData });
}
export const discard = (byteCount: number, streamTransferLength: number, options: Common = {}) =>
  streamToDiscard.encode({ ...common(options), type: options.holds ? 0x0f : 0x06, length: 0x0c,
    streamTransferLength, byteCount });
export const verify = (options: Common & { readonly tur?: boolean } = {}) =>
  verifyCscd.encode(
    { ...common(options), type: 0x07, length: 0x08, tur: options.tur ?? false });
export const bytesToTape = (
  lba: number, byteOffset: number, byteCount: number, streamTransferLength: number,
  options: Common = {}) =>
  blockOffsetToStream.encode({ ...common(options), type: 0x08, length: 0x18, streamTransferLength,
    byteCount, lba: BigInt(lba), byteOffset });
export const tapeToBytes = (
  lba: number, byteOffset: number, byteCount: number, streamTransferLength: number,
  options: Common = {}) =>
  streamToBlockOffset.encode({ ...common(options), type: 0x09, length: 0x18, streamTransferLength,
    byteCount, lba: BigInt(lba), byteOffset });
export const bytesToBytes = (
  source: { readonly lba: number; readonly offset: number },
  destination: { readonly lba: number; readonly offset: number }, byteCount: number,
  options: Common = {}) =>
  blockOffsetToBlockOffset.encode({ ...common(options), type: 0x0a, length: 0x1c, byteCount,
    sourceLba: BigInt(source.lba), destinationLba: BigInt(destination.lba),
    sourceByteOffset: source.offset, destinationByteOffset: destination.offset });
export const filemarks = (filemarkCount: number, options: Common = {}) =>
  writeFilemarks.encode({ ...common(options), type: 0x10, length: 0x08, wsmk: false,
    immediate: false, filemarkCount });
export const spaceOver = (code: number, count: number, options: Common = {}) =>
  space.encode({ ...common(options), type: 0x11, length: 0x08, code, count });
export const locateTo = (logicalObject: number, options: Common = {}) =>
  locate.encode({ ...common(options), type: 0x12, length: 0x08, logicalObject });
export const imageOfTape = (count: number, options: Common = {}) =>
  tapeImage.encode({ ...common(options), type: 0x13, length: 0x08, count });
export const register = (
  reservationKey: bigint, serviceActionKey: bigint, options: Common = {}) =>
  registerKey.encode({ ...common(options), type: 0x14, length: 0x18, reservationKey,
    serviceActionKey });
export const imageOfDisk = (
  sourceLba: number, destinationLba: number, blockCount: number, options: Common = {}) =>
  blockImage.encode({ ...common(options), type: 0x16, length: 0x18,
    sourceLba: BigInt(sourceLba), destinationLba: BigInt(destinationLba), blockCount });

export const listOf = (
  cscds: readonly Uint8Array[], segments: readonly Uint8Array[],
  rest: Partial<ParameterListParts> = {}): Uint8Array =>
  encodeParameterList({ listIdentifier: 1, cscds, segments, ...rest });

/** With a LID4 header: the first CSCD descriptor has ID 1. */
export const lid4ListOf = (
  cscds: readonly Uint8Array[], segments: readonly Uint8Array[],
  rest: Partial<Parameters<typeof encodeLid4ParameterList>[0]> = {}): Uint8Array =>
  encodeLid4ParameterList({ listIdentifier: 1, cscds, segments, ...rest });
