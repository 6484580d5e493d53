import { describe, expect, it } from 'vitest';
import { SLICE_BYTES, SLICES_IN_FLIGHT_MAX } from '../../src/copy/move-pipeline.ts';
import type { Moved, Mover, Place } from '../../src/ports/mover.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import { cscdOf, discard, diskToDisk, listOf, locateTo, toDisk, toTape }
  from '../support/copy-lists.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { seeded } from '../support/seeded.ts';
import { isSame } from '../support/same-bytes.ts';
import { run } from './run.ts';

const GIB = 1 << 30;

/** Counts moves of bytes that are nowhere. */
class CountingMover implements Mover {
  readonly sizes: number[] = [];
  readonly offsets: number[] = [];
  mostBytesInFlight = 0;
  #bytesInFlight = 0;

  async move(source: Place, _destination: Place, byteLength: number): Promise<Moved> {
    this.sizes.push(byteLength);
    this.offsets.push(source.offset);
    this.#bytesInFlight += byteLength;
    this.mostBytesInFlight = Math.max(this.mostBytesInFlight, this.#bytesInFlight);
    await new Promise(setImmediate);
    this.#bytesInFlight -= byteLength;
    return {
      byRung: { reflink: byteLength, direct: 0, kernel: 0, portable: 0, hole: 0 },
      crc32c: undefined };
  }

  async close(): Promise<void> {}
}

describe('moves', () => {
  it('are few and large for 4 GiB from disk to tape in segments of 65,535 blocks', async () => {
    const disk = unitOf('disk', 1, new MemoryDisk('disk', 512, 4 * GIB));
    const tape = unitOf('tape', 2, new MemoryTape('tape', { isVirtual: true }));
    const segments: Uint8Array[] = [];
    for (let lba = 0; lba < (4 * GIB) / 512; lba += 65535) {
      const count = Math.min(65535, (4 * GIB) / 512 - lba);
      segments.push(toTape(lba, count, 65536, { cat: true }));
    }
    const mover = new CountingMover();
    const { progress, error } = await run(
      listOf([cscdOf(disk), cscdOf(tape)], segments), [disk, tape], { mover });
    expect(error).toBeUndefined();
    expect(progress.transferBytes).toBe(4 * GIB);
    expect(progress.segmentsProcessed).toBe(segments.length);
    expect(mover.sizes).toEqual(Array(128).fill(SLICE_BYTES));
    expect(mover.mostBytesInFlight).toBe(SLICES_IN_FLIGHT_MAX * SLICE_BYTES);
    expect(progress.byRung.reflink).toBe(4 * GIB);
  });

  it('are as large for a restore whose records lie across the segments', async () => {
    const disk = unitOf('disk', 1, new MemoryDisk('disk', 512, GIB));
    const medium = new MemoryTape('tape');
    const record = { places: medium.allocate(GIB) };
    // One run of storage, cut into records of 60,000 bytes.
    medium.objects = Array.from({ length: Math.floor(GIB / 60_000) }, (_, i) => ({ places: [{
      place: { file: medium.file, offset: record.places[0]!.place.offset + i * 60_000 },
      byteLength: 60_000 }] }));
    const tape = unitOf('tape', 2, medium);
    const segments = [locateTo(2), discard(17, 60_000, { cat: true, from: 1 })];
    for (let i = 0; i < 30; i += 1) {
      segments.push(toDisk(i * 65535, 65535, 60_000, { cat: true, from: 1, to: 0 }));
    }
    const mover = new CountingMover();
    const { error } = await run(
      listOf([cscdOf(disk), cscdOf(tape)], segments), [disk, tape], { mover });
    expect(error).toBeUndefined();
    expect(mover.sizes.reduce((sum, one) => sum + one)).toBe(30 * 65535 * 512);
    expect(mover.sizes.slice(0, -1)).toEqual(Array(29).fill(SLICE_BYTES));
    expect(mover.offsets[0]).toBe(2 * 60_000 + 17);
  });

  it('go on side by side when a disk is read in small pieces', async () => {
    const disk = unitOf('disk', 1, new MemoryDisk('disk', 512, 512 * 5000));
    const tape = unitOf('tape', 2, new MemoryTape('tape', { isVirtual: true }));
    const segments = Array.from({ length: 1000 }, (_, i) =>
      toTape((i * 7) % 4000, 4, 2048, { cat: true }));
    const mover = new CountingMover();
    await run(listOf([cscdOf(disk), cscdOf(tape)], segments), [disk, tape], { mover });
    expect(mover.sizes).toHaveLength(1000);
    expect(mover.mostBytesInFlight).toBe(32 * 2048);
  });
});

describe('the order of reads and writes', () => {
  const before = Uint8Array.from({ length: 512 * 64 }, (_, i) => (i * 7 + (i >> 9)) & 0xff);

  async function copyOn(
    segments: readonly Uint8Array[], sliceBytes = 1 << 25): Promise<Uint8Array> {
    const medium = new MemoryDisk('disk', 512, before.slice());
    const unit = unitOf('disk', 1, medium);
    const { error } = await run(listOf([cscdOf(unit)], segments), [unit],
      { mover: new MemoryMover(seeded(5)), sliceBytes });
    expect(error).toBeUndefined();
    return medium.file.slice(0, 512 * 64);
  }
  const at = { from: 0, to: 0 };
  const block = (bytes: Uint8Array, lba: number, count: number): Uint8Array =>
    bytes.slice(512 * lba, 512 * (lba + count));

  it('gives a later segment what an earlier one has written', async () => {
    const after = await copyOn(
      [diskToDisk(0, 10, 10, at), diskToDisk(10, 20, 10, at), diskToDisk(20, 30, 10, at)]);
    for (const lba of [10, 20, 30]) {
      expect(isSame(block(after, lba, 10), block(before, 0, 10))).toBe(true);
    }
  });

  it('keeps what the last segment has written to a place', async () => {
    const after = await copyOn([diskToDisk(0, 30, 20, at), diskToDisk(5, 40, 5, at)]);
    expect(isSame(block(after, 40, 5), block(before, 5, 5))).toBe(true);
    expect(isSame(block(after, 45, 5), block(before, 15, 5))).toBe(true);
  });

  it('keeps residue as it was when a later segment overwrites where it came from', async () => {
    const medium = new MemoryDisk('disk', 512, before.slice());
    const tape = new MemoryTape('tape');
    const units = [unitOf('disk', 1, medium), unitOf('tape', 2, tape)];
    const { error } = await run(listOf(units.map((unit) => cscdOf(unit)), [
      toTape(0, 9, 5000, { cat: true }), // nine blocks stay destination data
      diskToDisk(20, 5, 1, { ...at, dc: true, cat: true }), // the first of them to block 5
      toTape(0, 0, 4096, { cat: true })]), units);
    expect(error).toBeUndefined();
    expect(isSame(block(medium.file.bytes, 5, 1), block(before, 0, 1))).toBe(true);
    expect(isSame(tape.contents()[0]!, block(before, 1, 8))).toBe(true);
  });

  it('keeps residue of a tape that is written to next', async () => {
    const tape = new MemoryTape('tape');
    const units = [
      unitOf('disk', 1, new MemoryDisk('disk', 512, before.slice())), unitOf('tape', 2, tape)];
    tape.put(before.slice(0, 1000));
    tape.position = 0;
    const { error } = await run(listOf(units.map((unit) => cscdOf(unit)), [
      toDisk(60, 1, 1000, { from: 1, to: 0, cat: true }), locateTo(0),
      toTape(10, 1, 500, { cat: true })]), units);
    expect(error).toBeUndefined();
    expect(tape.contents()).toHaveLength(1);
    expect(isSame(tape.contents()[0]!,
      Uint8Array.from([...before.subarray(512, 1000), ...before.subarray(5120, 5132)]))).toBe(true);
  });

  it.each([[0, 1], [1, 0], [0, 9], [9, 0], [3, 3]])(
    'copies blocks from %i over themselves at %i as if all were read first', async (from, to) => {
      const after = await copyOn([diskToDisk(from, to, 40, at)]);
      expect(isSame(block(after, to, 40), block(before, from, 40))).toBe(true);
    });
});
