/** CDBs of commands that every kind of device has. Source: SPC-4 6, SPC-2 7 (RESERVE, RELEASE). */
import { bit, bits, u8, u16, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { naca, operationCode, serviceAction } from './cdb-fields.ts';
import { RESERVATION_TYPE_NAMES } from './reservation-type.ts';

const allocation8 = (at: number) => u8(at, 'ALLOCATION LENGTH', { unit: 'bytes' });
const allocation16 = (at: number) => u16(at, 'ALLOCATION LENGTH', { unit: 'bytes' });
const allocation32 = (at: number) => u32(at, 'ALLOCATION LENGTH', { unit: 'bytes' });
const LIST_LENGTH = 'PARAMETER LIST LENGTH';

export const testUnitReadyCdb = layout(
  { name: 'TEST UNIT READY CDB', source: 'SPC-4 6.47', size: 6 },
  { opcode: operationCode(0x00), naca: naca(5) },
);

export const requestSenseCdb = layout(
  { name: 'REQUEST SENSE CDB', source: 'SPC-4 6.39', size: 6 },
  {
    opcode:           operationCode(0x03),
    desc:             bit(1, 0, 'DESC', { meaning: 'descriptor format' }),
    allocationLength: allocation8(4),
    naca:             naca(5),
  },
);

export const inquiryCdb = layout(
  { name: 'INQUIRY CDB', source: 'SPC-4 6.6', size: 6 },
  {
    opcode:           operationCode(0x12),
    evpd:             bit(1, 0, 'EVPD'),
    pageCode:         u8(2, 'PAGE CODE', { hex: true }),
    allocationLength: allocation16(3),
    naca:             naca(5),
  },
  [({ evpd, pageCode }) => (!evpd && pageCode !== 0
    ? { field: 'pageCode', rule: 'page-without-evpd', message: 'is not zero, and EVPD is' }
    : undefined)],
);

const pageFormat = bit(1, 4, 'PF');
const savePages = bit(1, 0, 'SP', { meaning: 'save the pages' });

export const modeSelect6Cdb = layout(
  { name: 'MODE SELECT(6) CDB', source: 'SPC-4 6.11', size: 6 },
  {
    opcode: operationCode(0x15), pf: pageFormat, sp: savePages,
    parameterListLength: u8(4, LIST_LENGTH, { unit: 'bytes' }),
    naca: naca(5),
  },
);

export const modeSelect10Cdb = layout(
  { name: 'MODE SELECT(10) CDB', source: 'SPC-4 6.12', size: 10 },
  {
    opcode: operationCode(0x55), pf: pageFormat, sp: savePages,
    parameterListLength: u16(7, LIST_LENGTH, { unit: 'bytes' }),
    naca: naca(9),
  },
);

const disableBlockDescriptors = bit(1, 3, 'DBD');
const pageControl = bits(2, 7, 6, 'PC', { meanings: {
  0: 'current values', 1: 'changeable values', 2: 'default values', 3: 'saved values' } });
const modePageCode = bits(2, 5, 0, 'PAGE CODE', { hex: true });
const subpageCode = u8(3, 'SUBPAGE CODE', { hex: true });

export const modeSense6Cdb = layout(
  { name: 'MODE SENSE(6) CDB', source: 'SPC-4 6.13', size: 6 },
  {
    opcode: operationCode(0x1a), dbd: disableBlockDescriptors, pageControl,
    pageCode: modePageCode, subpageCode, allocationLength: allocation8(4), naca: naca(5),
  },
);

export const modeSense10Cdb = layout(
  { name: 'MODE SENSE(10) CDB', source: 'SPC-4 6.14', size: 10 },
  {
    opcode: operationCode(0x5a), llbaa: bit(1, 4, 'LLBAA'), dbd: disableBlockDescriptors,
    pageControl, pageCode: modePageCode, subpageCode, allocationLength: allocation16(7),
    naca: naca(9),
  },
);

/** Third-party and extent reservations are obsolete, so their bits are reserved. */
export const reserve6Cdb = layout(
  { name: 'RESERVE(6) CDB', source: 'SPC-2 7.22', size: 6 },
  { opcode: operationCode(0x16), naca: naca(5) },
);
export const release6Cdb = layout(
  { name: 'RELEASE(6) CDB', source: 'SPC-2 7.17', size: 6 },
  { opcode: operationCode(0x17), naca: naca(5) },
);
export const reserve10Cdb = layout(
  { name: 'RESERVE(10) CDB', source: 'SPC-2 7.21', size: 10 },
  { opcode: operationCode(0x56), naca: naca(9) },
);
export const release10Cdb = layout(
  { name: 'RELEASE(10) CDB', source: 'SPC-2 7.16', size: 10 },
  { opcode: operationCode(0x57), naca: naca(9) },
);

/** The service actions of PERSISTENT RESERVE OUT. Source: SPC-4 6.16.2. */
export const PERSISTENT_RESERVE_OUT = {
  register: 0, reserve: 1, release: 2, clear: 3, preempt: 4, preemptAndAbort: 5,
  registerAndIgnoreExistingKey: 6, registerAndMove: 7,
} as const;

export const persistentReserveInCdb = layout(
  { name: 'PERSISTENT RESERVE IN CDB', source: 'SPC-4 6.15.1', size: 10 },
  {
    opcode:           operationCode(0x5e),
    serviceAction:    bits(1, 4, 0, 'SERVICE ACTION', { oneOf: [0, 1, 2, 3], meanings: {
      0: 'READ KEYS', 1: 'READ RESERVATION', 2: 'REPORT CAPABILITIES', 3: 'READ FULL STATUS' } }),
    allocationLength: allocation16(7),
    naca:             naca(9),
  },
);

/** SCOPE and TYPE tell what is reserved, or released; otherwise they are ignored. */
export const persistentReserveOutCdb = layout(
  { name: 'PERSISTENT RESERVE OUT CDB', source: 'SPC-4 6.16.1', size: 10 },
  {
    opcode:              operationCode(0x5f),
    serviceAction:       bits(1, 4, 0, 'SERVICE ACTION', {
      oneOf: Object.values(PERSISTENT_RESERVE_OUT), meanings: {
        0: 'REGISTER', 1: 'RESERVE', 2: 'RELEASE', 3: 'CLEAR', 4: 'PREEMPT',
        5: 'PREEMPT AND ABORT', 6: 'REGISTER AND IGNORE EXISTING KEY', 7: 'REGISTER AND MOVE' } }),
    scope:               bits(2, 7, 4, 'SCOPE', { meanings: { 0: 'logical unit' } }),
    type:                bits(2, 3, 0, 'TYPE', {
      meanings: Object.fromEntries(RESERVATION_TYPE_NAMES) }),
    parameterListLength: u32(5, LIST_LENGTH, { unit: 'bytes' }),
    naca:                naca(9),
  },
  [
    ({ serviceAction: action, scope }) =>
      (action !== PERSISTENT_RESERVE_OUT.reserve || scope === 0 ? undefined
        : { field: 'scope', rule: 'value', message: `is ${scope}, must be 0` }),
    ({ serviceAction: action, type }) =>
      (action !== PERSISTENT_RESERVE_OUT.reserve || RESERVATION_TYPE_NAMES.has(type) ? undefined
        : { field: 'type', rule: 'value', message: `is ${type}, which is no type` }),
    ({ serviceAction: action, parameterListLength: length }) =>
      (action === PERSISTENT_RESERVE_OUT.registerAndMove || length === 24
        || (action === PERSISTENT_RESERVE_OUT.register && length > 24) ? undefined
        : { field: 'parameterListLength', rule: 'length', severity: 'warning',
          message: `is ${length}, must be 24` }),
  ],
);

export const sendDiagnosticCdb = layout(
  { name: 'SEND DIAGNOSTIC CDB', source: 'SPC-4 6.42', size: 6 },
  {
    opcode:              operationCode(0x1d),
    selfTestCode:        bits(1, 7, 5, 'SELF-TEST CODE', { oneOf: [0] }),
    pf:                  bit(1, 4, 'PF'),
    selfTest:            bit(1, 2, 'SELFTEST', { meaning: 'default self-test' }),
    devOffL:             bit(1, 1, 'DEVOFFL'),
    unitOffL:            bit(1, 0, 'UNITOFFL'),
    parameterListLength: u16(3, LIST_LENGTH, { oneOf: [0] }),
    naca:                naca(5),
  },
);

export const preventAllowCdb = layout(
  { name: 'PREVENT ALLOW MEDIUM REMOVAL CDB', source: 'SBC-3 5.15', size: 6 },
  {
    opcode:  operationCode(0x1e),
    prevent: bits(4, 1, 0, 'PREVENT', { oneOf: [0, 1], meanings: { 0: 'allow', 1: 'prevent' } }),
    naca:    naca(5),
  },
);

export const receiveDiagnosticCdb = layout(
  { name: 'RECEIVE DIAGNOSTIC RESULTS CDB', source: 'SPC-4 6.28', size: 6 },
  {
    opcode:           operationCode(0x1c),
    pcv:              bit(1, 0, 'PCV', { meaning: 'PAGE CODE is valid' }),
    pageCode:         u8(2, 'PAGE CODE', { hex: true }),
    allocationLength: allocation16(3),
    naca:             naca(5),
  },
);

/** Only a reset is understood: a list would set values that nobody may set. */
export const logSelectCdb = layout(
  { name: 'LOG SELECT CDB', source: 'SPC-4 6.7', size: 10 },
  {
    opcode:              operationCode(0x4c),
    pcr:                 bit(1, 1, 'PCR', { meaning: 'reset the parameters' }),
    sp:                  bit(1, 0, 'SP', { mustBe: false }),
    pageControl:         bits(2, 7, 6, 'PC', { meanings: {
      0: 'threshold values', 1: 'cumulative values', 2: 'default threshold values',
      3: 'default cumulative values' } }),
    pageCode:            bits(2, 5, 0, 'PAGE CODE', { hex: true }),
    subpageCode:         u8(3, 'SUBPAGE CODE', { hex: true }),
    parameterListLength: u16(7, LIST_LENGTH, { oneOf: [0] }),
    naca:                naca(9),
  },
);

export const logSenseCdb = layout(
  { name: 'LOG SENSE CDB', source: 'SPC-4 6.8', size: 10 },
  {
    opcode:           operationCode(0x4d),
    sp:               bit(1, 0, 'SP', { mustBe: false }),
    pageControl:      bits(2, 7, 6, 'PC', { oneOf: [0, 1], meanings: {
      0: 'threshold values', 1: 'cumulative values' } }),
    pageCode:         bits(2, 5, 0, 'PAGE CODE', { hex: true }),
    subpageCode:      u8(3, 'SUBPAGE CODE', { hex: true }),
    parameterPointer: u16(5, 'PARAMETER POINTER', { hex: true }),
    allocationLength: allocation16(7),
    naca:             naca(9),
  },
);

export const reportLunsCdb = layout(
  { name: 'REPORT LUNS CDB', source: 'SPC-4 6.33', size: 12 },
  {
    opcode:           operationCode(0xa0),
    selectReport:     u8(2, 'SELECT REPORT', { oneOf: [0, 1, 2], meanings: {
      0: 'all but well known', 1: 'well known only', 2: 'all' } }),
    allocationLength: allocation32(6),
    naca:             naca(11),
  },
);

export const reportSupportedOperationCodesCdb = layout(
  { name: 'REPORT SUPPORTED OPERATION CODES CDB', source: 'SPC-4 6.35', size: 12 },
  {
    opcode:           operationCode(0xa3),
    serviceAction:    serviceAction(0x0c),
    rctd:             bit(2, 7, 'RCTD', { meaning: 'with command timeouts descriptors' }),
    reportingOptions: bits(2, 2, 0, 'REPORTING OPTIONS', { oneOf: [0, 1, 2, 3], meanings: {
      0: 'all commands', 1: 'one operation code', 2: 'one service action',
      3: 'one operation code, with its service action if it has any' } }),
    requestedOpcode:  u8(3, 'REQUESTED OPERATION CODE', { hex: true }),
    requestedServiceAction: u16(4, 'REQUESTED SERVICE ACTION', { hex: true }),
    allocationLength: allocation32(6),
    naca:             naca(11),
  },
);

export const reportTaskManagementCdb = layout(
  { name: 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS CDB', source: 'SPC-4 6.36', size: 12 },
  {
    opcode:           operationCode(0xa3),
    serviceAction:    serviceAction(0x0d),
    repd:             bit(2, 7, 'REPD', { meaning: 'extended parameter data' }),
    allocationLength: allocation32(6),
    naca:             naca(11),
  },
);
