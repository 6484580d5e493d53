/**
 * One inode: what a file is, apart from its names and its content.
 *
 * Source: Linux Documentation/filesystems/ext4/inodes.rst, special_inodes.rst.
 */
import { readU16le, readU32le } from '../../bytes/little-endian.ts';
import { checksum, checksumZeros } from './checksum.ts';
import { FileSystemError } from './error.ts';
import { split, structure, u16, u32 } from './fields.ts';
import { inlineTail } from './inline-data.ts';
import { inodeSeed, type Superblock } from './superblock.ts';
import type { Volume } from './volume.ts';

const BASE_BYTES = 128;
/** Up to the last field declared here; a shorter inode is read as if the rest were zero. */
const DECLARED_BYTES = 0x90;
const BLOCK_AT = 0x28;
const BLOCK_BYTES = 60;
/** A symbolic link shorter than this lies in the inode itself. */
const FAST_SYMLINK_BYTES = BLOCK_BYTES;

const layout = structure({
  mode:           u16(0x00, 'i_mode'),
  uid:            split(u16(0x02, 'i_uid'), u16(0x78, 'l_i_uid_high')),
  sizeLow:        u32(0x04, 'i_size_lo'),
  atime:          u32(0x08, 'i_atime'),
  ctime:          u32(0x0c, 'i_ctime'),
  mtime:          u32(0x10, 'i_mtime'),
  gid:            split(u16(0x18, 'i_gid'), u16(0x7a, 'l_i_gid_high')),
  linkCount:      u16(0x1a, 'i_links_count'),
  flags:          u32(0x20, 'i_flags'),
  generation:     u32(0x64, 'i_generation'),
  sizeHigh:       u32(0x6c, 'i_size_high'),
  checksumLow:    u16(0x7c, 'l_i_checksum_lo'),
  extraBytes:     u16(0x80, 'i_extra_isize'),
  checksumHigh:   u16(0x82, 'i_checksum_hi'),
  ctimeExtra:     u32(0x84, 'i_ctime_extra'),
  mtimeExtra:     u32(0x88, 'i_mtime_extra'),
  atimeExtra:     u32(0x8c, 'i_atime_extra'),
});
type Raw = ReturnType<typeof layout.read>;

const FLAGS = {
  encrypted: 0x800,
  extents: 0x80000,
  inlineData: 0x10000000,
  casefold: 0x40000000,
} as const;

/** By the upper four bits of the mode. */
const TYPES = {
  1: 'fifo',
  2: 'characterDevice',
  4: 'folder',
  6: 'blockDevice',
  8: 'file',
  10: 'symlink',
  12: 'socket',
} as const;
const TYPE_BY_MODE: Readonly<Record<number, InodeType>> = TYPES;

/** What kind of file an inode is. */
export type InodeType = (typeof TYPES)[keyof typeof TYPES];

/** An inode in use. Sizes are bytes, times nanoseconds since 1970 (UTC). */
export interface Inode {
  /** Several names with one number are hard links to one file. */
  readonly number: number;
  /** Byte of the disk where the inode is. */
  readonly offset: number;
  readonly type: InodeType;
  /** `st_mode`: type, set-id and sticky bits, permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly linkCount: number;
  /** Of a character or block device only. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** The content lies in the inode and has no blocks of its own. */
  readonly inline: boolean;
  /** A short symbolic link, whose target lies where others have their block map. */
  readonly fastSymlink: boolean;
  /** Content and, of a folder, names are ciphertext. */
  readonly encrypted: boolean;
  /** A folder that finds names whatever their case. */
  readonly casefold: boolean;
  /** The block map is a tree of extents, not of single blocks. */
  readonly hasExtents: boolean;
  /** `i_block`: the root of the block map, or the beginning of inline data. */
  readonly block: Uint8Array;
  /** The rest of inline data: the attribute `system.data`. */
  readonly inlineTail: Uint8Array;
  /** Seed of the checksums of the inode's extent and folder blocks. */
  readonly checksumSeed: number;
}

/**
 * Decodes an inode of which a name says that it is in use.
 *
 * Throws: FileSystemError if the checksum is wrong, or the inode is free or does not make sense.
 */
export function decodeInode(
  { superblock }: Volume, number: number, bytes: Uint8Array, offset: number): Inode {
  const raw = readRaw(bytes, number, offset);
  const checksumSeed = inodeSeed(superblock, number, raw.generation);
  if (superblock.metadataChecksums) checkChecksum(raw, bytes, number, offset, checksumSeed);
  const type = TYPE_BY_MODE[raw.mode >>> 12];
  if (type === undefined || raw.linkCount === 0) {
    throw new FileSystemError(offset,
      `inode ${number} is not in use (mode 0${raw.mode.toString(8)}, ${raw.linkCount} links)`);
  }
  const has = (flag: number): boolean => (raw.flags & flag) !== 0;
  const block = bytes.slice(BLOCK_AT, BLOCK_AT + BLOCK_BYTES);
  const size = sizeOf(superblock, raw, type, number, offset);
  const inline = has(FLAGS.inlineData);
  return {
    number,
    offset,
    type,
    mode: raw.mode,
    uid: raw.uid,
    gid: raw.gid,
    size,
    atimeNs: timeNs(raw.atime, raw.atimeExtra),
    mtimeNs: timeNs(raw.mtime, raw.mtimeExtra),
    ctimeNs: timeNs(raw.ctime, raw.ctimeExtra),
    linkCount: raw.linkCount,
    ...(type === 'characterDevice' || type === 'blockDevice' ? { device: deviceOf(block) } : {}),
    inline,
    fastSymlink: type === 'symlink' && !inline && size < FAST_SYMLINK_BYTES,
    encrypted: has(FLAGS.encrypted),
    casefold: has(FLAGS.casefold),
    hasExtents: has(FLAGS.extents),
    block,
    inlineTail: inline ? inlineTail(bytes, raw.extraBytes, number, offset) : new Uint8Array(0),
    checksumSeed,
  };
}

/** Fields that the inode says it has not are zero. */
function readRaw(bytes: Uint8Array, number: number, offset: number): Raw {
  const room = bytes.length - BASE_BYTES;
  const extraBytes = room === 0 ? 0 : readU16le(bytes, layout.field.extraBytes.at);
  if (extraBytes > room || extraBytes % 4 !== 0) {
    throw new FileSystemError(offset, `inode ${number} has ${extraBytes} extra bytes of ${room}`);
  }
  const declared = new Uint8Array(DECLARED_BYTES);
  declared.set(bytes.subarray(0, Math.min(BASE_BYTES + extraBytes, DECLARED_BYTES)));
  return layout.read(declared);
}

function checkChecksum(
  raw: Raw, bytes: Uint8Array, number: number, offset: number, seed: number): void {
  const low = layout.field.checksumLow.at;
  const high = layout.field.checksumHigh.at;
  const hasHigh = BASE_BYTES + raw.extraBytes >= high + 2;
  let found = checksumZeros(checksum(seed, bytes.subarray(0, low)), 2);
  if (hasHigh) {
    found = checksumZeros(checksum(found, bytes.subarray(low + 2, high)), 2);
    found = checksum(found, bytes.subarray(high + 2));
  } else {
    found = checksum(found, bytes.subarray(low + 2));
  }
  const expected = raw.checksumLow + raw.checksumHigh * 0x1_0000;
  if ((hasHigh ? found : found & 0xffff) === expected) return;
  throw new FileSystemError(offset, `the checksum of inode ${number} is wrong`);
}

/** A block map counts blocks in 32 bits: no file can have more. */
function sizeOf(
  superblock: Superblock, raw: Raw, type: InodeType, number: number, offset: number): number {
  const wide = type === 'file' || (type === 'folder' && superblock.largeFolders);
  const size = raw.sizeLow + (wide ? raw.sizeHigh * 0x1_0000_0000 : 0);
  if (size <= superblock.blockBytes * 0xffff_ffff) return size;
  throw new FileSystemError(offset, `inode ${number} has a size of ${size} bytes`);
}

/** Seconds are signed; the extra word holds two more bits above them, and nanoseconds. */
function timeNs(seconds: number, extra: number): bigint {
  const epoch = (extra & 3) * 0x1_0000_0000;
  return BigInt((seconds | 0) + epoch) * 1_000_000_000n + BigInt(extra >>> 2);
}

/** The first word holds an old 16-bit device number, the second a new 32-bit one. */
function deviceOf(block: Uint8Array): { major: number; minor: number } {
  const old = readU32le(block, 0);
  if (old !== 0) return { major: (old >>> 8) & 0xff, minor: old & 0xff };
  const device = readU32le(block, 4);
  return { major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}
