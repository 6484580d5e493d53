import { describe, expect, it } from 'vitest';
import { hexBytes, parseHex } from '../../src/bytes/hex.ts';
import { Malformed } from '../../src/codec/finding.ts';
import {
  ADDITIONAL_SENSE, additionalSenseOf, SENSE_KEYS, senseKeyOf,
} from '../../src/sense/codes.ts';
import {
  encodeSense, readSense, type Sense, SenseError, type SenseFormat, senseText,
} from '../../src/sense/sense.ts';

const bytes = (text: string): string => hexBytes(parseHex(text));

/** What the tape in the examples below said to its copy manager. */
const MEDIUM_ERROR = encodeSense({ key: 'mediumError', additional: 'writeError', information: 2 });
const END_OF_TAPE = encodeSense({
  key: 'volumeOverflow', additional: 'endOfPartitionDetected', eom: true, information: 1 });

const EXAMPLES: readonly (readonly [string, Sense, SenseFormat, string])[] = [
  ['a failed tape, with its own sense data', {
    key: 'copyAborted', additional: 'thirdPartyDeviceFailure', information: 4, segment: 0,
    fieldPointer: { in: 'parameterList', byte: 48 },
    forwardedDestination: { status: 2, sense: MEDIUM_ERROR },
  }, 'fixed', `F0 00 0A 00 00 00 04 1D 00 12 00 00 0D 01 00 80 00 30
    02 F0 00 03 00 00 00 02 0A 00 00 00 00 0C 00 00 00 00 00`],
  ['the end of the tape, in descriptors', {
    key: 'copyAborted', additional: 'thirdPartyDeviceFailure', segment: 1,
    fieldPointer: { in: 'parameterList', byte: 48 },
    forwardedDestination: { status: 2, sense: END_OF_TAPE },
  }, 'descriptor', `72 0A 0D 01 00 00 00 2A 01 0A 00 00 00 00 00 01 00 00 00 00
    02 06 00 00 80 00 30 00 0C 14 02 02 F0 00 4D 00 00 00 01 0A 00 00 00 00 00 02 00 00 00 00`],
  ['a list refused before its first segment', {
    key: 'illegalRequest', additional: 'unsupportedSegmentDescriptorType',
    fieldPointer: { in: 'parameterList', byte: 80 },
  }, 'fixed', '70 00 05 00 00 00 00 0A 00 00 00 00 26 09 00 80 00 50'],
  ['a bit of a segment descriptor', {
    key: 'copyAborted', additional: 'invalidFieldInParameterList',
    fieldPointer: { in: 'segment', byte: 8, bit: 0 },
  }, 'fixed', '70 00 0A 00 00 00 00 0A 00 00 00 00 26 00 00 A8 00 08'],
  ['a CDB field', {
    key: 'illegalRequest', additional: 'invalidFieldInCdb',
    fieldPointer: { in: 'cdb', byte: 1, bit: 4 },
  }, 'fixed', '70 00 05 00 00 00 00 0A 00 00 00 00 24 00 00 CC 00 01'],
  ['a filemark', { key: 'noSense', additional: 'filemarkDetected', filemark: true, information: 7 },
    'descriptor', '72 00 00 01 00 00 00 10 00 0A 80 00 00 00 00 00 00 00 00 07 04 02 00 80'],
  ['a block longer than asked', {
    key: 'noSense', additional: 'noAdditionalSense', ili: true, information: -240,
  }, 'fixed', 'F0 00 20 FF FF FF 10 0A 00 00 00 00 00 00 00 00 00 00'],
  ['a block longer than asked, in descriptors', {
    key: 'noSense', additional: 'noAdditionalSense', ili: true, information: -240,
  }, 'descriptor', `72 00 00 00 00 00 00 10 00 0A 80 00 FF FF FF FF FF FF FF 10
    04 02 00 20`],
  ['a deferred error', { key: 'mediumError', additional: 'writeError', deferred: true }, 'fixed',
    '71 00 03 00 00 00 00 0A 00 00 00 00 0C 00 00 00 00 00'],
  ['progress', { key: 'notReady', additional: 'becomingReady', progress: 0x8000 }, 'fixed',
    '70 00 02 00 00 00 00 0A 00 00 00 00 04 01 00 80 80 00'],
];

describe('encodeSense', () => {
  it.each(EXAMPLES)('tells of %s to the byte', (_name, sense, format, expected) => {
    expect(hexBytes(encodeSense(sense, format))).toBe(bytes(expected));
  });

  it('is fixed unless asked otherwise', () => {
    expect(encodeSense({ key: 'noSense', additional: 'noAdditionalSense' })[0]).toBe(0x70);
  });

  it('leaves out INFORMATION that has no room in fixed format', () => {
    const sense: Sense = {
      key: 'mediumError', additional: 'writeError', information: 0x1_0000_0000n };
    expect(encodeSense(sense)[0]).toBe(0x70);
    expect(readSense(encodeSense(sense, 'descriptor')).information).toBe(0x1_0000_0000n);
  });

  it('leaves out a field pointer behind byte 65535', () => {
    const at = (byte: number): number | undefined => encodeSense({
      key: 'illegalRequest', additional: 'invalidFieldInParameterList',
      fieldPointer: { in: 'parameterList', byte } })[15];
    expect([at(0xffff), at(0x1_0000)]).toEqual([0x80, 0]);
  });

  const formats: readonly SenseFormat[] = ['fixed', 'descriptor'];
  it.each(formats)('cuts forwarded sense data to 252 bytes: %s', (format) => {
    const forwarded = { status: 2, sense: new Uint8Array(252).fill(0x70) };
    const encoded = encodeSense({
      key: 'copyAborted', additional: 'thirdPartyDeviceFailure', segment: 3,
      forwardedSource: forwarded, forwardedDestination: forwarded,
    }, format);
    expect(encoded.length).toBeLessThanOrEqual(252);
    expect(encoded[7]).toBe(encoded.length - 8);
    if (format === 'descriptor') expect(encoded[8 + 12 + 2]! & 0x80).toBe(0x80);
    expect(readSense(encoded).segment).toBe(3);
  });
});

describe('readSense', () => {
  it.each(EXAMPLES)('learns of %s', (_name, sense, format) => {
    const read = readSense(encodeSense(sense, format));
    expect(read).toMatchObject({
      key: sense.key, additional: sense.additional, filemark: sense.filemark ?? false,
      eom: sense.eom ?? false, ili: sense.ili ?? false,
      information: sense.information === undefined ? undefined : BigInt(sense.information),
    });
    if (sense.segment !== undefined) expect(read.segment).toBe(sense.segment);
  });

  it('gives numbers where it has no names', () => {
    const read = readSense(parseHex('70 00 0C 00000000 0A 00000000 8181 00 00 0000'));
    expect(read).toMatchObject({ key: undefined, additional: undefined, code: 0x8181 });
    expect(read.text).toBe('sense key ch, ASC 81h ASCQ 81h');
  });

  it('refuses what is no sense data, or cut', () => {
    for (const length of [0, 7, 17]) {
      expect(() => readSense(encodeSense(EXAMPLES[2]![1]).subarray(0, length))).toThrow(Malformed);
    }
    expect(() => readSense(new Uint8Array(18))).toThrow(Malformed);
  });
});

describe('names', () => {
  it('has each key and code once, and finds it by its number', () => {
    for (const [name, [code]] of Object.entries(SENSE_KEYS)) expect(senseKeyOf(code)).toBe(name);
    for (const [name, [code]] of Object.entries(ADDITIONAL_SENSE)) {
      expect(additionalSenseOf(code)).toBe(name);
    }
  });

  it('reads as the standard writes', () => {
    expect(senseText({ key: 'illegalRequest', additional: 'invalidFieldInCdb' })).toBe(
      'ILLEGAL REQUEST, INVALID FIELD IN CDB');
    const error = new SenseError(
      'notReady', 'becomingReady', 'Cannot read: no medium', { progress: 1 });
    expect(error.sense).toEqual({ key: 'notReady', additional: 'becomingReady', progress: 1 });
    expect(error.message).toBe('Cannot read: no medium');
  });
});
