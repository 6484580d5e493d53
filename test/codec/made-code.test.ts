import { describe, expect, it } from 'vitest';
import { bit, bits, raw, u8, u16, u24, u32, u48, u64 } from '../../src/codec/field.ts';
import { type Fields, layout } from '../../src/codec/layout.ts';
import { fieldReader, soundness } from '../../src/codec/made-code.ts';
import { FORMATS } from '../../src/explain/registry.ts';
import { between, seeded } from '../support/seeded.ts';

const FIELDS = {
  small: u8(0, 'SMALL', { oneOf: [0, 0xff] }), flag: bit(1, 7, 'FLAG', { mustBe: true }),
  some: bits(1, 6, 3, 'SOME', { max: 9 }), two: u16(2, 'TWO', { min: 3 }), three: u24(4, 'THREE'),
  four: u32(7, 'FOUR'), six: u48(11, 'SIX'), eight: u64(17, 'EIGHT'), bytes: raw(25, 2, 'BYTES'),
};
const entries = Object.entries(FIELDS);

function seededBytes(seed: number, byteLength: number): Uint8Array {
  const random = seeded(seed);
  return Uint8Array.from({ length: byteLength }, () => between(random, 0, 0xff));
}

describe('readers that are made at run time', () => {
  it.each(FORMATS.map(({ id, layout: one }) => [id, one] as const))(
    'read what the fields of %s read', (_id, { fields: all, size }) => {
      const fields: Fields = all;
      for (let seed = 0; seed < 8; seed += 1) {
        const bytes = seededBytes(seed, size + 40);
        const read = fieldReader(Object.entries(fields))(bytes, 3, size + 30);
        const expected = Object.entries(fields).map(([key, field]) =>
          [key, field.read(bytes, 3, size + 30)]);
        expect(read).toEqual(Object.fromEntries(expected));
      }
    });

  it('read four bytes as a number without a sign', () => {
    const bytes = new Uint8Array(27).fill(0xff);
    expect(fieldReader(entries)(bytes, 0, 27)).toMatchObject(
      { four: 0xffff_ffff, six: 0xffff_ffff_ffff, eight: 0xffff_ffff_ffff_ffffn });
  });

  it('find a value sound when every field does', () => {
    const sound = { ...layout({ name: 'all', source: '', size: 27 }, FIELDS)
      .peek(new Uint8Array(27)), flag: true, some: 9, two: 3 };
    const isSound = soundness(entries);
    expect(isSound(sound)).toBe(true);
    expect(isSound({ ...sound, small: 0xff })).toBe(true);
    for (const wrong of [{ small: 1 }, { flag: false }, { some: 10 }, { two: 2 }]) {
      expect(isSound({ ...sound, ...wrong })).toBe(false);
    }
  });

  it('do the same where no code may be made', () => {
    const { Function: real } = globalThis;
    const bytes = seededBytes(1, 27);
    const made = fieldReader(entries)(bytes, 0, 27);
    const madeSound = soundness(entries)(made);
    globalThis.Function = (() => { throw new EvalError('not allowed'); }) as unknown as typeof real;
    try {
      expect(fieldReader(entries)(bytes, 0, 27)).toEqual(made);
      expect(soundness(entries)(made)).toBe(madeSound);
    } finally {
      globalThis.Function = real;
    }
  });
});
