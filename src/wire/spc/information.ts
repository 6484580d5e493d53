/** What a device is told of itself and of the time, to keep it. Source: SPC-4 6.32, 6.38, 6.43. */
import { bits, rest, u16, u32, u48 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { naca, operationCode, serviceAction } from './cdb-fields.ts';

const allocationLength = u32(6, 'ALLOCATION LENGTH', { unit: 'bytes' });
const listLength = u32(6, 'PARAMETER LIST LENGTH', { unit: 'bytes' });

/** INFORMATION TYPE. Source: SPC-4 6.32.1. */
export const INFORMATION_TYPE = { device: 0x00, text: 0x02, supported: 0x7f } as const;

const informationType = bits(10, 7, 1, 'IDENTIFYING INFORMATION TYPE', { meanings: {
  0: 'peripheral device', 2: 'peripheral device text', 127: 'types that are supported' } });

export const reportIdentifyingInformationCdb = layout(
  { name: 'REPORT IDENTIFYING INFORMATION CDB', source: 'SPC-4 6.32', size: 12 },
  {
    opcode: operationCode(0xa3), serviceAction: serviceAction(0x05), allocationLength,
    informationType, naca: naca(11),
  },
);

export const setIdentifyingInformationCdb = layout(
  { name: 'SET IDENTIFYING INFORMATION CDB', source: 'SPC-4 6.43', size: 12 },
  {
    opcode: operationCode(0xa4), serviceAction: serviceAction(0x06), listLength, informationType,
    naca: naca(11),
  },
);

export const identifyingInformation = layout(
  { name: 'REPORT IDENTIFYING INFORMATION parameter data', source: 'SPC-4 6.32.2', size: 4 },
  {
    length:      u16(2, 'IDENTIFYING INFORMATION LENGTH', { unit: 'bytes' }),
    information: rest(4, 'IDENTIFYING INFORMATION'),
  },
  [({ length, information }) => (length > information.length
    ? { field: 'length', rule: 'length', severity: 'warning',
      message: `is ${length}, ${information.length} bytes follow it` } : undefined)],
);

export const informationDescriptor = layout(
  { name: 'identifying information descriptor', source: 'SPC-4 6.32.3', size: 4 },
  {
    informationType: bits(0, 7, 1, 'IDENTIFYING INFORMATION TYPE'),
    maximumLength:   u16(2, 'MAXIMUM IDENTIFYING INFORMATION LENGTH', { unit: 'bytes' }),
  },
);

export const reportTimestampCdb = layout(
  { name: 'REPORT TIMESTAMP CDB', source: 'SPC-4 6.38', size: 12 },
  {
    opcode: operationCode(0xa3), serviceAction: serviceAction(0x0f), allocationLength,
    naca: naca(11),
  },
);

export const setTimestampCdb = layout(
  { name: 'SET TIMESTAMP CDB', source: 'SPC-4 6.46', size: 12 },
  {
    opcode: operationCode(0xa4), serviceAction: serviceAction(0x0f), listLength, naca: naca(11),
  },
);

const timestamp = u48(4, 'TIMESTAMP', { unit: 'ms since 1970' });

export const timestampData = layout(
  { name: 'REPORT TIMESTAMP parameter data', source: 'SPC-4 6.38', size: 12 },
  {
    length: u16(0, 'TIMESTAMP PARAMETER DATA LENGTH', { oneOf: [0x0a], unit: 'bytes' }),
    origin: bits(2, 2, 0, 'TIMESTAMP ORIGIN', { meanings: {
      0: 'counts from zero', 2: 'SET TIMESTAMP', 3: 'another way' } }),
    timestamp,
  },
);

export const timestampList = layout(
  { name: 'SET TIMESTAMP parameter list', source: 'SPC-4 6.46', size: 12 }, { timestamp });
