import { describe, expect, it } from 'vitest';
import { ENTRY_KIND } from '../../src/media/index-entry.ts';
import type { EntryContent } from '../../src/media/index-entry.ts';
import { TapeContents } from '../../src/media/tape-contents.ts';

const entry = (kind: keyof typeof ENTRY_KIND, fields: Partial<EntryContent>): EntryContent => ({
  kind: ENTRY_KIND[kind],
  partition: 0, objects: 0, filemarks: 0, payload: 0, amount: 1, detail: 0, ...fields,
});

/** Two records of 100 bytes and a filemark, in one extent at 4096. */
const GOOD = [
  entry('extent', { amount: 200, detail: 4096 }),
  entry('checksum', { amount: 200, detail: 0x1234 }),
  entry('records', { amount: 2, detail: 100 }),
  entry('filemarks', { objects: 2, payload: 200 }),
];
const NEXT = { objects: 3, filemarks: 1, payload: 200 };

function loaded(): TapeContents {
  const contents = new TapeContents();
  expect(GOOD.map((good) => contents.apply(good))).toEqual(GOOD.map(() => undefined));
  return contents;
}

describe('TapeContents', () => {
  it.each([
    ['an unknown kind', { ...entry('filemarks', NEXT), kind: 9 }, /kind 9/],
    ['a gap in the objects', entry('filemarks', { ...NEXT, objects: 4 }), /begins at object 4/],
    ['a gap in the filemarks', entry('filemarks', { ...NEXT, filemarks: 2 }), /filemark 2/],
    ['a gap in the payload', entry('filemarks', { ...NEXT, payload: 201 }), /payload byte 201/],
    ['a run of nothing', entry('filemarks', { ...NEXT, amount: 0 }), /a run of 0/],
    ['a record of nothing', entry('records', NEXT), /a record of 0 bytes/],
    ['too long a record', entry('records', { ...NEXT, detail: 2 ** 24 }), /16777216 bytes/],
    ['records without a place', entry('records', { ...NEXT, detail: 1 }), /no place/],
    ['an extent out of turn', entry('extent', { payload: 199 }), /200 is next/],
    ['an extent of nothing', entry('extent', { payload: 200, amount: 0 }), /0 bytes/],
    ['an extent past every file',
      entry('extent', { payload: 200, detail: 2 ** 48 - 1 }), /281474976710655/],
    ['a checksum past the payload', entry('checksum', { payload: 1, amount: 200 }), /not there/],
    ['a truncation forward', entry('truncation', { ...NEXT, objects: 4 }), /to object 4/],
    ['a truncation inside a record', entry('truncation', { objects: 1, payload: 99 }), /byte 99/],
  ])('refuses %s, and changes nothing', (_, bad, why) => {
    const contents = loaded();
    expect(contents.apply(bad)).toMatch(why);
    expect(contents.mark()).toEqual({ objects: 3, payload: 200 });
    expect(contents.isWhole).toBe(true);
    expect(contents.checksums.rowCount).toBe(1);
  });

  it('is not whole between an extent and its records', () => {
    const contents = loaded();
    const whole = contents.mark();
    contents.apply(entry('extent', { payload: 200, amount: 50, detail: 9000 }));
    expect(contents.isWhole).toBe(false);
    expect(contents.apply(entry('truncation', {}))).toMatch(/between an extent and its records/);
    contents.restore(whole);
    expect(contents.isWhole).toBe(true);
    expect([...contents.extents.byOffset()]).toEqual([{ offset: 4096, byteLength: 200 }]);
  });
});
