import { expect, it } from 'vitest';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import { cscdOf, listOf, toDisk, toTape } from '../support/copy-lists.ts';
import { isSame } from '../support/same-bytes.ts';
import { run } from './run.ts';

it('brings back from tape what it took from a disk, records of odd length included', async () => {
  const data = Uint8Array.from({ length: 512 * 100 }, (_, i) => (i * 7) >> 3);
  const disk = new MemoryDisk('disk', 512, data);
  const tape = new MemoryTape('tape', { runBytes: 700 });
  const other = new MemoryDisk('other', 512, new Uint8Array(512 * 100));
  const units = [unitOf('disk', 1, disk), unitOf('tape', 2, tape), unitOf('other', 3, other)];
  const { progress } = await run(listOf(
    [cscdOf(units[0]!), cscdOf(units[1]!)],
    [toTape(0, 50, 1000, { cat: true }), toTape(50, 50, 1024, { cat: true })]),
  units, { sliceBytes: 4096 });
  expect(progress).toMatchObject({ segmentsProcessed: 2 });
  expect(tape.contents().map((one) => one?.length)).toEqual(
    [...Array(25).fill(1000), ...Array(25).fill(1024)]);
  tape.position = 0;
  await run(listOf([cscdOf(units[2]!), cscdOf(units[1]!)], [
    toDisk(0, 30, 1000, { from: 1, to: 0, cat: true }),
    toDisk(30, 18, 1000, { from: 1, to: 0, cat: true }),
    toDisk(48, 50, 1024, { from: 1, to: 0, cat: true }),
  ]), units, { sliceBytes: 4096 });
  expect(isSame(other.file.slice(0, 512 * 98), data.slice(0, 512 * 98))).toBe(true);
});
