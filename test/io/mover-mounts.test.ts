import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { NodeFiles } from '../../src/io/files.ts';
import { createMover } from '../../src/io/mover.ts';
import type { Rung } from '../../src/ports/mover.ts';
import { pattern, sameBytes } from '../support/io-bytes.ts';
import { type Mount, mount } from '../support/io-mount.ts';
import { testMover } from '../support/io-mover-suite.ts';
import { whereMounted } from '../support/io-where-mounted.ts';

const files = new NodeFiles();

function testRung(rung: Rung, mounted: Mount): void {
  testMover(`rung ${rung}`, {
    files: () => files, folder: () => mounted.folder, makeMover: () => createMover({ rung }), rung,
    hasHoles: true, seesBytes: rung === 'direct' || rung === 'portable',
  });
}

describe.each([
  ['xfs', ['-m', 'reflink=1']],
  ['btrfs', []],
] as const)('on %s', (kind, options) => {
  whereMounted(kind, options, (mounted) => {
    for (const rung of ['reflink', 'kernel', 'portable', 'direct'] as const) {
      testRung(rung, mounted);
    }

    it('takes the best rung for each range', async () => {
      const source = await files.open(`${mounted.folder}/a`, 'create');
      const destination = await files.open(`${mounted.folder}/b`, 'create');
      await source.write(pattern(300_000, 1), 0);
      const mover = createMover();
      const move = (from: number, to: number) => mover.move(
        { file: source, offset: from }, { file: destination, offset: to }, 250_000);
      const shared = await move(4096 + 5, 5);
      expect(shared.byRung.reflink).toBe(60 * 4096);
      expect(shared.byRung.portable).toBe(250_000 - 60 * 4096);
      const shifted = await move(6, 5);
      expect(shifted.byRung.reflink).toBe(0);
      const bytes = new Uint8Array(250_000);
      await destination.read(bytes, 5);
      expect(sameBytes(bytes, pattern(300_000, 1).subarray(6, 250_006))).toBe(true);
      for (const open of [mover, source, destination]) await open.close();
      await files.remove(`${mounted.folder}/a`);
      await files.remove(`${mounted.folder}/b`);
    });

    it('does not move what another file system holds by reflink', async () => {
      const other = mount('tmpfs', ['size=1m']) as Mount;  // root is given, for we are mounted
      const source = await files.open(`${other.folder}/a`, 'create');
      const destination = await files.open(`${mounted.folder}/b`, 'create');
      await source.write(pattern(65_536, 1), 0);
      const mover = createMover({ rung: 'reflink' });
      await expect(mover.move(
        { file: source, offset: 0 }, { file: destination, offset: 0 }, 65_536,
      )).rejects.toMatchObject({ code: 'ENOTSUP', message: expect.stringContaining('reflink') });
      for (const open of [mover, source, destination]) await open.close();
      await files.remove(`${mounted.folder}/b`);
      other.unmount();
    });
  });
});

describe('a full file system', () => {
  whereMounted('ext4', ['-m', '0'], (mounted) => {
    it.each([undefined, 'direct', 'kernel', 'portable'] as const)(
      'ends a move with ENOSPC at the destination: rung %s', async (rung) => {
        const { bavail, bsize } = statfsSync(mounted.folder);
        const source = await files.open(`${mounted.folder}/source`, 'create');
        const destination = await files.open(`${mounted.folder}/destination`, 'create');
        const filler = await files.open(`${mounted.folder}/filler`, 'create');
        await source.write(pattern(8 * 1024 * 1024, 1), 0);
        await source.sync();
        await filler.allocate(0, bavail * bsize - 12 * 1024 * 1024);
        const mover = createMover({ rung });
        const error: unknown = await mover.move(
          { file: source, offset: 0 }, { file: destination, offset: 0 }, 8 * 1024 * 1024,
        ).catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: 'ENOSPC', end: 'destination' });
        const { bytesDone } = error as { bytesDone: number };
        const arrived = new Uint8Array(bytesDone);
        expect(await destination.read(arrived, 0)).toBe(bytesDone);
        expect(sameBytes(arrived, pattern(8 * 1024 * 1024, 1).subarray(0, bytesDone))).toBe(true);
        await mover.close();
        for (const file of [source, destination, filler]) {
          await file.close();
          await files.remove(file.path);
        }
        execFileSync('sync', ['-f', mounted.folder]);
      });

    it('refuses to allocate what is not there', async () => {
      const file = await files.open(`${mounted.folder}/large`, 'create');
      await expect(file.allocate(0, 1024 ** 4)).rejects.toMatchObject({ code: 'ENOSPC' });
      await file.close();
      await files.remove(`${mounted.folder}/large`);
    });
  });
});
