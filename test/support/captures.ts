/** Makes capture files of what two ends of a TCP connection say, in every form that is read. */
import { parseHex } from '../../src/bytes/hex.ts';

export interface Link {
  readonly type: number;
  /** What stands before an IP packet. */
  readonly header: (isIpv6: boolean) => Uint8Array;
}

const etherType = (isIpv6: boolean): readonly number[] => (isIpv6 ? [0x86, 0xdd] : [0x08, 0x00]);
const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0);

export const LINKS = {
  ethernet: { type: 1, header: (v6) => Uint8Array.from([...zeros(12), ...etherType(v6)]) },
  vlan: { type: 1, header: (v6) =>
    Uint8Array.from([...zeros(12), 0x81, 0, 0, 5, 0x88, 0xa8, 0, 7, ...etherType(v6)]) },
  cooked: { type: 113, header: (v6) => Uint8Array.from([...zeros(14), ...etherType(v6)]) },
  cooked2: { type: 276, header: (v6) => Uint8Array.from([...etherType(v6), ...zeros(18)]) },
  null: { type: 0, header: (v6) => Uint8Array.from([v6 ? 30 : 2, 0, 0, 0]) },
  loop: { type: 108, header: (v6) => Uint8Array.from([0, 0, 0, v6 ? 30 : 2]) },
  raw: { type: 101, header: () => new Uint8Array(0) },
} as const satisfies Record<string, Link>;

/** One TCP segment on its way. */
export interface Packet {
  readonly fromInitiator: boolean;
  /** Sequence number of the first byte. */
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly isSyn?: boolean;
  readonly ports?: readonly [initiator: number, target: number];
  /** Bytes that are captured; all if not given. */
  readonly captured?: number;
}

const SYN = 0x02;
const ACK = 0x10;

function tcp({ fromInitiator, sequence, data, isSyn, ports = [40_000, 3260] }: Packet) {
  const [source, destination] = fromInitiator ? ports : ports.toReversed();
  const header = Buffer.alloc(20);
  header.writeUInt16BE(source!, 0);
  header.writeUInt16BE(destination!, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  header[12] = 0x50;
  header[13] = isSyn === true ? (fromInitiator ? SYN : SYN | ACK) : ACK;
  return Buffer.concat([header, data]);
}

export function ipPacket(packet: Packet, isIpv6 = false): Buffer {
  const payload = tcp(packet);
  if (isIpv6) {
    const ip = Buffer.alloc(40);
    ip[0] = 0x60;
    ip.writeUInt16BE(payload.length, 4);
    ip[6] = 6;
    const ends = ['fe80000000000000 0000000000000001', 'fe80000000000000 0000000000000002']
      .map((text) => parseHex(text));
    ip.set(ends[packet.fromInitiator ? 0 : 1]!, 8);
    ip.set(ends[packet.fromInitiator ? 1 : 0]!, 24);
    return Buffer.concat([ip, payload]);
  }
  const ip = Buffer.alloc(20);
  ip[0] = 0x45;
  ip.writeUInt16BE(20 + payload.length, 2);
  ip[9] = 6;
  ip.set(packet.fromInitiator ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1], 12);
  return Buffer.concat([ip, payload]);
}

export interface Form {
  readonly isLittle?: boolean;
  readonly isNano?: boolean;
  readonly link?: Link;
  readonly isIpv6?: boolean;
}

const START_S = 1_760_000_000;

const framed = (packets: readonly Packet[], { link = LINKS.raw, isIpv6 = false }: Form) =>
  packets.map((packet) => {
    const bytes = Buffer.concat([link.header(isIpv6), ipPacket(packet, isIpv6)]);
    const captured = packet.captured === undefined ? bytes.length
      : bytes.length - packet.data.length + packet.captured;
    return { bytes: bytes.subarray(0, captured), wireBytes: bytes.length };
  });

/** Writers of 32 and 16 bits in a byte order. */
function words(isLittle: boolean) {
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (isLittle) bytes.writeUInt32LE(value >>> 0);
    else bytes.writeUInt32BE(value >>> 0);
    return bytes;
  };
  const u16 = (value: number): Buffer => {
    const bytes = Buffer.alloc(2);
    if (isLittle) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return bytes;
  };
  return { u16, u32 };
}

/** A pcap file; packets follow each other by a millisecond. */
export function pcapOf(packets: readonly Packet[], form: Form = {}): Uint8Array {
  const { u16, u32 } = words(form.isLittle ?? true);
  const magic = form.isNano ? 0xa1b2_3c4d : 0xa1b2_c3d4;
  const tick = form.isNano ? 1_000_000 : 1000;
  const header = [u32(magic), u16(2), u16(4), u32(0), u32(0), u32(0x4_0000),
    u32((form.link ?? LINKS.raw).type)];
  const records = framed(packets, form).flatMap(({ bytes, wireBytes }, i) =>
    [u32(START_S), u32(i * tick), u32(bytes.length), u32(wireBytes), bytes]);
  return new Uint8Array(Buffer.concat([...header, ...records]));
}

/** A pcapng file with one section and one interface, which counts milliseconds. */
export function pcapngOf(packets: readonly Packet[], form: Form = {}): Uint8Array {
  const { u16, u32 } = words(form.isLittle ?? true);
  const block = (type: number, ...body: Buffer[]): Buffer => {
    const bytes = Buffer.concat(body);
    const padded = Buffer.concat([bytes, Buffer.alloc((4 - bytes.length % 4) % 4)]);
    const length = u32(12 + padded.length);
    return Buffer.concat([u32(type), length, padded, length]);
  };
  const section = block(0x0a0d_0d0a, u32(0x1a2b_3c4d), u16(1), u16(0), u32(0xffff_ffff),
    u32(0xffff_ffff));
  const on = block(1, u16((form.link ?? LINKS.raw).type), u16(0), u32(0),
    u16(9), u16(1), Buffer.from([3, 0, 0, 0]), u16(0), u16(0));
  const frames = framed(packets, form).map(({ bytes, wireBytes }, i) => {
    const time = BigInt(START_S) * 1000n + BigInt(i);
    return block(6, u32(0), u32(Number(time >> 32n)), u32(Number(time & 0xffff_ffffn)),
      u32(bytes.length), u32(wireBytes), bytes);
  });
  return new Uint8Array(Buffer.concat([section, on, ...frames]));
}
