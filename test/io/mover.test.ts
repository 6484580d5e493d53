import { describe, expect, it } from 'vitest';

import { loadAddon } from '../../src/io/addon.ts';
import { NodeFiles } from '../../src/io/files.ts';
import { createMover } from '../../src/io/mover.ts';
import { PortableMover } from '../../src/io/portable-mover.ts';
import { pattern, sameBytes } from '../support/io-bytes.ts';
import { temporaryFolder } from '../support/io-folder.ts';
import { testMover } from '../support/io-mover-suite.ts';
import { memoryFiles } from '../support/memory-files.ts';

const folder = temporaryFolder();
const { addon } = loadAddon();
const hosted = { files: () => new NodeFiles({ addon }), folder };
const portable = { rung: 'portable', seesBytes: true } as const;

testMover('the portable mover between files of the host, without the addon', {
  ...portable, files: () => new NodeFiles({ addon: undefined }), folder,
  makeMover: () => createMover({ addon: null }), hasHoles: false,
});

const memory = memoryFiles();
await memory.makeFolder('/memory');
testMover('the portable mover between simulated files', {
  ...portable, files: () => memory, folder: () => '/memory',
  makeMover: () => new PortableMover(), hasHoles: false,
});

describe.skipIf(addon === undefined)('with the addon', () => {
  testMover('rung portable', {
    ...hosted, ...portable, makeMover: () => createMover({ rung: 'portable' }), hasHoles: true,
  });
  testMover('rung kernel', {
    ...hosted, rung: 'kernel', makeMover: () => createMover({ rung: 'kernel' }),
    hasHoles: true, seesBytes: false,
  });
  testMover('rung direct', {
    ...hosted, rung: 'direct', makeMover: () => createMover({ rung: 'direct' }),
    hasHoles: true, seesBytes: true,
  });

  it('moves between simulated files, too', async () => {
    const source = await memory.open('/memory/a', 'create');
    const destination = await memory.open('/memory/b', 'create');
    await source.write(pattern(100_000, 1), 0);
    const mover = createMover();
    const { byRung } = await mover.move(
      { file: source, offset: 1 }, { file: destination, offset: 0 }, 99_999);
    const bytes = new Uint8Array(99_999);
    await destination.read(bytes, 0);
    expect(sameBytes(bytes, pattern(100_000, 1).subarray(1))).toBe(true);
    expect(byRung.portable).toBe(99_999);
    await mover.close();
  });

  it('makes holes from a simulated file by a pinned rung, but moves no data from it', async () => {
    const zeros = await memory.open('/memory/zeros', 'create');
    await zeros.truncate(200_000);
    const hole = Object.assign(zeros, { nextData: async () => undefined });
    const destination = await new NodeFiles({ addon }).open(`${folder()}/holes`, 'create');
    for (const rung of ['reflink', 'direct', 'kernel'] as const) {
      await destination.write(pattern(200_000, 1), 0);
      const mover = createMover({ rung });
      const { byRung } = await mover.move(
        { file: hole, offset: 0 }, { file: destination, offset: 100 }, 150_000);
      expect(byRung.hole).toBe(150_000);
      const bytes = new Uint8Array(150_000);
      await destination.read(bytes, 100);
      expect(sameBytes(bytes, new Uint8Array(150_000))).toBe(true);
      const data = await memory.open(`/memory/data-${rung}`, 'create');
      await data.write(pattern(100, 1), 0);
      await expect(mover.move(
        { file: data, offset: 0 }, { file: destination, offset: 0 }, 100))
        .rejects.toThrow('it needs files of the host');
      await mover.close();
    }
    await destination.close();
  });
});

describe('createMover', () => {
  it('says why a rung cannot be had without the addon', () => {
    expect(() => createMover({ rung: 'direct', addon: null }))
      .toThrow('Cannot use rung direct: it is done without the native addon');
  });

  it.skipIf(addon === undefined)('does without io_uring where it is forbidden', async () => {
    class Forbidden {
      constructor() {
        throw Object.assign(new Error('Operation not permitted'), { errno: 1 });
      }
    }
    // A cast: no method of it is ever reached.
    const crippled = { ...addon!, Ring: Forbidden as unknown as typeof addon extends undefined
      ? never : NonNullable<typeof addon>['Ring'] };
    expect(() => createMover({ rung: 'direct', addon: crippled }))
      .toThrow('Cannot use rung direct: no io_uring: operation not permitted (EPERM)');
    const files = new NodeFiles();
    const source = await files.open(`${folder()}/from`, 'create');
    const destination = await files.open(`${folder()}/to`, 'create');
    await source.write(pattern(1_000_000, 1), 0);
    const mover = createMover({ addon: crippled });
    const { byRung } = await mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 0 }, 1_000_000);
    expect(byRung.direct).toBe(0);
    const bytes = new Uint8Array(1_000_000);
    await destination.read(bytes, 0);
    expect(sameBytes(bytes, pattern(1_000_000, 1))).toBe(true);
    for (const closing of [mover, source, destination]) await closing.close();
  });
});
