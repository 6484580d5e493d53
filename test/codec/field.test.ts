import { describe, expect, it } from 'vitest';
import {
  ascii, bit, bits, type Field, i24, i64, type Json, raw, rest, u8, u16, u24, u32, u48, u64,
} from '../../src/codec/field.ts';

const FILL = 0xee;
const SIZE = 12;

/** Writes a value at byte 1 of a filled array; returns the whole array. */
function written<T>(field: Field<T>, value: T): Uint8Array {
  const bytes = new Uint8Array(SIZE).fill(FILL);
  field.write(bytes, 0, value);
  return bytes;
}

// biome-ignore lint/suspicious/noExplicitAny: a table of fields of every type.
type AnyField = Field<any>;
type Case = readonly [
  name: string, field: AnyField, value: unknown, bytes: readonly number[], json: Json];

const CASES: readonly Case[] = [
  ['u8', u8(1, 'F'), 0xfe, [0xfe], 0xfe],
  ['u16', u16(1, 'F'), 0xfedc, [0xfe, 0xdc], 0xfedc],
  ['u24', u24(1, 'F'), 0xfedcba, [0xfe, 0xdc, 0xba], 0xfedcba],
  ['u32', u32(1, 'F'), 0xfedcba98, [0xfe, 0xdc, 0xba, 0x98], 0xfedcba98],
  ['u48', u48(1, 'F'), 0xfedcba987654, [0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54], 0xfedcba987654],
  ['u64', u64(1, 'F'), 0xfedcba9876543210n,
    [0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10], '18364758544493064720'],
  ['i24 below zero', i24(1, 'F'), -2, [0xff, 0xff, 0xfe], -2],
  ['i24 above zero', i24(1, 'F'), 0x7fffff, [0x7f, 0xff, 0xff], 0x7fffff],
  ['i64', i64(1, 'F'), -2n, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], '-2'],
  ['raw', raw(1, 3, 'F'), Uint8Array.of(1, 2, 3), [1, 2, 3], '01 02 03'],
  ['rest', rest(1, 'F'), Uint8Array.from({ length: 11 }, (_, i) => i),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], '00 01 02 03 04 05 06 07 08 09 0A'],
  ['ascii', ascii(1, 4, 'F'), 'AB', [0x41, 0x42, 0x20, 0x20], 'AB'],
  ['ascii with zeros', ascii(1, 4, 'F', 0), 'AB', [0x41, 0x42, 0, 0], 'AB'],
];

describe.each(CASES)('%s', (_name, field, value, expected, json) => {
  it('writes its bytes and no other', () => {
    const bytes = written(field, value);
    expect(Array.from(bytes.subarray(1, 1 + expected.length))).toEqual(expected);
    expect(bytes[0]).toBe(FILL);
    expect(bytes.subarray(1 + expected.length).every((byte) => byte === FILL)).toBe(true);
  });

  it('reads what it wrote, wherever the structure begins', () => {
    const shifted = new Uint8Array(SIZE + 5);
    shifted.set(written(field, value), 5);
    expect(field.read(shifted, 5, shifted.length)).toEqual(value);
  });

  it('goes into JSON and back', () => {
    expect(field.toJson(value)).toEqual(json);
    expect(field.fromJson(json)).toEqual(value);
  });
});

describe('fields smaller than a byte', () => {
  it('leave the other bits as they are', () => {
    expect(written(bit(1, 4, 'F'), true)[1]).toBe(0xfe);
    expect(written(bit(1, 3, 'F'), false)[1]).toBe(0xe6);
    expect(written(bits(1, 5, 3, 'F'), 0)[1]).toBe(0xc6);
    expect(written(bits(1, 5, 3, 'F'), 7)[1]).toBe(0xfe);
  });

  it('read only their bits', () => {
    expect(bit(1, 4, 'F').read(Uint8Array.of(0, 0x10), 0, 2)).toBe(true);
    expect(bit(1, 4, 'F').read(Uint8Array.of(0, 0xef), 0, 2)).toBe(false);
    expect(bits(1, 5, 3, 'F').read(Uint8Array.of(0, 0xaf), 0, 2)).toBe(5);
  });

  it('claim only their bits', () => {
    const fields = [bit(1, 4, 'F'), bits(1, 5, 3, 'F'), u16(1, 'F')];
    expect(fields.map(({ mask }) => mask)).toEqual([0x10, 0x38, 0xff]);
  });
});

describe('values that do not fit', () => {
  it.each<[string, () => void]>([
    ['u8 above', () => written(u8(1, 'F'), 256)],
    ['u16 below', () => written(u16(1, 'F'), -1)],
    ['u32 not whole', () => written(u32(1, 'F'), 1.5)],
    ['u64 above', () => written(u64(1, 'F'), 1n << 64n)],
    ['u64 below', () => written(u64(1, 'F'), -1n)],
    ['i24 above', () => written(i24(1, 'F'), 0x80_0000)],
    ['i24 below', () => written(i24(1, 'F'), -0x80_0001)],
    ['i64 above', () => written(i64(1, 'F'), 1n << 63n)],
    ['bits', () => written(bits(1, 5, 3, 'F'), 8)],
    ['raw', () => written(raw(1, 3, 'F'), new Uint8Array(4))],
    ['ascii too long', () => written(ascii(1, 4, 'F'), 'ABCDE')],
    ['ascii not printable', () => written(ascii(1, 4, 'F'), 'é')],
  ])('are refused: %s', (_name, write) => {
    expect(write).toThrow(RangeError);
    expect(write).toThrow(/^Cannot encode F: /);
  });

  it.each<[string, Field<never>, Json]>([
    ['a number as text', u8(1, 'F') as never, '1'],
    ['a 64-bit number that is none', u64(1, 'F') as never, '1.5'],
    ['a 64-bit number below zero', u64(1, 'F') as never, '-1'],
    ['a 64-bit number that is not whole', u64(1, 'F') as never, 1.5],
    ['a signed number as text', i24(1, 'F') as never, '1'],
    ['a signed 64-bit number as a number', i64(1, 'F') as never, 1],
    ['a bit as a number', bit(1, 0, 'F') as never, 1],
    ['bytes as a number', raw(1, 3, 'F') as never, 1],
    ['text as a number', ascii(1, 4, 'F') as never, 1],
    ['null', u16(1, 'F') as never, null],
  ])('are refused in JSON: %s', (_name, field, json) => {
    expect(() => field.fromJson(json)).toThrow(RangeError);
  });
});

describe('rules', () => {
  it('name what is allowed, and what to write if there is only one', () => {
    expect(u8(0, 'F', { oneOf: [1] }).check(2)).toEqual(
      { severity: 'error', message: 'is 02h, must be 01h', mend: 'write 01h' });
    expect(u8(0, 'F', { oneOf: [1, 3], severity: 'note' }).check(2)).toEqual(
      { severity: 'note', message: 'is 02h, must be 01h or 03h' });
    expect(bit(0, 0, 'F', { mustBe: false }).check(true)).toEqual(
      { severity: 'error', message: 'is 1, must be 0', mend: 'write 0' });
  });

  it('bound a number at both ends', () => {
    const field = u16(0, 'F', { min: 2, max: 4 });
    expect([1, 2, 4, 5].map((value) => field.check(value)?.message)).toEqual(
      ['is 1, must be at least 2', undefined, undefined, 'is 5, must be at most 4']);
  });
});

describe('show', () => {
  it('adds meaning and unit', () => {
    expect(u8(0, 'F', { meanings: { 1: 'one' } }).show(1)).toBe('01h (one)');
    expect(u8(0, 'F', { meanings: { 1: 'one' } }).show(2)).toBe('02h');
    expect(u16(0, 'F', { unit: 'blocks' }).show(300)).toBe('300 blocks');
    expect(u16(0, 'F', { hex: true }).show(300)).toBe('012Ch');
    expect(u64(0, 'F', { unit: 'blocks' }).show(5n)).toBe('5 blocks');
    expect(bit(0, 0, 'F', { meaning: 'set' }).show(true)).toBe('1 (set)');
    expect(bit(0, 0, 'F', { meaning: 'set' }).show(false)).toBe('0');
  });

  it('cuts long bytes', () => {
    expect(rest(0, 'F').show(new Uint8Array(100))).toMatch(/^00( 00){31} … \(100 bytes\)$/);
  });
});
