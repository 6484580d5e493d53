/** What a copy manager says of itself, in both of the places that tell it. Source: SPC-4 6.23. */
import { writeU16 } from '../bytes/big-endian.ts';
import { operatingParameters } from '../wire/copy/results.ts';
import {
  encodeThirdPartyCopyPage, generalCopyOperations, padded, parameterData, streamCopyOperations,
  supportedCommands, supportedCscdIds, supportedDescriptors,
} from '../wire/copy/third-party-copy-vpd.ts';
import { CSCD_CODES, CSCD_ID, type CopyLimits, SEGMENT_CODES } from './limits.ts';

/** Service actions by operation code: THIRD-PARTY COPY OUT and IN. */
export const SERVICE_ACTIONS: ReadonlyMap<number, readonly number[]> = new Map([
  [0x83, [0x00]], [0x84, [0x00, 0x03, 0x04]],
]);

const descriptorCodes = (): Uint8Array =>
  Uint8Array.from([...SEGMENT_CODES, ...CSCD_CODES]).sort();

/**
 * Parameter data of RECEIVE COPY OPERATING PARAMETERS.
 *
 * Throws: RangeError if a limit does not fit its field.
 */
export function operatingParametersOf(limits: CopyLimits): Uint8Array {
  const implemented = descriptorCodes();
  return operatingParameters.encode({
    availableData: operatingParameters.size - 4 + implemented.length,
    snlid: true,
    maximumCscdCount: limits.cscdCountMax,
    maximumSegmentCount: limits.segmentCountMax,
    maximumDescriptorListLength: limits.descriptorListBytesMax,
    maximumSegmentLength: limits.segmentBytesMax,
    maximumInlineDataLength: limits.inlineBytesMax,
    heldDataLimit: 0, // no segment type that holds data is implemented
    maximumStreamTransferSize: limits.streamTransferBytesMax,
    totalConcurrentCopies: limits.concurrentCopiesMax,
    maximumConcurrentCopies: limits.identifiedCopiesMax,
    dataSegmentGranularity: limits.dataGranularityLog2,
    inlineDataGranularity: limits.inlineGranularityLog2,
    heldDataGranularity: 0,
    implementedLength: implemented.length,
    implemented,
  });
}

/** VPD page 8Fh of a logical unit. Throws: RangeError as above. Source: SPC-4 7.8.17. */
export const thirdPartyCopyPageOf = (
  limits: CopyLimits, peripheralDeviceType: number): Uint8Array =>
  encodeThirdPartyCopyPage(peripheralDeviceType, [
    commandsDescriptor(),
    parameterData.encode({
      type: 0x0004, length: 0x1c,
      maximumCscdCount: limits.cscdCountMax, maximumSegmentCount: limits.segmentCountMax,
      maximumDescriptorListLength: limits.descriptorListBytesMax,
      maximumInlineDataLength: limits.inlineBytesMax }),
    codesDescriptor(),
    idsDescriptor(),
    generalCopyOperations.encode({
      type: 0x8001, length: 0x20, totalConcurrentCopies: limits.concurrentCopiesMax,
      maximumIdentifiedConcurrentCopies: limits.identifiedCopiesMax,
      maximumSegmentLength: limits.segmentBytesMax,
      dataSegmentGranularity: limits.dataGranularityLog2,
      inlineDataGranularity: limits.inlineGranularityLog2 }),
    streamCopyOperations.encode({
      type: 0x9101, length: 0x0c, maximumStreamTransferSize: limits.streamTransferBytesMax }),
  ]);

function commandsDescriptor(): Uint8Array {
  const commands = Uint8Array.from([...SERVICE_ACTIONS]
    .flatMap(([opcode, actions]) => [opcode, actions.length, ...actions]));
  const list = padded(commands, 1);
  return supportedCommands.encode({
    type: 0x0001, length: 1 + list.length, listLength: commands.length, list });
}

function codesDescriptor(): Uint8Array {
  const codes = descriptorCodes();
  const list = padded(codes, 1);
  return supportedDescriptors.encode({
    type: 0x0008, length: 1 + list.length, listLength: codes.length, list });
}

function idsDescriptor(): Uint8Array {
  const ids = Object.values(CSCD_ID).sort((a, b) => a - b);
  const bytes = new Uint8Array(2 * ids.length);
  for (const [i, id] of ids.entries()) writeU16(bytes, 2 * i, id);
  const list = padded(bytes, 2);
  return supportedCscdIds.encode({
    type: 0x000c, length: 2 + list.length, listLength: bytes.length, list });
}
