/** CDBs of sequential-access devices. Source: SSC-4 5, 6, 7. */
import { bit, bits, i24, i64, u8, u16, u24, u32, u64 } from '../../codec/field.ts';
import { type Fields, layout } from '../../codec/layout.ts';
import { naca, operationCode } from '../spc/cdb-fields.ts';

const cdb = <const F extends Fields>(name: string, source: string, size: number, fields: F) =>
  layout({ name: `${name} CDB`, source, size }, fields);

const immed = bit(1, 0, 'IMMED');
const fixed = bit(1, 0, 'FIXED', { meaning: 'the length counts blocks of the mode block length' });
const sili = bit(1, 1, 'SILI', { meaning: 'no report of a record that is shorter' });
const partition = (at: number) => u8(at, 'PARTITION');
const object = u64(4, 'LOGICAL OBJECT IDENTIFIER');
const fcs = bit(1, 3, 'FCS', { meaning: 'first command of a sequence' });
const lcs = bit(1, 2, 'LCS', { meaning: 'last command of a sequence' });
const transferLength = (at: number) =>
  u24(at, 'TRANSFER LENGTH', { unit: 'bytes, or blocks if FIXED' });

export const streamRead6Cdb = cdb('READ(6)', 'SSC-4 5.4', 6,
  { opcode: operationCode(0x08), sili, fixed, length: transferLength(2), naca: naca(5) });
export const streamWrite6Cdb = cdb('WRITE(6)', 'SSC-4 5.6', 6,
  { opcode: operationCode(0x0a), fixed, length: transferLength(2), naca: naca(5) });

export const streamRead16Cdb = cdb('READ(16)', 'SSC-4 6.3', 16, {
  opcode: operationCode(0x88), sili, fixed, partition: partition(3), object,
  length: transferLength(12), naca: naca(15),
});
export const streamWrite16Cdb = cdb('WRITE(16)', 'SSC-4 6.6', 16, {
  opcode: operationCode(0x8a), fcs, lcs, fixed, partition: partition(3), object,
  length: transferLength(12), naca: naca(15),
});

export const rewindCdb = cdb('REWIND', 'SSC-4 7.11', 6,
  { opcode: operationCode(0x01), immed, naca: naca(5) });

export const readBlockLimitsCdb = cdb('READ BLOCK LIMITS', 'SSC-4 7.6', 6, {
  opcode: operationCode(0x05),
  mloi: bit(1, 0, 'MLOI', { meaning: 'with the largest logical object identifier' }),
  naca: naca(5),
});

export const writeFilemarks6Cdb = cdb('WRITE FILEMARKS(6)', 'SSC-4 5.7', 6, {
  opcode: operationCode(0x10), wsmk: bit(1, 1, 'WSMK (obsolete)', { mustBe: false }), immed,
  count: u24(2, 'FILEMARK COUNT'), naca: naca(5),
});
export const writeFilemarks16Cdb = cdb('WRITE FILEMARKS(16)', 'SSC-4 6.7', 16, {
  opcode: operationCode(0x80), fcs, lcs, immed, partition: partition(3), object,
  count: u24(12, 'FILEMARK COUNT'), naca: naca(15),
});

const spaceCode = bits(1, 3, 0, 'CODE', { oneOf: [0, 1, 2, 3], meanings: {
  0: 'logical blocks', 1: 'filemarks', 2: 'sequential filemarks', 3: 'end of data' } });

export const space6Cdb = cdb('SPACE(6)', 'SSC-4 7.13', 6,
  { opcode: operationCode(0x11), code: spaceCode, count: i24(2, 'COUNT'), naca: naca(5) });
export const space16Cdb = cdb('SPACE(16)', 'SSC-4 7.14', 16, {
  opcode: operationCode(0x91), code: spaceCode, count: i64(4, 'COUNT'),
  parameterLength: u16(12, 'PARAMETER LENGTH', { oneOf: [0] }), naca: naca(15),
});

export const erase6Cdb = cdb('ERASE(6)', 'SSC-4 5.2', 6, {
  opcode: operationCode(0x19), immed: bit(1, 1, 'IMMED'),
  long: bit(1, 0, 'LONG', { meaning: 'to the end of the partition' }), naca: naca(5),
});

export const erase16Cdb = cdb('ERASE(16)', 'SSC-4 6.2', 16, {
  opcode: operationCode(0x93), fcs, lcs, immed: bit(1, 1, 'IMMED'),
  long: bit(1, 0, 'LONG', { meaning: 'to the end of the partition' }),
  partition: partition(3), object, naca: naca(15),
});

const verifyFlags = {
  vte: bit(1, 5, 'VTE', { mustBe: false }), vlbpm: bit(1, 4, 'VLBPM', { mustBe: false }),
  vbf: bit(1, 3, 'VBF', { mustBe: false }), immed: bit(1, 2, 'IMMED'),
  bytCmp: bit(1, 1, 'BYTCMP', { meaning: 'compare with the data that is sent' }), fixed,
};
const verificationLength = (at: number) =>
  u24(at, 'VERIFICATION LENGTH', { unit: 'bytes, or blocks if FIXED' });

export const streamVerify6Cdb = cdb('VERIFY(6)', 'SSC-4 5.5', 6,
  { opcode: operationCode(0x13), ...verifyFlags, length: verificationLength(2), naca: naca(5) });
export const streamVerify16Cdb = cdb('VERIFY(16)', 'SSC-4 6.5', 16, {
  opcode: operationCode(0x8f), ...verifyFlags, partition: partition(3), object,
  length: verificationLength(12), naca: naca(15),
});

export const formatMediumCdb = cdb('FORMAT MEDIUM', 'SSC-4 7.2', 6, {
  opcode: operationCode(0x04),
  verify: bit(1, 1, 'VERIFY', { meaning: 'verify the format' }), immed,
  format: bits(2, 3, 0, 'FORMAT', { oneOf: [0, 1, 2], meanings: {
    0: 'default', 1: 'partitions of mode page 11h', 2: 'default, then partitions' } }),
  length: u16(3, 'TRANSFER LENGTH', { oneOf: [0] }), naca: naca(5),
});

export const setCapacityCdb = cdb('SET CAPACITY', 'SSC-4 7.12', 6, {
  opcode: operationCode(0x0b), immed,
  proportion: u16(3, 'CAPACITY PROPORTION VALUE', { unit: '1/65535 of the whole' }),
  naca: naca(5),
});

export const allowOverwriteCdb = cdb('ALLOW OVERWRITE', 'SSC-4 7.1', 16, {
  opcode: operationCode(0x82),
  allow: bits(2, 3, 0, 'ALLOW OVERWRITE', { oneOf: [0, 1, 2], meanings: {
    0: 'not allowed', 1: 'at the current position', 2: 'format' } }),
  partition: partition(3), object, naca: naca(15),
});

export const loadUnloadCdb = cdb('LOAD UNLOAD', 'SSC-4 7.3', 6, {
  opcode: operationCode(0x1b), immed, hold: bit(4, 3, 'HOLD'), eot: bit(4, 2, 'EOT'),
  reten: bit(4, 1, 'RETEN'), load: bit(4, 0, 'LOAD'), naca: naca(5),
});

export const locate10Cdb = cdb('LOCATE(10)', 'SSC-4 7.4', 10, {
  opcode: operationCode(0x2b),
  bt: bit(1, 2, 'BT', { meaning: 'device specific address' }),
  cp: bit(1, 1, 'CP', { meaning: 'change partition' }), immed,
  object: u32(3, 'LOGICAL OBJECT IDENTIFIER'), partition: partition(8), naca: naca(9),
});
export const locate16Cdb = cdb('LOCATE(16)', 'SSC-4 7.5', 16, {
  opcode: operationCode(0x92),
  destination: bits(1, 5, 3, 'DEST_TYPE', { oneOf: [0, 1, 3], meanings: {
    0: 'logical object', 1: 'logical file', 3: 'end of data' } }),
  cp: bit(1, 1, 'CP', { meaning: 'change partition' }), immed,
  bam: bit(2, 0, 'BAM', { meaning: 'explicit address mode' }),
  partition: partition(3), identifier: u64(4, 'LOGICAL IDENTIFIER'), naca: naca(15),
});

export const readPositionCdb = cdb('READ POSITION', 'SSC-4 7.7', 10, {
  opcode: operationCode(0x34),
  form: bits(1, 4, 0, 'SERVICE ACTION', { oneOf: [0x00, 0x01, 0x06, 0x08], meanings: {
    0: 'short form, logical objects', 1: 'short form, vendor specific', 6: 'long form',
    8: 'extended form' } }),
  allocationLength: u16(7, 'ALLOCATION LENGTH', { unit: 'bytes' }), naca: naca(9),
});

export const reportDensitySupportCdb = cdb('REPORT DENSITY SUPPORT', 'SSC-4 7.10', 10, {
  opcode: operationCode(0x44),
  mediumType: bit(1, 1, 'MEDIUM TYPE', { meaning: 'types of media, not densities' }),
  media: bit(1, 0, 'MEDIA', { meaning: 'of the mounted medium' }),
  allocationLength: u16(7, 'ALLOCATION LENGTH', { unit: 'bytes' }), naca: naca(9),
});
