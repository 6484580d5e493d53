/**
 * Restores files, or a whole volume as an image, into a folder of this machine. The data comes
 * through this client, read from the tape in one pass:
 *
 *   folders, empty files of full size ─→ content in the order of the tape ─→ links ─→ attributes
 *
 * Links come last, so that nothing is ever written through one; folders get their times when
 * nothing more changes in them.
 */
import type { Initiator } from '../../initiator/initiator.ts';
import type { FolderWriter } from '../../ports/folder-writer.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { TapeDrive } from '../devices/tape-drive.ts';
import { encodeName } from '../ext4/name-text.ts';
import { fileTypeOf } from '../map/item.ts';
import { pipeline } from '../movers/pipeline.ts';
import { readStream, type StreamPiece } from '../tape/stream-reader.ts';
import { openTape } from './connect.ts';
import { Job, type JobContext, type JobReport } from './job.ts';
import { filesBelow, findFile, piecesOf, type SavedFile } from './saved-files.ts';
import { checkTapeHolds, dataFileOf, findSavedSet, type SavedSet } from './saved-set.ts';

export interface RestoreToFolderOptions {
  readonly tape: Initiator;
  readonly catalog: Catalog;
  readonly set: string;
  /** A file or folder; without it everything, as files if the set lists them, else as an image. */
  readonly path?: string;
  readonly folder: FolderWriter;
}

export interface RestoreToFolderReport extends JobReport {
  /** Names that were made. */
  readonly fileCount: number;
}

const WRITES_UNDER_WAY = 8;
const SETTINGS_UNDER_WAY = 16;

type Path = readonly Uint8Array[];

/** Bytes of the stream and where they belong. */
interface FilePiece extends StreamPiece {
  readonly path: Path;
  readonly offset: number;
}

/** Throws: FileError if something of a name is there already, or cannot be written. */
export async function restoreToFolder(
  context: JobContext, options: RestoreToFolderOptions): Promise<RestoreToFolderReport> {
  const { tape: unit, catalog, folder } = options;
  const job = new Job(context, [unit]);
  const set = findSavedSet(catalog, options.set);
  const asImage = options.path === undefined && set.header.fileSystem === undefined;
  const top = asImage ? undefined : findFile(catalog, set, options.path ?? '/');
  const tape = await openTape(job, unit);
  await checkTapeHolds(tape.drive, catalog, set);
  const restore = new FolderRestore(job, catalog, set, folder);
  try {
    await folder.makeFolder([]);
    const content = top === undefined ? await restore.image() : await restore.files(top);
    await writeContent(job, new TapeDrive(job.meter.data(unit)), set, content, folder);
    await restore.finish();
    return {
      ...job.report({ job: 'restore', set: set.id, dataBytes: content.byteLength }),
      fileCount: restore.nameCount,
    };
  } finally {
    await folder.close();
  }
}

/** What is to be written, in the order of the tape. */
interface Content {
  readonly pieces: Iterable<FilePiece>;
  readonly byteLength: number;
}

async function writeContent(
  job: Job, drive: TapeDrive, set: SavedSet, content: Content, folder: FolderWriter,
): Promise<void> {
  const chunks = readStream(drive, dataFileOf(set), content.pieces, job.context.signal);
  const written = pipeline(chunks, WRITES_UNDER_WAY, async ({ piece, at, bytes }) => {
    await folder.writeFile(piece.path, piece.offset + at, bytes);
    return bytes.length;
  });
  let done = 0;
  for await (const byteLength of written) {
    done += byteLength;
    job.progress('copy', done, content.byteLength);
  }
}

class FolderRestore {
  readonly #job: Job;
  readonly #catalog: Catalog;
  readonly #set: SavedSet;
  readonly #folder: FolderWriter;
  /** What is done once all content is written, in this order. */
  readonly #links: (() => Promise<void>)[] = [];
  readonly #attributes: (() => Promise<void>)[] = [];
  readonly #folderAttributes: (() => Promise<void>)[] = [];
  /** By inode: the name that further names of it are linked to. */
  readonly #firstNames = new Map<number, Path>();
  #skipped: string[] = [];
  nameCount = 0;

  constructor(job: Job, catalog: Catalog, set: SavedSet, folder: FolderWriter) {
    this.#job = job;
    this.#catalog = catalog;
    this.#set = set;
    this.#folder = folder;
  }

  /** Makes one file of the size of the disk. Returns what goes into it. */
  async image(): Promise<Content> {
    const { source } = this.#set.header;
    const path = [encodeName(`${this.#set.id}.img`)];
    await this.#folder.createFile(path, source.blockBytes * source.blockCount);
    this.nameCount = 1;
    return { pieces: this.#imagePieces(path), byteLength: this.#set.trailer.dataBytes };
  }

  *#imagePieces(path: Path): Generator<FilePiece, void, undefined> {
    const ranges = this.#catalog.blockMap(this.#set.number);
    for (const { streamOffset, byteLength, diskOffset } of ranges) {
      yield { streamOffset, byteLength, path, offset: diskOffset };
    }
  }

  /** Makes folders and empty files. Returns what goes into them. */
  async files(top: SavedFile): Promise<Content> {
    const pieces: FilePiece[] = [];
    let byteLength = 0;
    // `/a/b` is restored as `b`: names before the last are not part of what was asked for.
    const cut = Math.max(1, top.path.lastIndexOf('/') + 1);
    for (const file of filesBelow(this.#catalog, this.#set, top)) {
      this.#job.context.signal?.throwIfAborted();
      const path = file.path.slice(cut).split('/').filter((name) => name !== '').map(encodeName);
      if (path.length === 0) continue; // the volume's root is the folder that was given
      for (const piece of await this.#make(file, path)) {
        pieces.push(piece);
        byteLength += piece.byteLength;
      }
    }
    pieces.sort((a, b) => a.streamOffset - b.streamOffset);
    return { pieces, byteLength };
  }

  async finish(): Promise<void> {
    for (const make of this.#links) await make();
    for await (const _ of pipeline(this.#attributes, SETTINGS_UNDER_WAY, (set) => set())) {
      this.#job.context.signal?.throwIfAborted();
    }
    // Folders stand before what is in them. Backwards, one that lets nobody in comes after all.
    for (const set of this.#folderAttributes.reverse()) await set();
    if (this.#skipped.length === 0) return;
    this.#job.note(`${this.#skipped.length} special or encrypted files were left out, `
      + `the first is ${this.#skipped[0]}`);
  }

  async #make(file: SavedFile, path: Path): Promise<FilePiece[]> {
    const { inode } = file;
    const type = fileTypeOf(inode);
    const first = this.#firstNames.get(inode.number);
    if (first !== undefined && type !== 'folder') {
      this.#links.push(() => this.#folder.makeHardLink(path, first));
      this.nameCount += 1;
      return [];
    }
    const isKnown = type === 'file' || type === 'folder' || type === 'symlink';
    if (!isKnown || inode.encrypted || (type === 'symlink' && inode.symlinkTarget === undefined)) {
      this.#skipped.push(file.path);
      return [];
    }
    this.#firstNames.set(inode.number, path);
    this.nameCount += 1;
    const attributes = type === 'folder' ? this.#folderAttributes : this.#attributes;
    attributes.push(() => this.#folder.setAttributes(path, inode));
    if (type === 'folder') await this.#folder.makeFolder(path);
    else if (type === 'symlink') {
      const target = encodeName(inode.symlinkTarget ?? '');
      this.#links.push(() => this.#folder.makeSymlink(path, target));
    } else return this.#makeFile(file, path);
    return [];
  }

  async #makeFile(file: SavedFile, path: Path): Promise<FilePiece[]> {
    const { size, inlineData } = file.inode;
    await this.#folder.createFile(path, size);
    if (inlineData !== undefined) {
      await this.#folder.writeFile(path, 0, inlineData.subarray(0, size));
      return [];
    }
    // Blocks are whole: what they hold behind the end of the file is not part of it.
    return Array.from(piecesOf(this.#catalog, this.#set, file), (piece) => ({
      streamOffset: piece.streamOffset, path, offset: piece.logicalOffset,
      byteLength: Math.min(piece.byteLength, size - piece.logicalOffset),
    })).filter(({ byteLength }) => byteLength > 0);
  }
}
