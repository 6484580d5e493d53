import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { crc32c } from '../../src/bytes/crc32c.ts';
import type { Files, OpenFile, OpenMode } from '../../src/ports/files.ts';
import {
  type Moved, MoveError, type MoveOptions, type Mover, type Rung,
} from '../../src/ports/mover.ts';
import { pattern, sameBytes } from './io-bytes.ts';
import { between, seeded } from './seeded.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Where a mover is tested, and what may be expected of it there. */
export interface Ground {
  readonly files: () => Files;
  readonly folder: () => string;
  readonly makeMover: () => Mover;
  /** The rung that must take whole blocks at congruent offsets. */
  readonly rung: Rung;
  /** Holes can be found in a source. */
  readonly hasHoles: boolean;
  /** Bytes pass through buffers, so that a checksum is given. */
  readonly seesBytes: boolean;
}

interface Fixture {
  readonly mover: Mover;
  open(name: string, mode: OpenMode): Promise<OpenFile>;
  /** Makes a file with these bytes, open for writing. */
  make(name: string, bytes: Uint8Array): Promise<OpenFile>;
}

const sum = ({ byRung }: Moved): number => Object.values(byRung).reduce((a, b) => a + b);

async function contents(file: OpenFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.size());
  expect(await file.read(bytes, 0)).toBe(bytes.length);
  return bytes;
}

/** Tests what every mover must do on every rung. */
export function testMover(name: string, ground: Ground): void {
  describe(name, () => {
    const opened: OpenFile[] = [];
    let mover: Mover;
    const open = async (file: string, mode: OpenMode): Promise<OpenFile> => {
      const file_ = await ground.files().open(`${ground.folder()}/${file}`, mode);
      opened.push(file_);
      return file_;
    };
    const fixture: Fixture = {
      get mover() {
        return mover;
      },
      open,
      make: async (file, bytes) => {
        const made = await open(file, 'create');
        await made.write(bytes, 0);
        return made;
      },
    };
    beforeEach(() => {
      mover = ground.makeMover();
    });
    afterEach(async () => {
      await mover.close();
      for (const file of opened) await file.close();
      const paths = new Set(opened.splice(0).map(({ path }) => path));
      for (const path of paths) await ground.files().remove(path);
    });
    testRanges(ground, fixture);
    testHoles(ground, fixture);
    testFailures(ground, fixture);
    testCoherency(fixture);
    testStopping(fixture);
  });
}

/** Source offset, destination offset, bytes. */
const RANGES: readonly (readonly [number, number, number])[] = [
  [0, 0, 4 * MIB], [0, 0, 1], [4096, 8192, 4096], [4095, 4095, 2], [0, 1, 4096],
  [5, 5, 3 * MIB + 7], [5, 6, 3 * MIB + 7], [1, 4096, 2 * MIB], [4096, 1, 2 * MIB],
  [512, 512 + 4096, MIB + 512], [511, 8192, MIB], [4097, 12289, 1_234_567], [3, 4099, 4093],
  [2048, 0, 3 * MIB], [0, 3 * MIB, MIB + 4095],
];

function testRanges(ground: Ground, fixture: Fixture): void {
  const SIZE = 4 * MIB + 8192;

  async function moveAndCompare(
    sourceOffset: number, destinationOffset: number, byteLength: number, options: MoveOptions,
  ): Promise<Moved> {
    const bytes = pattern(SIZE, 1);
    const old = pattern(SIZE, 2);
    const source = await fixture.make('source', bytes);
    const destination = await fixture.make('destination', old);
    const moved = await fixture.mover.move(
      { file: source, offset: sourceOffset }, { file: destination, offset: destinationOffset },
      byteLength, options);
    old.set(bytes.subarray(sourceOffset, sourceOffset + byteLength), destinationOffset);
    expect(sameBytes(await contents(destination), old)).toBe(true);
    expect(sum(moved)).toBe(byteLength);
    return moved;
  }

  it.each(RANGES)('moves from %i to %i: %i bytes and no other', async (from, to, byteLength) => {
    const { byRung } = await moveAndCompare(from, to, byteLength, {});
    const hasBlocks = Math.ceil(to / 4096) < Math.floor((to + byteLength) / 4096);
    const congruent = (from - to) % 4096 === 0;
    if (hasBlocks && (congruent || ground.rung !== 'reflink')) {
      expect(byRung[ground.rung]).toBeGreaterThanOrEqual(Math.max(0, byteLength - 2 * 4095));
    }
  });

  it('moves ranges chosen at random', async () => {
    const random = seeded(20);
    const bytes = pattern(SIZE, 3);
    const expected = new Uint8Array(SIZE);
    const source = await fixture.make('source', bytes);
    const destination = await fixture.make('destination', expected);
    for (let i = 0; i < 40; i += 1) {
      const byteLength = between(random, 1, MIB);
      const from = between(random, 0, SIZE - byteLength);
      const to = between(random, 0, SIZE - byteLength);
      await fixture.mover.move(
        { file: source, offset: from }, { file: destination, offset: to }, byteLength);
      expected.set(bytes.subarray(from, from + byteLength), to);
    }
    expect(sameBytes(await contents(destination), expected), 'seed 20').toBe(true);
  });

  it('makes the destination longer', async () => {
    const bytes = pattern(100_000, 4);
    const source = await fixture.make('source', bytes);
    const destination = await fixture.make('destination', new Uint8Array(3));
    await fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 5000 }, bytes.length);
    const moved = await contents(destination);
    expect(sameBytes(moved.subarray(5000), bytes)).toBe(true);
    expect(sameBytes(moved.subarray(0, 5000), new Uint8Array(5000))).toBe(true);
  });

  it.each([[0, 0, 4 * MIB], [5, 6, MIB + 77], [4097, 1, 3 * MIB], [9, 9, 50]])(
    'gives the checksum of %i → %i, %i bytes, if it saw them', async (from, to, byteLength) => {
      const { crc32c: crc } = await moveAndCompare(from, to, byteLength, { checksum: true });
      const expected = crc32c(pattern(SIZE, 1).subarray(from, from + byteLength));
      const isShared = ground.rung === 'reflink' && (from - to) % 4096 === 0 && byteLength >= 8192;
      const seen = ground.seesBytes || (ground.rung === 'reflink' && !isShared);
      expect(crc).toBe(seen ? expected : undefined);
    });

  it('gives no checksum that nobody asked for', async () => {
    expect((await moveAndCompare(0, 0, MIB, {})).crc32c).toBeUndefined();
  });

  it('reports progress that ends with the whole', async () => {
    const seen: number[] = [];
    await moveAndCompare(1, 1, 4 * MIB, { onProgress: (byteLength) => seen.push(byteLength) });
    expect(seen.at(-1)).toBe(4 * MIB);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('carries out a hundred moves that are asked for at once', async () => {
    const COUNT = 100;
    const STEP = 40_000;
    const bytes = pattern(COUNT * STEP, 5);
    const source = await fixture.make('source', bytes);
    const destination = await fixture.make('destination', new Uint8Array(bytes.length));
    await Promise.all(Array.from({ length: COUNT }, (_, i) => fixture.mover.move(
      { file: source, offset: i * STEP }, { file: destination, offset: i * STEP }, STEP)));
    expect(sameBytes(await contents(destination), bytes)).toBe(true);
  });
}

function testHoles(ground: Ground, fixture: Fixture): void {
  const SIZE = 6 * MIB;

  /** Data at 1 to 2 MiB and a little at 4 MiB. */
  async function makeSparse(): Promise<{ source: OpenFile; bytes: Uint8Array }> {
    const bytes = new Uint8Array(SIZE);
    bytes.set(pattern(MIB, 6), MIB);
    bytes.set(pattern(100, 7), 4 * MIB);
    const source = await fixture.open('source', 'create');
    await source.write(bytes.subarray(MIB, 2 * MIB), MIB);
    await source.write(bytes.subarray(4 * MIB, 4 * MIB + 100), 4 * MIB);
    await source.truncate(SIZE);
    return { source, bytes };
  }

  it.each([
    ['zero', 0, 0, SIZE], ['zero', 4097, 1, SIZE - 5000], ['not zero', 0, 4096, SIZE],
    ['not zero', 1001, 7, SIZE - 2000],
  ] as const)('moves holes where the rest is %s: %i → %i', async (kind, from, to, length) => {
    const { source, bytes } = await makeSparse();
    const isZero = kind === 'zero';
    const old = isZero ? new Uint8Array(to + length) : pattern(to + length, 8);
    const destination = await fixture.make('destination', old);
    const moved = await fixture.mover.move(
      { file: source, offset: from }, { file: destination, offset: to }, length,
      { destinationIsZero: isZero, checksum: true });
    old.set(bytes.subarray(from, from + length), to);
    expect(sameBytes(await contents(destination), old)).toBe(true);
    expect(sum(moved)).toBe(length);
    if (ground.hasHoles && ground.rung !== 'reflink') {
      expect(moved.byRung.hole).toBeGreaterThan(4 * MIB);
    }
    if (ground.seesBytes) expect(moved.crc32c).toBe(crc32c(bytes.subarray(from, from + length)));
  });

  it('moves nothing but a hole, behind the end of the destination', async () => {
    const { source } = await makeSparse();
    const destination = await fixture.make('destination', pattern(10, 9));
    await fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 4096 }, 65_536,
      { destinationIsZero: true });
    expect(await destination.size()).toBe(4096 + 65_536);
    const behind = (await contents(destination)).subarray(10);
    expect(sameBytes(behind, new Uint8Array(69_622))).toBe(true);
  });
}

function testFailures(_ground: Ground, fixture: Fixture): void {
  const failed = async (moving: Promise<Moved>): Promise<MoveError> => {
    const error: unknown = await moving.then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(MoveError);
    return error as MoveError;  // the line above has checked it
  };

  it('blames the source that ends too early, and writes nothing', async () => {
    const source = await fixture.make('source', pattern(10_000, 1));
    const destination = await fixture.make('destination', pattern(20_000, 2));
    const error = await failed(fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 0 }, 10_001));
    expect(error).toMatchObject({ code: 'ENODATA', end: 'source', bytesDone: 0 });
    expect(error.message).toContain('the file ends at 10000');
    expect(sameBytes(await contents(destination), pattern(20_000, 2))).toBe(true);
  });

  it('blames the destination that cannot be written', async () => {
    const source = await fixture.make('source', pattern(200_000, 1));
    await fixture.make('destination', pattern(200_000, 2));
    const destination = await fixture.open('destination', 'read');
    const error = await failed(fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 0 }, 200_000));
    expect(error).toMatchObject({ end: 'destination', bytesDone: 0 });
  });

  it.each([[0, 0, 0], [0, 0, 64 * MIB + 1], [-1, 0, 10], [0, 0.5, 10], [0, 0, Number.NaN]])(
    'refuses %d → %d, %d bytes', async (from, to, byteLength) => {
      const file = await fixture.make('source', pattern(100, 1));
      await expect(fixture.mover.move({ file, offset: from }, { file, offset: to }, byteLength))
        .rejects.toThrow(RangeError);
    });
}

function testCoherency(fixture: Fixture): void {
  it('sees what was written a moment ago, and is seen by readers with a warm cache', async () => {
    const source = await fixture.make('source', pattern(MIB, 1));
    const destination = await fixture.make('destination', pattern(MIB, 2));
    await contents(destination);
    for (let round = 3; round < 8; round += 1) {
      const bytes = pattern(MIB, round);
      await source.write(bytes, 0);
      await fixture.mover.move(
        { file: source, offset: 0 }, { file: destination, offset: 0 }, MIB);
      expect(sameBytes(await contents(destination), bytes)).toBe(true);
      await destination.write(pattern(5000, round), 300_000);
      bytes.set(pattern(5000, round), 300_000);
      await fixture.mover.move(
        { file: destination, offset: 0 }, { file: source, offset: 0 }, MIB);
      expect(sameBytes(await contents(source), bytes)).toBe(true);
    }
  });
}

function testStopping(fixture: Fixture): void {
  it('does nothing for a signal that was aborted before', async () => {
    const source = await fixture.make('source', pattern(100_000, 1));
    const destination = await fixture.make('destination', pattern(100_000, 2));
    const signal = AbortSignal.abort(new Error('changed my mind'));
    await expect(fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 0 }, 100_000, { signal },
    )).rejects.toThrow('changed my mind');
    expect(sameBytes(await contents(destination), pattern(100_000, 2))).toBe(true);
  });

  it('ends moves that are aborted under way, and leaves others alone', async () => {
    const bytes = pattern(24 * MIB, 1);
    const source = await fixture.make('source', bytes);
    const destination = await fixture.make('destination', new Uint8Array(48 * MIB));
    const stop = new AbortController();
    const aborted = fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 0 }, bytes.length,
      { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
    const other = fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 24 * MIB }, bytes.length);
    await expect(aborted).rejects.toThrow('enough');
    expect(sum(await other)).toBe(bytes.length);
    expect(sameBytes((await contents(destination)).subarray(24 * MIB), bytes)).toBe(true);
  });

  it('settles every move when it is closed, and takes no more', async () => {
    const bytes = pattern(8 * MIB, 1);
    const source = await fixture.make('source', bytes);
    const destination = await fixture.make('destination', new Uint8Array(64 * MIB));
    const moving = Array.from({ length: 64 }, (_, i) => fixture.mover.move(
      { file: source, offset: (i % 8) * MIB }, { file: destination, offset: i * MIB }, MIB));
    const settled = Promise.allSettled(moving);
    await Promise.all([fixture.mover.close(), fixture.mover.close()]);
    for (const result of await settled) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ECANCELED' });
    }
    // The last ones were still waiting for their turn.
    expect((await settled).at(-1)!.status).toBe('rejected');
    await expect(fixture.mover.move(
      { file: source, offset: 0 }, { file: destination, offset: 0 }, 1)).rejects.toThrow('closed');
  });
}
