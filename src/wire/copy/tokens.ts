/**
 * ROD tokens, and the lists of the commands that make and use them.
 *
 * Source: SPC-4 5.17.6; SBC-5 4.28, 5.12, 5.59.
 */
import { bit, bits, raw, rest, u8, u16, u32, u64, u128 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { ROD_TYPES } from './cscd.ts';
import { rangeDescriptor } from './segments.ts';

export const ROD_TOKEN_BYTES = 512;
/** ROD TOKEN LENGTH of the tokens known: the bytes behind it. */
export const ROD_TOKEN_LENGTH = 0x01f8;
/** What REPORT ALL ROD TOKENS gives of a token. */
export const ROD_MANAGEMENT_TOKEN_BYTES = 96;

export const ROD_TYPE = {
  byToken: 0x0000_0000, accessUponReference: 0x0001_0000, pointInTimeDefault: 0x0080_0000,
  pointInTimeChangeVulnerable: 0x0080_0001, pointInTimePersistent: 0x0080_0002,
  pointInTimeAny: 0x0080_ffff, blockDeviceZero: 0xffff_0001,
} as const;

/** NUMBER OF BYTES REPRESENTED when it is not known. */
export const BYTES_REPRESENTED_UNKNOWN = (1n << 128n) - 1n;

const rodType = u32(0, 'ROD TYPE', { hex: true, meanings: ROD_TYPES });
const tokenLength = u16(6, 'ROD TOKEN LENGTH', { oneOf: [ROD_TOKEN_LENGTH], unit: 'bytes' });
/** Header and body: all that a management token has. */
const body = {
  rodType, tokenLength,
  identifier:       u64(8, 'COPY MANAGER ROD TOKEN IDENTIFIER'),
  creator:          raw(16, 32, 'CREATOR LOGICAL UNIT DESCRIPTOR'),
  bytesRepresented: u128(48, 'NUMBER OF BYTES REPRESENTED', { unit: 'bytes' }),
};

/** A generic ROD token: whoever has it can read what it stands for. */
export const rodToken = layout(
  { name: 'ROD token', source: 'SPC-4 5.17.6.5.1', size: ROD_TOKEN_BYTES, since: 4 },
  {
    ...body,
    deviceData:   raw(96, 32, 'device type specific data'),
    targetDevice: raw(128, 128, 'TARGET DEVICE DESCRIPTOR'),
    extendedData: raw(256, 256, 'EXTENDED ROD TOKEN DATA'),
  },
);
export type RodToken = ValueOf<typeof rodToken>;

/** Names a token without giving access. */
export const rodManagementToken = layout(
  { name: 'ROD management token', source: 'SPC-4 5.17.6.4', size: ROD_MANAGEMENT_TOKEN_BYTES,
    since: 4 },
  body,
);

export const rodManagementTokens: ListRules = {
  name: 'ROD management tokens', source: 'SPC-4 6.31', headerBytes: ROD_MANAGEMENT_TOKEN_BYTES,
  lengthOf: () => ROD_MANAGEMENT_TOKEN_BYTES, typeOf: () => 0,
  layoutOf: () => rodManagementToken,
};

/** Bytes 96 to 127 of a disk's token: as in READ CAPACITY(16), when the token was made. */
export const blockTokenData = layout(
  { name: 'block device specific ROD token data', source: 'SBC-5 4.28.5', size: 32, since: 4 },
  {
    blockBytes:       u32(0, 'LOGICAL BLOCK LENGTH IN BYTES', { unit: 'bytes' }),
    pType:            bits(4, 3, 1, 'P_TYPE'),
    protEn:           bit(4, 0, 'PROT_EN'),
    pIExponent:       bits(5, 7, 4, 'P_I_EXPONENT'),
    physicalExponent: bits(5, 3, 0, 'LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT'),
    lbpme:            bit(6, 7, 'LBPME', { meaning: 'thin or resource provisioned' }),
    lbprz:            bit(6, 6, 'LBPRZ', { meaning: 'unmapped blocks read zeros' }),
    lowestAlignedHigh: bits(6, 5, 0, 'LOWEST ALIGNED LOGICAL BLOCK ADDRESS, bits 13 to 8'),
    lowestAlignedLow: u8(7, 'LOWEST ALIGNED LOGICAL BLOCK ADDRESS, bits 7 to 0'),
  },
);

/**
 * Zeros without end; anyone can make it. No public source tells where CRC VALID lies: what
 * follows the length is taken for reserved.
 */
export const blockZeroToken = layout(
  { name: 'block device zero ROD token', source: 'SBC-5 4.28.4', size: ROD_TOKEN_BYTES, since: 4 },
  {
    rodType: u32(0, 'ROD TYPE', {
      oneOf: [ROD_TYPE.blockDeviceZero], hex: true, meanings: ROD_TYPES }),
    tokenLength,
  },
);

const RANGE_BYTES = rangeDescriptor.size;
const rangesLength = (at: number) =>
  u16(at, 'BLOCK DEVICE RANGE DESCRIPTOR LENGTH', { min: RANGE_BYTES, unit: 'bytes' });

interface Ranges {
  readonly dataLength: number;
  readonly rangesLength: number;
  readonly ranges: Uint8Array;
}
/** `headBytes` stand before the ranges; DATA LENGTH counts all but itself. */
const listRules = (headBytes: number) => [
  (list: Ranges) => (list.rangesLength > list.ranges.length
    ? { field: 'rangesLength', rule: 'length',
      message: `is ${list.rangesLength}, ${list.ranges.length} bytes follow it` } as const
    : undefined),
  (list: Ranges) => (list.rangesLength % RANGE_BYTES !== 0
    ? { field: 'rangesLength', rule: 'range-length', severity: 'warning',
      message: `is ${list.rangesLength}, the last range is not whole and is ignored` } as const
    : undefined),
  (list: Ranges) => (list.dataLength !== headBytes - 2 + list.rangesLength
    ? { field: 'dataLength', rule: 'data-length', severity: 'warning',
      message: `is ${list.dataLength}, the ranges end at ${headBytes - 2 + list.rangesLength}`,
    } as const : undefined),
];

const immed = bit(2, 0, 'IMMED', { meaning: 'the copy goes on in the background' });
const POPULATE_BYTES = 16;
const WRITE_BYTES = 24 + ROD_TOKEN_BYTES;

export const populateTokenList = layout(
  { name: 'POPULATE TOKEN parameter list', source: 'SBC-5 5.12.2', size: POPULATE_BYTES, since: 4 },
  {
    dataLength:        u16(0, 'POPULATE TOKEN DATA LENGTH', { min: 0x1e, unit: 'bytes' }),
    rtv:               bit(2, 1, 'RTV', { meaning: 'ROD type valid' }),
    immed,
    inactivityTimeout: u32(4, 'INACTIVITY TIMEOUT', { unit: 'seconds' }),
    rodType:           u32(8, 'ROD TYPE', { hex: true, meanings: ROD_TYPES }),
    rangesLength:      rangesLength(14),
    ranges:            rest(POPULATE_BYTES, 'block device range descriptors'),
  },
  [
    ...listRules(POPULATE_BYTES),
    ({ rtv, rodType: type }) => (!rtv && type !== 0
      ? { field: 'rodType', rule: 'rod-type', severity: 'warning',
        message: 'is ignored with RTV=0', mend: 'set RTV, or write 0' } : undefined),
  ],
);
export type PopulateTokenList = ValueOf<typeof populateTokenList>;

export const writeUsingTokenList = layout(
  { name: 'WRITE USING TOKEN parameter list', source: 'SBC-5 5.59.2', size: WRITE_BYTES, since: 4 },
  {
    dataLength:   u16(0, 'WRITE USING TOKEN DATA LENGTH', { min: 0x226, unit: 'bytes' }),
    delTkn:       bit(2, 1, 'DEL_TKN', { meaning: 'the token may be deleted' }),
    immed,
    offsetIntoRod: u64(8, 'OFFSET INTO ROD', { unit: 'blocks of the destination' }),
    token:        raw(16, ROD_TOKEN_BYTES, 'ROD TOKEN'),
    rangesLength: rangesLength(WRITE_BYTES - 2),
    ranges:       rest(WRITE_BYTES, 'block device range descriptors'),
  },
  listRules(WRITE_BYTES),
);
export type WriteUsingTokenList = ValueOf<typeof writeUsingTokenList>;
