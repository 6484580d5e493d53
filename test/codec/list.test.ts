import { describe, expect, it } from 'vitest';
import { u8 } from '../../src/codec/field.ts';
import { layout } from '../../src/codec/layout.ts';
import { lintList, type ListRules, walk } from '../../src/codec/list.ts';
import { between, seeded } from '../support/seeded.ts';

const short = layout({ name: 'short', source: 'X 1', size: 3 },
  { type: u8(0, 'TYPE', { oneOf: [1] }), length: u8(1, 'LENGTH', { oneOf: [3] }), a: u8(2, 'A') });

/** Byte 0 is the type, byte 1 the whole length. */
const rules: ListRules = {
  name: 'list', source: 'X 2', headerBytes: 2,
  lengthOf: (bytes, at) => bytes[at + 1]!,
  typeOf: (bytes, at) => bytes[at]!,
  layoutOf: (type) => (type === 1 ? short : undefined),
};

const list = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

describe('walk', () => {
  it('finds each descriptor, known or not', () => {
    const { items, broken } = walk(rules, list(9, 9, 1, 3, 7, 2, 4, 0, 0, 1, 3, 8, 9), 2, 12);
    expect(items).toEqual([
      { index: 0, at: 2, end: 5, type: 1, layout: short },
      { index: 1, at: 5, end: 9, type: 2, layout: undefined },
      { index: 2, at: 9, end: 12, type: 1, layout: short },
    ]);
    expect(broken).toBeUndefined();
  });

  it('has nothing to say about an empty list', () => {
    expect(walk(rules, list(), 0, 0)).toEqual({ items: [], broken: undefined });
  });

  it.each([
    ['a header that does not fit', list(1, 3, 7, 1), 3, '1 bytes are left'],
    ['a length beyond the end', list(1, 3, 7, 1, 3), 3, 'has 3 bytes, 2 are left'],
    ['a length of nothing, which would never end', list(1, 3, 7, 1, 0, 0), 3, 'has 0 bytes'],
    ['a length shorter than the header', list(1, 3, 7, 1, 1, 0), 3, 'has 1 bytes'],
  ])('ends at %s', (_name, bytes, at, message) => {
    const { items, broken } = walk(rules, bytes, 0, bytes.length);
    expect(items).toHaveLength(1);
    expect(broken).toMatchObject({ at, severity: 'error', rule: 'list', source: 'X 2' });
    expect(broken!.message).toContain(message);
  });

  it('does not look behind the end of the list', () => {
    const { items, broken } = walk(rules, list(1, 3, 7, 1, 3, 7), 0, 5);
    expect(items).toHaveLength(1);
    expect(broken).toMatchObject({ at: 3 });
  });

  it('covers random bytes without gap or overlap, and ends', () => {
    const random = seeded(11);
    for (let round = 0; round < 2000; round += 1) {
      const length = between(random, 0, 40);
      const bytes = Uint8Array.from({ length }, () => between(random, 0, 8));
      const { items, broken } = walk(rules, bytes, 0, bytes.length);
      let next = 0;
      for (const item of items) {
        expect(item.at).toBe(next);
        next = item.end;
      }
      expect(broken?.at ?? bytes.length).toBe(next);
    }
  });
});

describe('lintList', () => {
  it('tells of each descriptor, of unknown types, and of what was not understood', () => {
    const bytes = list(1, 3, 7, 2, 2, 1, 4, 0, 0, 1);
    expect(lintList(rules, bytes, 0, bytes.length).map(({ at, rule }) => [at, rule])).toEqual(
      [[3, 'type'], [6, 'value'], [9, 'list']]);
  });
});
