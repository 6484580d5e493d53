/** A disk with real files, a blank tape, a target that reaches both, an empty catalog. */
import {
  chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Catalog } from '../../../src/backup/catalog/catalog.ts';
import { type BackupReport, backUp } from '../../../src/backup/jobs/backup.ts';
import type { JobContext } from '../../../src/backup/jobs/job.ts';
import type { MoverName } from '../../../src/backup/movers/mover.ts';
import { ext4Image } from './ext4-image.ts';
import { FakeDisk, FakeTape } from './fake-devices.ts';
import { type FakeLimits, FakeTarget } from './fake-target.ts';
import { patternBytes, testContext } from './world.ts';

export const CONTENT = {
  '/docs/plain': patternBytes(123_457, 1),
  '/docs/deep/er/small': patternBytes(10, 2),
  '/docs/whole blocks': patternBytes(65_536, 3),
  '/top': patternBytes(700_001, 4),
} as const;
export const SPARSE_SIZE = 3_000_000;

/** Files of every kind that needs no root. */
export function fillFolder(folder: string): void {
  mkdirSync(join(folder, 'docs/deep/er'), { recursive: true });
  for (const [path, bytes] of Object.entries(CONTENT)) writeFileSync(join(folder, path), bytes);
  writeFileSync(join(folder, 'docs/empty'), '');
  writeFileSync(join(folder, 'docs/sparse'), patternBytes(5000, 5));
  truncateSync(join(folder, 'docs/sparse'), SPARSE_SIZE);
  symlinkSync('deep/er/small', join(folder, 'docs/link'));
  linkSync(join(folder, 'docs/plain'), join(folder, 'docs/plain too'));
  chmodSync(join(folder, 'docs/plain'), 0o640);
  chmodSync(join(folder, 'docs/deep'), 0o750);
  utimesSync(join(folder, 'docs/plain'), 1_000_000_000.5, 1_100_000_000.25);
  utimesSync(join(folder, 'docs/deep'), 1_000_000_001, 1_100_000_001);
}

/** The image takes a while to make, so tests share it; a world has its own copy. */
let image: Uint8Array | undefined;

export function jobWorld(limits: Partial<FakeLimits> = {}, bytes?: Uint8Array) {
  image ??= ext4Image(24 << 20, fillFolder);
  const disk = new FakeDisk(512, (bytes ?? image).slice());
  const tape = new FakeTape();
  const target = new FakeTarget([disk, tape], limits);
  const catalog = Catalog.open(':memory:');
  const [source, tapeUnit] = [target.connect(disk), target.connect(tape)];
  return {
    disk, tape, target, catalog, source, tapeUnit, context: testContext(),
    backUp(
      mover: MoverName = 'xcopy', context?: JobContext, label?: string): Promise<BackupReport> {
      return backUp(context ?? this.context, {
        source, tape: tapeUnit, catalog, mover, ...(label === undefined ? {} : { label }) });
    },
  };
}
export type JobWorld = ReturnType<typeof jobWorld>;
