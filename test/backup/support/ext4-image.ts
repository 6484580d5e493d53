/** Real ext4 images, made without root from files that the test writes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why images cannot be made here; undefined if they can. */
export const noMkfs: string | undefined =
  spawnSync('mkfs.ext4', ['-V']).error === undefined ? undefined : 'mkfs.ext4 is not installed';
if (noMkfs !== undefined && process.env.CI === 'true') throw new Error(noMkfs);

/** The image of a file system with what `fill` puts into the folder it is given. */
export function ext4Image(
  byteLength: number, fill: (folder: string) => void, options: readonly string[] = []): Uint8Array {
  const place = mkdtempSync(join(tmpdir(), 'serverfree-ext4-'));
  try {
    const folder = mkdtempSync(join(place, 'files-'));
    fill(folder);
    const image = join(place, 'image');
    writeFileSync(image, '');
    truncateSync(image, byteLength);
    execFileSync('mkfs.ext4', ['-q', '-F', '-L', 'testdisk', ...options, '-d', folder, image]);
    return new Uint8Array(readFileSync(image));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
