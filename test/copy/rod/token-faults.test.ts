import { describe, expect, it } from 'vitest';
import { PortableMover } from '../../../src/io/portable-mover.ts';
import type { DiskUnit } from '../../../src/server/disk.ts';
import { FileError } from '../../../src/ports/files.ts';
import type { Mover } from '../../../src/ports/mover.ts';
import { Rod } from '../../../src/copy/rod/rod.ts';
import { deferred } from '../../../src/sam/deferred.ts';
import { ROD_TYPE } from '../../../src/wire/copy/tokens.ts';
import { ALICE, told } from '../../server/device-fixture.ts';
import { turns } from '../../support/turns.ts';
import { isEqual, pattern, TokenFixture } from './token-fixture.ts';

const RANGE = { lba: 0, blockCount: 1024 };

/** A mover that a test can hold before its n-th move. */
function heldAt(count: number) {
  const mover = new PortableMover();
  const reached = deferred<void>();
  const goOn = deferred<void>();
  let moves = 0;
  const held: Mover = {
    move: async (source, destination, byteLength, options = {}) => {
      moves += 1;
      if (moves > count) {
        reached.resolve();
        const aborted = new Promise((_resolve, reject) => {
          options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        });
        await Promise.race([goOn.promise, aborted]);
      }
      return mover.move(source, destination, byteLength, options);
    },
    close: () => mover.close(),
  };
  return { mover: held, reached: reached.promise, goOn: goOn.resolve };
}

async function running(count: number, fields: { readonly immed?: boolean } = {}) {
  const { mover, reached, goOn } = heldAt(count);
  const fixture = await TokenFixture.open({ mover });
  const bytes = pattern(1024 * 512, 1);
  await fixture.write(0, 0, bytes);
  const token = await fixture.populate(0, [RANGE]);
  const answer = fixture.use(1, token, [RANGE], fields, { identifier: 7 });
  await reached;
  await turns(3); // so that what has been moved is counted
  return { fixture, bytes, token, answer, goOn };
}

describe('WRITE USING TOKEN in progress', () => {
  it('with IMMED ends in the background', async () => {
    const { fixture, bytes, answer, goOn } = await running(3, { immed: true });
    expect(told(await answer)).toBe('good');
    expect((await fixture.information(1, 7)).head)
      .toMatchObject({ status: 0x12, transferCount: 384n });
    goOn();
    await Promise.all([...fixture.manager.operations.running].map(({ ended }) => ended));
    expect((await fixture.information(1, 7)).head)
      .toMatchObject({ status: 1, transferCount: 1024n });
    expect(isEqual(await fixture.read(1, 0, 1024), bytes)).toBe(true);
    await fixture.close();
  });

  it.each([false, true])('is stopped by COPY OPERATION ABORT (IMMED %s)', async (immed) => {
    const { fixture, token, answer } = await running(3, { immed });
    await fixture.manager.operations.abort(fixture.disks[1]!, ALICE, 7);
    expect(told(await answer)).toBe(immed ? 'good' : '0A/2F/02');
    expect((await fixture.information(1, 7)).head)
      .toMatchObject({ status: 0x60, completionStatus: 0x40, transferCount: 384n });
    // Nothing of it is left that others would wait for, and the token is as it was.
    fixture.clock.pass(299);
    expect(fixture.rods.report(ALICE)).toHaveLength(8 + 96);
    expect(token).toHaveLength(512);
    await fixture.close();
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
  });

  it('keeps its token from expiring, and its data when the token is deleted', async () => {
    const { fixture, bytes, token, answer, goOn } = await running(3);
    fixture.clock.pass(1000);
    expect(fixture.rods.report(ALICE)).toHaveLength(8 + 96);
    // A command that has nothing to move is not held up, and deletes the token.
    expect(told(await fixture.use(0, token, [{ lba: 0, blockCount: 0 }], { delTkn: true })))
      .toBe('good');
    expect(fixture.rods.report(ALICE)).toHaveLength(8);
    await fixture.write(0, 0, pattern(1024 * 512, 2));
    goOn();
    expect(told(await answer)).toBe('good');
    expect(isEqual(await fixture.read(1, 0, 1024), bytes)).toBe(true);
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });

  it('reads what a change vulnerable ROD had, although it is revoked meanwhile', async () => {
    const { mover, reached, goOn } = heldAt(3);
    const fixture = await TokenFixture.open({ mover });
    const bytes = pattern(1024 * 512, 1);
    await fixture.write(0, 0, bytes);
    const token = await fixture.populate(0, [RANGE], { rodType: 0x800001 });
    const answer = fixture.use(1, token, [RANGE]);
    await reached;
    await fixture.write(0, 0, pattern(1024 * 512, 2));
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/06');
    goOn();
    expect(told(await answer)).toBe('good');
    expect(isEqual(await fixture.read(1, 0, 1024), bytes)).toBe(true);
    expect(fixture.disks[0]!.image.snapshots.count).toBe(0);
    await fixture.close();
  });
});

describe('a device that fails', () => {
  it('as the destination answers as to a WRITE', async () => {
    const fixture = await TokenFixture.open();
    await fixture.write(0, 0, pattern(1024 * 512, 1));
    const token = await fixture.populate(0, [RANGE]);
    const { file } = fixture.disks[1]!.image;
    const write = file.write.bind(file);
    file.write = (bytes, offset) => (offset < 256 * 512 ? write(bytes, offset)
      : Promise.reject(new FileError('EIO', file.path, 'Cannot write')));
    const answer = await fixture.use(1, token, [RANGE], {}, { identifier: 7 });
    expect(told(answer)).toBe('03/0C/00');
    expect(answer.sense).toMatchObject({ information: 256n });
    const { head } = await fixture.information(1, 7);
    expect(head).toMatchObject({ status: 2, completionStatus: 2, transferCount: 256n });
    await fixture.close();
  });

  it('as the source is told of with COPY ABORTED, and its own answer', async () => {
    const fixture = await TokenFixture.open();
    const [disk] = fixture.disks as [DiskUnit];
    const rod = new Rod(ROD_TYPE.accessUponReference, disk, disk);
    await rod.populate([RANGE]);
    const token = await fixture.rods.tokens.create(rod, { lifetimeS: 100, inactivityS: 100 });
    const { file } = disk.image;
    file.nextData = () => Promise.reject(new FileError('EIO', file.path, 'Cannot read'));
    const answer = await fixture.use(1, token, [RANGE]);
    expect(told(answer)).toBe('0A/0D/01');
    const raw = answer.rawSense!; // it has told of an error
    expect(raw[raw[8]!]).toBe(2);
    disk.eject();
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('0A/0D/01');
    await fixture.close();
  });

  it('when something is to be kept cancels the token', async () => {
    const fixture = await TokenFixture.open();
    const token = await fixture.populate(0, [RANGE]);
    const { file } = fixture.disks[0]!.image;
    file.read = () => Promise.reject(new FileError('EIO', file.path, 'Cannot read'));
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/08');
    expect(told(await fixture.use(1, token, [RANGE]))).toBe('05/23/08');
    await fixture.close();
  });
});
