import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { E2eFolder } from '../support/e2e-folder.ts';
import { outputOf } from '../support/e2e-program.ts';
import { requires } from '../support/requires.ts';
import { between, seeded } from '../support/seeded.ts';

const qemu = requires('qemu-img');
const folder = new E2eFolder();
const BYTES = 16 * 1024 * 1024;

/** Data here and there, zeros between. */
function sparseImage(): Buffer {
  const random = seeded(11);
  const image = Buffer.alloc(BYTES);
  for (let i = 0; i < 100; i += 1) {
    const at = between(random, 0, BYTES / 4096 - 64) * 4096 + between(random, 0, 1) * 512;
    for (let end = at + 512 * between(random, 1, 200), b = at; b < end; b += 4) {
      image.writeUInt32LE(Math.floor(random() * 2 ** 32), b);
    }
  }
  return image;
}

describe.skipIf(qemu.isMissing)(`qemu-img${qemu.why}`, () => {
  it.each(['512', '4096'])('writes and reads a disk with blocks of %s bytes', async (block) => {
    const image = sparseImage();
    writeFileSync(folder.file('raw'), image);
    const target = await folder.target(
      '--disk', `disk=${folder.file('disk.img')},size=16M,block=${block}`);
    const url = target.url(0);
    await outputOf('qemu-img',
      ['convert', '-n', '-f', 'raw', '-O', 'raw', folder.file('raw'), url]);
    await outputOf('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', folder.file('raw'), url]);
    await outputOf('qemu-img', ['convert', '-f', 'raw', '-O', 'raw', url, folder.file('back')]);
    expect(readFileSync(folder.file('back')).equals(image)).toBe(true);
    await target.stop();
    expect(readFileSync(folder.file('disk.img')).subarray(0, BYTES).equals(image)).toBe(true);
  });

  it('copies from one disk to the other', async () => {
    const image = sparseImage();
    writeFileSync(folder.file('first.img'), image);
    const target = await folder.target('--disk', `first=${folder.file('first.img')}`,
      '--disk', `second=${folder.file('second.img')},size=16M`);
    await outputOf('qemu-img',
      ['convert', '-n', '-f', 'raw', '-O', 'raw', target.url(0), target.url(1)]);
    await target.stop();
    expect(readFileSync(folder.file('second.img')).subarray(0, BYTES).equals(image)).toBe(true);
  });

  it('runs many requests at once', async () => {
    const target = await folder.disksAndTape();
    for (const write of [['-w', '--pattern=165', '--flush-interval=64'], []]) {
      const told = await outputOf('qemu-img', ['bench', '-f', 'raw', '-c', '512', '-d', '32',
        '-s', '4096', '-S', '16384', '-t', 'none', ...write, target.url(0)]);
      expect(told).toContain('Run completed');
    }
    await target.stop();
    const written = readFileSync(folder.file('first.img'));
    for (let request = 0; request < 512; request += 1) {
      const at = request * 16_384;
      expect(written.subarray(at, at + 4096).every((byte) => byte === 165)).toBe(true);
    }
  });
});
