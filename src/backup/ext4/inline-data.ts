/**
 * Content that lies in the inode: 60 bytes in place of the block map, the rest in an attribute.
 *
 * Source: Linux Documentation/filesystems/ext4/inlinedata.rst, attributes.rst.
 */
import { readU32le } from '../../bytes/little-endian.ts';
import { FileSystemError } from './error.ts';
import { structure, u16, u32, u8 } from './fields.ts';

const BASE_BYTES = 128;
const ATTRIBUTES_MAGIC = 0xea020000;
const ENTRY_BYTES = 16;
const SYSTEM_INDEX = 7;
const DATA_NAME = 'data';

const attribute = structure({
  nameLength:  u8(0x00, 'e_name_len'),
  nameIndex:   u8(0x01, 'e_name_index'),
  valueOffset: u16(0x02, 'e_value_offs'),
  valueInode:  u32(0x04, 'e_value_inum'),
  valueBytes:  u32(0x08, 'e_value_size'),
});

/**
 * The value of `system.data` in an inode's bytes; empty if it has none.
 *
 * Throws: FileSystemError if the attributes do not lie within the inode.
 */
export function inlineTail(
  inode: Uint8Array, extraBytes: number, number: number, offset: number): Uint8Array {
  const header = BASE_BYTES + extraBytes;
  const first = header + 4;
  if (first > inode.length || readU32le(inode, header) !== ATTRIBUTES_MAGIC) {
    return new Uint8Array(0);
  }
  const fail = (at: number): FileSystemError =>
    new FileSystemError(offset + at, `an attribute of inode ${number} is cut off`);
  for (let at = first; at + 4 <= inode.length && readU32le(inode, at) !== 0;) {
    if (at + ENTRY_BYTES > inode.length) throw fail(at);
    const entry = attribute.read(inode, at);
    const nameAt = at + ENTRY_BYTES;
    const nameEnd = nameAt + entry.nameLength;
    if (nameEnd > inode.length) throw fail(at);
    const name = String.fromCharCode(...inode.subarray(nameAt, nameEnd));
    if (entry.nameIndex === SYSTEM_INDEX && name === DATA_NAME) {
      const from = first + entry.valueOffset;
      if (entry.valueInode !== 0 || from + entry.valueBytes > inode.length) throw fail(at);
      return inode.slice(from, from + entry.valueBytes);
    }
    at = nameAt + ((entry.nameLength + 3) & ~3);
  }
  return new Uint8Array(0);
}
