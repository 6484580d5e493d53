import { expect, it } from 'vitest';
import { u8 } from '../../src/codec/field.ts';
import { layout } from '../../src/codec/layout.ts';
import { restAscii } from '../../src/codec/text.ts';

const named = layout({ name: 'a named thing', source: 'none', size: 1 },
  { kind: u8(0, 'KIND'), name: restAscii(1, 'NAME') });

it('reads and writes text up to the end of the structure', () => {
  const bytes = named.encode({ kind: 7, name: 'tape 1' });
  expect(bytes).toEqual(Uint8Array.of(7, ...new TextEncoder().encode('tape 1')));
  expect(named.read(bytes)).toEqual({ kind: 7, name: 'tape 1' });
});

it('finds bytes that are no printable ASCII, and reads on', () => {
  const { value, findings } = named.decode(Uint8Array.of(7, 0x41, 0x00));
  expect(value.name).toBe('A\0');
  expect(findings.map(({ at, severity }) => [at, severity])).toEqual([[1, 'warning']]);
});

it('does not write what it would not read back', () => {
  expect(() => named.encode({ kind: 7, name: 'Spule ü' })).toThrow(RangeError);
  expect(() => named.fromJson({ kind: 7, name: 8 })).toThrow(RangeError);
});
