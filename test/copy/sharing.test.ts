import { describe, expect, it } from 'vitest';
import type { StreamSession } from '../../src/sam/medium-access.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import { cscdOf, filemarks, listOf, locateTo, toDisk, toTape } from '../support/copy-lists.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { isSame } from '../support/same-bytes.ts';
import { between, seeded } from '../support/seeded.ts';
import { run } from './run.ts';

const never = new AbortController().signal;

const PATTERN = Uint8Array.from({ length: 512 * 200 }, (_, i) => (i * 11 + (i >> 9)) & 0xff);

function setUp() {
  const bytes = PATTERN.slice();
  const disks = [new MemoryDisk('a', 512, bytes), new MemoryDisk('b', 512, bytes.slice())];
  const tapes = [new MemoryTape('s'), new MemoryTape('t')];
  const media = [...disks, ...tapes];
  const units = media.map((medium, i) => unitOf(`unit ${i}`, i + 1, medium));
  const cscds = units.map((unit) => cscdOf(unit, { pad: true }));
  return { bytes, disks, tapes, units, cscds };
}

describe('a tape in a copy', () => {
  it('is given to others between slices, who find whole records there', async () => {
    const { tapes, units, cscds } = setUp();
    const tape = tapes[0]!;
    const seen: number[] = [];
    const mover = new MemoryMover(seeded(1));
    const visit = (): Promise<void> => tape.exclusive(never, async (session: StreamSession) => {
      seen.push(session.position);
      expect(tape.objects).toHaveLength(session.position);
    });
    const visits: Promise<void>[] = [];
    mover.before = () => {
      if (visits.length < 5) visits.push(visit());
    };
    const { error } = await run(
      listOf(cscds, [toTape(0, 150, 512, { to: 2 }), filemarks(1, { to: 2 })]), units,
      { mover, sliceBytes: 512 * 10 });
    expect(error).toBeUndefined();
    await Promise.all(visits);
    expect(seen).toHaveLength(5);
    expect(seen.some((position) => position > 0 && position < 150)).toBe(true);
    expect(tape.contents()).toHaveLength(151);
    expect(tape.sessionCount).toBeGreaterThan(3);
  });

  it('is given to others while it is read; residue of it is kept in memory', async () => {
    const { bytes, disks, tapes, units, cscds } = setUp();
    const tape = tapes[0]!;
    for (let i = 0; i < 50; i += 1) tape.put(bytes.slice(i * 700, (i + 1) * 700));
    tape.position = 0;
    const mover = new MemoryMover(seeded(1));
    let visits: Promise<void> | undefined;
    mover.before = () => {
      // Whoever comes next overwrites the storage that the residue would be read from.
      visits ??= tape.exclusive(never, async (session) => {
        const end = session.position * 700;
        tape.file.put(0, new Uint8Array(end));
      });
    };
    const { error } = await run(listOf(cscds, [
      toDisk(0, 20, 700, { from: 2, to: 1, cat: true }),
      toDisk(20, 20, 700, { from: 2, to: 1, cat: true })]), units, { mover, sliceBytes: 1400 });
    expect(error).toBeUndefined();
    await visits;
    expect(visits).toBeDefined();
    expect(isSame(disks[1]!.file.slice(0, 512 * 40), bytes.slice(0, 512 * 40))).toBe(true);
  });

  it('does not make two copies wait for each other that use two tapes crosswise', async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const { bytes, tapes, units, cscds } = setUp();
      const random = seeded(seed);
      const segments = (first: number, second: number): Uint8Array[] =>
        Array.from({ length: 20 }, (_, i) => {
          const to = i % 2 === 0 ? first : second;
          return toTape(between(random, 0, 100), 10, 512, { from: to === 2 ? 0 : 1, to });
        });
      const both = await Promise.all([
        run(listOf(cscds, segments(2, 3)), units,
          { mover: new MemoryMover(random), sliceBytes: 1024 }),
        run(listOf(cscds, segments(3, 2)), units,
          { mover: new MemoryMover(random), sliceBytes: 1024 }),
      ]);
      expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
      for (const tape of tapes) {
        expect(tape.contents()).toHaveLength(200);
        const found = tape.contents().filter((record) =>
          record !== null && Buffer.from(bytes).includes(Buffer.from(record)));
        expect(found).toHaveLength(200);
      }
    }
  });

  it('is waited for by a copy that can be aborted meanwhile', async () => {
    const { tapes, units, cscds } = setUp();
    const controller = new AbortController();
    await tapes[0]!.exclusive(never, async () => {
      const copy = run(listOf(cscds, [toTape(0, 1, 512, { to: 2 })]), units,
        { signal: controller.signal });
      while (tapes[0]!.waitingCount === 0) await Promise.resolve();
      controller.abort(new Error('stop'));
      await expect(copy).rejects.toThrow('stop');
    });
    expect(tapes[0]!.waitingCount).toBe(0);
  });
});

describe('a copy that is aborted at any moment', () => {
  it('leaves whole records in order, nothing in flight and the tape free', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const { bytes, tapes, units, cscds } = setUp();
      const random = seeded(seed);
      const mover = new MemoryMover(random);
      const controller = new AbortController();
      let left = between(random, 1, 60);
      mover.before = async () => {
        await Promise.resolve();
        left -= 1;
        if (left === 0) controller.abort(new Error('stop'));
      };
      const copy = run(listOf(cscds, [
        toTape(0, 100, 700, { to: 2, cat: true }), toTape(100, 100, 700, { to: 2 })]), units,
      { mover, signal: controller.signal, sliceBytes: 2100 });
      const stopped = await copy.then(() => false, (error) => String(error).includes('stop'));
      expect(stopped).toBe(controller.signal.aborted);
      expect(mover.inFlightCount).toBe(0);
      const [tape] = tapes;
      expect(tape!.position).toBe(tape!.objects.length);
      const written = Buffer.concat(tape!.contents() as Uint8Array[]);
      const whole = Buffer.concat([bytes, new Uint8Array(700)]);
      expect(isSame(written, whole.subarray(0, written.length))).toBe(true);
      await tape!.exclusive(never, async () => {});
    }
  });

  it('leaves a tape that was read behind what has arrived', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const { bytes, disks, tapes, units, cscds } = setUp();
      const random = seeded(seed);
      const tape = tapes[0]!;
      for (let i = 0; i < 100; i += 1) tape.put(bytes.slice(i * 512, (i + 1) * 512));
      const mover = new MemoryMover(random);
      const controller = new AbortController();
      let left = between(random, 1, 25);
      mover.before = () => {
        left -= 1;
        if (left === 0) controller.abort(new Error('stop'));
      };
      const copy = run(listOf(cscds, [locateTo(0, { to: 2 }),
        ...[0, 25, 50, 75].map((lba) => toDisk(99 - lba, 25, 512, { from: 2, to: 1 }))]), units,
      { mover, signal: controller.signal, sliceBytes: 2048 });
      const stopped = await copy.then(() => false, () => true);
      const arrived = disks[1]!.file;
      const isThere = (record: number): boolean => {
        const lba = 99 - 25 * Math.floor(record / 25) + record % 25;
        return isSame(arrived.slice(lba * 512, 512),
          bytes.subarray(record * 512, (record + 1) * 512));
      };
      expect(Array.from({ length: tape.position }, (_, i) => isThere(i))).not.toContain(false);
      if (!stopped) expect(tape.position).toBe(100);
    }
  });
});
