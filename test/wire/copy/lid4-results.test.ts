import { describe, expect, it } from 'vitest';
import { parseHex } from '../../../src/bytes/hex.ts';
import {
  COPY_OPERATION_STATUS, encodeLid4Results, hasEnded, LID4_SENSE_BYTES_MAX, type Lid4Results,
  readLid4Results, STATUS_UPDATE_DELAY,
} from '../../../src/wire/copy/lid4-results.ts';

const head: Lid4Results['head'] = {
  responseToServiceAction: 0x01, heldDataDiscarded: false,
  status: COPY_OPERATION_STATUS.completedWithErrors, operationCounter: 0,
  statusUpdateDelay: STATUS_UPDATE_DELAY.ended, completionStatus: 2, transferCountUnits: 0,
  transferCount: 0n, segmentsProcessed: 1,
};
const SENSE = parseHex('70000A000000000A000000000D0200800050');
const none = new Uint8Array(0);

describe('answers to 84h/05h, 06h and 07h', () => {
  it('has its lengths from its parts, and pads sense data to whole words', () => {
    expect(encodeLid4Results({ head, sense: SENSE })).toEqual(parseHex(
      '00000030 01020000 FFFFFFFE 02141200 0000000000000000 0001 000000000000'
      + '70000A00 0000000A 00000000 0D020080 00500000'));
  });

  it('has data behind its sense data', () => {
    const data = Uint8Array.of(1, 2, 3);
    const bytes = encodeLid4Results({ head, sense: SENSE, data });
    expect(bytes.subarray(52)).toEqual(Uint8Array.of(0, 0, 0, 3, 1, 2, 3));
    expect(bytes.subarray(0, 4)).toEqual(Uint8Array.of(0, 0, 0, 55));
    expect(readLid4Results(bytes)).toMatchObject({ head, sense: SENSE, data });
  });

  it('has a length of nothing where there is no data, and nothing where there is no length', () => {
    expect(encodeLid4Results({ head, sense: none, data: none })).toHaveLength(36);
    expect(encodeLid4Results({ head, sense: none })).toHaveLength(32);
  });

  it('is read as far as its allocation length let it come', () => {
    const bytes = encodeLid4Results({ head, sense: SENSE, data: Uint8Array.of(1, 2, 3) });
    expect(readLid4Results(bytes.subarray(0, 58)).data).toEqual(Uint8Array.of(1, 2));
    expect(readLid4Results(bytes.subarray(0, 55)).data).toEqual(none);
    expect(readLid4Results(bytes.subarray(0, 40)).sense).toEqual(SENSE.subarray(0, 8));
    expect(() => readLid4Results(bytes.subarray(0, 31))).toThrow('31 bytes are there');
  });

  it('refuses sense data that its length cannot tell', () => {
    const most = new Uint8Array(LID4_SENSE_BYTES_MAX);
    expect(readLid4Results(encodeLid4Results({ head, sense: most })).sense).toEqual(most);
    expect(() => encodeLid4Results({ head, sense: new Uint8Array(LID4_SENSE_BYTES_MAX + 1) }))
      .toThrow(RangeError);
  });

  it.each([[0x01, true], [0x04, true], [0x10, false], [0x12, false], [0x60, true]])(
    'knows whether an operation with status %i has ended', (status, isEnded) => {
      expect(hasEnded(status)).toBe(isEnded);
    });
});
