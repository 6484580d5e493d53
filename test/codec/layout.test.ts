import { describe, expect, it } from 'vitest';
import { choice } from '../../src/codec/choice.ts';
import { ascii, bit, bits, rest, u8, u16, u32 } from '../../src/codec/field.ts';
import { Malformed } from '../../src/codec/finding.ts';
import { layout } from '../../src/codec/layout.ts';

/** Byte 2 and bits 3 to 1 of byte 1 are reserved. */
const sample = layout(
  { name: 'sample', source: 'X 1.2', size: 8 },
  {
    type:   u8(0, 'TYPE', { oneOf: [7] }),
    mode:   bits(1, 7, 4, 'MODE', { max: 9, severity: 'warning' }),
    flag:   bit(1, 0, 'FLAG'),
    count:  u8(3, 'COUNT'),
    length: u32(4, 'LENGTH'),
  },
  [
    ({ flag, count }) => (flag && count === 0
      ? { field: 'count', rule: 'flag', message: 'is 0 with FLAG', mend: 'write 1' } : undefined),
    ({ length }, byteLength) => (length > byteLength
      ? { field: 'length', rule: 'length', severity: 'warning', message: `is ${length}` }
      : undefined),
  ],
);

const VALUE = { type: 7, mode: 5, flag: true, count: 3, length: 8 };
const BYTES = Uint8Array.of(7, 0x51, 0, 3, 0, 0, 0, 8);
const changed = (at: number, value: number): Uint8Array => {
  const bytes = BYTES.slice();
  bytes[at] = value;
  return bytes;
};

describe('encode', () => {
  it('writes fields, and zeros where no field is', () => {
    expect(sample.encode(VALUE)).toEqual(BYTES);
  });

  it('keeps what no field claims', () => {
    const keep = new Uint8Array(10).fill(0xff);
    expect(sample.encode(VALUE, keep)).toEqual(
      Uint8Array.of(7, 0x5f, 0xff, 3, 0, 0, 0, 8, 0xff, 0xff));
    expect(keep.every((byte) => byte === 0xff)).toBe(true);
  });

  it('is as long as its last field needs', () => {
    const open = layout({ name: 'open', source: 'X', size: 2 },
      { a: u8(0, 'A'), tail: rest(2, 'T') });
    expect(open.encode({ a: 1, tail: Uint8Array.of(2, 3) })).toEqual(Uint8Array.of(1, 0, 2, 3));
    expect(open.encode({ a: 1, tail: new Uint8Array(0) })).toEqual(Uint8Array.of(1, 0));
    expect(open.read(Uint8Array.of(9, 1, 0, 2, 3, 9), 1, 5).tail).toEqual(Uint8Array.of(2, 3));
  });
});

describe('read', () => {
  it('gives the value wherever the structure stands, and ignores reserved bits', () => {
    expect(sample.read(BYTES)).toEqual(VALUE);
    expect(sample.read(Uint8Array.of(1, 1, ...changed(2, 0xff), 1), 2, 10)).toEqual(VALUE);
  });

  it.each<[string, Uint8Array, number, number | undefined, string]>([
    ['a value outside its rules', changed(0, 8), 0, undefined, 'value'],
    ['a broken rule over fields', changed(3, 0), 3, undefined, 'flag'],
    ['an end before the last byte', BYTES.subarray(0, 7), 7, undefined, 'truncated'],
    ['no bytes', new Uint8Array(0), 0, undefined, 'truncated'],
  ])('refuses %s', (_name, bytes, at, position, rule) => {
    const error = (() => {
      try {
        return sample.read(bytes);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(Malformed);
    expect(error).toMatchObject({ at, bit: position, finding: { rule, source: 'X 1.2' } });
    expect((error as Malformed).message).toMatch(/^Cannot read sample: /);
  });

  it('goes on at a warning', () => {
    expect(sample.read(changed(1, 0xf1)).mode).toBe(15);
    expect(sample.read(changed(7, 9)).length).toBe(9);
  });
});

describe('lint', () => {
  it('finds nothing in good bytes', () => {
    expect(sample.lint(BYTES)).toEqual([]);
  });

  it('finds reserved bits, with the highest one and what to write', () => {
    expect(sample.lint(changed(1, 0x5d))).toEqual([{
      at: 1, bit: 3, severity: 'warning', rule: 'reserved', source: 'X 1.2',
      message: 'reserved bits 0Ch of byte 1 are set', mend: 'write 51h' }]);
  });

  it('tells places from the start of what it was given', () => {
    const bytes = Uint8Array.of(0, 0, 0, ...changed(2, 0x80));
    expect(sample.lint(bytes, 3).map(({ at, bit: position }) => [at, position])).toEqual([[5, 7]]);
  });

  it('orders findings by place, the higher bit first', () => {
    const bytes = Uint8Array.of(8, 0xf3, 1, 0, 0, 0, 0, 9);
    expect(sample.lint(bytes).map(({ at, rule }) => `${at} ${rule}`)).toEqual(
      ['0 value', '1 value', '1 reserved', '2 reserved', '3 flag', '4 length']);
  });

  it('speaks only of what is there, at every length', () => {
    const bad = Uint8Array.of(8, 0xf3, 1, 0, 0, 0, 0, 9);
    for (let end = 0; end < 8; end += 1) {
      const findings = sample.lint(bad, 0, end);
      expect(findings.filter(({ rule }) => rule === 'truncated')).toMatchObject([{ at: end }]);
      expect(findings.every(({ at }) => at <= end)).toBe(true);
      expect(findings.some(({ rule }) => rule === 'flag' || rule === 'length')).toBe(false);
    }
  });
});

describe('decode', () => {
  it('gives value, bytes and findings, whatever the bytes are', () => {
    const { value, raw, findings } = sample.decode(changed(0, 8));
    expect(value).toEqual({ ...VALUE, type: 8 });
    expect(raw).toEqual(changed(0, 8));
    expect(findings).toHaveLength(1);
  });

  it('reads what is cut off as zeros', () => {
    expect(sample.decode(BYTES.subarray(0, 6)).value).toEqual({ ...VALUE, length: 0 });
  });
});

describe('explain', () => {
  it('has a line for each field', () => {
    expect(sample.explain(Uint8Array.of(0, ...BYTES), 1)).toEqual([
      { at: 1, byteLength: 1, bytes: Uint8Array.of(7), name: 'TYPE', text: '07h' },
      { at: 2, byteLength: 1, bit: 7, bytes: Uint8Array.of(0x51), name: 'MODE', text: '5' },
      { at: 2, byteLength: 1, bit: 0, bytes: Uint8Array.of(0x51), name: 'FLAG', text: '1' },
      { at: 4, byteLength: 1, bytes: Uint8Array.of(3), name: 'COUNT', text: '3' },
      { at: 5, byteLength: 4, bytes: Uint8Array.of(0, 0, 0, 8), name: 'LENGTH', text: '8' },
    ]);
  });

  it('leaves out what is not there, and says what is cut', () => {
    expect(sample.explain(BYTES, 0, 6).map(({ name, text }) => `${name} ${text}`)).toEqual(
      ['TYPE 07h', 'MODE 5', 'FLAG 1', 'COUNT 3', 'LENGTH cut off']);
    expect(sample.explain(BYTES, 0, 3)).toHaveLength(3);
  });
});

describe('JSON', () => {
  it('comes and goes', () => {
    expect(sample.toJson(VALUE)).toEqual(VALUE);
    expect(sample.fromJson({ ...VALUE })).toEqual(VALUE);
  });

  it('refuses keys that are no fields, those of every object included', () => {
    expect(() => sample.fromJson({ ...VALUE, constructor: 1 })).toThrow("no field 'constructor'");
    expect(() => sample.fromJson([])).toThrow('an object is expected');
  });
});

const small = layout({ name: 'small', source: 'X 2', size: 2 },
  { a: u8(0, 'A', { max: 9 }), b: bit(1, 0, 'B', { mustBe: true, severity: 'warning' }) });
const named = layout({ name: 'named', source: 'X 3', size: 2 }, { text: ascii(0, 2, 'TEXT') });
const outer = layout({ name: 'outer', source: 'X 4', size: 5 }, {
  kind: u8(0, 'KIND'),
  part: choice(2, 2, 'part', { small, named }, (bytes, base) =>
    (['small', 'named'] as const)[bytes[base]!]),
  end:  u8(4, 'END'),
});

describe('a choice of formats', () => {
  it('reads and writes the one that another byte chooses', () => {
    const bytes = Uint8Array.of(0, 0, 5, 1, 6);
    const value = { kind: 0, part: { format: 'small', a: 5, b: true }, end: 6 } as const;
    expect(outer.read(bytes)).toEqual(value);
    expect(outer.encode(value)).toEqual(bytes);
    expect(outer.fromJson(outer.toJson(value))).toEqual(value);
    expect(outer.read(Uint8Array.of(1, 0, 0x41, 0x20, 6)).part).toEqual(
      { format: 'named', text: 'A' });
  });

  it('keeps the bytes where it knows no format', () => {
    const bytes = Uint8Array.of(2, 0, 5, 1, 6);
    const value = outer.read(bytes);
    expect(value.part).toEqual({ format: 'raw', bytes: Uint8Array.of(5, 1) });
    expect(outer.encode(value)).toEqual(bytes);
    expect(outer.fromJson(outer.toJson(value))).toEqual(value);
  });

  it('refuses what the chosen one refuses, at its place', () => {
    expect(() => outer.read(Uint8Array.of(0, 0, 10, 1, 6))).toThrow(Malformed);
    expect(outer.lint(Uint8Array.of(9, 0, 0, 10, 1, 6), 1)).toMatchObject(
      [{ at: 3, rule: 'value' }]);
    expect(outer.lint(Uint8Array.of(1, 0, 10, 0x20, 6))).toMatchObject([{ severity: 'warning' }]);
  });

  it('finds warnings and reserved bits inside, and keeps those', () => {
    const bytes = Uint8Array.of(0, 0, 5, 0x80, 6);
    expect(outer.lint(bytes).map(({ at, bit: position, rule }) => [at, position, rule])).toEqual(
      [[3, 7, 'reserved'], [3, 0, 'value']]);
    expect(outer.encode(outer.read(bytes), bytes)).toEqual(bytes);
    expect(outer.usageMap()).toEqual(Uint8Array.of(0xff, 0, 0xff, 0xff, 0xff));
    expect(outer.usageMap(bytes)).toEqual(Uint8Array.of(0xff, 0, 0xff, 0x01, 0xff));
  });

  it('says nothing of what is cut', () => {
    expect(outer.lint(Uint8Array.of(0, 0, 10))).toMatchObject([{ at: 3, rule: 'truncated' }]);
  });

  it('refuses JSON of no known format', () => {
    expect(() => outer.fromJson({ kind: 0, part: { format: 'other' }, end: 0 }))
      .toThrow("format 'other' is not known");
  });
});

describe('usageMap', () => {
  it('has ones where fields are', () => {
    const map = sample.usageMap();
    expect(map).toEqual(Uint8Array.of(0xff, 0xf1, 0, 0xff, 0xff, 0xff, 0xff, 0xff));
    map.fill(0);
    expect(sample.usageMap()[0]).toBe(0xff);
  });

  it('claims all that a field without a length covers', () => {
    const open = layout({ name: 'open', source: 'X', size: 4 },
      { a: u16(0, 'A'), tail: rest(3, 'T') });
    expect(open.usageMap()).toEqual(Uint8Array.of(0xff, 0xff, 0, 0xff));
  });
});
