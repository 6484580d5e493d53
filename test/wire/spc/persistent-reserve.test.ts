import { describe, expect, it } from 'vitest';
import { parseHex } from '../../../src/bytes/hex.ts';
import { Malformed } from '../../../src/codec/finding.ts';
import { walk } from '../../../src/codec/list.ts';
import {
  encodeTransportId, readTransportId, transportIds,
} from '../../../src/wire/spc/persistent-reserve.ts';

/** `iqn.a:b,i,0x400001370000` and its zeros. */
const PORT = parseHex('45 00 001C 69716E2E613A622C692C307834303030303133373030303000000000');
/** `iqn.a:b`, padded to the least length. */
const DEVICE = parseHex('05 00 0014 69716E2E613A6200000000000000000000000000');

describe('a TransportID', () => {
  it('of an initiator port has its name and session identifier', () => {
    const port = { initiatorName: 'iqn.a:b', isid: '400001370000' };
    expect(encodeTransportId(port)).toEqual(PORT);
    expect(readTransportId(PORT)).toEqual(port);
  });

  it('of an initiator device has its name', () => {
    expect(encodeTransportId({ initiatorName: 'iqn.a:b' })).toEqual(DEVICE);
    expect(readTransportId(DEVICE)).toEqual({ initiatorName: 'iqn.a:b' });
  });

  it.each([19, 20, 21, 22, 23, 24, 223])('of a name of %i bytes ends with zeros', (length) => {
    const initiatorName = `iqn.${'a'.repeat(length - 4)}`;
    const bytes = encodeTransportId({ initiatorName });
    expect([bytes.length % 4, bytes.at(-1)]).toEqual([0, 0]);
    expect(readTransportId(bytes)).toEqual({ initiatorName });
  });

  it('takes digits of an ISID in either case, and without leading zeros', () => {
    const bytes = encodeTransportId({ initiatorName: 'iqn.a:b', isid: 'aB' });
    expect(readTransportId(bytes).isid).toBe('0000000000ab');
  });

  it('with a comma in its name is split at the last separator', () => {
    const port = { initiatorName: 'iqn.a:b,i,0x1', isid: '400001370000' };
    expect(readTransportId(encodeTransportId(port))).toEqual(port);
  });

  it('of another protocol has 24 bytes, and no format here', () => {
    const sas = new Uint8Array(24).with(0, 0x06);
    const { items, broken } = walk(transportIds, sas, 0, 24);
    expect([items.length, items[0]?.layout, broken]).toEqual([1, undefined, undefined]);
    expect(() => readTransportId(sas)).toThrow(Malformed);
  });
});
