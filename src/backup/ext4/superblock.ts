/**
 * The superblock: what the file system is, and whether this reader can read it.
 *
 * Source: Linux Documentation/filesystems/ext4/super.rst, blockgroup.rst, bigalloc.rst.
 */
import type { ByteReader } from '../block-source.ts';
import { CHECKSUM_START, checksum, checksumNumber } from './checksum.ts';
import { FileSystemError } from './error.ts';
import { split, structure, u16, u32, u8 } from './fields.ts';

const SUPERBLOCK_OFFSET = 1024;
const SUPERBLOCK_BYTES = 1024;
const MAGIC = 0xef53;
const UUID_AT = 0x68;
const VOLUME_NAME_AT = 0x78;
const OLD_REVISION_INODE_BYTES = 128;

const layout = structure({
  inodeCount:          u32(0x00, 's_inodes_count'),
  blockCount:          split(u32(0x04, 's_blocks_count_lo'), u32(0x150, 's_blocks_count_hi')),
  freeBlockCount:      split(u32(0x0c, 's_free_blocks_count_lo'), u32(0x158, 's_free_blocks_hi')),
  firstDataBlock:      u32(0x14, 's_first_data_block'),
  logBlockSize:        u32(0x18, 's_log_block_size'),
  logClusterSize:      u32(0x1c, 's_log_cluster_size'),
  blocksPerGroup:      u32(0x20, 's_blocks_per_group'),
  clustersPerGroup:    u32(0x24, 's_clusters_per_group'),
  inodesPerGroup:      u32(0x28, 's_inodes_per_group'),
  magic:               u16(0x38, 's_magic'),
  state:               u16(0x3a, 's_state'),
  revision:            u32(0x4c, 's_rev_level'),
  inodeBytes:          u16(0x58, 's_inode_size'),
  compatible:          u32(0x5c, 's_feature_compat'),
  incompatible:        u32(0x60, 's_feature_incompat'),
  readOnlyCompatible:  u32(0x64, 's_feature_ro_compat'),
  reservedDescriptorBlocks: u16(0xce, 's_reserved_gdt_blocks'),
  descriptorBytes:     u16(0xfe, 's_desc_size'),
  firstMetaGroup:      u32(0x104, 's_first_meta_bg'),
  checksumType:        u8(0x175, 's_checksum_type'),
  backupGroup0:        u32(0x24c, 's_backup_bgs[0]'),
  backupGroup1:        u32(0x250, 's_backup_bgs[1]'),
  checksumSeed:        u32(0x270, 's_checksum_seed'),
  checksum:            u32(0x3fc, 's_checksum'),
});
type Raw = ReturnType<typeof layout.read>;

const COMPATIBLE = { sparseSuper2: 0x200 } as const;

const READ_ONLY_COMPATIBLE = {
  sparseSuper: 0x1,
  groupChecksum: 0x10,
  bigalloc: 0x200,
  metadataChecksum: 0x400,
} as const;

const INCOMPATIBLE = {
  fileType: 0x2,
  needsRecovery: 0x4,
  metaBlockGroups: 0x10,
  sixtyFourBit: 0x80,
  checksumSeed: 0x2000,
  largeFolders: 0x4000,
} as const;

/** Every incompatible feature by the name e2fsprogs prints, and whether this reader knows it. */
const INCOMPATIBLE_NAMES: readonly (readonly [bit: number, name: string, supported: boolean])[] = [
  [0x1,     'compression',   false],
  [0x2,     'filetype',      true],
  [0x4,     'needs_recovery', true],
  [0x8,     'journal_dev',   false],
  [0x10,    'meta_bg',       true],
  [0x40,    'extent',        true],
  [0x80,    '64bit',         true],
  [0x100,   'mmp',           true],
  [0x200,   'flex_bg',       true],
  [0x400,   'ea_inode',      true],
  [0x1000,  'dirdata',       false],
  [0x2000,  'metadata_csum_seed', true],
  [0x4000,  'large_dir',     true],
  [0x8000,  'inline_data',   true],
  [0x10000, 'encrypt',       true],
  [0x20000, 'casefold',      true],
];

/** What the rest of the reader needs to know, checked. Blocks are the file system's. */
export interface Superblock {
  readonly uuid: Uint8Array;
  readonly label: string;
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly freeBlockCount: number;
  readonly firstDataBlock: number;
  /** Blocks that one bit of a block bitmap stands for: 1 without bigalloc. */
  readonly clusterBlocks: number;
  readonly groupCount: number;
  readonly blocksPerGroup: number;
  readonly inodeCount: number;
  readonly inodesPerGroup: number;
  readonly inodeBytes: number;
  readonly descriptorBytes: number;
  readonly reservedDescriptorBlocks: number;
  /** Descriptor blocks from this one on lie in their own groups; infinite without meta_bg. */
  readonly firstMetaGroup: number;
  /** How the groups with a copy of the superblock are known. */
  readonly backups: 'all' | 'sparse' | readonly number[];
  readonly groupChecksums: 'none' | 'crc16' | 'crc32c';
  readonly metadataChecksums: boolean;
  readonly checksumSeed: number;
  /** Folder entries tell the file type in the byte after the name's length. */
  readonly fileTypeInEntries: boolean;
  /** Folders may have more than 4 GiB. */
  readonly largeFolders: boolean;
  /** The journal holds changes that are not yet in their places. */
  readonly needsRecovery: boolean;
  /** It was unmounted cleanly and no errors were seen. */
  readonly clean: boolean;
}

/**
 * Reads the superblock and checks it against the device.
 *
 * Throws: FileSystemError if there is no ext4, it has features this reader does not know, its
 * checksum or its numbers do not fit together, or it is larger than the device.
 */
export async function readSuperblock(reader: ByteReader): Promise<Superblock> {
  if (reader.byteLength < SUPERBLOCK_OFFSET + SUPERBLOCK_BYTES) {
    throw new FileSystemError(SUPERBLOCK_OFFSET,
      `a superblock cannot be on a disk of ${reader.byteLength} bytes`);
  }
  const bytes = await reader.readBytes(SUPERBLOCK_OFFSET, SUPERBLOCK_BYTES);
  const raw = layout.read(bytes);
  must(raw, 'magic', raw.magic === MAGIC);
  must(raw, 'revision', raw.revision <= 1);
  const current = raw.revision === 0 ? withoutFeatures(raw) : raw;
  checkChecksum(current, bytes);
  checkFeatures(current);
  return checked(current, bytes, reader.byteLength);
}

/** Revision 0 has no feature words and no inode size. */
const withoutFeatures = (raw: Raw): Raw => ({
  ...raw,
  compatible: 0,
  incompatible: 0,
  readOnlyCompatible: 0,
  inodeBytes: OLD_REVISION_INODE_BYTES,
  reservedDescriptorBlocks: 0,
});

/** Fails with the field's place, name and value. */
function must(raw: Raw, key: keyof Raw, holds: boolean): void {
  if (holds) return;
  const { at, name } = layout.field[key];
  const value = key === 'magic' ? `0x${raw.magic.toString(16)}: no ext4` : String(raw[key]);
  throw new FileSystemError(SUPERBLOCK_OFFSET + at, `${name} is ${value}`);
}

function checkChecksum(raw: Raw, bytes: Uint8Array): void {
  if (!(raw.readOnlyCompatible & READ_ONLY_COMPATIBLE.metadataChecksum)) return;
  must(raw, 'checksumType', raw.checksumType === 1);
  const { at } = layout.field.checksum;
  if (checksum(CHECKSUM_START, bytes.subarray(0, at)) === raw.checksum) return;
  throw new FileSystemError(SUPERBLOCK_OFFSET + at, 'the checksum of the superblock is wrong');
}

function checkFeatures(raw: Raw): void {
  const names: string[] = [];
  let unknown = raw.incompatible;
  for (const [bit, name, supported] of INCOMPATIBLE_NAMES) {
    if (raw.incompatible & bit && !supported) names.push(name);
    unknown &= ~bit;
  }
  if (unknown !== 0) names.push(`0x${(unknown >>> 0).toString(16)}`);
  if (names.length === 0) return;
  throw new FileSystemError(SUPERBLOCK_OFFSET + layout.field.incompatible.at,
    `unsupported features: ${names.join(', ')}`);
}

function checked(raw: Raw, bytes: Uint8Array, deviceBytes: number): Superblock {
  const geometry = checkGeometry(raw);
  if (!(raw.blockCount * geometry.blockBytes <= deviceBytes)) {
    throw new FileSystemError(SUPERBLOCK_OFFSET + layout.field.blockCount.at,
      `${raw.blockCount} blocks of ${geometry.blockBytes} bytes are more than the disk's `
      + `${deviceBytes} bytes`);
  }
  const readOnly = (bit: number): boolean => (raw.readOnlyCompatible & bit) !== 0;
  const incompatible = (bit: number): boolean => (raw.incompatible & bit) !== 0;
  const metadataChecksums = readOnly(READ_ONLY_COMPATIBLE.metadataChecksum);
  const groupChecksum = readOnly(READ_ONLY_COMPATIBLE.groupChecksum);
  const uuid = bytes.slice(UUID_AT, UUID_AT + 16);
  const sparse2 = (raw.compatible & COMPATIBLE.sparseSuper2) !== 0;
  return {
    ...geometry,
    uuid,
    label: labelOf(bytes),
    blockCount: raw.blockCount,
    freeBlockCount: raw.freeBlockCount,
    firstDataBlock: raw.firstDataBlock,
    blocksPerGroup: raw.blocksPerGroup,
    inodeCount: raw.inodeCount,
    inodesPerGroup: raw.inodesPerGroup,
    inodeBytes: raw.inodeBytes,
    reservedDescriptorBlocks: raw.reservedDescriptorBlocks,
    firstMetaGroup: incompatible(INCOMPATIBLE.metaBlockGroups) ? raw.firstMetaGroup : Infinity,
    backups: sparse2
      ? [raw.backupGroup0, raw.backupGroup1]
      : readOnly(READ_ONLY_COMPATIBLE.sparseSuper) ? 'sparse' : 'all',
    groupChecksums: metadataChecksums ? 'crc32c' : groupChecksum ? 'crc16' : 'none',
    metadataChecksums,
    checksumSeed: incompatible(INCOMPATIBLE.checksumSeed)
      ? raw.checksumSeed
      : checksum(CHECKSUM_START, uuid),
    fileTypeInEntries: incompatible(INCOMPATIBLE.fileType),
    largeFolders: incompatible(INCOMPATIBLE.largeFolders),
    needsRecovery: incompatible(INCOMPATIBLE.needsRecovery),
    clean: raw.state === 1,
  };
}

type Geometry = Pick<Superblock, 'blockBytes' | 'clusterBlocks' | 'groupCount' | 'descriptorBytes'>;

/** The same relations that Linux asks for before it mounts. */
function checkGeometry(raw: Raw): Geometry {
  must(raw, 'logBlockSize', raw.logBlockSize <= 6);
  const blockBytes = 1024 << raw.logBlockSize;
  const bitmapBits = 8 * blockBytes;
  const bigalloc = (raw.readOnlyCompatible & READ_ONLY_COMPATIBLE.bigalloc) !== 0;
  const clusterShift = bigalloc ? raw.logClusterSize - raw.logBlockSize : 0;
  must(raw, 'logClusterSize', clusterShift >= 0 && raw.logClusterSize <= 20);
  const clusterBlocks = 2 ** clusterShift;
  const clustersPerGroup = bigalloc ? raw.clustersPerGroup : raw.blocksPerGroup;
  must(raw, bigalloc ? 'clustersPerGroup' : 'blocksPerGroup',
    isCount(clustersPerGroup, bitmapBits) && clustersPerGroup % 8 === 0);
  must(raw, 'blocksPerGroup', raw.blocksPerGroup === clustersPerGroup * clusterBlocks);
  must(raw, 'firstDataBlock', raw.firstDataBlock === (blockBytes * clusterBlocks === 1024 ? 1 : 0));
  must(raw, 'blockCount', raw.blockCount > raw.firstDataBlock);
  const groupCount = Math.ceil((raw.blockCount - raw.firstDataBlock) / raw.blocksPerGroup);
  const { inodeBytes } = raw;
  const isPower = (inodeBytes & (inodeBytes - 1)) === 0;
  must(raw, 'inodeBytes', inodeBytes >= 128 && inodeBytes <= blockBytes && isPower);
  must(raw, 'inodesPerGroup', isCount(raw.inodesPerGroup, bitmapBits));
  // It also bounds the groups, of which a disk can pretend to have more than memory can hold.
  must(raw, 'inodeCount', raw.inodeCount === raw.inodesPerGroup * groupCount);
  const descriptorBytes = descriptorBytesOf(raw);
  const descriptorBlocks = Math.ceil((groupCount * descriptorBytes) / blockBytes);
  must(raw, 'reservedDescriptorBlocks', raw.reservedDescriptorBlocks <= blockBytes / 4);
  const meta = (raw.incompatible & INCOMPATIBLE.metaBlockGroups) !== 0;
  must(raw, 'firstMetaGroup', !meta || raw.firstMetaGroup <= descriptorBlocks);
  return { blockBytes, clusterBlocks, groupCount, descriptorBytes };
}

function descriptorBytesOf(raw: Raw): number {
  if (!(raw.incompatible & INCOMPATIBLE.sixtyFourBit)) return 32;
  const bytes = raw.descriptorBytes;
  must(raw, 'descriptorBytes', bytes >= 64 && bytes <= 1024 && (bytes & (bytes - 1)) === 0);
  return bytes;
}

const isCount = (value: number, max: number): boolean => value > 0 && value <= max;

function labelOf(bytes: Uint8Array): string {
  const name = bytes.subarray(VOLUME_NAME_AT, VOLUME_NAME_AT + 16);
  const end = name.indexOf(0);
  return new TextDecoder().decode(end < 0 ? name : name.subarray(0, end));
}

/** Checksum seed of what belongs to one inode: it differs for each use of the number. */
export const inodeSeed = (superblock: Superblock, inode: number, generation: number): number =>
  checksumNumber(checksumNumber(superblock.checksumSeed, inode), generation);
