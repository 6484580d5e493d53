/** Vital product data pages of disks. Source: SBC-3 6.5. */
import { bit, bits, rest, u8, u16, u32, u64 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { vpdHead, vpdLength } from '../spc/vpd.ts';

const blocks = { unit: 'blocks' };

/** Zero: no limit is told. */
export const blockLimitsPage = layout(
  { name: 'block limits page (B0h)', source: 'SBC-3 6.5.3', size: 64 },
  {
    ...vpdHead(0xb0),
    wsnz:                    bit(4, 0, 'WSNZ', { meaning: 'WRITE SAME of 0 blocks is refused' }),
    compareAndWriteMax:      u8(5, 'MAXIMUM COMPARE AND WRITE LENGTH', blocks),
    transferGranularity:     u16(6, 'OPTIMAL TRANSFER LENGTH GRANULARITY', blocks),
    transferMax:             u32(8, 'MAXIMUM TRANSFER LENGTH', blocks),
    transferOptimal:         u32(12, 'OPTIMAL TRANSFER LENGTH', blocks),
    prefetchMax:             u32(16, 'MAXIMUM PREFETCH LENGTH', blocks),
    unmapBlocksMax:          u32(20, 'MAXIMUM UNMAP LBA COUNT', blocks),
    unmapDescriptorsMax:     u32(24, 'MAXIMUM UNMAP BLOCK DESCRIPTOR COUNT'),
    unmapGranularity:        u32(28, 'OPTIMAL UNMAP GRANULARITY', blocks),
    ugaValid:                bit(32, 7, 'UGAVALID'),
    unmapAlignmentHigh:      bits(32, 6, 0, 'UNMAP GRANULARITY ALIGNMENT, bits 30 to 24'),
    unmapAlignmentMiddle:    u8(33, 'UNMAP GRANULARITY ALIGNMENT, bits 23 to 16'),
    unmapAlignmentLow:       u16(34, 'UNMAP GRANULARITY ALIGNMENT, bits 15 to 0'),
    writeSameMax:            u64(36, 'MAXIMUM WRITE SAME LENGTH', blocks),
    atomicTransferMax:       u32(44, 'MAXIMUM ATOMIC TRANSFER LENGTH', blocks),
    atomicAlignment:         u32(48, 'ATOMIC ALIGNMENT', blocks),
    atomicGranularity:       u32(52, 'ATOMIC TRANSFER LENGTH GRANULARITY', blocks),
    atomicBoundaryTransferMax: u32(56, 'MAXIMUM ATOMIC TRANSFER LENGTH WITH BOUNDARY', blocks),
    atomicBoundaryMax:       u32(60, 'MAXIMUM ATOMIC BOUNDARY SIZE', blocks),
  },
  [vpdLength],
);

export const blockCharacteristicsPage = layout(
  { name: 'block device characteristics page (B1h)', source: 'SBC-3 6.5.2', size: 64 },
  {
    ...vpdHead(0xb1),
    rotationRate: u16(4, 'MEDIUM ROTATION RATE', { meanings: { 0: 'not told', 1: 'no rotation' } }),
    productType:  u8(6, 'PRODUCT TYPE'),
    wabereq:      bits(7, 7, 6, 'WABEREQ'),
    wacereq:      bits(7, 5, 4, 'WACEREQ'),
    formFactor:   bits(7, 3, 0, 'NOMINAL FORM FACTOR'),
    fuab:         bit(8, 1, 'FUAB'),
    vbuls:        bit(8, 0, 'VBULS'),
  },
  [vpdLength],
);

export const logicalBlockProvisioningPage = layout(
  { name: 'logical block provisioning page (B2h)', source: 'SBC-3 6.5.4', size: 8 },
  {
    ...vpdHead(0xb2),
    thresholdExponent: u8(4, 'THRESHOLD EXPONENT'),
    lbpu:              bit(5, 7, 'LBPU', { meaning: 'UNMAP' }),
    lbpws:             bit(5, 6, 'LBPWS', { meaning: 'WRITE SAME(16) unmaps' }),
    lbpws10:           bit(5, 5, 'LBPWS10', { meaning: 'WRITE SAME(10) unmaps' }),
    lbprz:             bits(5, 4, 2, 'LBPRZ', { meanings: { 1: 'unmapped blocks read zeros' } }),
    ancSup:            bit(5, 1, 'ANC_SUP'),
    dp:                bit(5, 0, 'DP'),
    provisioningType:  bits(6, 2, 0, 'PROVISIONING TYPE', { meanings: {
      0: 'not told', 1: 'resource', 2: 'thin' } }),
    groupDescriptor:   rest(8, 'PROVISIONING GROUP DESCRIPTOR'),
  },
  [vpdLength],
);
