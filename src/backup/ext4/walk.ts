/**
 * All names of a file system, and one by its path.
 *
 *   folders still to read ─→ entries, some 100,000 at most ─→ sorted by inode ─→ inodes in batches
 *         ↑                                                                          │
 *         └────────────────────────── folders among them ←───────────────────────────┴─→ FileEntry
 */
import { symlinkTarget } from './content.ts';
import { FileSystemError } from './error.ts';
import { type FolderEntry, folderEntries } from './folder.ts';
import type { Inode } from './inode.ts';
import { readInode, readInodes } from './inodes.ts';
import { decodeName, encodeName } from './name-text.ts';
import type { Volume } from './volume.ts';

const ROOT_INODE = 2;
/** Entries of one folder that are held and sorted at a time. */
const ENTRY_BATCH = 131_072;
/** Inodes that are read at a time: each may be in another piece of the inode tables. */
const INODE_BATCH = 128;
/** Longer paths, in UTF-16 units, come from folders within folders without end. */
const PATH_LENGTH_MAX = 65_536;

/** A name and what it stands for. */
export interface FileEntry {
  /** From the root, `/`, with `/` between names; see `decodeName` for what is no UTF-8. */
  readonly path: string;
  readonly inode: Inode;
  /** Of a symbolic link that is not encrypted. */
  readonly symlinkTarget?: string;
}

/** How to walk. */
export interface WalkOptions {
  /**
   * Takes what cannot be read, with the path it concerns; the walk goes on with the next name.
   * Without it the walk throws at the first fault.
   */
  readonly onFault?: (fault: FileSystemError, path: string) => void;
}

/** Where a walk stands: folders that were seen, and those of them that are still to be read. */
interface Walk {
  readonly volume: Volume;
  readonly seen: InodeSet;
  readonly pending: { readonly path: string; readonly inode: number }[];
  readonly fault: (error: unknown, path: string) => void;
}

/**
 * Every name, the root first; a folder comes before what is in it. What is in an encrypted folder
 * is left out: its names are ciphertext.
 *
 * Throws: FileSystemError at a fault, if there is no `onFault`; errors of the source always.
 */
export async function* walk(
  volume: Volume, { onFault }: WalkOptions = {}): AsyncGenerator<FileEntry, void, undefined> {
  const state: Walk = {
    volume,
    seen: new InodeSet(),
    pending: [],
    fault: (error, path) => {
      if (onFault === undefined || !(error instanceof FileSystemError)) throw error;
      onFault(error, path);
    },
  };
  yield* readNames(state, '', [{ name: new Uint8Array(0), inode: ROOT_INODE }]);
  for (let next = state.pending.pop(); next !== undefined; next = state.pending.pop()) {
    yield* readFolder(state, next.path, next.inode);
  }
}

async function* readFolder(
  state: Walk, path: string, number: number): AsyncGenerator<FileEntry, void, undefined> {
  let batch: FolderEntry[] = [];
  try {
    const folder = await readInode(state.volume, number);
    for await (const entries of folderEntries(state.volume, folder)) {
      batch = batch.length === 0 ? entries : batch.concat(entries);
      if (batch.length < ENTRY_BATCH) continue;
      yield* readNames(state, path, batch);
      batch = [];
    }
  } catch (error) {
    state.fault(error, path);
  }
  yield* readNames(state, path, batch);
}

async function* readNames(
  state: Walk, folder: string, entries: FolderEntry[]): AsyncGenerator<FileEntry, void, undefined> {
  const sorted = entries.sort((a, b) => a.inode - b.inode);
  const parent = folder === '/' ? '' : folder;
  for (let first = 0; first < sorted.length; first += INODE_BATCH) {
    const batch = sorted.slice(first, first + INODE_BATCH);
    const inodes = await readInodes(state.volume, batch.map(({ inode }) => inode));
    for (const [index, inode] of inodes.entries()) {
      const path = `${parent}/${decodeName(batch[index]!.name)}`;
      try {
        yield await fileEntry(state, path, inode);
      } catch (error) {
        state.fault(error, path);
      }
    }
  }
}

async function fileEntry(
  state: Walk, path: string, inode: Inode | FileSystemError): Promise<FileEntry> {
  if (inode instanceof FileSystemError) throw inode;
  if (inode.type === 'folder') enqueue(state, path, inode);
  if (inode.type !== 'symlink' || inode.encrypted) return { path, inode };
  return { path, inode, symlinkTarget: await symlinkTarget(state.volume, inode) };
}

function enqueue({ seen, pending }: Walk, path: string, folder: Inode): void {
  if (path.length > PATH_LENGTH_MAX) {
    throw new FileSystemError(folder.offset,
      `the path of folder ${folder.number} has more than ${PATH_LENGTH_MAX} characters`);
  }
  if (!seen.add(folder.number)) {
    throw new FileSystemError(folder.offset, `folder ${folder.number} has a second name`);
  }
  if (!folder.encrypted) pending.push({ path, inode: folder.number });
}

/**
 * The inode that a path names, following no symbolic links; undefined if a name is not there.
 *
 * `.`, `..` and doubled slashes are no names. Names are compared byte by byte, in casefold folders
 * too.
 * Throws: FileSystemError if a folder on the way is corrupt or encrypted.
 */
export async function lookup(volume: Volume, path: string): Promise<Inode | undefined> {
  let inode = await readInode(volume, ROOT_INODE);
  const names = path === '/' ? [] : path.replace(/^\//, '').split('/');
  for (const name of names) {
    if (inode.type !== 'folder') return undefined;
    const number = await findName(volume, inode, encodeName(name));
    if (number === undefined) return undefined;
    inode = await readInode(volume, number);
  }
  return inode;
}

async function findName(
  volume: Volume, folder: Inode, name: Uint8Array): Promise<number | undefined> {
  for await (const entries of folderEntries(volume, folder)) {
    const found = entries.find((entry) => isEqual(entry.name, name));
    if (found !== undefined) return found.inode;
  }
  return undefined;
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** Inode numbers, one bit each, in pages that exist only where numbers were added. */
class InodeSet {
  readonly #pages = new Map<number, Uint8Array>();

  /** False if the number was there already. */
  add(number: number): boolean {
    const page = Math.floor(number / 32_768);
    const bits = this.#pages.get(page) ?? new Uint8Array(4096);
    this.#pages.set(page, bits);
    const at = (number % 32_768) >> 3;
    const bit = 1 << (number & 7);
    const added = (bits[at]! & bit) === 0;
    bits[at]! |= bit;
    return added;
  }
}
