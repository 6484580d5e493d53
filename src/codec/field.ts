import {
  readU16, readU24, readU32, readU48, readU64,
  writeU16, writeU24, writeU32, writeU48, writeU64,
} from '../bytes/big-endian.ts';
import { hex, hexBytes, parseHex } from '../bytes/hex.ts';
import type { Severity } from './finding.ts';
import type { AnyLayout } from './layout.ts';
import type { Levels } from './levels.ts';
import { inline } from './made-code.ts';

/** What a value in JSON looks like: numbers as they are, 64-bit as decimal text, bytes as hex. */
export type Json =
  | null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One field of a structure. Offsets are relative to the structure's first byte. */
export interface Field<T> extends Levels {
  /** The standard's name of the field. */
  readonly name: string;
  readonly at: number;
  /** Bytes covered; undefined for a field that goes on to the structure's end. */
  readonly byteLength: number | undefined;
  /** Bits claimed in each of the bytes covered. */
  readonly mask: number;
  /** Most significant bit, for a field smaller than a byte. */
  readonly bit: number | undefined;
  /** `end` is where the structure ends; only fields without a length look at it. */
  read(bytes: Uint8Array, base: number, end: number): T;
  /** Writes into zeroed or kept bytes. Throws: RangeError if the value does not fit. */
  write(bytes: Uint8Array, base: number, value: T): void;
  /** Bytes needed for a value, for fields without a fixed length. */
  sizeOf(value: T): number;
  /** The value for people. */
  show(value: T): string;
  toJson(value: T): Json;
  /** Throws: RangeError that names the field. */
  fromJson(json: Json): T;
  /** What is wrong with the value by itself, if anything. */
  check(value: T): { severity: Severity; message: string; mend?: string } | undefined;
  /** Another field in its place up to and with a level of the standard. */
  readonly earlier?: readonly [until: number, field: Field<T>];
  /** The layout of the bytes covered, where they are a structure of their own. */
  layoutOf?(bytes: Uint8Array, base: number): AnyLayout | undefined;
}

export interface NumberRules {
  /** Values that a strict reader accepts. */
  readonly oneOf?: readonly number[];
  readonly min?: number;
  readonly max?: number;
  /** Names of values, for `explain`; a value without one is not an error. */
  readonly meanings?: Readonly<Record<number, string>>;
  /** What the number counts: `bytes`, `blocks`, … */
  readonly unit?: string;
  /** How serious a value outside the rules is; `error` unless said otherwise. */
  readonly severity?: Severity;
  /** Show in hexadecimal; the default is decimal. */
  readonly hex?: boolean;
}

/** The check of a field that admits every value: readers need not call it. */
export const unchecked = (): undefined => undefined;

type Reader<T> = (bytes: Uint8Array, at: number) => T;
type Writer<T> = (bytes: Uint8Array, at: number, value: T) => void;

const readU8: Reader<number> = (b, at) => b[at]!;
/** Bytes `from` on as one number; a bit operation's result has a sign from the fourth byte on. */
const joined = (from: number, byteLength: number): string =>
  `(${Array.from({ length: byteLength }, (_, i) =>
    `b[at + ${from + i}] << ${8 * (byteLength - 1 - i)}`).join(' | ')})`;
const expressionOf = (at: number, byteLength: number): string | undefined => {
  if (byteLength < 4) return joined(at, byteLength);
  return byteLength === 4 ? `(${joined(at, 4)} >>> 0)` : undefined;
};
const writeU8: Writer<number> = (b, at, value) => {
  b[at] = value;
};

function checkNumber(rules: NumberRules, value: number): ReturnType<Field<number>['check']> {
  const severity = rules.severity ?? 'error';
  if (rules.oneOf !== undefined && !rules.oneOf.includes(value)) {
    const allowed = rules.oneOf.map((one) => hex(one)).join(' or ');
    const only = rules.oneOf.length === 1 ? { mend: `write ${allowed}` } : {};
    return { severity, message: `is ${hex(value)}, must be ${allowed}`, ...only };
  }
  if (rules.min !== undefined && value < rules.min) {
    return { severity, message: `is ${value}, must be at least ${rules.min}` };
  }
  if (rules.max !== undefined && value > rules.max) {
    return { severity, message: `is ${value}, must be at most ${rules.max}` };
  }
  return undefined;
}

/** A check for the rules; `unchecked` where they admit every value. */
function checkOf(rules: NumberRules): Field<number>['check'] {
  const { oneOf, min, max } = rules;
  if (oneOf === undefined && min === undefined && max === undefined) return unchecked;
  const usual = oneOf?.[0]; // most values are this one
  return (value) => (value === usual ? undefined : checkNumber(rules, value));
}

function showNumber(rules: NumberRules, value: number, digits: number): string {
  const text = rules.hex || rules.meanings || rules.oneOf ? hex(value, digits) : String(value);
  const meaning = rules.meanings?.[value];
  const unit = rules.unit === undefined ? '' : ` ${rules.unit}`;
  return meaning === undefined ? `${text}${unit}` : `${text}${unit} (${meaning})`;
}

function numberFromJson(name: string, json: Json, max: number): number {
  if (typeof json !== 'number' || !Number.isInteger(json) || json < 0 || json > max) {
    throw new RangeError(
      `Cannot encode ${name}: ${JSON.stringify(json)} is not a whole number from 0 to ${max}`);
  }
  return json;
}

const fixed = (byteLength: number) => (): number => byteLength;

function unsigned(
  byteLength: number, at: number, name: string, rules: NumberRules,
  readAt: Reader<number>, writeAt: Writer<number>): Field<number> {
  const max = 2 ** (8 * byteLength) - 1;
  const read: Field<number>['read'] = (bytes, base) => readAt(bytes, base + at);
  const expression = expressionOf(at, byteLength);
  return {
    name, at, byteLength, mask: 0xff, bit: undefined,
    read: expression === undefined ? read : inline(read, expression),
    write(bytes, base, value) {
      writeAt(bytes, base + at, numberFromJson(name, value, max));
    },
    sizeOf: fixed(byteLength),
    show: (value) => showNumber(rules, value, byteLength * 2),
    toJson: (value) => value,
    fromJson: (json) => numberFromJson(name, json, max),
    check: checkOf(rules),
  };
}

/** Unsigned integer of one byte. */
export const u8 = (at: number, name: string, rules: NumberRules = {}): Field<number> =>
  unsigned(1, at, name, rules, readU8, writeU8);
export const u16 = (at: number, name: string, rules: NumberRules = {}): Field<number> =>
  unsigned(2, at, name, rules, readU16, writeU16);
export const u24 = (at: number, name: string, rules: NumberRules = {}): Field<number> =>
  unsigned(3, at, name, rules, readU24, writeU24);
export const u32 = (at: number, name: string, rules: NumberRules = {}): Field<number> =>
  unsigned(4, at, name, rules, readU32, writeU32);
export const u48 = (at: number, name: string, rules: NumberRules = {}): Field<number> =>
  unsigned(6, at, name, rules, readU48, writeU48);

function bigUnsigned(
  byteLength: number, at: number, name: string, rules: { unit?: string },
  readAt: Reader<bigint>, writeAt: Writer<bigint>): Field<bigint> {
  const bitLength = 8 * byteLength;
  return {
    name, at, byteLength, mask: 0xff, bit: undefined,
    read: (bytes, base) => readAt(bytes, base + at),
    write(bytes, base, value) {
      if (BigInt.asUintN(bitLength, value) !== value) {
        throw new RangeError(`Cannot encode ${name}: ${value} does not fit ${bitLength} bits`);
      }
      writeAt(bytes, base + at, value);
    },
    sizeOf: fixed(byteLength),
    show: (value) => (rules.unit === undefined ? String(value) : `${value} ${rules.unit}`),
    toJson: (value) => value.toString(),
    fromJson(json) {
      if (typeof json === 'string' && /^\d{1,39}$/.test(json)) return BigInt(json);
      throw new RangeError(
        `Cannot encode ${name}: ${JSON.stringify(json)} is not a decimal string`);
    },
    check: unchecked,
  };
}

/** Unsigned integer of eight bytes, a bigint; in JSON a decimal string. */
export const u64 = (at: number, name: string, rules: { unit?: string } = {}): Field<bigint> =>
  bigUnsigned(8, at, name, rules, readU64, writeU64);

/** Unsigned integer of sixteen bytes, otherwise as `u64`. */
export const u128 = (at: number, name: string, rules: { unit?: string } = {}): Field<bigint> =>
  bigUnsigned(16, at, name, rules,
    (bytes, from) => (readU64(bytes, from) << 64n) | readU64(bytes, from + 8),
    (bytes, from, value) => {
      writeU64(bytes, from, value >> 64n);
      writeU64(bytes, from + 8, BigInt.asUintN(64, value));
    });

/** Two's complement integer of three bytes (SPACE counts). */
export const i24 = (at: number, name: string, rules: { unit?: string } = {}): Field<number> => ({
  ...unsigned(3, at, name, rules, readU24, () => {}),
  read: (bytes, base) => (readU24(bytes, base + at) << 8) >> 8,
  write(bytes, base, value) {
    if (!Number.isInteger(value) || value < -0x80_0000 || value > 0x7f_ffff) {
      throw new RangeError(`Cannot encode ${name}: ${value} does not fit 24 bits with sign`);
    }
    writeU24(bytes, base + at, value & 0xff_ffff);
  },
  fromJson(json) {
    if (typeof json === 'number' && Number.isInteger(json)) return json;
    throw new RangeError(`Cannot encode ${name}: ${JSON.stringify(json)} is not a whole number`);
  },
});

/** Two's complement integer of eight bytes, a bigint (SPACE(16) counts). */
export const i64 = (at: number, name: string): Field<bigint> => ({
  ...u64(at, name),
  read: (bytes, base) => BigInt.asIntN(64, readU64(bytes, base + at)),
  write(bytes, base, value) {
    if (BigInt.asIntN(64, value) !== value) {
      throw new RangeError(`Cannot encode ${name}: ${value} does not fit 64 bits with sign`);
    }
    writeU64(bytes, base + at, BigInt.asUintN(64, value));
  },
  fromJson(json) {
    if (typeof json === 'string' && /^-?\d{1,20}$/.test(json)) return BigInt(json);
    throw new RangeError(`Cannot encode ${name}: ${JSON.stringify(json)} is not a decimal string`);
  },
});

/** One bit. */
export const bit = (
  at: number, position: number, name: string,
  rules: { mustBe?: boolean; severity?: Severity; meaning?: string } = {}): Field<boolean> => ({
  name, at, byteLength: 1, mask: 1 << position, bit: position,
  read: inline((bytes, base) => ((bytes[base + at]! >>> position) & 1) === 1,
    `((b[at + ${at}] >>> ${position}) & 1) === 1`),
  write(bytes, base, value) {
    if (value) bytes[base + at]! |= 1 << position;
    else bytes[base + at]! &= ~(1 << position);
  },
  sizeOf: fixed(1),
  show: (value) => (value && rules.meaning ? `1 (${rules.meaning})` : value ? '1' : '0'),
  toJson: (value) => value,
  fromJson(json) {
    if (typeof json === 'boolean') return json;
    throw new RangeError(
      `Cannot encode ${name}: ${JSON.stringify(json)} is neither true nor false`);
  },
  check: rules.mustBe === undefined ? unchecked : (value) => {
    if (value === rules.mustBe) return undefined;
    const [is, must] = value ? ['1', '0'] : ['0', '1'];
    const severity = rules.severity ?? 'error';
    return { severity, message: `is ${is}, must be ${must}`, mend: `write ${must}` };
  },
});

/** Bits `high` to `low` of one byte, as an unsigned number. */
export function bits(
  at: number, high: number, low: number, name: string, rules: NumberRules = {}): Field<number> {
  const max = 2 ** (high - low + 1) - 1;
  const mask = max << low;
  return {
    name, at, byteLength: 1, mask, bit: high,
    read: inline((bytes, base) => (bytes[base + at]! & mask) >>> low,
      `(b[at + ${at}] & ${mask}) >>> ${low}`),
    write(bytes, base, value) {
      const checked = numberFromJson(name, value, max);
      bytes[base + at] = (bytes[base + at]! & ~mask) | (checked << low);
    },
    sizeOf: fixed(1),
    show: (value) => showNumber(rules, value, 1),
    toJson: (value) => value,
    fromJson: (json) => numberFromJson(name, json, max),
    check: checkOf(rules),
  };
}

function bytesFromJson(name: string, json: Json): Uint8Array {
  if (typeof json !== 'string') throw new RangeError(`Cannot encode ${name}: hex text expected`);
  return parseHex(json);
}

function putBytes(
  name: string, into: Uint8Array, at: number, room: number, value: Uint8Array): void {
  if (value.length > room) {
    throw new RangeError(`Cannot encode ${name}: ${value.length} bytes do not fit ${room}`);
  }
  into.fill(0, at, at + room);
  into.set(value, at);
}

/** Bytes of a fixed length; a shorter value is padded with zeros behind. */
export const raw = (at: number, byteLength: number, name: string): Field<Uint8Array> => ({
  name, at, byteLength, mask: 0xff, bit: undefined,
  read: (bytes, base) => bytes.slice(base + at, base + at + byteLength),
  write: (bytes, base, value) => putBytes(name, bytes, base + at, byteLength, value),
  sizeOf: fixed(byteLength),
  show: hexBytes,
  toJson: hexBytes,
  fromJson: (json) => bytesFromJson(name, json),
  check: unchecked,
});

/** Bytes from here to the end of the structure. */
export const rest = (at: number, name: string): Field<Uint8Array> => ({
  name, at, byteLength: undefined, mask: 0xff, bit: undefined,
  read: (bytes, base, end) => bytes.slice(Math.min(base + at, end), end),
  write: (bytes, base, value) => putBytes(name, bytes, base + at, value.length, value),
  sizeOf: (value) => value.length,
  show: (value) => (value.length <= 32 ? hexBytes(value)
    : `${hexBytes(value.subarray(0, 32))} … (${value.length} bytes)`),
  toJson: hexBytes,
  fromJson: (json) => bytesFromJson(name, json),
  check: unchecked,
});

/** ASCII text, left aligned, padded with spaces (or zeros: `padding` 0). */
export const ascii = (
  at: number, byteLength: number, name: string, padding = 0x20): Field<string> => ({
  name, at, byteLength, mask: 0xff, bit: undefined,
  read(bytes, base) {
    let text = '';
    for (let i = base + at; i < base + at + byteLength; i += 1) {
      text += String.fromCharCode(bytes[i]!);
    }
    return text.replace(padding === 0 ? /\0+$/ : / +$/, '');
  },
  write(bytes, base, value) {
    if (value.length > byteLength || /[^\x20-\x7e]/.test(value)) {
      throw new RangeError(
        `Cannot encode ${name}: '${value}' is not ASCII of at most ${byteLength} bytes`);
    }
    for (let i = 0; i < byteLength; i += 1) {
      bytes[base + at + i] = i < value.length ? value.charCodeAt(i) : padding;
    }
  },
  sizeOf: fixed(byteLength),
  show: (value) => JSON.stringify(value),
  toJson: (value) => value,
  fromJson(json) {
    if (typeof json === 'string') return json;
    throw new RangeError(`Cannot encode ${name}: text expected`);
  },
  check: (value) => (/[^\x20-\x7e]/.test(value)
    ? { severity: 'warning', message: 'has bytes that are not printable ASCII' } : undefined),
});
