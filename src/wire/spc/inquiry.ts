/** Standard INQUIRY data. Source: SPC-4 6.6.2. */
import { ascii, bit, bits, rest, u8, u16 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { PERIPHERAL_DEVICE_TYPES } from '../copy/cscd.ts';

export const qualifier = bits(0, 7, 5, 'PERIPHERAL QUALIFIER', { meanings: {
  0: 'connected', 1: 'not connected', 3: 'no logical unit' } });
export const deviceType = bits(0, 4, 0, 'PERIPHERAL DEVICE TYPE', {
  meanings: PERIPHERAL_DEVICE_TYPES });

/** The shortest form ends with the revision; the standard's full form has 96 bytes. */
export const standardInquiry = layout(
  { name: 'standard INQUIRY data', source: 'SPC-4 6.6.2', size: 36 },
  {
    qualifier,
    deviceType,
    rmb:              bit(1, 7, 'RMB', { meaning: 'removable medium' }),
    version:          u8(2, 'VERSION', { meanings: {
      3: 'SPC', 4: 'SPC-2', 5: 'SPC-3', 6: 'SPC-4', 7: 'SPC-5' } }),
    normAca:          bit(3, 5, 'NORMACA'),
    hiSup:            bit(3, 4, 'HISUP'),
    dataFormat:       bits(3, 3, 0, 'RESPONSE DATA FORMAT', { oneOf: [2], severity: 'warning' }),
    additionalLength: u8(4, 'ADDITIONAL LENGTH', { unit: 'bytes' }),
    sccs:             bit(5, 7, 'SCCS'),
    acc:              bit(5, 6, 'ACC'),
    tpgs:             bits(5, 5, 4, 'TPGS'),
    thirdPartyCopy:   bit(5, 3, '3PC', { meaning: 'has a copy manager' }),
    protect:          bit(5, 0, 'PROTECT'),
    encServ:          bit(6, 6, 'ENCSERV'),
    multiP:           bit(6, 4, 'MULTIP'),
    cmdQue:           bit(7, 1, 'CMDQUE', { meaning: 'queues commands' }),
    vendor:           ascii(8, 8, 'T10 VENDOR IDENTIFICATION'),
    product:          ascii(16, 16, 'PRODUCT IDENTIFICATION'),
    revision:         ascii(32, 4, 'PRODUCT REVISION LEVEL'),
    additional:       rest(36, 'bytes behind the revision'),
  },
  [({ additionalLength }, byteLength) => (additionalLength < 31
    ? { field: 'additionalLength', rule: 'length', severity: 'warning',
      message: `is ${additionalLength}, must be at least 31` }
    : additionalLength + 5 < byteLength
      ? { field: 'additionalLength', rule: 'length', severity: 'warning',
        message: `is ${additionalLength}, ${byteLength - 5} bytes follow it` } : undefined)],
);

/** Names of version descriptors that this project claims. Source: SPC-4 6.6.2, table D. */
export const VERSION_DESCRIPTORS = {
  sam5: 0x00a0, iscsi: 0x0960, spc4: 0x0460, smc3: 0x0480, sbc3: 0x04c0, ssc4: 0x0520,
} as const;

const VERSION_NAMES: Readonly<Record<number, string>> = {
  [VERSION_DESCRIPTORS.sam5]: 'SAM-5', [VERSION_DESCRIPTORS.iscsi]: 'iSCSI',
  [VERSION_DESCRIPTORS.spc4]: 'SPC-4', [VERSION_DESCRIPTORS.smc3]: 'SMC-3',
  [VERSION_DESCRIPTORS.sbc3]: 'SBC-3',
  [VERSION_DESCRIPTORS.ssc4]: 'SSC-4',
};
const versionDescriptor = (index: number) =>
  u16(22 + 2 * index, `VERSION DESCRIPTOR ${index + 1}`, { meanings: VERSION_NAMES });

/** Bytes 36 to 95 of the standard data. */
export const inquiryVersions = layout(
  { name: 'standard INQUIRY data, bytes 36 to 95', source: 'SPC-4 6.6.2', size: 60 },
  {
    version1: versionDescriptor(0), version2: versionDescriptor(1),
    version3: versionDescriptor(2), version4: versionDescriptor(3),
    version5: versionDescriptor(4), version6: versionDescriptor(5),
    version7: versionDescriptor(6), version8: versionDescriptor(7),
  },
);
