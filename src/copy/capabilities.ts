/**
 * What a copy manager says of itself, in both of the places that tell it, from what it enforces.
 *
 * Source: SPC-4 6.22, 7.8.17.
 */
import { writeU16 } from '../bytes/big-endian.ts';
import { concat } from '../bytes/concat.ts';
import type { CommandTable } from '../sam/command-table.ts';
import { operatingParameters } from '../wire/copy/results.ts';
import {
  blockRodFeatures, blockTokenLimits, commandSupport, encodeThirdPartyCopyPage,
  generalCopyOperations, heldData, padded, parameterData, rodTokenFeatures, rodTypeDescriptor,
  streamCopyOperations, supportedCommands, supportedCscdIds, supportedDescriptors,
  supportedRodTypes,
} from '../wire/copy/third-party-copy-vpd.ts';
import { CSCD_ID, type CopyLimits, type CopyReadings } from './limits.ts';
import type { CopySupport } from './support.ts';
import type { RodTypeSupport } from './rod/rod-types.ts';

/** What both places tell of. */
export interface Capabilities {
  readonly limits: CopyLimits;
  readonly readings: CopyReadings;
  readonly support: CopySupport;
  /** Ascending; empty if there are no RODs. */
  readonly rodTypes: readonly RodTypeSupport[];
}

/** Service actions by operation code: THIRD-PARTY COPY OUT and IN. */
export type ServiceActions = ReadonlyMap<number, readonly number[]>;

/** Those that a command table has rows for. */
export const serviceActionsOf = (table: CommandTable): ServiceActions =>
  new Map([0x83, 0x84].map((opcode) =>
    [opcode, table.rowsOf(opcode).map(({ serviceAction }) => serviceAction ?? 0)]));

/** Supported with every other type that has a stream device. */
const STREAM_TO_STREAM = 0x03;

const descriptorCodes = ({ segments, cscds }: CopySupport): Uint8Array =>
  Uint8Array.from([...segments, ...cscds]).sort();

/**
 * Parameter data of RECEIVE COPY OPERATING PARAMETERS.
 *
 * Throws: RangeError if a limit does not fit its field.
 */
export function operatingParametersOf(
  { limits, readings, support }: Omit<Capabilities, 'rodTypes'>): Uint8Array {
  const implemented = descriptorCodes(support);
  const snlid = readings.noListIdentifier === 'supported';
  return operatingParameters.encode({
    availableData: operatingParameters.size - 4 + implemented.length,
    snlid,
    maximumCscdCount: limits.cscdCountMax,
    maximumSegmentCount: limits.segmentCountMax,
    maximumDescriptorListLength: limits.descriptorListBytesMax,
    maximumSegmentLength: limits.segmentBytesMax,
    maximumInlineDataLength: limits.inlineBytesMax,
    heldDataLimit: limits.heldBytesMax,
    maximumStreamTransferSize: limits.streamTransferBytesMax,
    totalConcurrentCopies: snlid ? limits.concurrentCopiesMax : 0,
    maximumConcurrentCopies: limits.identifiedCopiesMax,
    dataSegmentGranularity: limits.dataGranularityLog2,
    inlineDataGranularity: limits.inlineGranularityLog2,
    heldDataGranularity: limits.heldGranularityLog2,
    implementedLength: implemented.length,
    implemented,
  });
}

/** VPD page 8Fh of a logical unit. Throws: RangeError as above. Source: SPC-4 7.8.17. */
export function thirdPartyCopyPageOf(
  capabilities: Capabilities, peripheralDeviceType: number, actions: ServiceActions): Uint8Array {
  const { limits, rodTypes, support } = capabilities;
  const out = actions.get(0x83) ?? [];
  const hasTokens = out.includes(0x10) || out.includes(0x11);
  return encodeThirdPartyCopyPage(peripheralDeviceType, [
    ...(hasTokens ? [tokenLimitsDescriptor(limits)] : []),
    commandsDescriptor(actions),
    parameterData.encode({
      type: 0x0004, length: 0x1c,
      maximumCscdCount: limits.cscdCountMax, maximumSegmentCount: limits.segmentCountMax,
      maximumDescriptorListLength: limits.descriptorListBytesMax,
      maximumInlineDataLength: limits.inlineBytesMax }),
    codesDescriptor(support),
    idsDescriptor(rodTypes),
    ...(rodTypes.length > 0 ? [featuresDescriptor(limits), rodTypesDescriptor(rodTypes)] : []),
    generalCopyOperations.encode({
      type: 0x8001, length: 0x20, totalConcurrentCopies: limits.concurrentCopiesMax,
      maximumIdentifiedConcurrentCopies: limits.identifiedCopiesMax,
      maximumSegmentLength: limits.segmentBytesMax,
      dataSegmentGranularity: limits.dataGranularityLog2,
      inlineDataGranularity: limits.inlineGranularityLog2 }),
    ...(support.segments.includes(STREAM_TO_STREAM) ? [streamCopyOperations.encode({
      type: 0x9101, length: 0x0c, maximumStreamTransferSize: limits.streamTransferBytesMax })]
      : []),
    heldData.encode({
      type: 0xc001, length: 0x1c, heldDataLimit: limits.heldBytesMax,
      heldDataGranularity: limits.heldGranularityLog2 }),
  ]);
}

const tokenLimitsDescriptor = (limits: CopyLimits): Uint8Array => blockTokenLimits.encode({
  type: 0x0000, length: 0x20, vendorSpecific: new Uint8Array(6),
  maximumRangeCount: limits.rangeCountMax, maximumInactivityTimeout: limits.tokenInactivityMaxS,
  defaultInactivityTimeout: limits.tokenInactivityDefaultS,
  maximumTokenTransferSize: BigInt(limits.tokenBlocksMax),
  optimalTransferCount: BigInt(limits.tokenBlocksMax),
});

function commandsDescriptor(actions: ServiceActions): Uint8Array {
  const commands = concat([...actions].filter(([, codes]) => codes.length > 0)
    .map(([opcode, codes]) => commandSupport.encode({
      opcode, actionsLength: codes.length, actions: Uint8Array.from(codes) })));
  const list = padded(commands, 1);
  return supportedCommands.encode({
    type: 0x0001, length: 1 + list.length, listLength: commands.length, list });
}

function codesDescriptor(support: CopySupport): Uint8Array {
  const codes = descriptorCodes(support);
  const list = padded(codes, 1);
  return supportedDescriptors.encode({
    type: 0x0008, length: 1 + list.length, listLength: codes.length, list });
}

/** F800h names the logical unit behind a token, so it needs tokens that tell of one. */
function idsDescriptor(rodTypes: readonly RodTypeSupport[]): Uint8Array {
  const takesTokens = rodTypes.some(({ type, tokenIn }) => type !== 0 && tokenIn);
  const ids = Object.values(CSCD_ID).filter((id) => id !== CSCD_ID.rodToken || takesTokens)
    .sort((a, b) => a - b);
  const bytes = new Uint8Array(2 * ids.length);
  for (const [i, id] of ids.entries()) writeU16(bytes, 2 * i, id);
  const list = padded(bytes, 2);
  return supportedCscdIds.encode({
    type: 0x000c, length: 2 + list.length, listLength: bytes.length, list });
}

/** RODs have no limits of their own, and are of block devices only. */
function featuresDescriptor(limits: CopyLimits): Uint8Array {
  const list = blockRodFeatures.encode({
    descriptorFormat: 0, type: 0x00, length: 0x2c, granularity: 0, maximumBytes: 0n,
    optimalTransferBytes: 0n, optimalToTokenBytes: 0n, optimalFromTokenBytes: 0n });
  return rodTokenFeatures.encode({
    type: 0x0106, length: rodTokenFeatures.size - 4 + list.length, remoteTokens: 0,
    minimumLifetime: limits.tokenLifetimeMinS, maximumLifetime: limits.tokenLifetimeMaxS,
    maximumInactivityTimeout: limits.tokenInactivityMaxS, listLength: list.length, list });
}

function rodTypesDescriptor(rodTypes: readonly RodTypeSupport[]): Uint8Array {
  const list = concat(rodTypes.map(({ type, ...one }) =>
    rodTypeDescriptor.encode({ ...one, rodType: type })));
  return supportedRodTypes.encode({
    type: 0x0108, length: supportedRodTypes.size - 4 + list.length, listLength: list.length,
    list });
}
