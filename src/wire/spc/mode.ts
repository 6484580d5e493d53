/** Mode parameter lists and the mode pages of all kinds of devices. Source: SPC-4 7.5. */
import { bit, bits, rest, u8, u16, u24, u32, u64 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import type { ListRules } from '../../codec/list.ts';
import { readU16 } from '../../bytes/big-endian.ts';

/** WP and, on disks, DPOFUA; on tapes buffered mode and speed. */
const DEVICE_SPECIFIC = 'DEVICE-SPECIFIC PARAMETER';

export const modeHeader6 = layout(
  { name: 'mode parameter header(6)', source: 'SPC-4 7.5.5', size: 4 },
  {
    modeDataLength:        u8(0, 'MODE DATA LENGTH', { unit: 'bytes' }),
    mediumType:            u8(1, 'MEDIUM TYPE', { hex: true }),
    deviceSpecific:        u8(2, DEVICE_SPECIFIC, { hex: true }),
    blockDescriptorLength: u8(3, 'BLOCK DESCRIPTOR LENGTH', { unit: 'bytes' }),
  },
);

export const modeHeader10 = layout(
  { name: 'mode parameter header(10)', source: 'SPC-4 7.5.5', size: 8 },
  {
    modeDataLength:        u16(0, 'MODE DATA LENGTH', { unit: 'bytes' }),
    mediumType:            u8(2, 'MEDIUM TYPE', { hex: true }),
    deviceSpecific:        u8(3, DEVICE_SPECIFIC, { hex: true }),
    longLba:               bit(4, 0, 'LONGLBA', { meaning: 'block descriptors of 16 bytes' }),
    blockDescriptorLength: u16(6, 'BLOCK DESCRIPTOR LENGTH', { unit: 'bytes' }),
  },
);

/** For all devices but disks; FFFFFFh blocks would mean more than fit. */
export const generalBlockDescriptor = layout(
  { name: 'general mode parameter block descriptor', source: 'SPC-4 7.5.6.1', size: 8 },
  {
    densityCode: u8(0, 'DENSITY CODE', { hex: true }),
    blockCount:  u24(1, 'NUMBER OF BLOCKS'),
    blockBytes:  u24(5, 'BLOCK LENGTH', { unit: 'bytes' }),
  },
);

export const shortLbaBlockDescriptor = layout(
  { name: 'short LBA mode parameter block descriptor', source: 'SBC-3 6.4.2.2', size: 8 },
  {
    blockCount: u32(0, 'NUMBER OF LOGICAL BLOCKS'),
    blockBytes: u24(5, 'LOGICAL BLOCK LENGTH', { unit: 'bytes' }),
  },
);

export const longLbaBlockDescriptor = layout(
  { name: 'long LBA mode parameter block descriptor', source: 'SBC-3 6.4.2.3', size: 16 },
  {
    blockCount: u64(0, 'NUMBER OF LOGICAL BLOCKS'),
    blockBytes: u32(12, 'LOGICAL BLOCK LENGTH', { unit: 'bytes' }),
  },
);

/** The two bytes that a mode page without subpage begins with. */
export const pageHead = (code: number, length: number) => ({
  ps:         bit(0, 7, 'PS', { meaning: 'can be saved' }),
  spf:        bit(0, 6, 'SPF', { mustBe: false }),
  pageCode:   bits(0, 5, 0, 'PAGE CODE', { oneOf: [code] }),
  pageLength: u8(1, 'PAGE LENGTH', { oneOf: [length], unit: 'bytes' }),
});

/** The four bytes that a mode page with subpage begins with. */
export const subpageHead = (code: number, subpage: number, length: number) => ({
  ps:          bit(0, 7, 'PS', { meaning: 'can be saved' }),
  spf:         bit(0, 6, 'SPF', { mustBe: true }),
  pageCode:    bits(0, 5, 0, 'PAGE CODE', { oneOf: [code] }),
  subpageCode: u8(1, 'SUBPAGE CODE', { oneOf: [subpage] }),
  pageLength:  u16(2, 'PAGE LENGTH', { oneOf: [length], unit: 'bytes' }),
});

export const controlPage = layout(
  { name: 'control mode page (0Ah)', source: 'SPC-4 7.5.8', size: 12 },
  {
    ...pageHead(0x0a, 0x0a),
    tst:             bits(2, 7, 5, 'TST', { oneOf: [0, 1], meanings: {
      0: 'one task set', 1: 'a task set for each I_T nexus' } }),
    tmfOnly:         bit(2, 4, 'TMF_ONLY'),
    dSense:          bit(2, 2, 'D_SENSE', { meaning: 'descriptor format sense data' }),
    gltsd:           bit(2, 1, 'GLTSD'),
    rlec:            bit(2, 0, 'RLEC'),
    queueAlgorithm:  bits(3, 7, 4, 'QUEUE ALGORITHM MODIFIER', { meanings: {
      0: 'restricted reordering', 1: 'unrestricted reordering' } }),
    nuar:            bit(3, 3, 'NUAR'),
    qErr:            bits(3, 2, 1, 'QERR'),
    rac:             bit(4, 6, 'RAC'),
    unitAttentionInterlock: bits(4, 5, 4, 'UA_INTLCK_CTRL'),
    swp:             bit(4, 3, 'SWP', { meaning: 'software write protect' }),
    ato:             bit(5, 7, 'ATO'),
    tas:             bit(5, 6, 'TAS'),
    atmpe:           bit(5, 5, 'ATMPE'),
    rwwp:            bit(5, 4, 'RWWP'),
    autoload:        bits(5, 2, 0, 'AUTOLOAD MODE'),
    busyTimeout:     u16(8, 'BUSY TIMEOUT PERIOD', { unit: '100 ms' }),
    selfTestSeconds: u16(10, 'EXTENDED SELF-TEST COMPLETION TIME', { unit: 's' }),
  },
);

export const disconnectReconnectPage = layout(
  { name: 'disconnect-reconnect mode page (02h)', source: 'SPC-4 7.5.10', size: 16 },
  {
    ...pageHead(0x02, 0x0e),
    bufferFull:     u8(2, 'BUFFER FULL RATIO'),
    bufferEmpty:    u8(3, 'BUFFER EMPTY RATIO'),
    busInactivity:  u16(4, 'BUS INACTIVITY LIMIT'),
    disconnectTime: u16(6, 'DISCONNECT TIME LIMIT'),
    connectTime:    u16(8, 'CONNECT TIME LIMIT'),
    maximumBurst:   u16(10, 'MAXIMUM BURST SIZE', { unit: '512 bytes' }),
    firstBurst:     u16(14, 'FIRST BURST SIZE', { unit: '512 bytes' }),
  },
);

export const informationalExceptionsPage = layout(
  { name: 'informational exceptions control mode page (1Ch)', source: 'SPC-4 7.5.11', size: 12 },
  {
    ...pageHead(0x1c, 0x0a),
    perf:          bit(2, 7, 'PERF'),
    ebf:           bit(2, 5, 'EBF'),
    ewasc:         bit(2, 4, 'EWASC'),
    dexcpt:        bit(2, 3, 'DEXCPT', { meaning: 'no exceptions are reported' }),
    test:          bit(2, 2, 'TEST'),
    ebackErr:      bit(2, 1, 'EBACKERR'),
    logErr:        bit(2, 0, 'LOGERR'),
    method:        bits(3, 3, 0, 'MRIE'),
    intervalTimer: u32(4, 'INTERVAL TIMER', { unit: '100 ms' }),
    reportCount:   u32(8, 'REPORT COUNT'),
  },
);

export const controlExtensionPage = layout(
  { name: 'control extension mode page (0Ah/01h)', source: 'SPC-4 7.5.9', size: 32 },
  {
    ...subpageHead(0x0a, 0x01, 0x1c),
    tcmos:           bit(4, 2, 'TCMOS', { meaning: 'others than SET TIMESTAMP change the time' }),
    scsip:           bit(4, 1, 'SCSIP', { meaning: 'SET TIMESTAMP comes before others' }),
    ialuae:          bit(4, 0, 'IALUAE'),
    initialPriority: bits(5, 3, 0, 'INITIAL COMMAND PRIORITY'),
    maximumSense:    u8(6, 'MAXIMUM SENSE DATA LENGTH', { unit: 'bytes' }),
  },
);

/** Bytes that a page's head and length need, and how long the page is. */
const hasSubpage = (bytes: Uint8Array, at: number): boolean => (bytes[at]! & 0x40) !== 0;

/** A mode page of whatever code, as a list of pages holds it; with SPF its length has 16 bits. */
export const anyModePage = layout(
  { name: 'mode page', source: 'SPC-4 7.5.7', size: 2 },
  {
    ps:         bit(0, 7, 'PS'),
    spf:        bit(0, 6, 'SPF'),
    pageCode:   bits(0, 5, 0, 'PAGE CODE', { hex: true }),
    parameters: rest(1, 'page length and mode parameters'),
  },
);

/** The mode pages behind the header and the block descriptors. */
export const modePages: ListRules = {
  name: 'mode page list', source: 'SPC-4 7.5.7', headerBytes: 2,
  lengthOf: (bytes, at) => {
    if (!hasSubpage(bytes, at)) return 2 + bytes[at + 1]!;
    // With SPF the length stands behind the subpage code; a header cut off there does not fit.
    return at + 4 <= bytes.length ? 4 + readU16(bytes, at + 2) : Number.POSITIVE_INFINITY;
  },
  typeOf: (bytes, at) => (bytes[at]! & 0x3f) | (hasSubpage(bytes, at) ? bytes[at + 1]! << 8 : 0),
  layoutOf: () => anyModePage,
};
