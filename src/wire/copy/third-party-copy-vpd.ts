/** Third-party Copy VPD page (8Fh). Source: SPC-4 7.8.17. */
import { readU16 } from '../../bytes/big-endian.ts';
import { concat } from '../../bytes/concat.ts';
import { bit, bits, raw, rest, u8, u16, u32, u64 } from '../../codec/field.ts';
import { type AnyLayout, layout } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { PERIPHERAL_DEVICE_TYPES, ROD_TYPES } from './cscd.ts';

export const thirdPartyCopyPage = layout(
  { name: 'third-party copy VPD page', source: 'SPC-4 7.8.17.1', size: 4,
    since: 4 },
  {
    peripheralQualifier:  bits(0, 7, 5, 'PERIPHERAL QUALIFIER'),
    peripheralDeviceType: bits(0, 4, 0, 'PERIPHERAL DEVICE TYPE', {
      meanings: PERIPHERAL_DEVICE_TYPES }),
    pageCode:             u8(1, 'PAGE CODE', { oneOf: [0x8f] }),
    pageLength:           u16(2, 'PAGE LENGTH', { unit: 'bytes' }),
    descriptors:          rest(4, 'third-party copy descriptors'),
  },
  [({ pageLength, descriptors }) => (pageLength !== descriptors.length
    ? { field: 'pageLength', rule: 'length', severity: 'warning',
      message: `is ${pageLength}, ${descriptors.length} bytes follow it` } : undefined)],
);

const type = (code: number) =>
  u16(0, 'THIRD-PARTY COPY DESCRIPTOR TYPE', { oneOf: [code], hex: true });
const length = (bytes?: number) => u16(2, 'THIRD-PARTY COPY DESCRIPTOR LENGTH', {
  unit: 'bytes', ...(bytes === undefined ? {} : { oneOf: [bytes] }) });

const NOT_REPORTED = { meanings: { 0: 'not reported' } };

/** Rule: a list does not end behind its descriptor. */
const listLengthProblem = (listLength: number, list: Uint8Array) => (listLength <= list.length
  ? undefined : { field: 'listLength', rule: 'length',
    message: `is ${listLength}, ${list.length} bytes follow it` } as const);

/** What POPULATE TOKEN and WRITE USING TOKEN take; Windows asks for it before it uses them. */
export const blockTokenLimits = layout(
  { name: 'block device ROD token limits descriptor', source: 'SBC-5 6.6.9.3', size: 36 },
  {
    type:                     type(0x0000),
    length:                   length(0x20),
    vendorSpecific:           raw(4, 6, 'vendor specific'),
    maximumRangeCount:        u16(10, 'MAXIMUM RANGE DESCRIPTORS', NOT_REPORTED),
    maximumInactivityTimeout: u32(12, 'MAXIMUM INACTIVITY TIMEOUT', {
      unit: 'seconds', meanings: { 0: 'not reported', 0xffff_ffff: 'no maximum' } }),
    defaultInactivityTimeout: u32(16, 'DEFAULT INACTIVITY TIMEOUT', {
      unit: 'seconds', ...NOT_REPORTED }),
    maximumTokenTransferSize: u64(20, 'MAXIMUM TOKEN TRANSFER SIZE', { unit: 'blocks' }),
    optimalTransferCount:     u64(28, 'OPTIMAL TRANSFER COUNT', { unit: 'blocks' }),
  },
  [({ maximumTokenTransferSize: maximum, optimalTransferCount }) => (
    maximum !== 0n && optimalTransferCount > maximum
      ? { field: 'optimalTransferCount', rule: 'transfer-count', severity: 'warning',
        message: `is ${optimalTransferCount}, at most ${maximum} can be transferred` }
      : undefined)],
);

export const supportedCommands = layout(
  { name: 'supported commands descriptor', source: 'SPC-4 7.8.17.4', size: 5 },
  {
    type:       type(0x0001),
    length:     length(),
    listLength: u8(4, 'COMMANDS SUPPORTED LIST LENGTH', { unit: 'bytes' }),
    list:       rest(5, 'command support descriptors'),
  },
  [({ listLength, list }) => listLengthProblem(listLength, list)],
);

/** One of the two operation codes, with its service actions. */
export const commandSupport = layout(
  { name: 'command support descriptor', source: 'SPC-4 7.8.17.4', size: 2 },
  {
    opcode:        u8(0, 'SUPPORTED OPERATION CODE', {
      oneOf: [0x83, 0x84], severity: 'warning', hex: true }),
    actionsLength: u8(1, 'SUPPORTED SERVICE ACTIONS LIST LENGTH', { unit: 'bytes' }),
    actions:       rest(2, 'supported service actions'),
  },
  [
    ({ actionsLength, actions }) => (actionsLength !== actions.length
      ? { field: 'actionsLength', rule: 'length',
        message: `is ${actionsLength}, ${actions.length} bytes follow it` } : undefined),
    ({ actions }) => (isAscending(actions) ? undefined
      : { field: 'actions', rule: 'order', severity: 'warning',
        message: 'is not in ascending order' }),
  ],
);

export const commandSupportDescriptors: ListRules = {
  name: 'command support descriptors', source: 'SPC-4 7.8.17.4', headerBytes: 2,
  lengthOf: (bytes, at) => 2 + bytes[at + 1]!, typeOf: () => 0, layoutOf: () => commandSupport,
};

export const parameterData = layout(
  { name: 'parameter data descriptor', source: 'SPC-4 7.8.17.5', size: 32 },
  {
    type:                type(0x0004),
    length:              length(0x1c),
    maximumCscdCount:    u16(8, 'MAXIMUM CSCD DESCRIPTOR COUNT'),
    maximumSegmentCount: u16(10, 'MAXIMUM SEGMENT DESCRIPTOR COUNT'),
    maximumDescriptorListLength: u32(12, 'MAXIMUM DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    maximumInlineDataLength: u32(16, 'MAXIMUM INLINE DATA LENGTH', { unit: 'bytes' }),
  },
);

export const supportedDescriptors = layout(
  { name: 'supported descriptors descriptor', source: 'SPC-4 7.8.17.6', size: 5 },
  {
    type:       type(0x0008),
    length:     length(),
    listLength: u8(4, 'SUPPORTED DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    list:       rest(5, 'supported descriptor codes'),
  },
  [
    ({ listLength, list }) => listLengthProblem(listLength, list),
    ({ listLength, list }) => (isAscending(list.subarray(0, listLength)) ? undefined
      : { field: 'list', rule: 'order', severity: 'warning',
        message: 'is not in ascending order' }),
  ],
);

export const supportedCscdIds = layout(
  { name: 'supported CSCD IDs descriptor', source: 'SPC-4 7.8.17.7', size: 6 },
  {
    type:       type(0x000c),
    length:     length(),
    listLength: u16(4, 'SUPPORTED CSCD DESCRIPTOR IDS LIST LENGTH', { unit: 'bytes' }),
    list:       rest(6, 'supported CSCD descriptor IDs'),
  },
  [({ listLength, list }) => listLengthProblem(listLength, list)],
);

/** Logical units with the same identifier can be the two ends of a copy. */
export const copyGroupIdentifier = layout(
  { name: 'copy group identifier descriptor', source: 'SPC-5, as sg3_utils reads it', size: 24,
    since: 5 },
  {
    type:             type(0x000d),
    length:           length(0x14),
    identifierLength: u8(4, 'COPY GROUP IDENTIFIER LENGTH', { oneOf: [0x12], unit: 'bytes' }),
    identifier:       raw(5, 18, 'COPY GROUP IDENTIFIER'),
  },
);

export const rodTokenFeatures = layout(
  { name: 'ROD token features descriptor', source: 'SPC-4 7.8.17.8', size: 48 },
  {
    type:                     type(0x0106),
    length:                   length(),
    remoteTokens:             bits(4, 3, 0, 'REMOTE TOKENS', {
      oneOf: [0, 4, 6], severity: 'warning', meanings: {
        0: 'tokens of this target device only', 4: 'also tokens made elsewhere',
        6: 'also tokens made elsewhere, and asks others to make them' } }),
    minimumLifetime:          u32(16, 'MINIMUM TOKEN LIFETIME', { unit: 'seconds' }),
    maximumLifetime:          u32(20, 'MAXIMUM TOKEN LIFETIME', { unit: 'seconds' }),
    maximumInactivityTimeout: u32(24, 'MAXIMUM TOKEN INACTIVITY TIMEOUT', { unit: 'seconds' }),
    listLength:               u16(46, 'ROD DEVICE TYPE SPECIFIC FEATURES DESCRIPTORS LENGTH', {
      unit: 'bytes' }),
    list:                     rest(48, 'ROD device type specific features descriptors'),
  },
  [
    ({ listLength, list }) => listLengthProblem(listLength, list),
    ({ minimumLifetime, maximumLifetime }) => (minimumLifetime > maximumLifetime
      ? { field: 'minimumLifetime', rule: 'lifetime', severity: 'warning',
        message: `is more than the maximum of ${maximumLifetime}` } : undefined),
  ],
);

/** What the three feature descriptors begin with. */
const featureHead = (peripheralDeviceType: number) => ({
  descriptorFormat:     bits(0, 7, 5, 'DESCRIPTOR FORMAT', { oneOf: [0] }),
  type:                 bits(0, 4, 0, 'PERIPHERAL DEVICE TYPE', {
    oneOf: [peripheralDeviceType], meanings: PERIPHERAL_DEVICE_TYPES }),
  length:               u16(2, 'DESCRIPTOR LENGTH', { oneOf: [0x2c], unit: 'bytes' }),
});
const FEATURE_BYTES = 48;
const bytesUnit = { unit: 'bytes' };

export const blockRodFeatures = layout(
  { name: 'block ROD device type specific features descriptor', source: 'SPC-4 7.8.17.8.2',
    size: FEATURE_BYTES },
  {
    ...featureHead(0x00),
    granularity:            u16(6, 'OPTIMAL BLOCK ROD LENGTH GRANULARITY', { unit: 'blocks' }),
    maximumBytes:           u64(8, 'MAXIMUM BYTES IN BLOCK ROD', bytesUnit),
    optimalTransferBytes:   u64(16, 'OPTIMAL BYTES IN BLOCK ROD TRANSFER', bytesUnit),
    optimalToTokenBytes:    u64(24, 'OPTIMAL BYTES TO TOKEN PER SEGMENT', bytesUnit),
    optimalFromTokenBytes:  u64(32, 'OPTIMAL BYTES FROM TOKEN PER SEGMENT', bytesUnit),
  },
);

export const streamRodFeatures = layout(
  { name: 'stream ROD device type specific features descriptor', source: 'SPC-4 7.8.17.8.3',
    size: FEATURE_BYTES },
  {
    ...featureHead(0x01),
    maximumBytes:         u64(8, 'MAXIMUM BYTES IN STREAM ROD', bytesUnit),
    optimalTransferBytes: u64(16, 'OPTIMAL BYTES IN STREAM ROD TRANSFER', bytesUnit),
  },
);

export const processorRodFeatures = layout(
  { name: 'copy manager ROD device type specific features descriptor',
    source: 'SPC-4 7.8.17.8.4', size: FEATURE_BYTES },
  {
    ...featureHead(0x03),
    maximumBytes:         u64(8, 'MAXIMUM BYTES IN PROCESSOR ROD', bytesUnit),
    optimalTransferBytes: u64(16, 'OPTIMAL BYTES IN PROCESSOR ROD TRANSFER', bytesUnit),
  },
);

const FEATURES: Readonly<Record<number, AnyLayout>> = {
  0x00: blockRodFeatures, 0x01: streamRodFeatures, 0x03: processorRodFeatures,
};

export const rodFeatureDescriptors: ListRules = {
  name: 'ROD device type specific features descriptors', source: 'SPC-4 7.8.17.8',
  headerBytes: 4, lengthOf: (bytes, at) => 4 + readU16(bytes, at + 2),
  typeOf: (bytes, at) => bytes[at]! & 0x1f, layoutOf: (code) => FEATURES[code],
};

export const supportedRodTypes = layout(
  { name: 'supported ROD types descriptor', source: 'SPC-4 7.8.17.9', size: 8 },
  {
    type:       type(0x0108),
    length:     length(),
    listLength: u16(6, 'ROD TYPE DESCRIPTORS LENGTH', { unit: 'bytes' }),
    list:       rest(8, 'ROD type descriptors'),
  },
  [({ listLength, list }) => listLengthProblem(listLength, list)],
);

export const rodTypeDescriptor = layout(
  { name: 'ROD type descriptor', source: 'SPC-4 7.8.17.9', size: 64 },
  {
    rodType:    u32(0, 'ROD TYPE', { hex: true, meanings: ROD_TYPES }),
    ecpyInt:    bit(4, 7, 'ECPY_INT', { meaning: 'can be used inside EXTENDED COPY' }),
    tokenIn:    bit(4, 1, 'TOKEN_IN', { meaning: 'tokens are accepted' }),
    tokenOut:   bit(4, 0, 'TOKEN_OUT', { meaning: 'tokens are made' }),
    preference: u16(6, 'PREFERENCE INDICATOR'),
  },
);

export const rodTypeDescriptors: ListRules = {
  name: 'ROD type descriptors', source: 'SPC-4 7.8.17.9', headerBytes: 64, lengthOf: () => 64,
  typeOf: () => 0, layoutOf: () => rodTypeDescriptor,
};

export const generalCopyOperations = layout(
  { name: 'general copy operations descriptor', source: 'SPC-4 7.8.17.10', size: 36 },
  {
    type:                   type(0x8001),
    length:                 length(0x20),
    totalConcurrentCopies:  u32(4, 'TOTAL CONCURRENT COPIES'),
    maximumIdentifiedConcurrentCopies: u32(8, 'MAXIMUM IDENTIFIED CONCURRENT COPIES'),
    maximumSegmentLength:   u32(12, 'MAXIMUM SEGMENT LENGTH', { unit: 'bytes' }),
    dataSegmentGranularity: u8(16, 'DATA SEGMENT GRANULARITY', { unit: 'log2 bytes' }),
    inlineDataGranularity:  u8(17, 'INLINE DATA GRANULARITY', { unit: 'log2 bytes' }),
  },
  [({ totalConcurrentCopies, maximumIdentifiedConcurrentCopies }) => (
    totalConcurrentCopies < maximumIdentifiedConcurrentCopies
      ? { field: 'totalConcurrentCopies', rule: 'concurrent-copies', severity: 'warning',
        message: `is less than the ${maximumIdentifiedConcurrentCopies} with a list identifier` }
      : undefined)],
);

export const streamCopyOperations = layout(
  { name: 'stream copy operations descriptor', source: 'SPC-4 7.8.17.11', size: 16 },
  {
    type:                      type(0x9101),
    length:                    length(0x0c),
    maximumStreamTransferSize: u32(4, 'MAXIMUM STREAM DEVICE TRANSFER SIZE', { unit: 'bytes' }),
  },
);

export const heldData = layout(
  { name: 'held data descriptor', source: 'SPC-4 7.8.17.12', size: 32 },
  {
    type:                type(0xc001),
    length:              length(0x1c),
    heldDataLimit:       u32(4, 'HELD DATA LIMIT', { unit: 'bytes' }),
    heldDataGranularity: u8(8, 'HELD DATA GRANULARITY', { unit: 'log2 bytes' }),
  },
);

const LAYOUTS: ReadonlyMap<number, AnyLayout> = new Map<number, AnyLayout>([
  [0x0000, blockTokenLimits], [0x0001, supportedCommands], [0x0004, parameterData],
  [0x0008, supportedDescriptors], [0x000c, supportedCscdIds], [0x000d, copyGroupIdentifier],
  [0x0106, rodTokenFeatures], [0x0108, supportedRodTypes], [0x8001, generalCopyOperations],
  [0x9101, streamCopyOperations], [0xc001, heldData],
]);

/** The descriptors behind the page's header. */
export const thirdPartyCopyDescriptors: ListRules = {
  name: 'third-party copy descriptors', source: 'SPC-4 7.8.17.2', headerBytes: 4,
  lengthOf: (bytes, at) => 4 + readU16(bytes, at + 2),
  typeOf: (bytes, at) => readU16(bytes, at),
  layoutOf: (code) => LAYOUTS.get(code),
};

/** A list of codes with zeros behind it, so that `headerBytes` and it are a multiple of four. */
export const padded = (list: Uint8Array, headerBytes: number): Uint8Array =>
  concat([list, new Uint8Array((4 - (headerBytes + list.length) % 4) % 4)]);

/** Throws: RangeError if the page is too long. */
export const encodeThirdPartyCopyPage = (
  peripheralDeviceType: number, descriptors: readonly Uint8Array[]): Uint8Array => {
  const list = concat(descriptors);
  return thirdPartyCopyPage.encode({
    peripheralQualifier: 0, peripheralDeviceType, pageCode: 0x8f, pageLength: list.length,
    descriptors: list });
};

const isAscending = (codes: Uint8Array): boolean =>
  codes.every((code, i) => i === 0 || code > codes[i - 1]!);
