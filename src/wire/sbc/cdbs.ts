/** CDBs of direct access block devices. Source: SBC-3 5. */
import { bit, bits, u8, u16, u32, u64 } from '../../codec/field.ts';
import { type Fields, layout } from '../../codec/layout.ts';
import { groupNumber, naca, operationCode, protect, serviceAction } from '../spc/cdb-fields.ts';

const LBA = 'LOGICAL BLOCK ADDRESS';
const blocks = { unit: 'blocks' };
const TRANSFER_LENGTH = 'TRANSFER LENGTH';

/** The four places where an address and a number of blocks stand. */
const form6 = (code: number) => ({
  opcode: operationCode(code),
  lbaHigh: bits(1, 4, 0, `${LBA}, bits 20 to 16`),
  lbaLow: u16(2, `${LBA}, bits 15 to 0`),
  blockCount: u8(4, TRANSFER_LENGTH, { ...blocks, meanings: { 0: '256' } }),
  naca: naca(5),
});
const form10 = (code: number, count = TRANSFER_LENGTH) => ({
  opcode: operationCode(code), lba: u32(2, LBA), group: groupNumber(6),
  blockCount: u16(7, count, blocks), naca: naca(9),
});
const form12 = (code: number, count = TRANSFER_LENGTH) => ({
  opcode: operationCode(code), lba: u32(2, LBA), blockCount: u32(6, count, blocks),
  group: groupNumber(10), naca: naca(11),
});
const form16 = (code: number, count = TRANSFER_LENGTH) => ({
  opcode: operationCode(code), lba: u64(2, LBA), blockCount: u32(10, count, blocks),
  group: groupNumber(14), naca: naca(15),
});

const dpo = bit(1, 4, 'DPO');
const fua = bit(1, 3, 'FUA', { meaning: 'from or to the medium itself' });
const readFlags = { protect: protect('RDPROTECT'), dpo, fua, rarc: bit(1, 2, 'RARC') };
const writeFlags = { protect: protect('WRPROTECT'), dpo, fua };
const byteCheck = (oneOf: readonly number[]) =>
  bits(1, 2, 1, 'BYTCHK', { oneOf, meanings: {
    0: 'medium only', 1: 'compare all', 3: 'compare all with one block' } });
const verifyFlags = { protect: protect('VRPROTECT'), dpo, byteCheck: byteCheck([0, 1, 3]) };
const writeVerifyFlags = { protect: protect('WRPROTECT'), dpo, byteCheck: byteCheck([0, 1]) };
const VERIFICATION_LENGTH = 'VERIFICATION LENGTH';

const cdb = <const F extends Fields>(name: string, source: string, size: number, fields: F) =>
  layout({ name: `${name} CDB`, source, size }, fields);

export const read6Cdb = cdb('READ(6)', 'SBC-3 5.10', 6, form6(0x08));
export const read10Cdb = cdb('READ(10)', 'SBC-3 5.11', 10, { ...form10(0x28), ...readFlags });
export const read12Cdb = cdb('READ(12)', 'SBC-3 5.12', 12, { ...form12(0xa8), ...readFlags });
export const read16Cdb = cdb('READ(16)', 'SBC-3 5.13', 16, { ...form16(0x88), ...readFlags });

export const write6Cdb = cdb('WRITE(6)', 'SBC-3 5.31', 6, form6(0x0a));
export const write10Cdb = cdb('WRITE(10)', 'SBC-3 5.32', 10, { ...form10(0x2a), ...writeFlags });
export const write12Cdb = cdb('WRITE(12)', 'SBC-3 5.33', 12, { ...form12(0xaa), ...writeFlags });
export const write16Cdb = cdb('WRITE(16)', 'SBC-3 5.34', 16, { ...form16(0x8a), ...writeFlags });

export const writeAndVerify10Cdb = cdb('WRITE AND VERIFY(10)', 'SBC-3 5.36', 10,
  { ...form10(0x2e), ...writeVerifyFlags });
export const writeAndVerify12Cdb = cdb('WRITE AND VERIFY(12)', 'SBC-3 5.37', 12,
  { ...form12(0xae), ...writeVerifyFlags });
export const writeAndVerify16Cdb = cdb('WRITE AND VERIFY(16)', 'SBC-3 5.38', 16,
  { ...form16(0x8e), ...writeVerifyFlags });

export const verify10Cdb = cdb('VERIFY(10)', 'SBC-3 5.27', 10,
  { ...form10(0x2f, VERIFICATION_LENGTH), ...verifyFlags });
export const verify12Cdb = cdb('VERIFY(12)', 'SBC-3 5.28', 12,
  { ...form12(0xaf, VERIFICATION_LENGTH), ...verifyFlags });
export const verify16Cdb = cdb('VERIFY(16)', 'SBC-3 5.29', 16,
  { ...form16(0x8f, VERIFICATION_LENGTH), ...verifyFlags });

const immed = bit(1, 1, 'IMMED');
const BLOCK_COUNT = 'NUMBER OF LOGICAL BLOCKS';

export const prefetch10Cdb = cdb('PRE-FETCH(10)', 'SBC-3 5.8', 10,
  { ...form10(0x34, 'PREFETCH LENGTH'), immed });
export const prefetch16Cdb = cdb('PRE-FETCH(16)', 'SBC-3 5.9', 16,
  { ...form16(0x90, 'PREFETCH LENGTH'), immed });
export const synchronizeCache10Cdb = cdb('SYNCHRONIZE CACHE(10)', 'SBC-3 5.22', 10,
  { ...form10(0x35, BLOCK_COUNT), immed });
export const synchronizeCache16Cdb = cdb('SYNCHRONIZE CACHE(16)', 'SBC-3 5.23', 16,
  { ...form16(0x91, BLOCK_COUNT), immed });

export const orWrite16Cdb = cdb('ORWRITE(16)', 'SBC-3 5.6', 16,
  { ...form16(0x8b), protect: protect('ORPROTECT'), dpo, fua });

export const writeAtomic16Cdb = cdb('WRITE ATOMIC(16)', 'SBC-4 5.46', 16, {
  opcode: operationCode(0x9c), ...writeFlags, lba: u64(2, LBA),
  boundary: u16(10, 'ATOMIC BOUNDARY', { unit: 'blocks' }),
  blockCount: u16(12, TRANSFER_LENGTH, blocks), group: groupNumber(14), naca: naca(15),
});

const anchor = (position: number) => bit(1, position, 'ANCHOR', { mustBe: false });
const unmap = bit(1, 3, 'UNMAP');

export const writeSame10Cdb = cdb('WRITE SAME(10)', 'SBC-3 5.44', 10,
  { ...form10(0x41, BLOCK_COUNT), protect: protect('WRPROTECT'), anchor: anchor(4), unmap });
export const writeSame16Cdb = cdb('WRITE SAME(16)', 'SBC-3 5.45', 16, {
  ...form16(0x93, BLOCK_COUNT), protect: protect('WRPROTECT'), anchor: anchor(4), unmap,
  ndob: bit(1, 0, 'NDOB', { meaning: 'no Data-Out: zeros' }),
});

export const unmapCdb = cdb('UNMAP', 'SBC-3 5.26', 10, {
  opcode: operationCode(0x42), anchor: anchor(0), group: groupNumber(6),
  parameterListLength: u16(7, 'PARAMETER LIST LENGTH', { unit: 'bytes' }), naca: naca(9),
});

export const compareAndWriteCdb = cdb('COMPARE AND WRITE', 'SBC-3 5.2', 16, {
  opcode: operationCode(0x89), ...writeFlags, lba: u64(2, LBA),
  blockCount: u8(13, BLOCK_COUNT), group: groupNumber(14), naca: naca(15),
});

/** LBA and PMI are obsolete; initiators that follow SBC-2 may still send them. */
export const readCapacity10Cdb = cdb('READ CAPACITY(10)', 'SBC-3 5.15', 10, {
  opcode: operationCode(0x25), lba: u32(2, `${LBA} (obsolete)`), pmi: bit(8, 0, 'PMI (obsolete)'),
  naca: naca(9),
});
export const readCapacity16Cdb = cdb('READ CAPACITY(16)', 'SBC-3 5.16', 16, {
  opcode: operationCode(0x9e), serviceAction: serviceAction(0x10),
  lba: u64(2, `${LBA} (obsolete)`),
  allocationLength: u32(10, 'ALLOCATION LENGTH', { unit: 'bytes' }),
  pmi: bit(14, 0, 'PMI (obsolete)'), naca: naca(15),
});
export const getLbaStatusCdb = cdb('GET LBA STATUS', 'SBC-3 5.4', 16, {
  opcode: operationCode(0x9e), serviceAction: serviceAction(0x12),
  lba: u64(2, 'STARTING LOGICAL BLOCK ADDRESS'),
  allocationLength: u32(10, 'ALLOCATION LENGTH', { unit: 'bytes' }), naca: naca(15),
});

export const startStopUnitCdb = cdb('START STOP UNIT', 'SBC-3 5.20', 6, {
  opcode: operationCode(0x1b), immed: bit(1, 0, 'IMMED'),
  modifier: bits(3, 3, 0, 'POWER CONDITION MODIFIER'),
  powerCondition: bits(4, 7, 4, 'POWER CONDITION'), noFlush: bit(4, 2, 'NO_FLUSH'),
  loEj: bit(4, 1, 'LOEJ', { meaning: 'load or eject' }), start: bit(4, 0, 'START'),
  naca: naca(5),
});
