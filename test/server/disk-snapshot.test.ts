import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/sam/deferred.ts';
import type { BlockSnapshot } from '../../src/sam/medium-access.ts';
import type { DiskUnit } from '../../src/server/disk.ts';
import { RangeLocks } from '../../src/server/range-locks.ts';
import { makeDisk, meet, send, told } from './device-fixture.ts';

const filled = (value: number, blockCount: number): Uint8Array =>
  new Uint8Array(blockCount * 512).fill(value);

async function read(snapshot: BlockSnapshot, lba: number, blockCount: number): Promise<Buffer> {
  await snapshot.reading(lba, blockCount);
  const parts = await Promise.all(snapshot.places(lba, blockCount)
    .map(async ({ place, byteLength }) => {
      const part = new Uint8Array(byteLength);
      await place.file.read(part, place.offset);
      return part;
    }));
  return Buffer.concat(parts);
}

/** Every command that changes blocks; the first two of them, from block 8 on. */
const CHANGES: readonly (readonly [string, string, Uint8Array])[] = [
  ['WRITE(6)', '0a0000080200', filled(9, 2)],
  ['WRITE(10)', '2a000000000800000200', filled(9, 2)],
  ['WRITE(16)', '8a000000000000000008000000020000', filled(9, 2)],
  ['WRITE AND VERIFY(10)', '2e000000000800000200', filled(9, 2)],
  ['COMPARE AND WRITE', '89000000000000000008000000010000',
    Buffer.concat([filled(1, 1), filled(9, 1)])],
  ['WRITE SAME(10)', '41000000000800000200', filled(9, 1)],
  ['WRITE SAME(16) with UNMAP and NDOB', '93090000000000000008000000020000', new Uint8Array(0)],
  ['UNMAP', '42000000000000001800',
    Uint8Array.of(0, 22, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 0)],
];

async function setUp(): Promise<DiskUnit> {
  const disk = await makeDisk();
  await meet(disk);
  await disk.write(0, [filled(1, 64)]);
  return disk;
}

describe('a snapshot of a disk', () => {
  it.each(CHANGES)('is told of %s, and keeps what was', async (_name, cdb, out) => {
    const disk = await setUp();
    let changes = 0;
    const kept = await disk.snapshot([{ lba: 0, blockCount: 64 }]);
    await disk.snapshot([{ lba: 8, blockCount: 1 }], () => {
      changes += 1;
    });
    expect(told(await send(disk, cdb, { out }))).toBe('good');
    expect(changes).toBeGreaterThan(0);
    expect((await disk.read(8, 512))[0]).not.toBe(1);
    expect(await read(kept, 0, 64)).toEqual(Buffer.from(filled(1, 64)));
  });

  it('has what commands before it write, and not what those behind it do', async () => {
    const disk = await setUp();
    const gate = deferred<void>();
    const { file } = disk.image;
    const write = file.writeParts.bind(file);
    file.writeParts = async (parts, offset) => {
      await gate.promise;
      await write(parts, offset);
    };
    const before = send(disk, '2a000000000800000200', { out: filled(2, 2) });
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    const snapshot = disk.snapshot([{ lba: 20, blockCount: 2 }, { lba: 8, blockCount: 2 }]);
    const behind = send(disk, '2a000000000800000200', { out: filled(3, 2) });
    gate.resolve();
    const [one, kept, two] = await Promise.all([before, snapshot, behind]);
    expect([told(one), told(two)]).toEqual(['good', 'good']);
    expect(await read(kept, 8, 2)).toEqual(Buffer.from(filled(2, 2)));
    expect((await disk.read(8, 512))[0]).toBe(3);
  });

  it('of blocks that are not there is refused', async () => {
    const disk = await setUp();
    await expect(disk.snapshot([{ lba: 1023, blockCount: 2 }])).rejects
      .toMatchObject({ sense: { additional: 'lbaOutOfRange' } });
  });
});

describe('holding several ranges', () => {
  it('takes its turn for all of them at once, so that nobody waits for ever', async () => {
    const locks = new RangeLocks();
    const gate = deferred<void>();
    const order: string[] = [];
    const first = locks.hold(10, 1, 'alone', () => gate.promise);
    const all = locks.holdAll([{ lba: 0, blockCount: 1 }, { lba: 10, blockCount: 1 }], 'shared',
      async () => {
        order.push('all');
      });
    const both = locks.hold(0, 20, 'alone', async () => {
      order.push('both');
    });
    gate.resolve();
    await Promise.all([first, all, both]);
    expect(order).toEqual(['all', 'both']);
  });

  it('gives them up when its work fails', async () => {
    const locks = new RangeLocks();
    await expect(locks.holdAll([{ lba: 0, blockCount: 9 }], 'alone', async () => {
      throw new Error('failed');
    })).rejects.toThrow('failed');
    expect(await locks.hold(0, 1, 'alone', async () => 'held')).toBe('held');
  });
});
