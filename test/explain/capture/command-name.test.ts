import { expect, it } from 'vitest';
import { parseHex } from '../../../src/bytes/hex.ts';
import { nameOfCdb } from '../../../src/explain/capture/command-name.ts';

it('names a command by its code, by both names where two types of devices share it', () => {
  const name = (cdb: string): string => nameOfCdb(parseHex(cdb));
  expect(name('12 00 00 00 FF 00')).toBe('INQUIRY');
  expect(name('FF 00 00 00 00 00')).toBe('operation code FFh');
  expect(name('34 00 00000010 00 0008 00')).toBe('PRE-FETCH(10)');
  expect(name('34 00 00000000 00 0000 00')).toBe('PRE-FETCH(10) or READ POSITION');
});
