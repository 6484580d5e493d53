import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../src/backup/catalog/catalog.ts';
import { backUp } from '../../../src/backup/jobs/backup.ts';
import { restoreVolume } from '../../../src/backup/jobs/restore-volume.ts';
import { MOVERS } from '../../../src/backup/movers/mover.ts';
import { ext4Image, noMkfs } from '../support/ext4-image.ts';
import { FakeDisk, FakeTape } from '../support/fake-devices.ts';
import { FakeTarget, type FakeLimits } from '../support/fake-target.ts';
import { patternBytes, testContext } from '../support/world.ts';

function world(image: Uint8Array, limits: Partial<FakeLimits> = {}) {
  const disk = new FakeDisk(512, image);
  const tape = new FakeTape();
  const target = new FakeTarget([disk, tape], limits);
  return {
    disk, tape, target, catalog: Catalog.open(':memory:'),
    source: target.connect(disk), tapeUnit: target.connect(tape),
  };
}

const smallImage = (): Uint8Array => ext4Image(16 << 20, (folder) => {
  mkdirSync(join(folder, 'docs'));
  for (let i = 0; i < 40; i += 1) {
    writeFileSync(join(folder, 'docs', `file ${i}`), patternBytes(1000 + i * 7919, i + 1));
  }
});

describe.each(MOVERS)('backUp by %s', (mover) => {
  it.skipIf(noMkfs)('and restoreVolume give back every block in use', async () => {
    const image = smallImage();
    const w = world(image);
    const report = await backUp(
      testContext(), { source: w.source, tape: w.tapeUnit, catalog: w.catalog, mover });
    expect(report.mover).toBe(mover);
    expect(report.dataBytes).toBeGreaterThan(1 << 20);
    expect(report.dataBytes).toBeLessThan(image.length);
    w.disk.bytes = new Uint8Array(image.length);
    await restoreVolume(testContext(), {
      disk: w.source, tape: w.tapeUnit, catalog: w.catalog, set: report.set, mover });
    // Blocks that were not in use are zeros in a fresh image, so all of it must be equal.
    expect(Buffer.compare(w.disk.bytes, image)).toBe(0);
  });

  it('takes every block of a disk without a file system it knows', async () => {
    const image = patternBytes(3_000_832, 9);
    const w = world(image);
    const report = await backUp(
      testContext(), { source: w.source, tape: w.tapeUnit, catalog: w.catalog, mover });
    expect(report.dataBytes).toBe(image.length);
    expect(report.notes.join()).toMatch(/every block/);
    w.disk.bytes = new Uint8Array(image.length);
    await restoreVolume(testContext(), {
      disk: w.source, tape: w.tapeUnit, catalog: w.catalog, set: report.set, mover });
    expect(Buffer.compare(w.disk.bytes, image)).toBe(0);
  });
});
