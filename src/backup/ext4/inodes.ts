/**
 * Inodes by number: reads pieces of the inode tables that hold hundreds, for whoever reads one
 * inode of a folder mostly wants its neighbours next.
 *
 * Source: Linux Documentation/filesystems/ext4/inode_table.rst.
 */
import type { ByteRange } from '../block-source.ts';
import { FileSystemError } from './error.ts';
import { type Group, readGroups } from './groups.ts';
import { decodeInode, type Inode } from './inode.ts';
import type { Volume } from './volume.ts';

/** Largest piece of an inode table that is fetched for one inode. */
const WINDOW_BYTES = 131_072;

/** A piece of an inode table, and where in it an inode lies. */
interface Place {
  readonly window: ByteRange;
  readonly within: number;
}

/**
 * Reads one inode that is in use.
 *
 * Throws: FileSystemError if there is no such inode, or it is corrupt or free.
 */
export async function readInode(volume: Volume, number: number): Promise<Inode> {
  const [inode] = await readInodes(volume, [number]);
  if (inode instanceof FileSystemError) throw inode;
  return inode!;
}

/**
 * Reads several inodes; best in ascending order. One that cannot be read gives its error.
 *
 * The caller bounds how many it asks for: each may need a window of its own.
 */
export async function readInodes(
  volume: Volume, numbers: readonly number[]): Promise<(Inode | FileSystemError)[]> {
  const places = await placesOf(volume, numbers);
  const windows = new Map<number, ByteRange>();
  for (const place of places) {
    if (!(place instanceof FileSystemError)) windows.set(place.window.offset, place.window);
  }
  const tables = await volume.reader.readMany([...windows.values()]);
  const tableAt = new Map([...windows.keys()].map((offset, index) => [offset, tables[index]!]));
  const { inodeBytes } = volume.superblock;
  return places.map((place, index) => {
    if (place instanceof FileSystemError) return place;
    const { window: { offset }, within } = place;
    const bytes = tableAt.get(offset)!.subarray(within, within + inodeBytes);
    return orError(() => decodeInode(volume, numbers[index]!, bytes, offset + within));
  });
}

async function placesOf(
  volume: Volume, numbers: readonly number[]): Promise<(Place | FileSystemError)[]> {
  const { inodesPerGroup } = volume.superblock;
  const groupOf = (number: number): number => Math.floor((number - 1) / inodesPerGroup);
  const groups = new Map<number, Group | FileSystemError>();
  for (const number of new Set(numbers.filter((n) => isInode(volume, n)).map(groupOf))) {
    groups.set(number, await readGroup(volume, number));
  }
  return numbers.map((number) => {
    const group = groups.get(groupOf(number));
    if (group === undefined || !isInode(volume, number)) return noInode(volume, number);
    return group instanceof FileSystemError ? group : placeIn(volume, group, number);
  });
}

const isInode = ({ superblock }: Volume, number: number): boolean =>
  Number.isInteger(number) && number >= 1 && number <= superblock.inodeCount;

const noInode = ({ superblock }: Volume, number: number): FileSystemError =>
  new FileSystemError(0, `there is no inode ${number}, only ${superblock.inodeCount}`);

async function readGroup(volume: Volume, number: number): Promise<Group | FileSystemError> {
  try {
    const [group] = await readGroups(volume, number, 1);
    return group!;
  } catch (error) {
    if (error instanceof FileSystemError) return error;
    throw error;
  }
}

/** The window ends where the table's used part ends, if the inode is within that. */
function placeIn({ superblock }: Volume, group: Group, number: number): Place {
  const { inodesPerGroup, inodeBytes, blockBytes } = superblock;
  const index = (number - 1) % inodesPerGroup;
  const perWindow = WINDOW_BYTES / inodeBytes;
  const first = index - (index % perWindow);
  const used = Math.max(inodesPerGroup - group.inodesUnused, index + 1);
  const count = Math.min(perWindow, used - first);
  const offset = group.inodeTable * blockBytes + first * inodeBytes;
  return {
    window: { offset, byteLength: count * inodeBytes },
    within: (index - first) * inodeBytes,
  };
}

function orError<T>(decode: () => T): T | FileSystemError {
  try {
    return decode();
  } catch (error) {
    if (error instanceof FileSystemError) return error;
    throw error;
  }
}
