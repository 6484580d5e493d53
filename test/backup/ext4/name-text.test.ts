import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeName, encodeName } from '../../../src/backup/ext4/name-text.ts';

it('reads UTF-8 as it is, with a byte order mark too', () => {
  for (const name of ['plain', 'größe', '日本語', '🎞', '\ufeffmarked', '\uef00']) {
    expect(decodeName(new TextEncoder().encode(name))).toBe(name);
    expect(encodeName(name)).toEqual(new TextEncoder().encode(name));
  }
});

it('escapes bytes that are no UTF-8, one by one', () => {
  expect(decodeName(Uint8Array.of(0x61, 0xff, 0xc3, 0xa4, 0xe2, 0x82)))
    .toBe('a\uefffä\uefe2\uef82');
});

it('never gives two names one text', () => {
  const escaped = new TextEncoder().encode('\uefff');
  expect(decodeName(escaped)).toHaveLength(3);
  expect(encodeName(decodeName(escaped))).toEqual(escaped);
});

it('gives every name back', () => {
  const names = fc.oneof(fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
    fc.array(fc.constantFrom(0xee, 0xbe, 0xbf, 0x80, 0x41)).map((list) => Uint8Array.from(list)));
  fc.assert(fc.property(names, (name) => {
    expect(encodeName(decodeName(name))).toEqual(name);
  }), { numRuns: 2000 });
});
