/** Additional header segments. Source: RFC 7143 11.2.2. */
import { readU16 } from '../../bytes/big-endian.ts';
import { bits, rest, u16, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';

const AHS_TYPE = { extendedCdb: 1, bidirectionalReadLength: 2 } as const;

/** AHSLength counts from byte 3 on, and not the padding. */
export const extendedCdbAhs = layout(
  { name: 'extended CDB additional header segment', source: 'RFC 7143 11.2.2.3', size: 4 },
  {
    length: u16(0, 'AHSLength', { min: 2, max: 245, unit: 'bytes' }),
    type:   bits(2, 5, 0, 'AHSType', { oneOf: [AHS_TYPE.extendedCdb] }),
    cdb:    rest(4, 'ExtendedCDB'),
  },
  [({ length, cdb }) => (length - 1 > cdb.length
    ? { field: 'length', rule: 'length', message: `is ${length}, ${cdb.length + 1} bytes follow` }
    : undefined)],
);

export const bidirectionalReadLengthAhs = layout(
  { name: 'bidirectional read length additional header segment', source: 'RFC 7143 11.2.2.4',
    size: 8 },
  {
    length:     u16(0, 'AHSLength', { oneOf: [5] }),
    type:       bits(2, 5, 0, 'AHSType', { oneOf: [AHS_TYPE.bidirectionalReadLength] }),
    readLength: u32(4, 'Expected Bidirectional Read Data Length', { unit: 'bytes' }),
  },
);

/** The segments behind a basic header. */
export const additionalHeaders: ListRules = {
  name: 'additional header segments', source: 'RFC 7143 11.2.2', headerBytes: 4,
  lengthOf: (bytes, at) => (readU16(bytes, at) + 3 + 3) & ~3,
  typeOf: (bytes, at) => bytes[at + 2]! & 0x3f,
  layoutOf: (type) => (type === AHS_TYPE.extendedCdb ? extendedCdbAhs
    : type === AHS_TYPE.bidirectionalReadLength ? bidirectionalReadLengthAhs : undefined),
};
