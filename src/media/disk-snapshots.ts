/**
 * The snapshots of a disk image, and the changes of it that they must know of.
 *
 * ```text
 *   write, unmap, mover ──► before: old bytes ──► each snapshot's file
 *                       └─► the image          reads: saved bytes from the file, others from here
 * ```
 *
 * Without snapshots a change is entered in a set, and costs nothing else.
 */
import type { Files, OpenFile } from '../ports/files.ts';
import { DiskSnapshot, type SnapshotHost } from './disk-snapshot.ts';
import type { Extent } from './tape-types.ts';

/** The image that snapshots are of. */
export interface SnapshotImage {
  readonly file: OpenFile;
  readonly blockBytes: number;
  readonly byteLength: number;
  readonly writeProtected: boolean;
}

/** Nobody else uses the image, and so the name. */
const pathFor = (image: string): string => `${image}.serverfree.snapshot`;

export class DiskSnapshots {
  readonly #files: Files;
  readonly #image: SnapshotImage;
  readonly #bytesMax: number;
  /**
   * Changes under way; a snapshot that is made in their midst saves what they touch at once. An
   * array, for they are too many and too short for a Set.
   */
  readonly #changes: Extent[] = [];
  /** Those that changes must be told to. */
  readonly #open = new Set<DiskSnapshot>();
  readonly #all = new Set<DiskSnapshot>();
  #takenBytes = 0;
  #canShare: boolean;
  #lastFile: Promise<unknown> = Promise.resolve();

  /** `bytesMax` bounds what all snapshots together copy; what they share is not counted. */
  constructor(files: Files, image: SnapshotImage, bytesMax: number) {
    this.#files = files;
    this.#image = image;
    this.#bytesMax = bytesMax;
    this.#canShare = !image.writeProtected;
  }

  /** Snapshots that have not been closed. */
  get count(): number {
    return this.#all.size;
  }

  /** Bytes that they have copied. */
  get byteLength(): number {
    return this.#takenBytes;
  }

  /** Removes what a killed process can have left. Throws: FileError. */
  static async removeStale(files: Files, image: string): Promise<void> {
    if (await files.exists(pathFor(image))) await files.remove(pathFor(image));
  }

  /** The extents have no byte in common; `onChange` is called before each change of them. */
  async create(extents: readonly Extent[], onChange?: () => void): Promise<DiskSnapshot> {
    const snapshot = new DiskSnapshot(this.#host(), extents, onChange);
    this.#open.add(snapshot);
    this.#all.add(snapshot);
    const now = this.#changes.filter((change) => snapshot.touches(change));
    if (now.length > 0) onChange?.();
    // Who wants to know of changes does not keep the old bytes for long.
    if (onChange === undefined && this.#canShare) this.#canShare = await snapshot.shareAll();
    await Promise.all(now.map((change) => snapshot.save(change)));
    return snapshot;
  }

  /** Changes the image, once snapshots have what they need of the extent. */
  async change(extent: Extent, work: () => Promise<unknown>): Promise<void> {
    this.#changes.push(extent);
    try {
      if (this.#open.size > 0) await this.#saved(extent);
      await work();
    } finally {
      this.#forget(extent);
    }
  }

  /** As `change`, for a change that others make until they call the returned function. */
  async begin(extent: Extent): Promise<() => void> {
    this.#changes.push(extent);
    if (this.#open.size > 0) await this.#saved(extent);
    return () => this.#forget(extent);
  }

  #forget(change: Extent): void {
    const at = this.#changes.indexOf(change);
    if (at >= 0) this.#changes.splice(at, 1);
  }

  /** What was on the image must not be found anywhere any more: snapshots have nothing then. */
  loseAll(): void {
    for (const snapshot of [...this.#open]) snapshot.lose();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((snapshot) => snapshot.close()));
  }

  async #saved(extent: Extent): Promise<void> {
    const touched = [...this.#open].filter((snapshot) => snapshot.touches(extent));
    for (const { onChange } of touched) onChange?.(); // which may close it
    await Promise.all(touched.filter(({ isOpen }) => isOpen)
      .map((snapshot) => snapshot.save(extent)));
  }

  #host(): SnapshotHost {
    const { file, blockBytes, writeProtected } = this.#image;
    return {
      image: file, blockBytes, isFixed: writeProtected,
      makeFile: () => this.#makeFile(),
      take: (byteLength) => {
        if (this.#takenBytes + byteLength > this.#bytesMax) return false;
        this.#takenBytes += byteLength;
        return true;
      },
      give: (byteLength) => {
        this.#takenBytes -= byteLength;
      },
      lost: (snapshot) => {
        this.#open.delete(snapshot);
      },
      closed: (snapshot) => {
        this.#open.delete(snapshot);
        this.#all.delete(snapshot);
      },
    };
  }

  /** One after another, for they have one name, which they lose at once. */
  #makeFile(): Promise<OpenFile> {
    const made = this.#lastFile.then(() => this.#makeNext());
    this.#lastFile = made.catch(() => undefined);
    return made;
  }

  async #makeNext(): Promise<OpenFile> {
    const path = pathFor(this.#image.file.path);
    await DiskSnapshots.removeStale(this.#files, this.#image.file.path);
    const file = await this.#files.open(path, 'create');
    try {
      await this.#files.remove(path); // its space is given back even if this process is killed
      await file.truncate(this.#image.byteLength);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}
