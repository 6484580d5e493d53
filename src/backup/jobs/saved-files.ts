/** The files of a set by path, and where on the tape their content is. */
import type { Catalog } from '../catalog/catalog.ts';
import { fileTypeOf, type InodeRecord } from '../map/item.ts';
import type { SavedSet } from './saved-set.ts';

/** A file of a set. */
export interface SavedFile {
  /** From the root of the volume. */
  readonly path: string;
  readonly inode: InodeRecord;
}

/** A part of a file's content. */
export interface SavedPiece {
  readonly logicalOffset: number;
  readonly byteLength: number;
  readonly streamOffset: number;
}

/** Folders within folders beyond this are a loop: they came from a tape, which may be damaged. */
const DEPTH_MAX = 4096;

/** Throws: Error if the set lists no files, or has none at that path. */
export function findFile(catalog: Catalog, set: SavedSet, path: string): SavedFile {
  const inode = catalog.lookup(set.number, path);
  if (inode !== undefined) return { path: normalPath(path), inode };
  if (set.header.fileSystem === undefined) {
    throw new Error(`Cannot find ${path} in set ${set.id}: `
      + `${set.header.note ?? 'it lists no files'}; the volume can be restored as a whole`);
  }
  throw new Error(`Cannot find ${path} in set ${set.id}: it has no such file or folder`);
}

/**
 * A file, or a folder with all that is in it; a folder comes before what is in it.
 *
 * Throws: Error at a name that is none, as only a damaged or forged tape has.
 */
export function* filesBelow(
  catalog: Catalog, set: SavedSet, top: SavedFile): Generator<SavedFile, void, undefined> {
  const pending = [{ file: top, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { file, depth } = next;
    yield file;
    if (fileTypeOf(file.inode) !== 'folder') continue;
    if (depth === DEPTH_MAX) throw new Error(`Cannot list set ${set.id}: its folders have no end`);
    const parent = file.path === '/' ? '' : file.path;
    for (const { name, inode: number } of catalog.folder(set.number, file.inode.number).reverse()) {
      const inode = catalog.inode(set.number, number);
      if (!isName(name) || inode === undefined) {
        throw new Error(`Cannot list ${file.path} of set ${set.id}: ${JSON.stringify(name)} `
          + (inode === undefined ? 'has no inode' : 'is no name'));
      }
      pending.push({ file: { path: `${parent}/${name}`, inode }, depth: depth + 1 });
    }
  }
}

/**
 * The written parts of a file, ascending; what lies between is zeros.
 *
 * Throws: Error if the set has not got all of it.
 */
export function* piecesOf(
  catalog: Catalog, set: SavedSet, file: SavedFile): Generator<SavedPiece, void, undefined> {
  for (const extent of catalog.extents(set.number, file.inode.number)) {
    for (let done = 0; done < extent.byteLength;) {
      const at = extent.diskOffset + done;
      const range = catalog.rangeAt(set.number, at);
      if (range === undefined) {
        throw new Error(
          `Cannot restore ${file.path}: byte ${at} of the disk is not in set ${set.id}`);
      }
      const within = at - range.diskOffset;
      const byteLength = Math.min(extent.byteLength - done, range.byteLength - within);
      yield {
        logicalOffset: extent.logicalOffset + done, byteLength,
        streamOffset: range.streamOffset + within,
      };
      done += byteLength;
    }
  }
}

const isName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);

const normalPath = (path: string): string =>
  `/${path.split('/').filter((name) => name !== '').join('/')}`;
