/** Parameter data of the LID1 RECEIVE COPY commands (84h). Source: SPC-4 6.21 to 6.25. */
import { bit, bits, rest, u8, u16, u32 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import { formerly, since } from '../../codec/levels.ts';

/** What SPC-2 and SPC-3, where all are one command, call the data of a service action. */
const olderName = (serviceAction: string) =>
  [[3, `RECEIVE COPY RESULTS parameter data, ${serviceAction}`]] as const;

export const COPY_STATUS = {
  inProgress: 0x00, completed: 0x01, completedWithErrors: 0x02,
} as const;

/** Powers of 1024 that TRANSFER COUNT UNITS can name, 00h to 06h. */
export const TRANSFER_COUNT_UNITS: Readonly<Record<number, string>> = {
  0x00: 'bytes', 0x01: 'KiB', 0x02: 'MiB', 0x03: 'GiB', 0x04: 'TiB', 0x05: 'PiB', 0x06: 'EiB',
  0xf1: 'logical blocks',
};

export const copyStatus = layout(
  { name: 'RECEIVE COPY STATUS(LID1) parameter data', source: 'SPC-4 6.25', size: 12,
    until: 4, formerly: olderName('COPY STATUS') },
  {
    availableData:      u32(0, 'AVAILABLE DATA', { oneOf: [8], unit: 'bytes' }),
    heldDataDiscarded:  bit(4, 7, 'HDD'),
    status:             bits(4, 6, 0, 'COPY COMMAND STATUS', {
      oneOf: [0x00, 0x01, 0x02], severity: 'warning',
      meanings: { 0: 'in progress', 1: 'completed without errors', 2: 'completed with errors' } }),
    segmentsProcessed:  u16(5, 'SEGMENTS PROCESSED'),
    transferCountUnits: u8(7, 'TRANSFER COUNT UNITS', { meanings: TRANSFER_COUNT_UNITS }),
    transferCount:      u32(8, 'TRANSFER COUNT'),
  },
);

/** What a copy has held for the application client; nothing held is a length of 0. */
export const receiveCopyData = layout(
  { name: 'RECEIVE COPY DATA(LID1) parameter data', source: 'SPC-4 6.21', size: 4,
    until: 4, formerly: olderName('RECEIVE DATA') },
  {
    availableData: u32(0, 'AVAILABLE DATA', { unit: 'bytes' }),
    heldData:      rest(4, 'HELD DATA'),
  },
  [({ availableData, heldData }) => (availableData !== heldData.length
    ? { field: 'availableData', rule: 'length', severity: 'warning',
      message: `is ${availableData}, ${heldData.length} bytes follow it` } : undefined)],
);

export const operatingParameters = layout(
  { name: 'RECEIVE COPY OPERATING PARAMETERS parameter data', source: 'SPC-4 6.22', size: 44,
    until: 4, formerly: olderName('OPERATING PARAMETERS') },
  {
    availableData:            u32(0, 'AVAILABLE DATA', { unit: 'bytes' }),
    snlid:                    since(4,
      bit(4, 0, 'SNLID', { meaning: 'works without list identifier' })),
    maximumCscdCount:         formerly('MAXIMUM TARGET DESCRIPTOR COUNT', 3,
      u16(8, 'MAXIMUM CSCD DESCRIPTOR COUNT')),
    maximumSegmentCount:      u16(10, 'MAXIMUM SEGMENT DESCRIPTOR COUNT'),
    maximumDescriptorListLength: u32(12, 'MAXIMUM DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    maximumSegmentLength:     u32(16, 'MAXIMUM SEGMENT LENGTH', { unit: 'bytes' }),
    maximumInlineDataLength:  u32(20, 'MAXIMUM INLINE DATA LENGTH', { unit: 'bytes' }),
    heldDataLimit:            u32(24, 'HELD DATA LIMIT', { unit: 'bytes' }),
    maximumStreamTransferSize: u32(28, 'MAXIMUM STREAM DEVICE TRANSFER SIZE', { unit: 'bytes' }),
    totalConcurrentCopies:    since(4, u16(34, 'TOTAL CONCURRENT COPIES')),
    maximumConcurrentCopies:  u8(36, 'MAXIMUM CONCURRENT COPIES'),
    dataSegmentGranularity:   u8(37, 'DATA SEGMENT GRANULARITY', { unit: 'log2 bytes' }),
    inlineDataGranularity:    u8(38, 'INLINE DATA GRANULARITY', { unit: 'log2 bytes' }),
    heldDataGranularity:      u8(39, 'HELD DATA GRANULARITY', { unit: 'log2 bytes' }),
    implementedLength:        u8(43, 'IMPLEMENTED DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    implemented:              rest(44, 'list of implemented descriptor type codes'),
  },
  [
    ({ availableData }, byteLength) => (availableData !== byteLength - 4
      ? { field: 'availableData', rule: 'length', severity: 'warning',
        message: `is ${availableData}, ${byteLength - 4} bytes follow it` } : undefined),
    ({ implemented, implementedLength }) => (implemented.length < implementedLength
      ? { field: 'implementedLength', rule: 'length', severity: 'warning',
        message: `is ${implementedLength}, ${implemented.length} bytes follow it` } : undefined),
    ({ implemented }) => (implemented.some((code, i) => i > 0 && code <= implemented[i - 1]!)
      ? { field: 'implemented', rule: 'order', severity: 'warning',
        message: 'is not in ascending order' } : undefined),
  ],
);
export type OperatingParameters = ValueOf<typeof operatingParameters>;

export const failedSegmentDetails = layout(
  { name: 'RECEIVE COPY FAILURE DETAILS(LID1) parameter data', source: 'SPC-4 6.23', size: 60,
    until: 4, formerly: olderName('FAILED SEGMENT DETAILS') },
  {
    availableData:   u32(0, 'AVAILABLE DATA', { unit: 'bytes' }),
    status:          u8(56, 'EXTENDED COPY COMMAND STATUS', { hex: true }),
    senseDataLength: u16(58, 'SENSE DATA LENGTH', { unit: 'bytes' }),
    senseData:       rest(60, 'SENSE DATA'),
  },
  [({ senseDataLength, senseData }) => (senseDataLength !== senseData.length
    ? { field: 'senseDataLength', rule: 'length', severity: 'warning',
      message: `is ${senseDataLength}, ${senseData.length} bytes follow it` } : undefined)],
);
