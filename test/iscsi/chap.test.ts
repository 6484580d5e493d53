import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  binaryText, chapResponse, chooseAlgorithm, readBinary,
} from '../../src/iscsi/chap.ts';
import { hexBytes } from '../../src/bytes/hex.ts';

describe('CHAP values (RFC 7143 12.1)', () => {
  it.each([
    ['5', 5], ['6,5', 6], ['5,6,7,8', 5], ['8,7', 8], ['9,10', undefined], ['56', undefined],
    ['', undefined], ['5 ', undefined], ['0x5', undefined],
  ])('of the algorithms %j chooses %j', (list, chosen) => {
    expect(chooseAlgorithm(list)).toBe(chosen);
  });

  it('answers a challenge with the hash of identifier, secret, challenge', () => {
    const challenge = Uint8Array.from({ length: 16 }, (_, i) => i);
    const input = Buffer.concat([Uint8Array.of(0x27), Buffer.from('opensesame!!'), challenge]);
    const hashes = [[5, 'md5'], [6, 'sha1'], [7, 'sha256'], [8, 'sha3-256']] as const;
    for (const [algorithm, name] of hashes) {
      expect(hexBytes(chapResponse(algorithm, 0x27, 'opensesame!!', challenge)))
        .toBe(hexBytes(createHash(name).update(input).digest()));
    }
  });

  it.each([
    ['0x00ff', '00 FF'], ['0X00Ff', '00 FF'], ['0xfff', '0F FF'], ['0bAP8=', '00 FF'],
    ['0BAP8', '00 FF'],
  ])('reads %s', (text, expected) => {
    expect(hexBytes(readBinary(text)!)).toBe(expected);
  });

  it.each(['', '0x', '00ff', '0xfg', '0b', '0b!', `0x${'00'.repeat(1025)}`,
    `0b${'A'.repeat(1372)}`])('refuses %s', (text) => {
    expect(readBinary(text)).toBeUndefined();
  });

  it('takes a value of 1024 bytes', () => {
    const longest = new Uint8Array(1024).fill(0xa5);
    expect(readBinary(binaryText(longest))).toEqual(Buffer.from(longest));
  });
});
