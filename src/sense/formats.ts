/** The two formats of sense data as declarations. Source: SPC-4 4.5.2, 4.5.3. */
import { bit, bits, raw, rest, u8, u16, u32, u64 } from '../codec/field.ts';
import { layout } from '../codec/layout.ts';
import type { ListRules } from '../codec/list.ts';
import { ADDITIONAL_SENSE, SENSE_KEYS } from './codes.ts';

const keyMeanings = Object.fromEntries(Object.values(SENSE_KEYS));
const codeMeanings = Object.fromEntries(Object.values(ADDITIONAL_SENSE));
const senseKey = (at: number) => bits(at, 3, 0, 'SENSE KEY', { meanings: keyMeanings });
const additionalSense = (at: number) =>
  u16(at, 'ADDITIONAL SENSE CODE and QUALIFIER', { meanings: codeMeanings });

/** The most bytes that sense data may have. */
export const SENSE_BYTES_MAX = 252;

export const fixedSense = layout(
  { name: 'fixed format sense data', source: 'SPC-4 4.5.3', size: 18 },
  {
    valid:            bit(0, 7, 'VALID'),
    responseCode:     bits(0, 6, 0, 'RESPONSE CODE', { oneOf: [0x70, 0x71],
      meanings: { 112: 'current', 113: 'deferred' } }),
    filemark:         bit(2, 7, 'FILEMARK'),
    eom:              bit(2, 6, 'EOM'),
    ili:              bit(2, 5, 'ILI'),
    sdatOvfl:         bit(2, 4, 'SDAT_OVFL'),
    senseKey:         senseKey(2),
    information:      u32(3, 'INFORMATION'),
    additionalLength: u8(7, 'ADDITIONAL SENSE LENGTH', { max: 244, unit: 'bytes' }),
    commandSpecific:  u32(8, 'COMMAND-SPECIFIC INFORMATION', { hex: true }),
    additionalSense:  additionalSense(12),
    fruCode:          u8(14, 'FIELD REPLACEABLE UNIT CODE'),
    senseKeySpecific: raw(15, 3, 'SENSE KEY SPECIFIC'),
    additional:       rest(18, 'additional sense bytes'),
  },
  [(value, byteLength) => (value.additionalLength + 8 > byteLength
    ? { field: 'additionalLength', rule: 'length',
      message: `is ${value.additionalLength}, ${byteLength - 8} bytes follow it` } : undefined)],
);

export const descriptorSense = layout(
  { name: 'descriptor format sense data', source: 'SPC-4 4.5.2', size: 8 },
  {
    responseCode:     bits(0, 6, 0, 'RESPONSE CODE', { oneOf: [0x72, 0x73],
      meanings: { 114: 'current', 115: 'deferred' } }),
    senseKey:         senseKey(1),
    additionalSense:  additionalSense(2),
    sdatOvfl:         bit(4, 7, 'SDAT_OVFL'),
    additionalLength: u8(7, 'ADDITIONAL SENSE LENGTH', { max: 244, unit: 'bytes' }),
    descriptors:      rest(8, 'sense data descriptors'),
  },
  [(value, byteLength) => (value.additionalLength + 8 > byteLength
    ? { field: 'additionalLength', rule: 'length',
      message: `is ${value.additionalLength}, ${byteLength - 8} bytes follow it` } : undefined)],
);

export const informationSense = layout(
  { name: 'information sense data descriptor', source: 'SPC-4 4.5.2.2', size: 12 },
  {
    type:        u8(0, 'DESCRIPTOR TYPE', { oneOf: [0x00] }),
    length:      u8(1, 'ADDITIONAL LENGTH', { oneOf: [0x0a] }),
    valid:       bit(2, 7, 'VALID', { mustBe: true }),
    information: u64(4, 'INFORMATION'),
  },
);

export const commandSpecificSense = layout(
  { name: 'command-specific information sense data descriptor', source: 'SPC-4 4.5.2.3', size: 12 },
  {
    type:            u8(0, 'DESCRIPTOR TYPE', { oneOf: [0x01] }),
    length:          u8(1, 'ADDITIONAL LENGTH', { oneOf: [0x0a] }),
    commandSpecific: raw(4, 8, 'COMMAND-SPECIFIC INFORMATION'),
  },
);

export const senseKeySpecificSense = layout(
  { name: 'sense key specific sense data descriptor', source: 'SPC-4 4.5.2.4', size: 8 },
  {
    type:             u8(0, 'DESCRIPTOR TYPE', { oneOf: [0x02] }),
    length:           u8(1, 'ADDITIONAL LENGTH', { oneOf: [0x06] }),
    senseKeySpecific: raw(4, 3, 'SENSE KEY SPECIFIC'),
  },
);

export const streamSense = layout(
  { name: 'stream commands sense data descriptor', source: 'SSC-4 4.2.15', size: 4 },
  {
    type:     u8(0, 'DESCRIPTOR TYPE', { oneOf: [0x04] }),
    length:   u8(1, 'ADDITIONAL LENGTH', { oneOf: [0x02] }),
    filemark: bit(3, 7, 'FILEMARK'),
    eom:      bit(3, 6, 'EOM'),
    ili:      bit(3, 5, 'ILI'),
  },
);

export const forwardedSense = layout(
  { name: 'forwarded sense data descriptor', source: 'SPC-4 4.5.2.7', size: 4 },
  {
    type:      u8(0, 'DESCRIPTOR TYPE', { oneOf: [0x0c] }),
    length:    u8(1, 'ADDITIONAL LENGTH', { unit: 'bytes' }),
    truncated: bit(2, 7, 'FSDT'),
    origin:    bits(2, 3, 0, 'SENSE DATA SOURCE', { meanings: {
      0: 'unknown', 1: 'copy source', 2: 'copy destination' } }),
    status:    u8(3, 'FORWARDED STATUS', { hex: true }),
    sense:     rest(4, 'FORWARDED SENSE DATA'),
  },
);

const LAYOUTS = new Map<number, ReturnType<ListRules['layoutOf']>>([
  [0x00, informationSense], [0x01, commandSpecificSense], [0x02, senseKeySpecificSense],
  [0x04, streamSense], [0x0c, forwardedSense],
]);

/** The descriptors behind the header of descriptor format sense data. */
export const senseDescriptors: ListRules = {
  name: 'sense data descriptors', source: 'SPC-4 4.5.2.1', headerBytes: 2,
  lengthOf: (bytes, at) => 2 + bytes[at + 1]!,
  typeOf: (bytes, at) => bytes[at]!,
  layoutOf: (type) => LAYOUTS.get(type),
};
