import { describe, expect, it } from 'vitest';
import { hexBytes, parseHex } from '../../../src/bytes/hex.ts';
import { explainCopyFailure } from '../../../src/backup/movers/copy-failure.ts';
import { FILEMARK, tapeRecord } from '../../../src/backup/movers/mover.ts';
import {
  encodeBackupList, encodeRestoreList, encodeTapeItems, endsOf, groupTapeItems,
} from '../../../src/backup/movers/parameter-lists.ts';
import { explain } from '../../../src/explain/explain.ts';
import { findingsOf } from '../../../src/explain/section.ts';

const identity = (deviceType: number, last: number) => ({
  deviceType, vendor: '', product: '', serial: '',
  designator: { codeSet: 1, type: 3, bytes: Uint8Array.of(0x32, 0, 0, 0, 0, 0, 0, last) } });
const ends = endsOf(identity(0, 1), identity(1, 2), 512);

const findingsIn = (list: Uint8Array) =>
  explain(list, { as: 'copy/parameter-list', isBinary: true })
    .flatMap(({ section }) => findingsOf(section));

describe('encodeTapeItems', () => {
  it('makes the list that writes a label and a filemark by hand', () => {
    const tape = parseHex('E4 01 00 00 01 03 00 08 30 00 00 00 00 00 00 71'
      + ' 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00');
    const label = new Uint8Array(80).fill(0x20);
    label.set(new TextEncoder().encode('VOL1EXMPL01'));
    expect(hexBytes(encodeTapeItems([tapeRecord(label), FILEMARK], tape, 0x2d))).toBe([
      '2D 01 00 20 00 00 00 00 00 00 00 20 00 00 00 50', hexBytes(tape),
      '04 00 00 10 00 00 00 00 00 00 00 50 00 00 00 00 00 00 00 50',
      '10 00 00 08 00 00 00 00 00 00 00 01', hexBytes(label),
    ].join(' '));
  });
});

describe('encodeBackupList', () => {
  it('carries residue over all segments but the last, with PAD at the tape alone', () => {
    const list = encodeBackupList({
      streamOffset: 0, byteLength: 1536, padBytes: 2560,
      pieces: [{ offset: 1024, byteLength: 1024 }, { offset: 5 * 2 ** 41, byteLength: 512 }],
    }, ends, 4096, 5);
    expect(hexBytes(list)).toBe([
      '05 01 00 40 00 00 00 00 00 00 00 30 00 00 00 00',
      'E4 00 00 00 01 03 00 08 32 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00',
      '00 00 02 00',
      'E4 01 00 00 01 03 00 08 32 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00',
      '04 00 00 00',
      '00 01 00 14 00 00 00 01 00 00 10 00 00 00 00 02 00 00 00 00 00 00 00 02',
      '00 00 00 14 00 00 00 01 00 00 10 00 00 00 00 01 00 00 00 05 00 00 00 00',
    ].join(' '));
    expect(findingsIn(list)).toEqual([]);
  });
});

describe('encodeRestoreList', () => {
  it('locates, discards, copies, and drops the rest of the record', () => {
    const list = encodeRestoreList({ byteLength: 1024, steps: [
      { kind: 'locate', record: 2 }, { kind: 'discard', byteLength: 512 },
      { kind: 'copy', diskOffset: 2048, byteLength: 1024, last: true },
    ] }, ends, { dataObject: 6, recordBytes: 4096 }, 9);
    expect(hexBytes(list.subarray(80))).toBe([
      '12 01 00 08 00 00 00 01 00 00 00 08',
      '06 01 00 0C 00 01 00 00 00 00 10 00 00 00 02 00',
      '01 00 00 14 00 01 00 00 00 00 10 00 00 00 00 02 00 00 00 00 00 00 00 04',
    ].join(' '));
    expect(findingsIn(list)).toEqual([]);
  });
});

describe('groupTapeItems', () => {
  it('keeps both limits, and gives what is too long to the target to judge', () => {
    const record = (byteLength: number) => tapeRecord(new Uint8Array(byteLength));
    const groups = [...groupTapeItems(
      [record(40), record(40), record(40), FILEMARK, FILEMARK, FILEMARK, record(200)],
      { segmentCountMax: 3, inlineBytesMax: 100 })];
    expect(groups.map((group) => group.length)).toEqual([2, 3, 1, 1]);
  });
});

describe('explainCopyFailure', () => {
  it('takes forwarded places for what they are only with COPY ABORTED', () => {
    const sense = parseHex('70 00 05 00 00 00 00 0A 12 12 00 00 26 08 00 00 00 00');
    expect(explainCopyFailure('copy', sense).message)
      .toBe('Cannot copy: ILLEGAL REQUEST, TOO MANY SEGMENT DESCRIPTORS (26h/08h)');
  });

  it('reads a cut area and offsets that lie outside', () => {
    const cut = parseHex('70 00 0A 00 00 00 00 0D 12 40 00 03 0D 01 00 00 00 00 02 70 00');
    expect(explainCopyFailure('copy', cut).message).toMatch(
      /in segment 3; the copy source answered status 02h$/);
  });
});
