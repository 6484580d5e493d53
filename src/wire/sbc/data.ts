/** Parameter data of block commands. Source: SBC-3 5. */
import { bit, bits, rest, u8, u16, u32, u64 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';

/** What a field of 32 bits holds when a number does not fit. */
export const LBA_32_MAX = 0xffff_ffff;

export const capacity10 = layout(
  { name: 'READ CAPACITY(10) parameter data', source: 'SBC-3 5.15.2', size: 8 },
  {
    lastLba:    u32(0, 'RETURNED LOGICAL BLOCK ADDRESS', { meanings: {
      [LBA_32_MAX]: 'more than fit: ask READ CAPACITY(16)' } }),
    blockBytes: u32(4, 'LOGICAL BLOCK LENGTH', { unit: 'bytes' }),
  },
);

export const capacity16 = layout(
  { name: 'READ CAPACITY(16) parameter data', source: 'SBC-3 5.16.2', size: 32 },
  {
    lastLba:          u64(0, 'RETURNED LOGICAL BLOCK ADDRESS'),
    blockBytes:       u32(8, 'LOGICAL BLOCK LENGTH', { unit: 'bytes' }),
    pType:            bits(12, 3, 1, 'P_TYPE'),
    protEn:           bit(12, 0, 'PROT_EN'),
    pIExponent:       bits(13, 7, 4, 'P_I_EXPONENT'),
    physicalExponent: bits(13, 3, 0, 'LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT'),
    lbpme:            bit(14, 7, 'LBPME', { meaning: 'thin or resource provisioned' }),
    lbprz:            bit(14, 6, 'LBPRZ', { meaning: 'unmapped blocks read zeros' }),
    lowestAlignedHigh: bits(14, 5, 0, 'LOWEST ALIGNED LOGICAL BLOCK ADDRESS, bits 13 to 8'),
    lowestAlignedLow: u8(15, 'LOWEST ALIGNED LOGICAL BLOCK ADDRESS, bits 7 to 0'),
  },
);

export const unmapList = layout(
  { name: 'UNMAP parameter list', source: 'SBC-3 5.26.2', size: 8 },
  {
    dataLength:       u16(0, 'UNMAP DATA LENGTH', { unit: 'bytes' }),
    descriptorLength: u16(2, 'UNMAP BLOCK DESCRIPTOR DATA LENGTH', { unit: 'bytes' }),
    descriptors:      rest(8, 'UNMAP block descriptors'),
  },
  [({ descriptorLength, descriptors }) => (descriptorLength > descriptors.length
    ? { field: 'descriptorLength', rule: 'length',
      message: `is ${descriptorLength}, ${descriptors.length} bytes follow the header` }
    : undefined),
  ({ descriptorLength }) => (descriptorLength % 16 !== 0
    ? { field: 'descriptorLength', rule: 'length', severity: 'warning',
      message: `is ${descriptorLength}, a descriptor has 16 bytes` } : undefined)],
);

export const unmapDescriptor = layout(
  { name: 'UNMAP block descriptor', source: 'SBC-3 5.26.2', size: 16 },
  {
    lba:        u64(0, 'UNMAP LOGICAL BLOCK ADDRESS'),
    blockCount: u32(8, 'NUMBER OF LOGICAL BLOCKS'),
  },
);

export const lbaStatusData = layout(
  { name: 'GET LBA STATUS parameter data', source: 'SBC-3 5.4.2', size: 8 },
  {
    dataLength:  u32(0, 'PARAMETER DATA LENGTH', { unit: 'bytes' }),
    descriptors: rest(8, 'LBA status descriptors'),
  },
);

export const lbaStatusDescriptor = layout(
  { name: 'LBA status descriptor', source: 'SBC-3 5.4.2', size: 16 },
  {
    lba:        u64(0, 'LBA STATUS LOGICAL BLOCK ADDRESS'),
    blockCount: u32(8, 'NUMBER OF LOGICAL BLOCKS'),
    status:     bits(12, 3, 0, 'PROVISIONING STATUS', { meanings: {
      0: 'mapped or not known', 1: 'deallocated', 2: 'anchored' } }),
  },
);
