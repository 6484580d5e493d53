import { describe, expect, it } from 'vitest';
import {
  COPY_LIMITS, COPY_READINGS, type CopyLimits, type CopyReadings,
} from '../../src/copy/limits.ts';
import { type Plan, planCopy } from '../../src/copy/plan.ts';
import { SenseError, type Sense } from '../../src/sense/sense.ts';
import type { ListFormat } from '../../src/wire/copy/parameter-list.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import {
  cscdOf, diskToDisk, filemarks, inline, lid4ListOf, listOf, toTape,
} from '../support/copy-lists.ts';

const disk = unitOf('disk', 1, new MemoryDisk('disk', 512, 512 * 8));
const tape = unitOf('tape', 2, new MemoryTape('tape'));
const cscds = [cscdOf(disk), cscdOf(tape)];
const limits: CopyLimits = {
  ...COPY_LIMITS, cscdCountMax: 4, segmentCountMax: 6, descriptorListBytesMax: 400,
  inlineBytesMax: 64,
};

interface Given {
  readonly limits?: CopyLimits;
  readonly readings?: Partial<CopyReadings>;
  readonly format?: ListFormat;
}

const planned = (list: Uint8Array, given: Given = {}): Plan =>
  planCopy(list, given.format ?? 'LID1', {
    limits: given.limits ?? limits, readings: { ...COPY_READINGS, ...given.readings } });

function refusal(list: Uint8Array, given: Given = {}): Sense | undefined {
  try {
    planned(list, given);
    return undefined;
  } catch (error) {
    if (error instanceof SenseError) return error.sense;
    throw error;
  }
}

const changed = (list: Uint8Array, at: number, ...bytes: number[]): Uint8Array => {
  const copy = list.slice();
  copy.set(bytes, at);
  return copy;
};
const many = <T>(count: number, one: T): T[] => Array<T>(count).fill(one);

const list = listOf(cscds, [toTape(0, 1, 512), filemarks(1)], { inlineData: new Uint8Array(8) });
const segmentsAt = 16 + 64;

describe('a list that is refused before its first segment (SPC-4 5.17.7.3)', () => {
  it('is a good list to begin with', () => {
    expect(refusal(list)).toBeUndefined();
  });

  const at = (byte: number, bit?: number) =>
    ({ in: 'parameterList', byte, ...(bit === undefined ? {} : { bit }) });
  const inCdb = { in: 'cdb', byte: 10 };
  const rows: [string, Uint8Array, string, object][] = [
    ['a header cut short', list.subarray(0, 15), 'parameterListLengthError', inCdb],
    ['CSCD descriptors cut short', list.subarray(0, 47), 'parameterListLengthError', inCdb],
    ['segments cut short', list.subarray(0, segmentsAt + 30), 'parameterListLengthError', inCdb],
    ['inline data cut short', list.subarray(0, list.length - 1), 'parameterListLengthError', inCdb],
    ['LIST ID USAGE 01b', changed(list, 1, 0x09), 'invalidFieldInParameterList', at(1, 4)],
    ['LIST ID USAGE 11b with an identifier', changed(list, 1, 0x19),
      'invalidFieldInParameterList', at(0)],
    ['more descriptors than the limit', listOf(many(4, cscds[0]!), many(12, diskToDisk(0, 1, 1))),
      'parameterListLengthError', at(8)],
    ['more CSCD descriptors than fit', listOf(many(13, cscds[0]!), []),
      'parameterListLengthError', at(2)],
    ['more inline data than the limit', listOf([], [], { inlineData: new Uint8Array(65) }),
      'inlineDataLengthExceeded', at(12)],
    ['a CSCD list of an odd length', listOf([new Uint8Array(31)], []),
      'invalidFieldInParameterList', at(2)],
    ['too many CSCD descriptors', listOf(many(5, cscds[0]!), []),
      'tooManyTargetDescriptors', at(2)],
    ['a CSCD type that is not supported', changed(list, 48, 0xec),
      'unsupportedTargetDescriptorType', at(48)],
    ['an extension that does not fit', changed(list, 48, 0xea),
      'invalidFieldInParameterList', at(48)],
    ['a proxy token for a LUN', changed(list, 48, 0xe5, 0x41),
      'invalidFieldInParameterList', at(49, 7)],
    ['a designator of 21 bytes', changed(list, 48 + 7, 21), 'invalidFieldInParameterList', at(55)],
    ['FIXED without a block length', changed(list, 48 + 28, 0x01),
      'invalidFieldInParameterList', at(48 + 29)],
    ['a block length without FIXED', changed(list, 48 + 31, 0x01),
      'invalidFieldInParameterList', at(48 + 29)],
    ['too many segments', listOf([], many(7, filemarks(1))), 'tooManySegmentDescriptors', at(8)],
    ['a segment type that is not supported', changed(list, segmentsAt, 0x17),
      'unsupportedSegmentDescriptorType', at(segmentsAt)],
    ['a reserved segment type', changed(list, segmentsAt + 24, 0x1a),
      'unsupportedSegmentDescriptorType', at(segmentsAt + 24)],
    ['a descriptor that is too long', changed(list, segmentsAt + 3, 0x18),
      'invalidFieldInParameterList', at(segmentsAt + 2)],
    ['a descriptor that is too short', changed(list, segmentsAt + 3, 0x10),
      'invalidFieldInParameterList', at(segmentsAt + 2)],
    ['a last descriptor that runs past the list', changed(list, segmentsAt + 24 + 3, 0x0c),
      'invalidFieldInParameterList', at(segmentsAt + 26)],
    ['a last descriptor of unknown type that does', changed(list, segmentsAt + 24, 0x44, 0, 1),
      'unsupportedSegmentDescriptorType', at(segmentsAt + 24)],
  ];
  it.each(rows)('%s', (_, bytes, additional, fieldPointer) => {
    expect(refusal(bytes)).toEqual({ key: 'illegalRequest', additional, fieldPointer });
  });

  it('has one answer when several things are wrong: the first of them', () => {
    const all = listOf(
      many(5, changed(cscds[0]!, 0, 0xec)), many(7, changed(filemarks(1), 0, 0x44)));
    expect(refusal(all)?.additional).toBe('tooManyTargetDescriptors');
    expect(refusal(all, { limits: { ...limits, cscdCountMax: 5 } })?.additional)
      .toBe('unsupportedTargetDescriptorType');
    const fine = listOf(many(5, cscds[0]!), many(7, changed(filemarks(1), 0, 0x44)));
    expect(refusal(fine, { limits: { ...limits, cscdCountMax: 5 } })?.additional)
      .toBe('tooManySegmentDescriptors');
    expect(refusal(fine, {
      limits: { ...limits, cscdCountMax: 5, segmentCountMax: 7 } })?.additional)
      .toBe('unsupportedSegmentDescriptorType');
  });
});

describe('a list that is taken', () => {
  it.each([
    ['a list that ends before the bytes do', Uint8Array.from([...list, 1, 2, 3])],
    ['reserved LU ID TYPE and NUL, which mean nothing here', changed(list, 49, 0xe1)],
    ['no descriptors at all', listOf([], [])],
    ['segments without CSCD descriptors', listOf([], [filemarks(1, { to: 0xffff })])],
    ['reserved bits', changed(list, 4, 0xff, 0xff, 0xff, 0xff)],
    ['CSCD descriptors that name nothing', changed(list, 48 + 8, 0x77)],
    ['segments with wrong IDs', listOf(cscds, [toTape(0, 1, 512, { from: 9, to: 0x8000 })])],
    ['inline data that runs out', listOf(cscds, [inline(4, 400, 80)])],
    ['no list identifier', changed(list, 0, 0x00, 0x19)],
    ['the most descriptors', listOf(many(4, cscds[0]!), many(6, filemarks(1)))],
  ])('%s', (_, bytes) => {
    expect(refusal(bytes)).toBeUndefined();
  });

  it('is taken at the advertised maximum, and not with one descriptor more', () => {
    const { cscdCountMax, segmentCountMax } = COPY_LIMITS;
    const of = (cscdCount: number, segmentCount: number): Uint8Array =>
      listOf(many(cscdCount, cscds[0]!), many(segmentCount, diskToDisk(0, 1, 1)));
    expect(refusal(of(cscdCountMax, segmentCountMax), { limits: COPY_LIMITS })).toBeUndefined();
    expect(refusal(of(cscdCountMax + 1, 1), { limits: COPY_LIMITS })?.additional)
      .toBe('tooManyTargetDescriptors');
    expect(refusal(of(1, segmentCountMax + 1), { limits: COPY_LIMITS })?.additional)
      .toBe('tooManySegmentDescriptors');
  });

  it('gives the parts with their places', () => {
    const plan = planned(list);
    expect(Array.from(plan.cscds, ([id, { at }]) => [id, at])).toEqual([[0, 16], [1, 48]]);
    expect(plan.segments.map(({ index, value }) => [index, value.kind])).toEqual(
      [[0, 'blockToStream'], [1, 'writeFilemarks']]);
    expect(plan.inlineData).toEqual(new Uint8Array(8));
  });
});

describe('a LID4 list (SPC-4 6.4.2)', () => {
  const lid4 = lid4ListOf(cscds, [toTape(0, 1, 512), filemarks(1)], {
    inlineData: new Uint8Array(8) });
  const given: Given = { format: 'LID4' };

  it('counts its CSCD descriptor IDs from byte 16 of the list', () => {
    const plan = planned(lid4, given);
    expect(Array.from(plan.cscds, ([id, { at }]) => [id, at])).toEqual([[1, 48], [2, 80]]);
    expect([...plan.unusableIds]).toEqual([0]);
    expect(plan.segments.map(({ at }) => at)).toEqual([112, 136]);
  });

  it('counts them from 0 if it is read so', () => {
    const plan = planned(lid4, { ...given, readings: { lid4FirstId: 0 } });
    expect([...plan.cscds.keys()]).toEqual([0, 1]);
    expect([...plan.unusableIds]).toEqual([]);
  });

  const at = (byte: number, bit?: number) =>
    ({ in: 'parameterList', byte, ...(bit === undefined ? {} : { bit }) });
  const rows: [string, Uint8Array, string, object | undefined][] = [
    ['a header cut short', lid4.subarray(0, 47), 'parameterListLengthError',
      { in: 'cdb', byte: 10 }],
    ['another format', changed(lid4, 0, 2), 'invalidFieldInParameterList', at(0)],
    ['another length of its header', changed(lid4, 3, 0x40), 'invalidFieldInParameterList', at(2)],
    ['another type in its header', changed(lid4, 16, 0xe4), 'invalidFieldInParameterList', at(16)],
    ['IMMED and G_SENSE', changed(lid4, 15, 3), 'invalidFieldInCdb', undefined],
    ['IMMED without list identifier', changed(changed(lid4, 15, 1), 1, 0x19), 'invalidFieldInCdb',
      undefined],
    ['an identifier that is none', changed(lid4, 1, 0x19), 'invalidFieldInParameterList', at(20)],
    ['a CSCD list of an odd length', changed(lid4, 43, 0x3f), 'invalidFieldInParameterList',
      at(42)],
  ];
  it.each(rows)('is refused with %s', (_, bytes, additional, fieldPointer) => {
    expect(refusal(bytes, given)).toEqual({
      key: 'illegalRequest', additional, ...(fieldPointer === undefined ? {} : { fieldPointer }) });
  });
});

describe('readings', () => {
  it('refuse copies without list identifier', () => {
    const without = changed(list, 0, 0x00, 0x19);
    expect(refusal(without, { readings: { noListIdentifier: 'refused' } })).toMatchObject({
      additional: 'invalidFieldInParameterList', fieldPointer: { byte: 1, bit: 4 } });
  });

  it('answer too much inline data with PARAMETER LIST LENGTH ERROR', () => {
    const long = listOf([], [], { inlineData: new Uint8Array(65) });
    expect(refusal(long, { readings: { inlineTooLong: 'parameter-list-length' } }))
      .toMatchObject({ additional: 'parameterListLengthError', fieldPointer: { byte: 12 } });
  });
});
