/** Copy source and copy destination (CSCD) descriptors. Source: SPC-4 6.4.5. */
import { hex } from '../../bytes/hex.ts';
import { choice } from '../../codec/choice.ts';
import { bit, bits, raw, u8, u16, u24, u32 } from '../../codec/field.ts';
import { type About, type AnyLayout, layout, type ValueOf } from '../../codec/layout.ts';
import { since, until } from '../../codec/levels.ts';
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
  { name: 'block device type specific parameters', source: 'SPC-4 6.4.5.3', size: 4 },
  {
    pad:             bit(0, 2, 'PAD'),
    diskBlockLength: u24(1, 'DISK BLOCK LENGTH', { unit: 'bytes' }),
  },
);

/** Bytes 28 to 31 for a tape: FIXED and STREAM BLOCK LENGTH belong together. */
export const sequentialDeviceParameters = layout(
  { name: 'sequential-access device type specific parameters', source: 'SPC-4 6.4.5.4', size: 4 },
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

/** Bytes 28 to 31 for a processor device or, from SPC-4 on, a copy manager. */
export const processorDeviceParameters = layout(
  { name: 'processor device type specific parameters', source: 'SPC-4 6.4.5.5', size: 4 },
  { pad: bit(0, 2, 'PAD') },
);

/** Peripheral device types whose descriptors have the parameters of a block device. */
export const BLOCK_TYPES: readonly number[] = [0x00, 0x04, 0x05, 0x07, 0x0e];

const device = choice(
  28, 4, 'device type specific parameters',
  { block: blockDeviceParameters, sequential: sequentialDeviceParameters,
    processor: processorDeviceParameters },
  (bytes, base) => {
    const type = bytes[base + 1]! & 0x1f;
    if (type === 0x01) return 'sequential';
    if (type === 0x03) return 'processor';
    return BLOCK_TYPES.includes(type) ? 'block' : undefined;
  },
);

const typeCode = (code: number) => u8(0, 'DESCRIPTOR TYPE CODE', { oneOf: [code], hex: true });
const LU_ID_TYPES = { 0: 'logical unit number', 1: 'proxy token' };
const luIdType = since(3, bits(1, 7, 6, 'LU ID TYPE', { oneOf: [0], meanings: LU_ID_TYPES }));
/** SPC-4 ignores the field in descriptors that have no LU IDENTIFIER. */
const ignoredLuIdType = since(3,
  bits(1, 7, 6, 'LU ID TYPE', { oneOf: [0], severity: 'note', meanings: LU_ID_TYPES }));
const nul = until(3, bit(1, 5, 'NUL', { meaning: 'null device' }));
const peripheralDeviceType = bits(1, 4, 0, 'PERIPHERAL DEVICE TYPE', {
  meanings: PERIPHERAL_DEVICE_TYPES });
const relativeInitiatorPort = since(3, u16(2, 'RELATIVE INITIATOR PORT IDENTIFIER'));
const luIdentifier = raw(4, 8, 'LU IDENTIFIER');
/** The types with an LU IDENTIFIER begin alike. */
const addressed = (code: number) =>
  ({ type: typeCode(code), luIdType, nul, peripheralDeviceType, relativeInitiatorPort,
    luIdentifier });
const name8 = (at: number, name: string) => raw(at, 8, name);

/** Types that versions before SPC-4 have call CSCDs targets. */
const about = (name: string, source: string, more: Partial<About> = {}): About => ({
  name: `${name} CSCD descriptor`, source, size: CSCD_BYTES,
  formerly: [[3, `${name} target descriptor`]], ...more });

/** Fibre Channel N_Port_Name (E0h); World Wide Name in SPC-2. */
export const fcNameCscd = layout(
  about('Fibre Channel N_Port_Name', 'SPC-4 7.6.3.2', { formerly: [
    [2, 'Fibre Channel World Wide Name target descriptor'],
    [3, 'Fibre Channel N_Port_Name target descriptor']] }),
  { ...addressed(0xe0), portName: name8(12, 'N_PORT NAME'), device },
);

/** Fibre Channel N_Port_ID (E1h). */
export const fcIdCscd = layout(
  about('Fibre Channel N_Port_ID', 'SPC-4 7.6.3.3'),
  { ...addressed(0xe1), portId: u24(21, 'N_PORT ID', { hex: true }), device },
);

/** Fibre Channel N_Port_ID with N_Port_Name checking (E2h). */
export const fcCheckedIdCscd = layout(
  about('Fibre Channel N_Port_ID with N_Port_Name checking', 'SPC-4 7.6.3.4'),
  {
    ...addressed(0xe2), portName: name8(12, 'N_PORT NAME'),
    portId: u24(21, 'N_PORT ID', { hex: true }), device,
  },
);

/** Parallel Interface T_L (E3h). */
export const parallelCscd = layout(
  about('Parallel Interface T_L', 'SPC-4 7.6.3.5', { until: 4 }),
  {
    ...addressed(0xe3), vendorSpecific: raw(12, 1, 'vendor specific'),
    targetIdentifier: u8(13, 'TARGET IDENTIFIER'), device,
  },
);

/** A designator of VPD page 83h with its three codes, from byte `at` on. */
const designatorFields = (at: number) => ({
  codeSet:          bits(at, 3, 0, 'CODE SET', {
    meanings: { 1: 'binary', 2: 'ASCII', 3: 'UTF-8' } }),
  association:      bits(at + 1, 5, 4, 'ASSOCIATION', {
    oneOf: [0], severity: 'warning',
    meanings: { 0: 'logical unit', 1: 'target port', 2: 'target device' } }),
  designatorType:   bits(at + 1, 3, 0, 'DESIGNATOR TYPE', { meanings: {
    0: 'vendor specific', 1: 'T10 vendor ID', 2: 'EUI-64', 3: 'NAA', 8: 'SCSI name string' } }),
  designatorLength: u8(at + 3, 'DESIGNATOR LENGTH', { max: 20, unit: 'bytes' }),
  designator:       raw(at + 4, 20, 'DESIGNATOR'),
});

interface Designation {
  readonly designator: Uint8Array;
  readonly designatorLength: number;
}
const paddedDesignator = ({ designator, designatorLength }: Designation) =>
  (designator.subarray(designatorLength).some((b) => b !== 0)
    ? { field: 'designator', rule: 'designator-padding', severity: 'warning',
      message: `is not padded with zeros behind its ${designatorLength} bytes` } as const
    : undefined);

/** Identification descriptor CSCD descriptor (E4h): a designator of VPD page 83h. */
export const identificationCscd = layout(
  about('identification descriptor', 'SPC-4 6.4.5.6'),
  {
    type: typeCode(0xe4), luIdType: ignoredLuIdType, nul, peripheralDeviceType,
    relativeInitiatorPort, ...designatorFields(4), device,
  },
  [paddedDesignator],
);
export type IdentificationCscd = ValueOf<typeof identificationCscd>;

const PROTOCOLS = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

/** IPv4 (E5h). */
export const ipv4Cscd = layout(
  about('IPv4', 'SPC-4 7.6.3.8'),
  {
    ...addressed(0xe5),
    address:    raw(12, 4, 'IPV4 ADDRESS'),
    portNumber: u16(22, 'PORT NUMBER'),
    protocol:   u16(26, 'INTERNET PROTOCOL NUMBER', { meanings: PROTOCOLS }),
    device,
  },
);

/** Alias (E6h): a value that CHANGE ALIASES has given a designation. */
export const aliasCscd = layout(
  about('alias', 'SPC-4 6.4.5.7', { since: 3 }),
  { ...addressed(0xe6), aliasValue: name8(12, 'ALIAS VALUE'), device },
);

/** RDMA (E7h). */
export const rdmaCscd = layout(
  about('RDMA', 'SPC-4 7.6.3.7', { since: 3 }),
  { ...addressed(0xe7), portIdentifier: raw(12, 16, 'TARGET PORT IDENTIFIER'), device },
);

/** IEEE 1394 EUI-64 (E8h). */
export const ieee1394Cscd = layout(
  about('IEEE 1394 EUI-64', 'SPC-4 7.6.3.6', { since: 3 }),
  {
    ...addressed(0xe8), eui64: name8(12, 'EUI-64'),
    directoryId: u24(20, 'DIRECTORY ID', { hex: true }), device,
  },
);

/** SAS Serial SCSI Protocol (E9h). */
export const sasCscd = layout(
  about('SAS Serial SCSI Protocol', 'SPC-4 7.6.3.10', { since: 3 }),
  { ...addressed(0xe9), sasAddress: name8(12, 'SAS ADDRESS'), device },
);

/** A copy that uses the descriptor is aborted; the list as such is taken. Source: SPC-4 6.4.5.2. */
const extensionType = u8(32, 'EXTENSION DESCRIPTOR TYPE CODE', {
  oneOf: [0xff], hex: true, severity: 'warning' });

/** IPv6 (EAh). */
export const ipv6Cscd = layout(
  about('IPv6', 'SPC-4 7.6.3.9', { size: 2 * CSCD_BYTES, since: 3 }),
  {
    ...addressed(0xea),
    address:    raw(12, 16, 'IPV6 ADDRESS'),
    device,
    extensionType,
    portNumber: u16(36, 'PORT NUMBER'),
    protocol:   u16(38, 'INTERNET PROTOCOL NUMBER', { meanings: PROTOCOLS }),
  },
);

/** IP Copy Service (EBh): another copy manager, and what it can reach. */
export const copyServiceCscd = layout(
  { name: 'IP copy service CSCD descriptor', source: 'SPC-4 6.4.5.8', size: 2 * CSCD_BYTES,
    since: 4 },
  {
    type: typeCode(0xeb), luIdType: ignoredLuIdType, nul, peripheralDeviceType,
    ipType:     bit(2, 0, 'IPTYPE', { meaning: 'IPv6' }),
    address:    raw(12, 16, 'COPY SERVICE IP ADDRESS'),
    device,
    extensionType,
    portNumber: u16(36, 'COPY SERVICE PORT NUMBER'),
    protocol:   u16(38, 'COPY SERVICE INTERNET PROTOCOL NUMBER', { meanings: PROTOCOLS }),
    ...designatorFields(40),
  },
  [paddedDesignator],
);

/** What a ROD is. Source: SPC-4 5.17.6.2. */
export const ROD_TYPES: Readonly<Record<number, string>> = {
  0x0000_0000: 'type specified by ROD token', 0x0001_0000: 'access upon reference',
  0x0080_0000: 'point in time copy - default',
  0x0080_0001: 'point in time copy - change vulnerable',
  0x0080_0002: 'point in time copy - persistent', 0x0080_ffff: 'point in time copy - any',
  0xffff_0001: 'block device zero',
};

/** What belongs to a token has no place in a ROD without one. Source: SPC-4 6.4.5.9. */
const wrongInRod = <K extends string>(field: K, message: string) =>
  ({ field, rule: 'rod-token', message }) as const;

/** ROD (FEh): data that a token or segments BEh and BFh name. */
export const rodCscd = layout(
  { name: 'ROD CSCD descriptor', source: 'SPC-4 6.4.5.9', size: CSCD_BYTES, since: 4 },
  {
    type: typeCode(0xfe), luIdType: ignoredLuIdType, peripheralDeviceType, relativeInitiatorPort,
    producerId:        u16(4, 'ROD PRODUCER CSCD DESCRIPTOR ID', { hex: true }),
    rodType:           u32(8, 'ROD TYPE', { hex: true, meanings: ROD_TYPES }),
    lifetime:          u32(12, 'REQUESTED ROD TOKEN LIFETIME', { unit: 'seconds' }),
    inactivityTimeout: u32(16, 'REQUESTED ROD TOKEN INACTIVITY TIMEOUT', { unit: 'seconds' }),
    rToken:            bit(22, 0, 'R_TOKEN', { meaning: 'return a token' }),
    delTkn:            bit(23, 0, 'DEL_TKN', { meaning: 'the token may be deleted' }),
    tokenOffset:       u32(24, 'ROD TOKEN OFFSET', { unit: 'bytes' }),
    device,
  },
  [
    ({ rodType, rToken }) => (rodType === 0 && rToken
      ? wrongInRod('rToken', 'is 1, but the ROD is given by a token') : undefined),
    ({ lifetime, rToken }) => (lifetime !== 0 && !rToken
      ? wrongInRod('lifetime', `is ${lifetime} with R_TOKEN=0`) : undefined),
    ({ inactivityTimeout, rToken }) => (inactivityTimeout !== 0 && !rToken
      ? wrongInRod('inactivityTimeout', `is ${inactivityTimeout} with R_TOKEN=0`) : undefined),
    ({ rodType, delTkn }) => (rodType !== 0 && delTkn
      ? wrongInRod('delTkn', 'is 1, but the ROD is not given by a token') : undefined),
    ({ rodType, tokenOffset }) => (rodType !== 0 && tokenOffset !== 0
      ? wrongInRod('tokenOffset', `is ${tokenOffset}, but the ROD is not given by a token`)
      : undefined),
  ],
);
export type RodCscd = ValueOf<typeof rodCscd>;

/** A type whose layout no public source gives (ECh). */
export const opaqueCscd = layout(
  { name: 'CSCD descriptor of a type without a public layout', source: 'SPC-4 6.4.5.1',
    size: CSCD_BYTES },
  {
    type: u8(0, 'DESCRIPTOR TYPE CODE', { hex: true }), luIdType: ignoredLuIdType, nul,
    peripheralDeviceType, parameters: raw(2, 30, 'parameters'),
  },
);

/** Type codes and layouts, by what they are called here. */
const KINDS = {
  fcName: [0xe0, fcNameCscd], fcId: [0xe1, fcIdCscd], fcCheckedId: [0xe2, fcCheckedIdCscd],
  parallel: [0xe3, parallelCscd], identification: [0xe4, identificationCscd],
  ipv4: [0xe5, ipv4Cscd], alias: [0xe6, aliasCscd], rdma: [0xe7, rdmaCscd],
  ieee1394: [0xe8, ieee1394Cscd], sas: [0xe9, sasCscd], ipv6: [0xea, ipv6Cscd],
  copyService: [0xeb, copyServiceCscd], rod: [0xfe, rodCscd],
} as const satisfies Record<string, readonly [number, AnyLayout]>;

export type CscdKind = keyof typeof KINDS;
/** A CSCD descriptor as the copy manager takes it, told apart by `kind`. */
export type Cscd = {
  [K in CscdKind]: ValueOf<(typeof KINDS)[K][1]> & { readonly kind: K };
}[CscdKind];

const BY_CODE = new Map(Object.entries(KINDS).map(([kind, [code, declared]]) =>
  [code as number, { kind, declared: declared as AnyLayout }] as const));

/** What this codec reads, by type code, ascending. */
export const CSCD_LAYOUTS: ReadonlyMap<number, AnyLayout> = new Map(
  [...BY_CODE].map(([code, { declared }]) => [code, declared]));

/** Codes of all versions and what they are called, known to this codec or not. */
export const CSCD_TYPES: Readonly<Record<number, string>> = {
  0xe0: 'Fibre Channel N_Port_Name', 0xe1: 'Fibre Channel N_Port_ID',
  0xe2: 'Fibre Channel N_Port_ID with N_Port_Name checking', 0xe3: 'Parallel Interface T_L',
  0xe4: 'identification descriptor', 0xe5: 'IPv4', 0xe6: 'alias', 0xe7: 'RDMA',
  0xe8: 'IEEE 1394 EUI-64', 0xe9: 'SAS Serial SCSI Protocol', 0xea: 'IPv6', 0xeb: 'IP copy service',
  0xec: 'multiple device', 0xfe: 'ROD', 0xff: 'extension',
};

/** Types of SPC-5 that are named in public, and nothing more. */
export const OPAQUE_CSCD_TYPES: readonly number[] = [0xec];

/** Types whose descriptor has an extension of another 32 bytes. */
const LONG_TYPES = [0xea, 0xeb];

export const cscdDescriptors: ListRules = {
  name: 'CSCD descriptor list', source: 'SPC-4 6.4.5.1', headerBytes: CSCD_BYTES,
  lengthOf: (bytes, at) => (LONG_TYPES.includes(bytes[at]!) ? 2 * CSCD_BYTES : CSCD_BYTES),
  typeOf: (bytes, at) => bytes[at]!,
  layoutOf: (type) => CSCD_LAYOUTS.get(type)
    ?? (OPAQUE_CSCD_TYPES.includes(type) ? opaqueCscd : undefined),
};

/** A name for messages: `E4h (identification descriptor)`. */
export const cscdTypeName = (type: number): string => {
  const found = CSCD_TYPES[type];
  return found === undefined ? hex(type) : `${hex(type)} (${found})`;
};

/** Reads the CSCD descriptor at `at`. Throws: Malformed; RangeError for an unknown type. */
export function readCscd(bytes: Uint8Array, at: number, end: number): Cscd {
  const found = BY_CODE.get(bytes[at]!);
  if (found === undefined) throw new RangeError(`Cannot read CSCD type ${hex(bytes[at]!)}`);
  // The layout is that of the kind.
  return { kind: found.kind, ...found.declared.read(bytes, at, end) } as unknown as Cscd;
}
