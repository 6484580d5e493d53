import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexBytes, parseHex } from '../../src/bytes/hex.ts';
import type { Json } from '../../src/codec/field.ts';
import { documentOf, encodeDocument } from '../../src/explain/document.ts';
import { encodeJson, toJson } from '../../src/explain/encode-json.ts';
import { explain, explainedJson } from '../../src/explain/explain.ts';
import type { Format } from '../../src/explain/format.ts';
import { formatById } from '../../src/explain/registry.ts';
import { sectionOf } from '../../src/explain/section.ts';
import { bytes, isGood, vectorIds, vectors } from '../support/vectors.ts';

const strict = (json: Json): string => hexBytes(encodeDocument(json)[0]!.bytes);
const lenient = (json: Json): string =>
  hexBytes(encodeDocument(json, { isLenient: true })[0]!.bytes);
const tight = (hex: string): string => hexBytes(parseHex(hex));

/** As it comes out of a file. */
const throughText = (json: Json): Json => JSON.parse(JSON.stringify(json)) as Json;
const documentFor = (format: Format, data: Uint8Array): Json =>
  throughText(documentOf(sectionOf(format, data), format, data));

const files = vectorIds().map((id) => [id, formatById(id)!, vectors(id).vectors] as const);

describe.each(files)('%s', (id, format, cases) => {
  it('comes back from what explain prints, malformed or not', () => {
    for (const { name, hex } of cases) {
      expect(strict(documentFor(format, bytes(hex))), name).toBe(tight(hex));
    }
  });

  it('comes back from its value alone if it is good', () => {
    for (const one of cases.filter(isGood)) {
      const value = toJson(format, bytes(one.hex));
      const [encoded] = encodeDocument({ ...value, format: id, ...value }, { as: id });
      expect(hexBytes(encoded!.bytes), one.name).toBe(tight(one.hex));
    }
  });
});

it('brings back any bytes of any format', () => {
  fc.assert(fc.property(
    fc.constantFrom(...files), fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.nat(),
    ([, format, cases], noise, which, at) => {
      const data = bytes(cases[which % cases.length]!.hex);
      data.set(noise.slice(0, Math.max(0, data.length - at)), Math.min(at, data.length));
      expect(strict(documentFor(format, data))).toBe(hexBytes(data));
      expect(strict(documentFor(format, noise))).toBe(hexBytes(noise));
    }), { numRuns: 200 });
});

const CSCD = {
  type: 0xe4, peripheralDeviceType: 0, relativeInitiatorPort: 0, codeSet: 1, designatorType: 3,
  designator: '6001405400000001', device: { diskBlockLength: 512 },
};
const STEP = { blockCount: 8, sourceLba: 0, destinationLba: 64 };
const LIST = {
  format: 'copy/parameter-list', listIdentifier: 1,
  cscds: [{ ...CSCD, label: 'disk' }, { ...CSCD, label: 'copy', designator: '6001405400000002' }],
  segments: [{ type: 2, ...STEP, source: 'disk', destination: 'copy' }],
};
const LIST_HEX = tight(`01 00 0040 00000000 0000001C 00000000
  E4 00 0000 01 03 00 08 6001405400000001 000000000000000000000000 00 000200
  E4 00 0000 01 03 00 08 6001405400000002 000000000000000000000000 00 000200
  02 00 0018 0000 0001 0000 0008 0000000000000000 0000000000000040`);

describe('a document', () => {
  it('may leave out what can be computed, and name CSCDs by labels', () => {
    expect(strict(LIST)).toBe(LIST_HEX);
  });

  it('may use the names of the standard and of values', () => {
    expect(strict({
      'format': 'parameter list', 'LIST IDENTIFIER': '0x01',
      'cscds': LIST.cscds.map(({ label, designator, device }) => ({
        label, 'DESIGNATOR': designator, device, 'RELATIVE INITIATOR PORT IDENTIFIER': 0,
        'Descriptor Type Code': 'identification descriptor', 'codeSet': 'binary',
        'DESIGNATOR TYPE': 'NAA', 'peripheral device type': 'direct access block device' })),
      'segments': [{ 'type': 'block device to block device', 'DC': 0, ...STEP,
        'SOURCE CSCD DESCRIPTOR ID': 'disk', 'destinationCscd': '0001h' }],
    })).toBe(LIST_HEX);
  });

  it.each([['nullBlock', 'C0 00'], ['nullStream', 'C0 01'], ['thisUnit', 'FF FF']])(
    'knows the CSCD %s', (name, id) => {
      const segments = [{ type: 2, ...STEP, source: name, destination: 0 }];
      const hex = strict({ ...LIST, segments });
      expect(hex.split(' ').slice(84, 86).join(' ')).toBe(id);
    });

  it('counts CSCDs by their place, which the standard counts from byte 16', () => {
    const list = {
      format: 'copy/parameter-list-lid4', listIdentifier: 7,
      cscds: [{ ...CSCD, label: 'disk' }, `EA${'00'.repeat(63)}`, { ...CSCD, label: 'last' }],
      segments: [{ type: 2, ...STEP, source: 'disk', destination: 'last' }],
    };
    const [made] = encodeDocument(list, { isLenient: true });
    expect(hexBytes(made!.bytes.slice(-24, -20))).toBe('00 01 00 04');
  });

  it('may be several', () => {
    expect(encodeDocument([LIST, LIST]).map(({ bytes: one }) => hexBytes(one)))
      .toEqual([LIST_HEX, LIST_HEX]);
  });

  it.each<[string, Json, string]>([
    ['a label that no CSCD has', { ...LIST, segments: [{ ...LIST.segments[0], source: 'dusk' }] },
      '$.segments[0].source: SOURCE CSCD DESCRIPTOR ID: "dusk" is neither a whole number nor the'],
    ['a name that no value has', { ...LIST, listIdUsage: 'sometimes' }, '$.listIdUsage: LIST ID'],
    ['a format that is not there', { format: 'copy/none' }, '$: there is no format "copy/none"'],
    ['no format', { listIdentifier: 1 }, "$: 'format' is missing"],
    ['a length that is wrong', { ...LIST, segments: [{ ...LIST.segments[0], length: 20 }] },
      '$.segments[0].length: DESCRIPTOR LENGTH is 14h, must be 18h; write 18h; --lenient'],
    ['a length that counts nothing right', { ...LIST, cscdListLength: 96 }, '--lenient'],
    ['a reserved bit', { ...LIST, reserved: { 1: '80' } }, '$.reserved: is written with --lenient'],
    ['bytes', { ...LIST, bytes: { 1: '80' } }, '$.bytes: is written with --lenient only'],
    ['a cut', { ...LIST, cutTo: 3 }, '$.cutTo: is written with --lenient only'],
    ['text', 'x', '$: an object is expected'],
  ])('is refused for %s', (_name, json, message) => {
    expect(() => encodeDocument(json)).toThrow(message);
  });
});

describe('leniently', () => {
  const segment = (more: Json & object) => ({
    format: 'copy/space', destinationCscd: 1, code: 1, count: -1, ...more });

  it('everything is written as told', () => {
    expect(lenient(segment({ length: 99 }))).toBe(tight('11 00 0063 0000 0001 01 FFFFFF'));
    expect(lenient(segment({ type: 0x55 }))).toBe(tight('55 00 0008 0000 0001 01 FFFFFF'));
    expect(lenient(segment({ reserved: { 1: 'F0', 4: '0102' } })))
      .toBe(tight('11 F0 0008 0102 0001 01 FFFFFF'));
    expect(lenient(segment({ bytes: { 0: '12', 13: 'AA' } })))
      .toBe(tight('12 00 0008 0000 0001 01 FFFFFF 00 AA'));
    expect(lenient(segment({ cutTo: 5 }))).toBe(tight('11 00 0008 00'));
  });

  it('values that do not fit lose their high bits, what is missing is zero', () => {
    expect(lenient(segment({ code: 0x1f, destinationCscd: '0x12345' })))
      .toBe(tight('11 00 0008 0000 2345 0F FFFFFF'));
    expect(lenient({ format: 'copy/space' })).toBe(tight('11 00 0008 0000 0000 00 000000'));
  });

  it('a list that is cut off, or longer than it says, stays so', () => {
    expect(lenient({ ...LIST, cutTo: 50 })).toBe(LIST_HEX.slice(0, 50 * 3 - 1));
    expect(lenient({ ...LIST, cscdListLength: 33 })).toBe(LIST_HEX.replace('00 40', '00 21'));
  });

  it.each<[Json, string]>([
    [{ cutTo: -1 }, '$.cutTo'], [{ bytes: 'AA' }, '$.bytes: an object is expected'],
    [{ bytes: { x: 'AA' } }, '$.bytes.x: is no offset'], [{ bytes: { 1: 'A' } }, '$.bytes.1'],
    [{ bytes: { 999999999: 'AA' } }, '$.bytes.999999999: is no offset'],
  ])('%j is refused all the same', (more, message) => {
    expect(() => lenient(segment(more as object & Json))).toThrow(message);
  });
});

describe('what explain printed', () => {
  const [explained] = explain(parseHex(LIST_HEX), { isBinary: true });
  const printed = throughText(explainedJson(explained!)) as { value: { priority: number } };

  it('is encoded with the new value if that was changed', () => {
    const changed = { ...printed, value: { ...printed.value, priority: 5 } };
    expect(strict(changed)).toBe(LIST_HEX.replace('01 00', '01 05'));
  });

  it('keeps reserved bits that were there', () => {
    const data = parseHex(LIST_HEX);
    data[1] = 0xc0;
    const format = formatById('copy/parameter-list')!;
    const value = { ...toJson(format, data), priority: 5 };
    const document = documentFor(format, data) as { [key: string]: Json };
    expect(strict({ ...document, value })).toBe(LIST_HEX.replace('01 00', '01 C5'));
  });
});

it('explains a document, right or wrong', () => {
  const told = (json: Json) => explain(new TextEncoder().encode(JSON.stringify(json)));
  expect(hexBytes(told(LIST)[0]!.bytes)).toBe(LIST_HEX);
  expect(told({ ...LIST, cutTo: 20 })[0]!.section.findings[0]?.rule).toBe('length');
  expect(() => told({ format: 'copy/none' })).toThrow('there is no format');
  expect(() => explain(new TextEncoder().encode('{ "format": '))).toThrow('Cannot read JSON');
});

/** Lengths that a good vector gives need not be given. */
describe('lengths that are left out', () => {
  /** Where a vector's values hold padding, or its data are another structure's. */
  const UNKNOWABLE: readonly string[] = [
    'copy/copy-service-cscd', 'copy/identification-cscd', 'copy/supported-commands',
    'copy/supported-cscd-ids', 'copy/supported-descriptors', 'iscsi/login-request',
    'iscsi/response-data', 'spc/mode-header-6', 'ssc/density-descriptor',
  ];
  const computed = /^(?:.*Length|availableData)$/;

  it.each(files.filter(([id]) => !UNKNOWABLE.includes(id)))('of %s', (_id, format, cases) => {
    for (const one of cases.filter(isGood)) {
      const value = toJson(format, bytes(one.hex));
      for (const key of Object.keys(value).filter((name) => computed.test(name))) {
        const { [key]: _left, ...others } = value;
        let made: string;
        try {
          made = hexBytes(encodeJson(format, others));
        } catch (error) {
          expect(String(error)).toContain(`'${key}' is missing`);
          continue;
        }
        expect(made, `${one.name}: ${key}`).toBe(tight(one.hex));
      }
    }
  });
});
