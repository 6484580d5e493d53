/** Copy source and copy destination (CSCD) descriptors. Source: SPC-4 6.4.5. */
import { hex } from '../../bytes/hex.ts';
import { choice } from '../../codec/choice.ts';
import { bit, bits, raw, u8, u16, u24 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';

/** Every CSCD descriptor has 32 bytes, those with an extension 64. */
export const CSCD_BYTES = 32;

/** The largest descriptor ID that names a place in the parameter list. Source: SPC-4 6.4.6.1. */
export const CSCD_ID_IN_LIST_MAX = 0x07ff;

export const PERIPHERAL_DEVICE_TYPES: Readonly<Record<number, string>> = {
  0x00: 'direct access block device', 0x01: 'sequential access device', 0x03: 'processor device',
  0x04: 'write-once device', 0x05: 'CD/DVD device', 0x07: 'optical memory device',
  0x08: 'medium changer', 0x0e: 'reduced block command device', 0x1f: 'no device',
};

/** Bytes 28 to 31 for a block device. */
export const blockDeviceParameters = layout(
  { name: 'block device type specific parameters', source: 'SPC-4 6.4.5.2', size: 4 },
  {
    pad:             bit(0, 2, 'PAD'),
    diskBlockLength: u24(1, 'DISK BLOCK LENGTH', { unit: 'bytes' }),
  },
);

/** Bytes 28 to 31 for a tape: FIXED and STREAM BLOCK LENGTH belong together. */
export const sequentialDeviceParameters = layout(
  { name: 'sequential-access device type specific parameters', source: 'SPC-4 6.4.5.3', size: 4 },
  {
    pad:               bit(0, 2, 'PAD'),
    fixed:             bit(0, 0, 'FIXED'),
    streamBlockLength: u24(1, 'STREAM BLOCK LENGTH', { unit: 'bytes' }),
  },
  [({ fixed, streamBlockLength }) => (fixed !== streamBlockLength > 0
    ? { field: 'streamBlockLength', rule: 'fixed-block-length',
      message: `is ${streamBlockLength} with FIXED=${fixed ? 1 : 0}`,
      mend: fixed ? 'give the block length of the tape' : 'write 0, or set FIXED' } : undefined)],
);

const BLOCK_TYPES = [0x00, 0x04, 0x05, 0x07, 0x0e];

const deviceTypeSpecific = choice(
  28, 4, 'device type specific parameters',
  { block: blockDeviceParameters, sequential: sequentialDeviceParameters },
  (bytes, base) => {
    const type = bytes[base + 1]! & 0x1f;
    if (type === 0x01) return 'sequential';
    return BLOCK_TYPES.includes(type) ? 'block' : undefined;
  },
);

/** Identification descriptor CSCD descriptor (E4h): a designator of VPD page 83h. */
export const identificationCscd = layout(
  { name: 'identification descriptor CSCD descriptor', source: 'SPC-4 6.4.5.4', size: CSCD_BYTES },
  {
    type:                 u8(0, 'DESCRIPTOR TYPE CODE', { oneOf: [0xe4] }),
    luIdType:             bits(1, 7, 6, 'LU ID TYPE', { oneOf: [0], severity: 'note' }),
    nul:                  bit(1, 5, 'NUL', { mustBe: false, severity: 'warning' }),
    peripheralDeviceType: bits(1, 4, 0, 'PERIPHERAL DEVICE TYPE', {
      meanings: PERIPHERAL_DEVICE_TYPES }),
    relativeInitiatorPort: u16(2, 'RELATIVE INITIATOR PORT IDENTIFIER'),
    codeSet:              bits(4, 3, 0, 'CODE SET', {
      meanings: { 1: 'binary', 2: 'ASCII', 3: 'UTF-8' } }),
    association:          bits(5, 5, 4, 'ASSOCIATION', {
      oneOf: [0], severity: 'warning',
      meanings: { 0: 'logical unit', 1: 'target port', 2: 'target device' } }),
    designatorType:       bits(5, 3, 0, 'DESIGNATOR TYPE', { meanings: {
      0: 'vendor specific', 1: 'T10 vendor ID', 2: 'EUI-64', 3: 'NAA', 8: 'SCSI name string' } }),
    designatorLength:     u8(7, 'DESIGNATOR LENGTH', { max: 20, unit: 'bytes' }),
    designator:           raw(8, 20, 'DESIGNATOR'),
    device:               deviceTypeSpecific,
  },
  [({ designator, designatorLength }) => (designator.subarray(designatorLength).some((b) => b !== 0)
    ? { field: 'designator', rule: 'designator-padding', severity: 'warning',
      message: `is not padded with zeros behind its ${designatorLength} bytes` } : undefined)],
);
export type IdentificationCscd = ValueOf<typeof identificationCscd>;

/** Codes of all versions and what they are called, known to this codec or not. */
export const CSCD_TYPES: Readonly<Record<number, string>> = {
  0xe0: 'Fibre Channel N_Port_Name', 0xe1: 'Fibre Channel N_Port_ID',
  0xe2: 'Fibre Channel N_Port_ID with N_Port_Name checking', 0xe3: 'Parallel Interface T_L',
  0xe4: 'identification descriptor', 0xe5: 'IPv4', 0xe6: 'alias', 0xe7: 'RDMA',
  0xe8: 'IEEE 1394 EUI-64', 0xe9: 'SAS Serial SCSI Protocol', 0xea: 'IPv6', 0xeb: 'IP copy service',
  0xec: 'multiple device', 0xfe: 'ROD',
};

/** Types whose descriptor has an extension of another 32 bytes. */
const LONG_TYPES = [0xea, 0xeb];

export const cscdDescriptors: ListRules = {
  name: 'CSCD descriptor list', source: 'SPC-4 6.4.5.1', headerBytes: CSCD_BYTES,
  lengthOf: (bytes, at) => (LONG_TYPES.includes(bytes[at]!) ? 2 * CSCD_BYTES : CSCD_BYTES),
  typeOf: (bytes, at) => bytes[at]!,
  layoutOf: (type) => (type === 0xe4 ? identificationCscd : undefined),
};

/** A name for messages: `E4h (identification descriptor)`. */
export const cscdTypeName = (type: number): string => {
  const name = CSCD_TYPES[type];
  return name === undefined ? hex(type) : `${hex(type)} (${name})`;
};
