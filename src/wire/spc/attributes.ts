/** READ and WRITE ATTRIBUTE: the memory of a cartridge. Source: SPC-4 6.17, 7.4.1. */
import { readU16 } from '../../bytes/big-endian.ts';
import { bit, bits, rest, u8, u16, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { naca, operationCode } from './cdb-fields.ts';

export const readAttributeCdb = layout(
  { name: 'READ ATTRIBUTE CDB', source: 'SPC-4 6.17', size: 16 },
  {
    opcode:           operationCode(0x8c),
    serviceAction:    bits(1, 4, 0, 'SERVICE ACTION', { oneOf: [0, 1, 2, 3, 5], meanings: {
      0: 'attribute values', 1: 'attribute list', 2: 'logical volume list', 3: 'partition list',
      5: 'supported attributes' } }),
    volume:           u8(5, 'LOGICAL VOLUME NUMBER'),
    partition:        u8(7, 'PARTITION NUMBER'),
    firstAttribute:   u16(8, 'FIRST ATTRIBUTE IDENTIFIER', { hex: true }),
    allocationLength: u32(10, 'ALLOCATION LENGTH', { unit: 'bytes' }),
    naca:             naca(15),
  },
);

export const writeAttributeCdb = layout(
  { name: 'WRITE ATTRIBUTE CDB', source: 'SPC-4 6.43', size: 16 },
  {
    opcode:              operationCode(0x8d),
    wtc:                 bit(1, 0, 'WTC', { meaning: 'write through to the medium' }),
    volume:              u8(5, 'LOGICAL VOLUME NUMBER'),
    partition:           u8(7, 'PARTITION NUMBER'),
    parameterListLength: u32(10, 'PARAMETER LIST LENGTH', { unit: 'bytes' }),
    naca:                naca(15),
  },
);

/** What WRITE ATTRIBUTE sends, and READ ATTRIBUTE returns as values. */
export const attributeList = layout(
  { name: 'WRITE ATTRIBUTE parameter list', source: 'SPC-4 6.43', size: 4 },
  {
    dataLength: u32(0, 'PARAMETER DATA LENGTH', { unit: 'bytes' }),
    attributes: rest(4, 'attributes'),
  },
);

export const mediumAttribute = layout(
  { name: 'medium auxiliary memory attribute', source: 'SPC-4 7.4.1', size: 5 },
  {
    identifier:  u16(0, 'ATTRIBUTE IDENTIFIER', { hex: true }),
    readOnly:    bit(2, 7, 'READ ONLY'),
    valueFormat: bits(2, 1, 0, 'FORMAT', {
      meanings: { 0: 'binary', 1: 'ASCII', 2: 'text' } }),
    length:      u16(3, 'ATTRIBUTE LENGTH', { unit: 'bytes' }),
    value:       rest(5, 'ATTRIBUTE VALUE'),
  },
);

/** The attributes of a list, one behind another. */
export const mediumAttributes: ListRules = {
  name: 'medium auxiliary memory attributes', source: 'SPC-4 7.4.1',
  headerBytes: mediumAttribute.size,
  lengthOf: (bytes, at) => mediumAttribute.size + readU16(bytes, at + 3),
  typeOf: (bytes, at) => readU16(bytes, at), layoutOf: () => mediumAttribute,
};

/** Attribute values, the header of the first one opened. */
export const attributeValues = layout(
  { name: 'READ ATTRIBUTE attribute values', source: 'SPC-4 7.4.1', size: 9 },
  {
    availableData:   u32(0, 'AVAILABLE DATA', { unit: 'bytes' }),
    firstIdentifier: u16(4, 'ATTRIBUTE IDENTIFIER', { hex: true }),
    firstFormat:     bits(6, 1, 0, 'FORMAT', { meanings: { 0: 'binary', 1: 'ASCII', 2: 'text' } }),
    firstLength:     u16(7, 'ATTRIBUTE LENGTH', { unit: 'bytes' }),
    values:          rest(9, 'ATTRIBUTE VALUE'),
  },
);
