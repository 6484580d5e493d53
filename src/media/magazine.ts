/**
 * A magazine: a folder of cartridges, each in a folder of its own, and `magazine.json`, which says
 * in which slot, mail slot or drive each of them is.
 *
 * ```text
 *  MOVE MEDIUM ──► moved (a value) ──► magazine.json, replaced in one step ──► contents
 *                                                ▲
 *  open, rescan ──► folders found ──► reconcile ─┘
 * ```
 *
 * A move changes that file alone: the cartridge's own folder stays where it is. So a power cut
 * leaves, at any instant, every cartridge in one element, where it was or where it goes. A
 * cartridge is there if its folder is, whatever the file says; one that nobody has given a place
 * yet gets a free one. The format is our own.
 */
import { join, resolve } from 'node:path';
import type { Files, OpenFile } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import { Cartridge } from './cartridge.ts';
import { type Identity, identityOf, leaveIdentity } from './identity.ts';
import {
  type Contents, type HeldCartridge, type Move, moved, reconcile, type Reconciled,
} from './magazine-contents.ts';
import { type ElementName, isStored, type MagazineLayout } from './magazine-elements.ts';
import { keptOf, type KeptMagazine, magazinePath, writeMagazine } from './magazine-file.ts';
import {
  findCartridges, type MagazineOptions, type OpenedMagazine, openMagazine,
} from './magazine-files.ts';

export class Magazine {
  /** The folder, as an absolute path. */
  readonly folder: string;
  /** What opening it found. */
  readonly openReport: Pick<Reconciled, 'missing' | 'added'>;
  readonly #files: Files;
  readonly #random: Random;
  readonly #lock: OpenFile;
  readonly #kept: Pick<KeptMagazine, 'identity' | 'layout'>;
  #contents: Contents;
  #closed: Promise<void> | undefined;

  private constructor(files: Files, random: Random, opened: OpenedMagazine) {
    this.folder = opened.folder;
    this.openReport = opened.report;
    this.#files = files;
    this.#random = random;
    this.#lock = opened.lock;
    this.#kept = opened.kept;
    this.#contents = opened.contents;
  }

  /**
   * Opens and locks a magazine, and finds out what is in it.
   *
   * Throws: MediaError (`inUse`, `notAMedium`, `damaged`; `invalid` if there are more cartridges
   * than elements, or counts that cannot be), FileError.
   */
  static async open(
    files: Files, random: Random, folder: string, options: MagazineOptions = {},
  ): Promise<Magazine> {
    return new Magazine(files, random,
      await openMagazine(files, random, resolve(folder), options));
  }

  get layout(): MagazineLayout {
    return this.#kept.layout;
  }

  get identity(): Identity {
    return identityOf(this.#kept.identity);
  }

  /** What each full element holds. */
  get contents(): Contents {
    return this.#contents;
  }

  /** Opens and locks the cartridge in an element. Throws: as `Cartridge.open`. */
  openCartridge(element: ElementName): Promise<Cartridge> {
    const held = this.#contents.get(element);
    if (held === undefined) throw new RangeError(`Cannot open ${element}: it is empty`);
    return Cartridge.open(this.#files, this.#random, join(this.folder, held.folder));
  }

  /**
   * Moves cartridges, all at once: durable on return, and not done at all if it throws.
   *
   * Throws: RangeError if a source is empty or a destination full, FileError.
   */
  async move(moves: readonly Move[]): Promise<void> {
    await this.#change(moved(this.#contents, moves));
  }

  /**
   * Looks again which cartridges there are; those that came go to `free` elements, in order. What
   * is in a drive stays there. Durable on return. Throws: FileError.
   */
  async rescan(free: readonly ElementName[]): Promise<Omit<Reconciled, 'contents'>> {
    const found = await findCartridges(this.#files, this.folder);
    const loaded = [...this.#contents].filter(([element, { folder }]) =>
      !isStored(element) && found.every((one) => one.folder !== folder));
    const result = reconcile(this.layout, keptOf(this.#contents),
      [...found, ...loaded.map(([, held]) => held)], free);
    await this.#change(result.contents);
    return result;
  }

  async #change(contents: Contents): Promise<void> {
    if (!isSame(contents, this.#contents)) {
      await writeMagazine(this.#files, magazinePath(this.folder),
        { ...this.#kept, cartridges: keptOf(contents) });
    }
    this.#contents = contents;
  }

  /** Gives up the lock; cartridges stay their openers', to close before. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    leaveIdentity(this.#files, this.identity);
    await this.#lock.close();
  }
}

const isSame = (a: Contents, b: Contents): boolean => {
  const text = ({ folder, naa, source }: HeldCartridge): string =>
    JSON.stringify([folder, naa, source]);
  return a.size === b.size && [...a].every(([element, held]) => {
    const other = b.get(element);
    return other !== undefined && text(other) === text(held);
  });
};
