import { describe, expect, it } from 'vitest';
import { ReservationConflict } from '../../src/sam/medium-access.ts';
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { readSense, SenseError } from '../../src/sense/sense.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import {
  cscdOf, discard, diskToDisk, filemarks, inline, listOf, locateTo, spaceOver, toDisk, toTape,
} from '../support/copy-lists.ts';
import { isSame } from '../support/same-bytes.ts';
import { run } from './run.ts';

const disk = (blockCount = 100): MemoryDisk =>
  new MemoryDisk('disk', 512, Uint8Array.from({ length: 512 * blockCount }, (_, i) => i >> 6));

/** A disk, a tape in variable mode, and a changer. */
function setUp(tapeOptions: ConstructorParameters<typeof MemoryTape>[1] = {}) {
  const media = { disk: disk(), tape: new MemoryTape('tape', tapeOptions) };
  const units = [
    unitOf('disk', 1, media.disk), unitOf('tape', 2, media.tape), unitOf('changer', 3, undefined)];
  const cscds = units.map((unit) => cscdOf(unit, { pad: unit.medium?.kind === 'stream' }));
  return { ...media, units, cscds };
}

describe('copy sources and destinations', () => {
  const inList = (byte: number) => ({ in: 'parameterList', byte });
  const inSegment = (byte: number) => ({ in: 'segment', byte });
  const { cscds, units } = setUp();
  const elsewhere = unitOf('elsewhere', 77, disk());
  const asTape = cscdOf({ ...units[0]!, peripheralDeviceType: 1 } as LogicalUnit);
  const rows: [string, Uint8Array[], Uint8Array, string, object][] = [
    ['an ID past the list', cscds, toTape(0, 1, 512, { from: 3 }),
      'unreachableCopyTarget', inSegment(4)],
    ['a reserved ID', cscds, toTape(0, 1, 512, { to: 0x0800 }),
      'unreachableCopyTarget', inSegment(6)],
    ['the ID of a ROD', cscds, toTape(0, 1, 512, { from: 0xf800 }),
      'unreachableCopyTarget', inSegment(4)],
    ['a designator that nobody has', [cscds[0]!, cscdOf(elsewhere)], diskToDisk(0, 1, 1),
      'copyTargetDeviceNotReachable', inList(48)],
    ['a device of another type', [cscds[0]!, asTape], toTape(0, 1, 512),
      'incorrectCopyTargetDeviceType', inList(48)],
    ['a disk as destination of a tape’s segment', cscds, toTape(0, 1, 512, { to: 0 }),
      'invalidOperationForCopy', inSegment(6)],
    ['a tape as source of a disk’s segment', cscds, toTape(0, 1, 512, { from: 1 }),
      'invalidOperationForCopy', inSegment(4)],
    ['filemarks for a disk', cscds, filemarks(1, { to: 0 }),
      'invalidOperationForCopy', inSegment(6)],
    ['a changer', cscds, toTape(0, 1, 512, { to: 2 }), 'invalidOperationForCopy', inSegment(6)],
    ['another block length than the disk’s', [cscdOf(units[0]!, { blockBytes: 4096 }), cscds[1]!],
      toTape(0, 1, 512), 'invalidFieldInParameterList', inList(16 + 29)],
    ['the null disk as a source that must be read', cscds, toTape(0, 1, 512, { from: 0xc000 }),
      'copyTargetDeviceNotReachable', inSegment(4)],
    ['the null tape as a destination that must be written', cscds,
      toTape(0, 1, 512, { to: 0xc001 }), 'copyTargetDeviceNotReachable', inSegment(6)],
    ['the null disk where a tape is needed', cscds, toTape(0, 1, 512, { to: 0xc000 }),
      'invalidOperationForCopy', inSegment(6)],
  ];
  it.each(rows)('%s aborts the copy', async (_, descriptors, segment, additional, pointer) => {
    const { error } = await run(listOf(descriptors, [segment]), setUp().units);
    expect(error?.sense).toEqual(
      { key: 'copyAborted', additional, segment: 0, fieldPointer: pointer });
  });

  it('are found only within the reach of the sender', async () => {
    const { tape } = setUp();
    const { error } = await run(listOf(cscds, [toTape(0, 1, 512)]), units, {
      reachable: units.slice(0, 1) });
    expect(error?.sense).toMatchObject({
      additional: 'copyTargetDeviceNotReachable', fieldPointer: inList(48) });
    expect(tape.objects).toEqual([]);
  });

  it('need not exist if no segment uses them', async () => {
    const { error } = await run(
      listOf([...cscds.slice(0, 2), cscdOf(elsewhere)], [toTape(0, 1, 512)]), setUp().units);
    expect(error).toBeUndefined();
  });

  it('can be the unit that received the list, and the null unit where nothing moves', async () => {
    const made = setUp();
    const { error } = await run(listOf([made.cscds[1]!], [
      toTape(0, 2, 700, { from: 0xffff, to: 0, cat: true }),
      toTape(0, 0, 324, { from: 0xc000, to: 0 }),
      discard(0, 512, { from: 0xc001, cat: true }),
    ]), made.units);
    expect(error).toBeUndefined();
    expect(made.tape.contents().map((one) => one?.length)).toEqual([700, 324]);
  });
});

describe('what a device answers', () => {
  it('is asked first as the copy manager’s own nexus, which passes its unit attentions over',
    async () => {
      const made = setUp();
      const attention = new SenseError('unitAttention', 'powerOnOrReset', 'reset');
      made.tape.gate.errors.push(attention, attention);
      made.disk.gate.errors.push(attention);
      const { error } = await run(
        listOf(made.cscds, [toTape(0, 1, 512), filemarks(1)]), made.units);
      expect(error).toBeUndefined();
      expect(made.disk.gate.admitted).toEqual(['read']);
      expect(made.tape.gate.admitted).toEqual(['write', 'write']);
    });

  it('goes along as status 18h without sense when the device is reserved', async () => {
    const made = setUp();
    made.tape.gate.always = new ReservationConflict();
    const { error } = await run(listOf(made.cscds, [toTape(0, 1, 512)]), made.units);
    expect(error?.sense).toMatchObject({
      additional: 'thirdPartyDeviceFailure', segment: 0,
      fieldPointer: { in: 'parameterList', byte: 48 },
      forwardedDestination: { status: 0x18, sense: new Uint8Array(0) } });
    expect(error?.sense.forwardedSource).toBeUndefined();
  });

  it('goes along with the sense data of a drive that is not ready', async () => {
    const made = setUp();
    made.tape.gate.always = new SenseError('notReady', 'mediumNotPresent', 'no cartridge');
    const { error } = await run(listOf(made.cscds, [spaceOver(0, 1)]), made.units);
    const { forwardedDestination } = error!.sense;
    expect(readSense(forwardedDestination!.sense)).toMatchObject(
      { key: 'notReady', additional: 'mediumNotPresent' });
  });

  it('is in the format of that device', async () => {
    const made = setUp();
    Object.assign(made.units[1]!, { senseFormat: 'descriptor' });
    const { error } = await run(listOf(made.cscds, [locateTo(5)]), made.units);
    expect(error?.sense.forwardedDestination?.sense[0]).toBe(0x72);
  });

  it('comes after what the segments before have written', async () => {
    const made = setUp();
    const { error, progress } = await run(listOf(made.cscds, [
      toTape(0, 4, 1000, { cat: true }), toTape(4, 4, 1000, { cat: true }), spaceOver(0, 3)]),
    made.units);
    expect(error?.sense.segment).toBe(2);
    expect(made.tape.contents()).toHaveLength(4);
    expect(progress).toMatchObject({ segmentsProcessed: 3, transferBytes: 4000 });
  });
});

describe('a range that is not on a disk', () => {
  it('is the device’s failure where it is read', async () => {
    const { error } = await run(listOf(setUp().cscds, [toTape(99, 2, 512)]), setUp().units);
    expect(error?.sense).toMatchObject({
      additional: 'thirdPartyDeviceFailure', fieldPointer: { in: 'parameterList', byte: 16 } });
    expect(readSense(error!.sense.forwardedSource!.sense)).toMatchObject(
      { key: 'illegalRequest', additional: 'lbaOutOfRange' });
  });

  it.each([
    ['block to block', diskToDisk(0, 99, 2, { to: 0 }), 20],
    ['stream to block', toDisk(99, 2, 512, { from: 1, to: 0 }), 16],
  ])('is the segment’s error where it is to be written: %s', async (_, segment, byte) => {
    const made = setUp();
    made.tape.put(new Uint8Array(512));
    made.tape.position = 0;
    const { error } = await run(listOf(made.cscds, [segment]), made.units);
    expect(error?.sense).toMatchObject({
      key: 'copyAborted', additional: 'noAdditionalSense', segment: 0,
      fieldPointer: { in: 'segment', byte } });
    expect(readSense(error!.sense.forwardedDestination!.sense).additional).toBe('lbaOutOfRange');
    expect(made.tape.position).toBe(0);
    expect(isSame(made.disk.file.slice(0, 51200), disk().file.slice(0, 51200))).toBe(true);
  });

  it.each([2n ** 53n, 2n ** 64n - 1n])('is found at LBA %s too', async (lba) => {
    const list = listOf(setUp().cscds, [toTape(0, 2, 512)]);
    new DataView(list.buffer).setBigUint64(list.length - 8, lba);
    const { error } = await run(list, setUp().units);
    expect(error?.sense.additional).toBe('thirdPartyDeviceFailure');
  });
});

describe('storage that fails', () => {
  const sense = (error: SenseError | undefined, side: 'Source' | 'Destination') =>
    readSense(error!.sense[`forwarded${side}`]!.sense);

  it('keeps the whole transfers before a block that cannot be read', async () => {
    const made = setUp();
    made.disk.file.faults.push({ kind: 'read', offset: 512 * 30 + 5, byteLength: 1, code: 'EIO' });
    const { error, progress } = await run(listOf(made.cscds, [
      toTape(0, 20, 1000, { cat: true }), toTape(20, 20, 1000, { cat: true }), filemarks(1)]),
    made.units);
    expect(sense(error, 'Source')).toMatchObject(
      { key: 'mediumError', additional: 'unrecoveredReadError', information: 30n });
    expect(made.tape.contents().map((one) => one?.length)).toEqual(Array(15).fill(1000));
    expect(made.tape.position).toBe(15);
    // Bytes are left: the segment was to write ten transfers, the tape has five of them.
    expect(error?.sense).toMatchObject({ segment: 1, information: 5000,
      fieldPointer: { in: 'parameterList', byte: 16 } });
    expect(progress).toMatchObject({ segmentsProcessed: 2, transferBytes: 15000 });
  });

  it('names the block of a disk that cannot be written, and puts the tape back', async () => {
    const made = setUp();
    for (let i = 0; i < 30; i += 1) made.tape.put(new Uint8Array(700).fill(i + 1));
    made.tape.position = 0;
    made.disk.file.faults.push({ kind: 'write', offset: 512 * 60, byteLength: 1, code: 'EIO' });
    const { error, progress } = await run(listOf(made.cscds, [
      toDisk(50, 5, 700, { from: 1, to: 0, cat: true }),
      toDisk(55, 10, 700, { from: 1, to: 0, cat: true }),
      toDisk(65, 10, 700, { from: 1, to: 0, cat: true })]), made.units);
    expect(sense(error, 'Destination')).toMatchObject(
      { key: 'mediumError', additional: 'writeError', information: 60n });
    expect(error?.sense).toMatchObject({ segment: 1, information: 5 });
    expect(progress).toMatchObject({ segmentsProcessed: 2, transferBytes: 5120 });
    // 5120 bytes are seven records and a part of the eighth.
    expect(made.tape.position).toBe(8);
    expect(made.disk.writtenCount).toBe(1);
  });

  it('leaves a tape before the record that cannot be read', async () => {
    const made = setUp();
    for (let i = 0; i < 30; i += 1) made.tape.put(new Uint8Array(700).fill(i + 1));
    made.tape.position = 0;
    made.tape.file.faults.push({ kind: 'read', offset: 7400, byteLength: 1, code: 'EIO' });
    const { error } = await run(listOf(made.cscds, [
      toDisk(50, 25, 700, { from: 1, to: 0, cat: true })]), made.units);
    expect(sense(error, 'Source')).toMatchObject(
      { key: 'mediumError', additional: 'unrecoveredReadError', information: 700n });
    expect(made.tape.position).toBe(10);
    expect(error?.sense.information).toBe(25 - Math.floor(7400 / 512));
  });

  it.each([
    ['a full tape', 'ENOSPC', 'volumeOverflow', 'endOfPartitionDetected'],
    ['a broken tape', 'EIO', 'mediumError', 'writeError'],
  ])('tells %s', async (_, code, key, additional) => {
    const made = setUp();
    made.tape.file.faults.push({ kind: 'write', offset: 2500, byteLength: 1, code });
    const { error } = await run(listOf(made.cscds, [toTape(0, 20, 1000)]), made.units);
    expect(sense(error, 'Destination')).toMatchObject({ key, additional, information: 1000n });
    expect(made.tape.contents()).toHaveLength(2);
    // Eleven transfers, the last one padded.
    expect(error?.sense.information).toBe(9000);
  });

  it('tells a full disk, and inline data that cannot be written', async () => {
    const made = setUp();
    made.disk.file.faults.push({ kind: 'write', offset: 512 * 60, byteLength: 1, code: 'ENOSPC' });
    const full = await run(listOf(made.cscds, [diskToDisk(0, 60, 2, { to: 0 })]), made.units);
    expect(sense(full.error, 'Destination')).toMatchObject(
      { key: 'dataProtect', additional: 'spaceAllocationFailed' });
    made.tape.file.faults.push({ kind: 'write', offset: 0, byteLength: 1, code: 'EIO' });
    const label = await run(listOf(made.cscds, [inline(0, 80, 80)],
      { inlineData: new Uint8Array(80) }), made.units);
    expect(sense(label.error, 'Destination')).toMatchObject(
      { key: 'mediumError', additional: 'writeError' });
    expect(label.error?.sense.information).toBeUndefined();
  });

  it('is told of a residue that cannot be read into memory', async () => {
    const made = setUp();
    made.tape.put(new Uint8Array(700).fill(1));
    made.tape.position = 0;
    made.tape.file.faults.push({ kind: 'read', offset: 600, byteLength: 1, code: 'EIO' });
    const { error } = await run(listOf(made.cscds, [
      toDisk(0, 1, 700, { from: 1, to: 0, cat: true }),
      toTape(0, 4, 512, { cat: true }),
    ]), made.units);
    expect(sense(error, 'Source').additional).toBe('unrecoveredReadError');
    expect(error?.sense).toMatchObject({ segment: 1,
      fieldPointer: { in: 'parameterList', byte: 48 } });
  });
});
