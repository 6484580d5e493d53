import { describe, expect, it } from 'vitest';
import { choice } from '../../src/codec/choice.ts';
import { bit, bits, raw, u8 } from '../../src/codec/field.ts';
import { layout } from '../../src/codec/layout.ts';
import { absenceAt, earlier, formerly, since, until } from '../../src/codec/levels.ts';
import { lintList, type ListRules } from '../../src/codec/list.ts';

const inner = layout({ name: 'inner', source: 'X 2', size: 1 },
  { young: since(3, bit(0, 7, 'YOUNG')), rest: bits(0, 3, 0, 'REST') });
const thing = layout(
  { name: 'thing', source: 'X 1', size: 4, since: 2, formerly: [[2, 'old thing']] },
  {
    kind:   u8(0, 'KIND', { oneOf: [1] }),
    young:  since(3, bit(1, 7, 'YOUNG')),
    old:    until(2, bit(1, 0, 'OLD', { mustBe: false })),
    usage:  earlier(bits(1, 4, 4, 'FLAG'), 2, bits(1, 4, 3, 'USAGE', { oneOf: [0, 2] })),
    named:  formerly('FORMER', 2, u8(2, 'NAMED')),
    inside: choice(3, 1, 'inside', { inner }, () => 'inner'),
  },
  [({ young, named }) => (young && named === 0
    ? { field: 'young', rule: 'young', message: 'is 1' } : undefined)],
);
const plain = layout({ name: 'plain', source: 'X 3', size: 1 }, { a: u8(0, 'A') });

const at = (...all: number[]): Uint8Array => Uint8Array.from(all);
const names = (level?: number): string[] =>
  (level === undefined ? thing : thing.at(level)).explain(at(1, 0, 0, 0)).map(({ name }) => name);

describe('a layout at a level', () => {
  it('has the fields and names of that level', () => {
    expect(names(2)).toEqual(['KIND', 'OLD', 'FLAG', 'FORMER', 'inside']);
    expect(names(3)).toEqual(['KIND', 'YOUNG', 'USAGE', 'NAMED', 'inside']);
    expect(thing.at(2).name).toBe('old thing');
    expect(thing.at(3).name).toBe('thing');
  });

  it('has all of them without a level', () => {
    expect(names()).toEqual(['KIND', 'YOUNG', 'OLD', 'USAGE', 'NAMED', 'inside']);
  });

  it('claims no bits of fields that it does not have', () => {
    expect(Array.from(thing.usageMap())).toEqual([0xff, 0x99, 0xff, 0xff]);
    expect(Array.from(thing.at(2).usageMap())).toEqual([0xff, 0x11, 0xff, 0xff]);
    expect(Array.from(thing.at(3).usageMap())).toEqual([0xff, 0x98, 0xff, 0xff]);
  });

  it.each([
    [2, at(1, 0x80, 0, 0), [[1, 7, 'reserved']]],
    [2, at(1, 0x01, 0, 0), [[1, 0, 'value']]],
    [2, at(1, 0x08, 0, 0), [[1, 3, 'reserved']]],
    [2, at(1, 0, 0, 0x80), [[3, 7, 'reserved']]],
    [3, at(1, 0x80, 0, 0), [[1, 7, 'young']]],
    [3, at(1, 0x01, 0, 0), [[1, 0, 'reserved']]],
    [3, at(1, 0x08, 0, 0), [[1, 4, 'value']]],
    [3, at(1, 0, 0, 0x80), []],
  ])('checks what level %i has: %s', (level, bytes, found) => {
    expect(thing.at(level).lint(bytes).map(({ at: byte, bit: high, rule }) => [byte, high, rule]))
      .toEqual(found);
  });

  it('reads and writes values with the same keys', () => {
    const value = thing.at(2).peek(at(1, 0x91, 7, 0x80));
    expect(Object.keys(value)).toEqual(Object.keys(thing.fields));
    expect(value).toMatchObject({ young: true, old: true, usage: 1 });
    expect(thing.at(2).encode(value)).toEqual(at(1, 0x91, 7, 0x80));
  });

  it('refuses what only that level refuses', () => {
    expect(thing.at(2).read(at(1, 0x18, 1, 0)).usage).toBe(1);
    expect(() => thing.at(3).read(at(1, 0x18, 1, 0))).toThrow('USAGE');
  });

  it('is made once, and is the layout itself where levels do not differ', () => {
    expect(thing.at(2)).toBe(thing.at(2));
    expect(thing.at(2).at(3).name).toBe('thing');
    expect(plain.at(2)).toBe(plain);
  });
});

describe('absenceAt', () => {
  const name = (level: number): string => `V${level}`;

  it('says from which or up to which level something exists', () => {
    expect(absenceAt({ since: 3 }, 2, name)).toBe('from V3 on');
    expect(absenceAt({ until: 3 }, 4, name)).toBe('up to V3');
    expect(absenceAt({ since: 2, until: 4 }, 3, name)).toBeUndefined();
    expect(absenceAt({}, 1, name)).toBeUndefined();
  });
});

describe('a list at a level', () => {
  const young = layout({ name: 'young', source: 'X 4', size: 2, since: 3 },
    { type: u8(0, 'TYPE', { oneOf: [1] }), last: raw(1, 1, 'LAST') });
  const rules: ListRules = {
    name: 'list', source: 'X 5', headerBytes: 2, lengthOf: () => 2,
    typeOf: (bytes, from) => bytes[from]!, layoutOf: (type) => (type === 1 ? young : undefined),
  };
  const messages = (level?: number): string[] => lintList(rules, at(1, 0, 9, 0), 0, 4,
    level === undefined ? undefined : { level, nameOf: (one) => `V${one}` })
    .map(({ message }) => message);

  it('tells types of another level from unknown ones', () => {
    expect(messages(2)).toEqual([
      'list: type code 01h is known from V3 on', 'list: type code 09h is not known']);
    expect(messages(3)).toEqual(['list: type code 09h is not known']);
    expect(messages()).toEqual(['list: type code 09h is not known']);
  });
});
