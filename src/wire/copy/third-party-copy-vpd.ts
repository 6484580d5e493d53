/** Third-party Copy VPD page (8Fh). Source: SPC-4 7.8.17. */
import { readU16 } from '../../bytes/big-endian.ts';
import { concat } from '../../bytes/concat.ts';
import { bits, rest, u8, u16, u32 } from '../../codec/field.ts';
import { type AnyLayout, layout } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { PERIPHERAL_DEVICE_TYPES } from './cscd.ts';

export const thirdPartyCopyPage = layout(
  { name: 'third-party copy VPD page', source: 'SPC-4 7.8.17.1', size: 4 },
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

/** Whether a list ends within its descriptor. */
const listFits = (listLength: number, list: Uint8Array): boolean =>
  listLength <= list.length;

export const supportedCommands = layout(
  { name: 'supported commands descriptor', source: 'SPC-4 7.8.17.4', size: 5 },
  {
    type:       type(0x0001),
    length:     length(),
    listLength: u8(4, 'COMMANDS SUPPORTED LIST LENGTH', { unit: 'bytes' }),
    list:       rest(5, 'command support descriptors'),
  },
  [({ listLength, list }) => (listFits(listLength, list) ? undefined
    : { field: 'listLength', rule: 'length',
      message: `is ${listLength}, ${list.length} bytes follow it` })],
);

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
    ({ listLength, list }) => (listFits(listLength, list) ? undefined
      : { field: 'listLength', rule: 'length',
        message: `is ${listLength}, ${list.length} bytes follow it` }),
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
  [({ listLength, list }) => (listFits(listLength, list) ? undefined
    : { field: 'listLength', rule: 'length',
      message: `is ${listLength}, ${list.length} bytes follow it` })],
);

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
  [0x0001, supportedCommands], [0x0004, parameterData], [0x0008, supportedDescriptors],
  [0x000c, supportedCscdIds], [0x8001, generalCopyOperations], [0x9101, streamCopyOperations],
  [0xc001, heldData],
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
