import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/codec/finding.ts';
import {
  decodeKeys, encodeKeys, PAIR_COUNT_MAX, VALUE_BYTES_MAX,
} from '../../../src/wire/iscsi/keys.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('text of logins (RFC 7143 6.1)', () => {
  it('reads pairs in order, with values that hold an equals sign, or nothing', () => {
    expect(decodeKeys(bytes('A=1\0X-com.b=c=d\0SendTargets=\0'))).toEqual(
      [['A', '1'], ['X-com.b', 'c=d'], ['SendTargets', '']]);
  });

  it('writes a NUL behind each pair, the last one too', () => {
    expect(encodeKeys([['A', '1'], ['B', 'ü']])).toEqual(bytes('A=1\0B=ü\0'));
  });

  it('passes over the NULs of padding', () => {
    expect(decodeKeys(bytes('\0A=1\0\0\0'))).toEqual([['A', '1']]);
  });

  it.each([
    ['a last pair without NUL', 'A=1\0B=2', 7],
    ['a pair without equals sign', 'A=1\0B\0', 4],
    ['a key that does not begin with a capital', 'A=1\0sENDtARGETS=aLL\0', 4],
    ['a key with a blank', 'A B=1\0', 0],
    ['a key that is too long', `${'K'.repeat(64)}=1\0`, 0],
    ['a value that is too long', `K=${'v'.repeat(VALUE_BYTES_MAX + 1)}\0`, 2],
  ])('refuses %s, naming its place', (_name, text, at) => {
    expect(() => decodeKeys(bytes(text))).toThrow(expect.objectContaining({ at }));
    expect(() => decodeKeys(bytes(text))).toThrow(Malformed);
  });

  it('takes as many pairs as its limit, and not one more', () => {
    const pairs = Array.from({ length: PAIR_COUNT_MAX }, (_, i) => [`K${i}`, 'v'] as const);
    expect(decodeKeys(encodeKeys(pairs))).toHaveLength(PAIR_COUNT_MAX);
    expect(() => decodeKeys(encodeKeys([...pairs, ['More', 'v']]))).toThrow(Malformed);
  });
});
