/** Random work on a disk image with snapshots, held against arrays of bytes. */
import { expect } from 'vitest';
import type { DiskImage } from '../../src/media/disk-image.ts';
import type { DiskSnapshot } from '../../src/media/disk-snapshot.ts';
import type { Files, OpenFile } from '../../src/ports/files.ts';
import { between } from '../support/seeded.ts';

interface Run {
  readonly lba: number;
  readonly blockCount: number;
}

/** A snapshot and what it must read. */
interface Kept {
  readonly snapshot: DiskSnapshot;
  readonly runs: readonly Run[];
  readonly bytes: Uint8Array;
}

/** What a snapshot reads of blocks, as a mover would. */
export async function readBlocks(
  snapshot: DiskSnapshot, lba: number, blockCount: number): Promise<Uint8Array> {
  await snapshot.reading(lba, blockCount);
  expect(snapshot.isLost).toBe(false);
  const parts: Uint8Array[] = [];
  for (const { place, byteLength } of snapshot.places(lba, blockCount)) {
    const part = new Uint8Array(byteLength);
    expect(await place.file.read(part, place.offset)).toBe(byteLength);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export class SnapshotWork {
  readonly image: DiskImage;
  readonly #random: () => number;
  #bytes: Uint8Array;
  #kept: Kept[] = [];

  constructor(image: DiskImage, random: () => number) {
    this.image = image;
    this.#random = random;
    this.#bytes = new Uint8Array(image.byteLength);
  }

  #between(from: number, to: number): number {
    return between(this.#random, from, to);
  }

  #run(blocksMax: number): Run {
    const blockCount = this.#between(1, blocksMax);
    return { lba: this.#between(0, this.image.blockCount - blockCount), blockCount };
  }

  /** One way or another in which an image changes; the model knows at once. */
  change(): Promise<void> {
    const { lba, blockCount } = this.#run(this.#random() < 0.5 ? 16 : 600);
    const { blockBytes } = this.image;
    const bytes = new Uint8Array(blockCount * blockBytes);
    const way = this.#between(0, 2);
    if (way > 0) bytes.fill(this.#between(1, 255));
    this.#bytes.set(bytes, lba * blockBytes);
    if (way === 0) return this.image.unmap(lba, blockCount);
    return way === 1 ? this.image.write(lba, [bytes]) : this.#move(lba, bytes);
  }

  /** As a mover, which knows files only. */
  async #move(lba: number, bytes: Uint8Array): Promise<void> {
    const changed = await this.image.changing(lba, bytes.length / this.image.blockBytes);
    await this.image.file.write(bytes, lba * this.image.blockBytes);
    changed();
  }

  async keep(): Promise<void> {
    const runs: Run[] = [];
    for (let lba = this.#between(0, 200); lba < this.image.blockCount;) {
      const blockCount = Math.min(this.#between(1, 700), this.image.blockCount - lba);
      runs.push({ lba, blockCount });
      lba += blockCount + this.#between(0, 300);
    }
    const bytes = this.#bytes.slice();
    if (this.#random() < 0.5) runs.reverse();
    this.#kept.push({ snapshot: await this.image.snapshot(runs), runs, bytes });
  }

  async drop(): Promise<void> {
    const [kept] = this.#kept.splice(this.#between(0, this.#kept.length - 1), 1);
    await kept?.snapshot.close();
  }

  /** Reads a part of a snapshot. */
  async check(): Promise<void> {
    const kept = this.#kept[this.#between(0, this.#kept.length - 1)];
    const run = kept?.runs[this.#between(0, kept.runs.length - 1)];
    if (kept === undefined || run === undefined) return;
    const from = this.#between(0, run.blockCount - 1);
    await this.#same(kept, run.lba + from, this.#between(1, run.blockCount - from));
  }

  async checkAll(): Promise<void> {
    for (const kept of this.#kept) {
      for (const { lba, blockCount } of kept.runs) await this.#same(kept, lba, blockCount);
    }
  }

  async #same(kept: Kept, lba: number, blockCount: number): Promise<void> {
    const { blockBytes } = this.image;
    const found = await readBlocks(kept.snapshot, lba, blockCount);
    const wanted = kept.bytes.subarray(lba * blockBytes, (lba + blockCount) * blockBytes);
    expect(Buffer.compare(found, wanted)).toBe(0);
  }

  /** Changes that touch no block twice run side by side with reads of snapshots. */
  async round(): Promise<void> {
    if (this.#kept.length < 4 || this.#random() < 0.3) await this.keep();
    if (this.#kept.length > 6) await this.drop();
    const reads = Array.from({ length: 4 }, () => this.check());
    await Promise.all([this.change(), ...reads]);
    await Promise.all([this.check(), this.change()]);
  }

  async closeAll(): Promise<void> {
    for (const { snapshot } of this.#kept.splice(0)) await snapshot.close();
  }
}

/** Files whose operations take turns, and that share space if `shares`. */
export function slowFiles(files: Files, random: () => number, shares: boolean): Files {
  const pause = async (): Promise<void> => {
    for (let turns = between(random, 0, 6); turns > 0; turns -= 1) await Promise.resolve();
  };
  const slow = (file: OpenFile): OpenFile => {
    const slowed: OpenFile = {
      path: file.path, size: () => file.size(),
      read: async (buffer, offset) => {
        await pause();
        return file.read(buffer, offset);
      },
      write: async (buffer, offset) => {
        await pause();
        await file.write(buffer, offset);
      },
      writeParts: async (parts, offset) => {
        await pause();
        await file.writeParts(parts, offset);
      },
      punch: async (offset, byteLength) => {
        await pause();
        return file.punch(offset, byteLength);
      },
      truncate: (byteLength) => file.truncate(byteLength),
      allocate: (offset, byteLength) => file.allocate(offset, byteLength),
      nextData: (offset) => file.nextData(offset), sync: () => file.sync(),
      close: () => file.close(),
    };
    return shares ? { ...slowed, share: (source, offset, byteLength) =>
      copyAtOnce(source, file, offset, byteLength, pause) } : slowed;
  };
  return {
    open: async (path, mode) => slow(await files.open(path, mode)),
    openLocked: async (path, mode) => slow(await files.openLocked(path, mode)),
    readFile: (path) => files.readFile(path),
    replaceFile: (path, bytes) => files.replaceFile(path, bytes),
    exists: (path) => files.exists(path), list: (folder) => files.list(folder),
    makeFolder: (path) => files.makeFolder(path), syncFolder: (path) => files.syncFolder(path),
    remove: (path) => files.remove(path),
  };
}

async function copyAtOnce(
  source: OpenFile, file: OpenFile, offset: number, byteLength: number,
  pause: () => Promise<void>): Promise<boolean> {
  if (offset % 4096 !== 0 || byteLength % 4096 !== 0) throw new Error('not whole blocks');
  await pause();
  const bytes = new Uint8Array(byteLength);
  await source.read(bytes, offset);
  await pause();
  await file.write(bytes, offset);
  return true;
}
