/**
 * The maps of a set as a stream of items: the catalog stores them, the tape repeats them, and a
 * catalog is rebuilt by reading them back.
 *
 *   inode    mode, owner, times, size, link target, …
 *   extents  a file's content → ranges of the disk          ascending, CHUNK_RANGES at a time
 *   name     folder, name → inode                           several names: hard links
 *   blocks   ranges of the disk → places in the stream      ascending, CHUNK_RANGES at a time
 *
 * On the tape an item is its kind (one byte), the length of its body, and its body.
 */
import {
  decodeExtents, decodePlacedRanges, encodeExtents, encodePlacedRanges, type Extent,
  type PlacedRange,
} from './ranges.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/** What is known of a file apart from its names and the place of its content. */
export interface InodeRecord {
  readonly number: number;
  /** `st_mode`: type, set-id and sticky bits, permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly linkCount: number;
  readonly encrypted: boolean;
  readonly device?: { readonly major: number; readonly minor: number };
  readonly symlinkTarget?: string;
  /** Content that lies in the inode and has no place of its own. */
  readonly inlineData?: Uint8Array;
}

export type MapItem =
  | { readonly kind: 'blocks'; readonly ranges: readonly PlacedRange[] }
  | { readonly kind: 'inode'; readonly inode: InodeRecord }
  | { readonly kind: 'extents'; readonly inode: number; readonly extents: readonly Extent[] }
  | { readonly kind: 'name'; readonly folder: number; readonly name: string;
    readonly inode: number };

const KINDS = { blocks: 1, inode: 2, extents: 3, name: 4 } as const;

/** A longer body is damage: ranges come in chunks, names and targets are bounded by the disk. */
export const ITEM_BYTES_MAX = 512 * 1024;

export type FileType =
  | 'fifo' | 'characterDevice' | 'folder' | 'blockDevice' | 'file' | 'symlink' | 'socket' | 'other';

const TYPES: Readonly<Record<number, FileType>> = {
  1: 'fifo', 2: 'characterDevice', 4: 'folder', 6: 'blockDevice', 8: 'file', 10: 'symlink',
  12: 'socket',
};

export const fileTypeOf = ({ mode }: Pick<InodeRecord, 'mode'>): FileType =>
  TYPES[mode >>> 12] ?? 'other';

const FLAGS = { encrypted: 1, device: 2, symlink: 4, inlineData: 8 } as const;
const NS_PER_S = 1_000_000_000n;

export function encodeInode(inode: InodeRecord): Uint8Array {
  const { device, symlinkTarget, inlineData } = inode;
  const writer = new VarintWriter()
    .number(inode.number)
    .number((inode.encrypted ? FLAGS.encrypted : 0) | (device ? FLAGS.device : 0)
      | (symlinkTarget === undefined ? 0 : FLAGS.symlink) | (inlineData ? FLAGS.inlineData : 0))
    .number(inode.mode).number(inode.uid).number(inode.gid)
    .number(inode.size).number(inode.linkCount);
  for (const timeNs of [inode.atimeNs, inode.mtimeNs, inode.ctimeNs]) {
    const nanoseconds = ((timeNs % NS_PER_S) + NS_PER_S) % NS_PER_S;
    writer.signed(Number((timeNs - nanoseconds) / NS_PER_S)).number(Number(nanoseconds));
  }
  if (device !== undefined) writer.number(device.major).number(device.minor);
  if (symlinkTarget !== undefined) writer.text(symlinkTarget);
  if (inlineData !== undefined) writer.block(inlineData);
  return writer.take();
}

/** Throws: RangeError if the bytes are no inode. */
export function decodeInode(body: Uint8Array): InodeRecord {
  const reader = new VarintReader(body);
  const number = reader.number();
  const flags = reader.number();
  const timeNs = (): bigint => BigInt(reader.signed()) * NS_PER_S + BigInt(reader.number());
  return {
    number, encrypted: (flags & FLAGS.encrypted) !== 0,
    mode: reader.number(), uid: reader.number(), gid: reader.number(),
    size: reader.number(), linkCount: reader.number(),
    atimeNs: timeNs(), mtimeNs: timeNs(), ctimeNs: timeNs(),
    ...(flags & FLAGS.device
      ? { device: { major: reader.number(), minor: reader.number() } } : {}),
    ...(flags & FLAGS.symlink ? { symlinkTarget: reader.text() } : {}),
    ...(flags & FLAGS.inlineData ? { inlineData: reader.block().slice() } : {}),
  };
}

function encodeBody(item: MapItem): Uint8Array {
  switch (item.kind) {
    case 'blocks':
      return encodePlacedRanges(item.ranges);
    case 'inode':
      return encodeInode(item.inode);
    case 'extents':
      return new VarintWriter().number(item.inode).raw(encodeExtents(item.extents)).take();
    case 'name':
      return new VarintWriter().number(item.folder).number(item.inode).text(item.name).take();
  }
}

/** Throws: RangeError if kind and body are no item. */
export function decodeItem(kind: number, body: Uint8Array): MapItem {
  const reader = new VarintReader(body);
  switch (kind) {
    case KINDS.blocks:
      return { kind: 'blocks', ranges: decodePlacedRanges(body) };
    case KINDS.inode:
      return { kind: 'inode', inode: decodeInode(body) };
    case KINDS.extents: {
      const inode = reader.number();
      return { kind: 'extents', inode, extents: decodeExtents(reader.rest()) };
    }
    case KINDS.name:
      return { kind: 'name', folder: reader.number(), inode: reader.number(), name: reader.text() };
    default:
      throw new RangeError(`Cannot decode a map: kind ${kind} is not known`);
  }
}

/** An item as the tape has it. Throws: RangeError if it is longer than any item may be. */
export function encodeItem(item: MapItem): Uint8Array {
  const body = encodeBody(item);
  if (body.length > ITEM_BYTES_MAX) {
    throw new RangeError(`Cannot write a map: an item has ${body.length} bytes`);
  }
  return new VarintWriter().number(KINDS[item.kind]).block(body).take();
}
