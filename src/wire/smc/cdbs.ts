/** CDBs of media changers. Source: SMC-3 6. */
import { bit, bits, u8, u16, u24 } from '../../codec/field.ts';
import { type Fields, layout } from '../../codec/layout.ts';
import { naca, operationCode } from '../spc/cdb-fields.ts';
import { elementType, TRANSLATE_ACTIONS } from './fields.ts';

const cdb = <const F extends Fields>(name: string, source: string, size: number, fields: F) =>
  layout({ name: `${name} CDB`, source, size }, fields);

const address = (at: number, of: string) => u16(at, `${of} ADDRESS`, { hex: true });
const transport = address(2, 'MEDIUM TRANSPORT');
const startingAddress = address(2, 'STARTING ELEMENT');
const elementCount = (at: number) => u16(at, 'NUMBER OF ELEMENTS');
const allocationLength = u24(7, 'ALLOCATION LENGTH', { unit: 'bytes' });
const volumeTags = bit(1, 4, 'VOLTAG', { meaning: 'with volume tags' });

/** No medium of ours has two sides. */
const inversion = (at: number, position: number, name: string) =>
  bit(at, position, name, { mustBe: false });

export const rezeroUnitCdb = cdb('REZERO UNIT', 'SCSI-2 16.2', 6,
  { opcode: operationCode(0x01), naca: naca(5) });

export const initializeElementStatusCdb = cdb('INITIALIZE ELEMENT STATUS', 'SMC-3 6.2', 6,
  { opcode: operationCode(0x07), naca: naca(5) });

/** E7h is what it was before the standard had it. */
export const initializeElementStatusRangeCdb = cdb(
  'INITIALIZE ELEMENT STATUS WITH RANGE', 'SMC-3 6.3', 10, {
    opcode:       u8(0, 'OPERATION CODE', { oneOf: [0x37, 0xe7] }),
    fast:         bit(1, 1, 'FAST', { meaning: 'presence of media alone' }),
    range:        bit(1, 0, 'RANGE', { meaning: 'the elements named, not all' }),
    start:        startingAddress,
    elementCount: elementCount(6),
    naca:         naca(9),
  });

export const openCloseImportExportCdb = cdb(
  'OPEN/CLOSE IMPORT/EXPORT ELEMENT', 'SMC-3 6.6', 6, {
    opcode:  operationCode(0x1b),
    element: address(2, 'ELEMENT'),
    action:  bits(4, 4, 0, 'ACTION CODE', { oneOf: [0, 1], meanings: { 0: 'open', 1: 'close' } }),
    naca:    naca(5),
  });

export const positionToElementCdb = cdb('POSITION TO ELEMENT', 'SMC-3 6.7', 10, {
  opcode:      operationCode(0x2b),
  transport,
  destination: address(4, 'DESTINATION ELEMENT'),
  invert:      inversion(8, 0, 'INVERT'),
  naca:        naca(9),
});

export const moveMediumCdb = cdb('MOVE MEDIUM', 'SMC-3 6.5', 12, {
  opcode:      operationCode(0xa5),
  transport,
  from:        address(4, 'SOURCE ELEMENT'),
  destination: address(6, 'DESTINATION ELEMENT'),
  invert:      inversion(10, 0, 'INVERT'),
  naca:        naca(11),
});

export const exchangeMediumCdb = cdb('EXCHANGE MEDIUM', 'SMC-3 6.1', 12, {
  opcode:            operationCode(0xa6),
  transport,
  from:              address(4, 'SOURCE ELEMENT'),
  firstDestination:  address(6, 'FIRST DESTINATION ELEMENT'),
  secondDestination: address(8, 'SECOND DESTINATION ELEMENT'),
  invertFirst:       inversion(10, 1, 'INV1'),
  invertSecond:      inversion(10, 0, 'INV2'),
  naca:              naca(11),
});

export const readElementStatusCdb = cdb('READ ELEMENT STATUS', 'SMC-3 6.11', 12, {
  opcode:       operationCode(0xb8),
  volumeTags,
  elementType:  elementType(1, 3, [0, 1, 2, 3, 4]),
  start:        startingAddress,
  elementCount: elementCount(4),
  curData:      bit(6, 1, 'CURDATA', { meaning: 'without motion' }),
  dvcId:        bit(6, 0, 'DVCID', { meaning: 'with device identifiers' }),
  allocationLength,
  naca:         naca(11),
});

export const requestVolumeElementAddressCdb = cdb(
  'REQUEST VOLUME ELEMENT ADDRESS', 'SMC-3 6.12', 12, {
    opcode:       operationCode(0xb5),
    volumeTags,
    elementType:  elementType(1, 3, [0, 1, 2, 3, 4]),
    start:        startingAddress,
    elementCount: elementCount(4),
    allocationLength,
    naca:         naca(11),
  });

export const sendVolumeTagCdb = cdb('SEND VOLUME TAG', 'SMC-3 6.13', 12, {
  opcode:              operationCode(0xb6),
  elementType:         elementType(1, 3, [0, 1, 2, 3, 4]),
  start:               startingAddress,
  sendAction:          bits(5, 4, 0, 'SEND ACTION CODE', TRANSLATE_ACTIONS),
  parameterListLength: u16(8, 'PARAMETER LIST LENGTH', { oneOf: [0x28], unit: 'bytes' }),
  naca:                naca(11),
});
