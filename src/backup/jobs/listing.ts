/** What a catalog has, for people: sets, files, volumes. */
import type { Catalog, SetRow } from '../catalog/catalog.ts';
import { type FileType, fileTypeOf, type InodeRecord } from '../map/item.ts';
import { findFile } from './saved-files.ts';
import { findSavedSet } from './saved-set.ts';

/** A name in a set. */
export interface ListedFile {
  readonly name: string;
  readonly path: string;
  readonly type: FileType;
  readonly inode: InodeRecord;
}

/**
 * The names in a folder of a set, sorted; of a file, the file itself.
 *
 * Throws: Error if there is no such set, or it has nothing at that path.
 */
export function listFolder(catalog: Catalog, setName: string, path: string): ListedFile[] {
  const set = findSavedSet(catalog, setName);
  const top = findFile(catalog, set, path);
  const listed = (name: string, at: string, inode: InodeRecord): ListedFile =>
    ({ name, path: at, type: fileTypeOf(inode), inode });
  if (fileTypeOf(top.inode) !== 'folder') {
    return [listed(top.path.slice(top.path.lastIndexOf('/') + 1), top.path, top.inode)];
  }
  const parent = top.path === '/' ? '' : top.path;
  return catalog.folder(set.number, top.inode.number).flatMap(({ name, inode: number }) => {
    const inode = catalog.inode(set.number, number);
    return inode === undefined ? [] : [listed(name, `${parent}/${name}`, inode)];
  });
}

/** A volume and the sets on it, oldest first. */
export interface ListedVolume {
  readonly volume: string;
  readonly name: string;
  readonly barcode: string | undefined;
  readonly sets: readonly SetRow[];
}

/** Everything a catalog has, by volume. */
export function showCatalog(catalog: Catalog): ListedVolume[] {
  const sets = catalog.sets();
  return catalog.volumes().map(({ volume, name, barcode }) => ({
    volume, name, barcode, sets: sets.filter((set) => set.volume === volume),
  }));
}
