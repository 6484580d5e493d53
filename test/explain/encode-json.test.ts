import { describe, expect, it } from 'vitest';
import { hexBytes, parseHex } from '../../src/bytes/hex.ts';
import type { Json } from '../../src/codec/field.ts';
import { encodeJson, toJson } from '../../src/explain/encode-json.ts';
import { formatById } from '../../src/explain/registry.ts';

const encode = (id: string, json: Json, keep?: Uint8Array): string =>
  hexBytes(encodeJson(formatById(id)!, json, keep));

const SPACE = {
  type: 0x11, cat: false, length: 8, destinationCscd: 1, code: 1, count: -2,
};
const HEADER = {
  listIdentifier: 42, str: false, listIdUsage: 0, priority: 1, cscdListLength: 0,
  segmentListLength: 12, inlineDataLength: 2,
};

describe('encodeJson', () => {
  it('encodes a list inside, an unknown descriptor as hex', () => {
    const json = { ...HEADER, segmentListLength: 16, cscds: [],
      segments: [{ format: 'copy/space', ...SPACE }, 'C0 00 00 00'], inlineData: 'AB CD' };
    expect(encode('copy/parameter-list', json)).toBe('2A 01 00 00 00 00 00 00 00 00 00 10 '
      + '00 00 00 02 11 00 00 08 00 00 00 01 01 FF FF FE C0 00 00 00 AB CD');
  });

  it('puts the parts in their order, whatever the order of the keys', () => {
    const segments = [{ format: 'copy/space', ...SPACE }];
    expect(encode('copy/parameter-list', { inlineData: 'AB CD', segments, ...HEADER }))
      .toMatch(/FE AB CD$/);
  });

  it('keeps bits that no field claims, also inside', () => {
    const data = parseHex('2A010000 80000000 0000000C 00000000 11F0 0008 0000 0001 81FFFFFE');
    const format = formatById('copy/parameter-list')!;
    const json = toJson(format, data);
    expect(json['segments']).toEqual([{ format: 'copy/space', ...SPACE }]);
    expect(encode('copy/parameter-list', json, data)).toBe(hexBytes(data));
    expect(encode('copy/parameter-list', json)).not.toBe(hexBytes(data));
  });

  it('encodes text as lines that zero bytes end', () => {
    const format = formatById('iscsi/text-request')!;
    const data = parseHex(`0480000000000008${'00'.repeat(40)}413D4200433D4400`);
    const json = toJson(format, data);
    expect(json['data']).toEqual({ text: ['A=B', 'C=D'] });
    expect(encodeJson(format, json)).toEqual(data);
  });

  it.each<[string, Json, string]>([
    ['a field that is missing', { type: 0x11 }, "'destinationCscd' is missing"],
    ['a field that it has not', { ...SPACE, more: 1 }, "it has no field 'more'"],
    ['a field that is there twice', { ...SPACE, CODE: 1 }, "$.CODE: 'code' is given twice"],
    ['a value that does not fit', { ...SPACE, destinationCscd: 0x1_0000 },
      'DESTINATION CSCD DESCRIPTOR ID: 65536 is not a whole number from 0 to 65535'],
    ['a value of another kind', { ...SPACE, cat: 2 }, 'CAT: 2 is neither true nor false'],
    ['something else than an object', 'AB', 'an object is expected'],
    ['a list in place of a number', { ...SPACE, code: ['x'] }, '$.code[0]'],
  ])('refuses %s', (_name, json, message) => {
    expect(() => encode('copy/space', json)).toThrow(RangeError);
    expect(() => encode('copy/space', json)).toThrow(message);
  });

  it.each<[Json, string]>([
    [[{ format: 'copy/nothing' }], '$.segments[0]: format "copy/nothing" is not known'],
    [[{ code: 1 }], "$.segments[0]: 'format' or a known 'type' is needed"],
    [[{ type: 'nothing' }], '$.segments[0].type: segment descriptor list: type "nothing"'],
    [[['00']], '$.segments[0]: hex, list or object expected'],
    ['0', '$.segments: Cannot read hex'],
    [7, '$.segments'],
  ])('refuses %j as a list', (segments, message) => {
    expect(() => encode('copy/parameter-list', { ...HEADER, segments })).toThrow(message);
  });
});
