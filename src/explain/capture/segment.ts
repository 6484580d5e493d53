/** From a frame to the TCP segment in it: link layer, IPv4 and IPv6, TCP. */
import { readU16, readU32 } from '../../bytes/big-endian.ts';
import type { Frame } from './frame.ts';

/** One TCP segment. */
export interface Segment {
  /** `10.0.0.1:3260`, `[fe80::1]:3260`. */
  readonly source: string;
  readonly destination: string;
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly isAck: boolean;
  /** Where its captured bytes lie in the file. */
  readonly at: number;
  readonly end: number;
  /** Bytes that it had on the wire. */
  readonly wireBytes: number;
}

/** Values of the link type. Source: tcpdump's list of link-layer header types. */
const LINK = {
  null: 0, ethernet: 1, rawDlt: 12, rawOpenBsd: 14, raw: 101, loop: 108, linuxCooked: 113,
  ipv4: 228, ipv6: 229, linuxCooked2: 276,
} as const;

const ETHER_TYPES_OF_IP: readonly number[] = [0x0800, 0x86dd];
const ETHER_TYPES_OF_VLAN: readonly number[] = [0x8100, 0x88a8, 0x9100];
const PROTOCOL_TCP = 6;
const IPV4_BYTES_MIN = 20;
const IPV6_BYTES = 40;
const TCP_BYTES_MIN = 20;

/** Extension headers that can stand before TCP. Source: RFC 8200 4. */
const EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, options: 60 };
const EXTENSIONS: readonly number[] = Object.values(EXTENSION);

/** The type of what follows at `at`, behind any number of VLAN tags; where it begins. */
function behindTags(file: Uint8Array, typeAt: number, dataAt: number, end: number) {
  let [type, at] = [typeAt, dataAt];
  while (at + 4 <= end && ETHER_TYPES_OF_VLAN.includes(readU16(file, type))) {
    [type, at] = [at + 2, at + 4];
  }
  return at <= end && ETHER_TYPES_OF_IP.includes(readU16(file, type)) ? at : undefined;
}

/** Where the IP packet of a frame begins; undefined if there is none. */
function packetAt(file: Uint8Array, { linkType, at, end }: Frame): number | undefined {
  switch (linkType) {
    case LINK.ethernet: return behindTags(file, at + 12, at + 14, end);
    case LINK.linuxCooked: return behindTags(file, at + 14, at + 16, end);
    case LINK.linuxCooked2: return behindTags(file, at, at + 20, end);
    case LINK.null: case LINK.loop: return at + 4;
    case LINK.raw: case LINK.rawDlt: case LINK.rawOpenBsd: return at;
    case LINK.ipv4: case LINK.ipv6: return at;
    default: return undefined;
  }
}

/** Is the link type one that is read here? */
export const isKnownLink = (linkType: number): boolean =>
  (Object.values(LINK) as number[]).includes(linkType);

interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly at: number;
  readonly end: number;
  /** Where it would end if all of it had been captured. */
  readonly wireEnd: number;
}

/** The segment in a frame; 'fragment' for a piece of an IP packet, which is not put together. */
export function segmentOf(file: Uint8Array, frame: Frame): Segment | 'fragment' | undefined {
  const at = packetAt(file, frame);
  if (at === undefined || at + IPV4_BYTES_MIN > frame.end) return undefined;
  const wireEnd = frame.at + Math.max(frame.wireBytes, frame.end - frame.at);
  const version = file[at]! >>> 4;
  const packet = version === 4 ? ipv4(file, at, frame.end, wireEnd)
    : version === 6 ? ipv6(file, at, frame.end, wireEnd) : undefined;
  return packet === undefined || packet === 'fragment' ? packet : tcp(file, packet);
}

function ipv4(
  file: Uint8Array, at: number, end: number, wireEnd: number): Packet | 'fragment' | undefined {
  const headerBytes = 4 * (file[at]! & 0x0f);
  if (headerBytes < IPV4_BYTES_MIN || at + headerBytes > end) return undefined;
  const protocol = file[at + 9]!;
  if ((readU16(file, at + 6) & 0x3fff) !== 0) {
    return protocol === PROTOCOL_TCP ? 'fragment' : undefined;
  }
  // A card that cuts segments itself is given packets without a length.
  const totalEnd = at + (readU16(file, at + 2) || wireEnd - at);
  return {
    source: file.subarray(at + 12, at + 16).join('.'),
    destination: file.subarray(at + 16, at + 20).join('.'),
    protocol, at: at + headerBytes, end: Math.min(end, totalEnd), wireEnd: totalEnd,
  };
}

function ipv6(
  file: Uint8Array, at: number, end: number, wireEnd: number): Packet | 'fragment' | undefined {
  if (at + IPV6_BYTES > end) return undefined;
  const length = readU16(file, at + 4);
  const totalEnd = length === 0 ? wireEnd : at + IPV6_BYTES + length;
  let protocol = file[at + 6]!;
  let next = at + IPV6_BYTES;
  while (EXTENSIONS.includes(protocol)) {
    if (next + 8 > end) return undefined;
    if (protocol === EXTENSION.fragment && (readU16(file, next + 2) & 0xfff9) !== 0) {
      return file[next] === PROTOCOL_TCP ? 'fragment' : undefined;
    }
    const words = file[next + 1]!;
    const bytes = protocol === EXTENSION.fragment ? 8
      : protocol === EXTENSION.authentication ? 4 * (words + 2) : 8 * (words + 1);
    protocol = file[next]!;
    next += bytes;
  }
  return {
    source: ipv6Text(file, at + 8), destination: ipv6Text(file, at + 24),
    protocol, at: next, end: Math.min(end, totalEnd), wireEnd: totalEnd,
  };
}

/** The longest run of zero groups is left out. Source: RFC 5952. */
function ipv6Text(file: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => readU16(file, at + 2 * i).toString(16));
  const zeros = `:${groups.join(':')}:`.match(/(?::0){2,}(?=:)/g) ?? [];
  const longest = zeros.reduce((a, b) => (b.length > a.length ? b : a), '');
  const text = longest === '' ? groups.join(':')
    : `:${groups.join(':')}:`.replace(`${longest}:`, '::').replace(/^:(?!:)|(?<!:):$/g, '');
  return `[${text}]`;
}

function tcp(file: Uint8Array, packet: Packet): Segment | undefined {
  const { protocol, at, end, wireEnd } = packet;
  if (protocol !== PROTOCOL_TCP || at + TCP_BYTES_MIN > end) return undefined;
  const headerBytes = 4 * (file[at + 12]! >>> 4);
  const dataAt = at + headerBytes;
  if (headerBytes < TCP_BYTES_MIN || dataAt > wireEnd) return undefined;
  const flags = file[at + 13]!;
  return {
    source: `${packet.source}:${readU16(file, at)}`,
    destination: `${packet.destination}:${readU16(file, at + 2)}`,
    sequence: readU32(file, at + 4), isSyn: (flags & 0x02) !== 0, isAck: (flags & 0x10) !== 0,
    at: Math.min(dataAt, end), end, wireBytes: wireEnd - dataAt,
  };
}
