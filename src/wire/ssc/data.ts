/** Parameter data of stream commands. Source: SSC-4 7.6, 7.7, 7.10. */
import { ascii, bit, bits, raw, rest, u8, u16, u24, u32, u64 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';

export const blockLimits = layout(
  { name: 'READ BLOCK LIMITS data', source: 'SSC-4 7.6', size: 6 },
  {
    granularity: bits(0, 4, 0, 'GRANULARITY', { unit: 'log2 bytes' }),
    maximum:     u24(1, 'MAXIMUM BLOCK LENGTH LIMIT', { unit: 'bytes' }),
    minimum:     u16(4, 'MINIMUM BLOCK LENGTH LIMIT', { unit: 'bytes' }),
  },
  [({ maximum, minimum }) => (maximum !== 0 && maximum < minimum
    ? { field: 'maximum', rule: 'limits', severity: 'warning',
      message: `is ${maximum}, less than the minimum of ${minimum}` } : undefined)],
);

export const maximumObjectIdentifier = layout(
  {
    name: 'READ BLOCK LIMITS maximum logical object identifier data', source: 'SSC-4 7.6',
    size: 20,
  },
  { maximum: u64(12, 'MAXIMUM LOGICAL OBJECT IDENTIFIER') },
);

const bop = bit(0, 7, 'BOP', { meaning: 'beginning of partition' });
const eop = bit(0, 6, 'EOP', { meaning: 'behind early warning' });
const locu = bit(0, 5, 'LOCU', { meaning: 'object counts unknown' });
const bycu = bit(0, 4, 'BYCU', { meaning: 'byte counts unknown' });
const lolu = bit(0, 2, 'LOLU', { meaning: 'location unknown' });
const perr = bit(0, 1, 'PERR', { meaning: 'the position does not fit' });
const bpew = bit(0, 0, 'BPEW', { meaning: 'behind programmable early warning' });

export const shortPosition = layout(
  { name: 'READ POSITION data, short form', source: 'SSC-4 7.7.2', size: 20 },
  {
    bop, eop, locu, bycu, lolu, perr, bpew,
    partition:       u8(1, 'PARTITION NUMBER'),
    firstObject:     u32(4, 'FIRST LOGICAL OBJECT LOCATION'),
    lastObject:      u32(8, 'LAST LOGICAL OBJECT LOCATION'),
    bufferedObjects: u24(13, 'NUMBER OF LOGICAL OBJECTS IN OBJECT BUFFER'),
    bufferedBytes:   u32(16, 'NUMBER OF BYTES IN OBJECT BUFFER'),
  },
);

export const longPosition = layout(
  { name: 'READ POSITION data, long form', source: 'SSC-4 7.7.3', size: 32 },
  {
    bop, eop,
    mpu:       bit(0, 3, 'MPU', { meaning: 'mark position unknown' }),
    lonu:      bit(0, 2, 'LONU', { meaning: 'object number unknown' }),
    bpew,
    partition: u32(4, 'PARTITION NUMBER'),
    object:    u64(8, 'LOGICAL OBJECT NUMBER'),
    file:      u64(16, 'LOGICAL FILE IDENTIFIER'),
  },
);

export const extendedPosition = layout(
  { name: 'READ POSITION data, extended form', source: 'SSC-4 7.7.4', size: 32 },
  {
    bop, eop, locu, bycu, lolu, perr, bpew,
    partition:        u8(1, 'PARTITION NUMBER'),
    additionalLength: u16(2, 'ADDITIONAL LENGTH', { oneOf: [0x1c] }),
    bufferedObjects:  u24(5, 'NUMBER OF LOGICAL OBJECTS IN OBJECT BUFFER'),
    firstObject:      u64(8, 'FIRST LOGICAL OBJECT LOCATION'),
    lastObject:       u64(16, 'LAST LOGICAL OBJECT LOCATION'),
    bufferedBytes:    u64(24, 'NUMBER OF BYTES IN OBJECT BUFFER'),
  },
);

export const densitySupport = layout(
  { name: 'REPORT DENSITY SUPPORT data', source: 'SSC-4 7.10.2', size: 4 },
  {
    availableLength: u16(0, 'AVAILABLE DENSITY SUPPORT LENGTH', { unit: 'bytes' }),
    descriptors:     rest(4, 'density support descriptors'),
  },
);

export const densityDescriptor = layout(
  { name: 'density support data block descriptor', source: 'SSC-4 7.10.3', size: 52 },
  {
    primary:      u8(0, 'PRIMARY DENSITY CODE', { hex: true }),
    secondary:    u8(1, 'SECONDARY DENSITY CODE', { hex: true }),
    wrtok:        bit(2, 7, 'WRTOK', { meaning: 'can be written' }),
    dup:          bit(2, 6, 'DUP'),
    deflt:        bit(2, 5, 'DEFLT', { meaning: 'the default' }),
    dlv:          bit(2, 0, 'DLV'),
    length:       u16(3, 'DESCRIPTOR LENGTH', { unit: 'bytes' }),
    bitsPerMm:    u24(5, 'BITS PER MM'),
    mediaWidth:   u16(8, 'MEDIA WIDTH', { unit: '0.1 mm' }),
    tracks:       u16(10, 'TRACKS'),
    capacity:     u32(12, 'CAPACITY', { unit: 'MB' }),
    organization: ascii(16, 8, 'ASSIGNING ORGANIZATION'),
    densityName:  ascii(24, 8, 'DENSITY NAME'),
    description:  ascii(32, 20, 'DESCRIPTION'),
  },
);

/** What REPORT DENSITY SUPPORT returns in place of densities if MEDIUM TYPE is set. */
export const mediumTypeDescriptor = layout(
  { name: 'medium type descriptor', source: 'SSC-4 7.10.4', size: 56 },
  {
    mediumType:   u8(0, 'MEDIUM TYPE', { hex: true }),
    length:       u16(2, 'DESCRIPTOR LENGTH', { oneOf: [52], unit: 'bytes' }),
    densityCount: u8(4, 'NUMBER OF DENSITY CODES'),
    densities:    raw(5, 9, 'PRIMARY DENSITY CODES'),
    mediaWidth:   u16(14, 'MEDIA WIDTH', { unit: '0.1 mm' }),
    mediumLength: u16(16, 'MEDIUM LENGTH', { unit: 'm' }),
    organization: ascii(20, 8, 'ASSIGNING ORGANIZATION'),
    typeName:     ascii(28, 8, 'MEDIUM TYPE NAME'),
    description:  ascii(36, 20, 'DESCRIPTION'),
  },
  [({ densityCount }) => (densityCount > 9
    ? { field: 'densityCount', rule: 'length', severity: 'warning',
      message: `is ${densityCount}, there is room for 9` } : undefined)],
);
