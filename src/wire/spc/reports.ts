/** Parameter data of the REPORT commands and of LOG SENSE. Source: SPC-4 6.33, 6.35, 6.36, 7.3. */
import { bit, bits, rest, u8, u16, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';

export const reportLunsData = layout(
  { name: 'REPORT LUNS parameter data', source: 'SPC-4 6.33', size: 8 },
  {
    listLength: u32(0, 'LUN LIST LENGTH', { unit: 'bytes' }),
    luns:       rest(8, 'LUN list'),
  },
  [({ listLength }) => (listLength % 8 !== 0
    ? { field: 'listLength', rule: 'length', severity: 'warning',
      message: `is ${listLength}, a LUN has 8 bytes` } : undefined)],
);

export const allCommandsData = layout(
  { name: 'REPORT SUPPORTED OPERATION CODES all_commands data', source: 'SPC-4 6.35.2', size: 4 },
  {
    dataLength:  u32(0, 'COMMAND DATA LENGTH', { unit: 'bytes' }),
    descriptors: rest(4, 'command descriptors'),
  },
);

export const commandDescriptor = layout(
  { name: 'command descriptor', source: 'SPC-4 6.35.2', size: 8 },
  {
    opcode:        u8(0, 'OPERATION CODE', { hex: true }),
    serviceAction: u16(2, 'SERVICE ACTION', { hex: true }),
    ctdp:          bit(5, 1, 'CTDP', { meaning: 'a timeouts descriptor follows' }),
    servActV:      bit(5, 0, 'SERVACTV', { meaning: 'SERVICE ACTION is valid' }),
    cdbLength:     u16(6, 'CDB LENGTH', { unit: 'bytes' }),
  },
  [({ servActV, serviceAction }) => (!servActV && serviceAction !== 0
    ? { field: 'serviceAction', rule: 'service-action', severity: 'warning',
      message: 'is not zero, and SERVACTV is' } : undefined)],
);

/** Zero seconds: no timeout is told. */
export const timeoutsDescriptor = layout(
  { name: 'command timeouts descriptor', source: 'SPC-4 6.35.4', size: 12 },
  {
    descriptorLength:   u16(0, 'DESCRIPTOR LENGTH', { oneOf: [0x0a] }),
    commandSpecific:    u8(3, 'COMMAND SPECIFIC'),
    nominalSeconds:     u32(4, 'NOMINAL COMMAND PROCESSING TIMEOUT', { unit: 's' }),
    recommendedSeconds: u32(8, 'RECOMMENDED COMMAND TIMEOUT', { unit: 's' }),
  },
);

export const oneCommandData = layout(
  { name: 'REPORT SUPPORTED OPERATION CODES one_command data', source: 'SPC-4 6.35.3', size: 4 },
  {
    ctdp:     bit(1, 7, 'CTDP', { meaning: 'a timeouts descriptor follows' }),
    support:  bits(1, 2, 0, 'SUPPORT', { meanings: {
      0: 'not available now', 1: 'not supported', 3: 'supported as the standard says',
      5: 'supported in a vendor specific way' } }),
    cdbSize:  u16(2, 'CDB SIZE', { unit: 'bytes' }),
    usage:    rest(4, 'CDB USAGE DATA, timeouts descriptor'),
  },
  [({ cdbSize, usage }) => (cdbSize > usage.length
    ? { field: 'cdbSize', rule: 'length', severity: 'warning',
      message: `is ${cdbSize}, ${usage.length} bytes follow it` } : undefined)],
);

/** The short form; with REPD twelve more bytes follow. */
export const taskManagementData = layout(
  { name: 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS data', source: 'SPC-4 6.36', size: 4 },
  {
    ats:   bit(0, 7, 'ATS', { meaning: 'ABORT TASK' }),
    atss:  bit(0, 6, 'ATSS', { meaning: 'ABORT TASK SET' }),
    cacas: bit(0, 5, 'CACAS', { meaning: 'CLEAR ACA' }),
    ctss:  bit(0, 4, 'CTSS', { meaning: 'CLEAR TASK SET' }),
    lurs:  bit(0, 3, 'LURS', { meaning: 'LOGICAL UNIT RESET' }),
    qts:   bit(0, 2, 'QTS', { meaning: 'QUERY TASK' }),
    trs:   bit(0, 1, 'TRS', { meaning: 'TARGET RESET' }),
    wakes: bit(0, 0, 'WAKES'),
    qaes:  bit(1, 2, 'QAES'),
    qtss:  bit(1, 1, 'QTSS'),
    itnrs: bit(1, 0, 'ITNRS'),
    additionalLength: u8(3, 'ADDITIONAL LENGTH', { oneOf: [0, 0x0c], unit: 'bytes' }),
    timeouts: rest(4, 'task management timeouts'),
  },
);

export const logPage = layout(
  { name: 'log page', source: 'SPC-4 7.3.2', size: 4 },
  {
    ds:          bit(0, 7, 'DS'),
    spf:         bit(0, 6, 'SPF'),
    pageCode:    bits(0, 5, 0, 'PAGE CODE', { hex: true }),
    subpageCode: u8(1, 'SUBPAGE CODE', { hex: true }),
    pageLength:  u16(2, 'PAGE LENGTH', { unit: 'bytes' }),
    parameters:  rest(4, 'log parameters'),
  },
  [({ pageLength, parameters }) => (pageLength !== parameters.length
    ? { field: 'pageLength', rule: 'length', severity: 'warning',
      message: `is ${pageLength}, ${parameters.length} bytes follow it` } : undefined)],
);

export const logParameter = layout(
  { name: 'log parameter', source: 'SPC-4 7.3.2.2', size: 4 },
  {
    code:   u16(0, 'PARAMETER CODE', { hex: true }),
    control: u8(2, 'PARAMETER CONTROL', { hex: true }),
    length: u8(3, 'PARAMETER LENGTH', { unit: 'bytes' }),
    value:  rest(4, 'PARAMETER VALUE'),
  },
);
