/** What an initiator and a target say to each other about copies, as PDUs. */
import { writeU16, writeU24, writeU32 } from '../../src/bytes/big-endian.ts';
import { crc32c } from '../../src/bytes/crc32c.ts';
import { parseHex } from '../../src/bytes/hex.ts';
import type { Packet } from './captures.ts';

export interface Said {
  readonly fromInitiator: boolean;
  readonly bytes: Uint8Array;
}

const digest = (bytes: Uint8Array): Uint8Array => {
  const crc = crc32c(bytes);
  return Uint8Array.of(crc, crc >>> 8, crc >>> 16, crc >>> 24);
};

export interface Fields {
  readonly opcode: number;
  readonly flags: number;
  readonly tag?: number;
  /** Words of 32 bits by their place in the header. */
  readonly words?: Readonly<Record<number, number>>;
  /** Bytes by their place in the header. */
  readonly at?: Readonly<Record<number, Uint8Array>>;
  readonly data?: Uint8Array;
}

/** A PDU, with digests or without. */
export function pdu(fields: Fields, hasDigests = false): Said {
  const header = new Uint8Array(48);
  const data = fields.data ?? new Uint8Array(0);
  header.set([fields.opcode, fields.flags]);
  writeU24(header, 5, data.length);
  writeU32(header, 16, fields.tag ?? 0xffff_ffff);
  for (const [at, word] of Object.entries(fields.words ?? {})) writeU32(header, Number(at), word);
  for (const [at, bytes] of Object.entries(fields.at ?? {})) header.set(bytes, Number(at));
  const padded = new Uint8Array((data.length + 3) & ~3);
  padded.set(data);
  const none = new Uint8Array(0);
  const parts = [header, hasDigests ? digest(header) : none, padded,
    hasDigests && data.length > 0 ? digest(padded) : none];
  const bytes = new Uint8Array(Buffer.concat(parts));
  return { fromInitiator: (fields.opcode & 0x20) === 0, bytes };
}

const text = (...pairs: readonly string[]): Uint8Array =>
  new TextEncoder().encode(pairs.map((pair) => `${pair}\0`).join(''));

export const INITIATOR = 'iqn.2026-01.example:client';
export const TARGET = 'iqn.2026-01.example:disks';

/** A parameter list of 76 bytes: one CSCD, one segment. */
export const LIST = parseHex(`01 10 0020 00000000 0000001C 00000000
  E4 00 0000 01 03 00 08 6001405400000001 000000000000000000000000 00 000200
  02 00 0018 0000 0000 0000 0008 0000000000000000 0000000000000040`);
export const SENSE = parseHex('70 00 05 00 00 00 00 0A 00 00 00 00 26 08 00 80 00 34');
export const STATUS = parseHex('00000008 01 0001 00 00001000');

/** A login that negotiates digests, or none. */
export function login(hasDigests: boolean): Said[] {
  const one = hasDigests ? 'CRC32C' : 'None';
  return [
    pdu({ opcode: 0x43, flags: 0x87, tag: 1, data: text(`InitiatorName=${INITIATOR}`,
      `TargetName=${TARGET}`, 'HeaderDigest=CRC32C,None', 'DataDigest=CRC32C,None') }),
    pdu({ opcode: 0x23, flags: 0x87, tag: 1,
      data: text(`HeaderDigest=${one}`, `DataDigest=${one}`) }),
  ];
}

/** EXTENDED COPY whose list goes as immediate, unsolicited and solicited data, and is refused. */
export function refusedCopy(hasDigests: boolean, tag = 2): Said[] {
  const cdb = parseHex('83 00 00 00 00 00 00 00 00 00 00000000 00 00');
  writeU32(cdb, 10, LIST.length);
  const dataOut = (flags: number, transfer: number, from: number, to: number): Said => pdu({
    opcode: 0x05, flags, tag, words: { 20: transfer, 40: from }, data: LIST.slice(from, to),
  }, hasDigests);
  const response = new Uint8Array(2 + SENSE.length);
  writeU16(response, 0, SENSE.length);
  response.set(SENSE, 2);
  return [
    pdu({ opcode: 0x01, flags: 0x21, tag, words: { 20: LIST.length, 24: tag },
      at: { 32: cdb }, data: LIST.slice(0, 15) }, hasDigests),
    dataOut(0x80, 0xffff_ffff, 15, 24),
    pdu({ opcode: 0x31, flags: 0x80, tag, words: { 20: 7, 40: 24, 44: 52 } }, hasDigests),
    dataOut(0x00, 7, 24, 61),
    dataOut(0x80, 7, 61, 76),
    pdu({ opcode: 0x21, flags: 0x80, tag, at: { 3: Uint8Array.of(0x02) }, data: response },
      hasDigests),
  ];
}

/** RECEIVE COPY STATUS whose answer comes in two PDUs, the status in the second. */
export function copyStatus(hasDigests: boolean, tag = 3): Said[] {
  const cdb = parseHex('84 00 01 00 00 00 00 00 00 00 00000040 00 00');
  const dataIn = (flags: number, from: number, to: number): Said => pdu({
    opcode: 0x25, flags, tag, words: { 40: from, ...flags === 0 ? {} : { 44: 0x34 } },
    data: STATUS.slice(from, to) }, hasDigests);
  return [
    pdu({ opcode: 0x01, flags: 0xc1, tag, words: { 20: 0x40, 24: tag }, at: { 32: cdb } },
      hasDigests),
    dataIn(0x00, 0, 5), dataIn(0x83, 5, 12),
  ];
}

/** TEST UNIT READY, which is only counted. */
export const ping = (hasDigests: boolean, tag = 4): Said[] => [
  pdu({ opcode: 0x01, flags: 0x81, tag, words: { 24: tag } }, hasDigests),
  pdu({ opcode: 0x21, flags: 0x80, tag }, hasDigests),
];

/** Sequence numbers close to where they wrap. */
const FIRST = { true: 0xffff_ff00, false: 0x7fff_fff0 } as const;

/** The segments that carry what is said, a segment for each so many bytes. */
export function packetsOf(said: readonly Said[], segmentBytes = 1460, withSyn = true): Packet[] {
  const next = { true: FIRST.true + 1, false: FIRST.false + 1 };
  const packets: Packet[] = !withSyn ? [] : [true, false].map((fromInitiator) => ({
    fromInitiator, sequence: FIRST[`${fromInitiator}`], data: new Uint8Array(0), isSyn: true }));
  for (const { fromInitiator, bytes } of said) {
    for (let at = 0; at < bytes.length; at += segmentBytes) {
      const data = bytes.slice(at, at + segmentBytes);
      packets.push({ fromInitiator, sequence: next[`${fromInitiator}`], data });
      next[`${fromInitiator}`] += data.length;
    }
  }
  return packets;
}
