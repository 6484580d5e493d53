/** Cuts a stream into PDUs. */
import { HEADER_BYTES, opcodeOf } from '../../wire/iscsi/opcodes.ts';
import { boundaryFrom } from './boundary.ts';
import type { Say } from './frame.ts';
import { type Digests, extentOf, isDigestRight, isPduOf, type Role } from './header.ts';
import type { ByteStream, Stretch } from './stream.ts';

/** One PDU, as far as it was captured. */
export interface Pdu {
  readonly opcode: number;
  readonly fromTarget: boolean;
  readonly header: Uint8Array;
  /** Additional header segments; empty if one of their bytes is missing. */
  readonly additional: Uint8Array;
  /** Bytes of the data segment as announced, and what there is of them; places count from 0. */
  readonly dataBytes: number;
  readonly data: readonly Stretch[];
  /** Of the frames that hold it, in the order of the stream. */
  readonly frames: readonly number[];
  /** The last of them to come. */
  readonly lastFrame: number;
  /** When its last byte came. */
  readonly timeNs: bigint | undefined;
  /** Where it begins in the file. */
  readonly fileAt: number;
}

/** How the PDUs of one direction are to be read. */
export interface Direction {
  readonly name: string;
  readonly role: Role;
  readonly digests: Digests;
  /** Where the first PDU begins, if that is known. */
  readonly from: number;
}

/** All PDUs of one direction. Bytes that belong to none are told, and passed over. */
export function* pdusOf(
  stream: ByteStream, direction: Direction, say: Say): Generator<Pdu, void, undefined> {
  const { role, digests, name } = direction;
  let at = direction.from;
  while (at < stream.end) {
    const header = stream.bytes(at, at + HEADER_BYTES);
    if (header !== undefined && isPduOf(role, header)) {
      const extent = extentOf(header, at, digests);
      yield pduOf(stream, header, at, extent, role);
      checkDigests(stream, at, extent, direction, say);
      if (extent.end > stream.end) return cutOff(stream, at, direction, say);
      at = extent.end;
      continue;
    }
    const isCut = at + HEADER_BYTES > stream.end && stream.bytes(at, stream.end) !== undefined;
    if (isCut) return cutOff(stream, at, direction, say);
    const next = boundaryFrom(stream, header === undefined ? at : at + 1, role, digests);
    const passed = (next ?? stream.end) - at;
    say({ at: stream.fileAt(at), severity: 'warning', rule: 'resync',
      message: `${name}: ${passed} bytes belong to no PDU that can be told` });
    if (next === undefined) return;
    at = next;
  }
}

function cutOff(stream: ByteStream, at: number, { name }: Direction, say: Say): void {
  say({ at: stream.fileAt(at), severity: 'warning', rule: 'pdu-cut',
    message: `${name}: of the last PDU ${stream.end - at} bytes are in the capture` });
}

function pduOf(
  stream: ByteStream, header: Uint8Array, at: number, extent: ReturnType<typeof extentOf>,
  role: Role): Pdu {
  const { headerEnd, dataAt, dataEnd, end } = extent;
  const pieces = stream.pieces(at, end);
  const last = pieces.reduce((a, b) => (b.frame > a.frame ? b : a));
  return {
    opcode: opcodeOf(header), fromTarget: role === 'target', header,
    additional: stream.bytes(at + HEADER_BYTES, headerEnd) ?? new Uint8Array(0),
    dataBytes: dataEnd - dataAt,
    data: stream.stretches(dataAt, dataEnd).map((one) => ({ ...one, at: one.at - dataAt })),
    frames: pieces.map(({ frame }) => frame), lastFrame: last.frame, timeNs: last.timeNs,
    fileAt: stream.fileAt(at),
  };
}

function checkDigests(
  stream: ByteStream, at: number, extent: ReturnType<typeof extentOf>,
  { digests, name }: Direction, say: Say): void {
  const { headerEnd, dataAt, dataEnd, end } = extent;
  const check = (from: number, to: number, what: string): void => {
    if (isDigestRight(stream, from, to) !== false) return;
    say({ at: stream.fileAt(to), severity: 'warning', rule: 'digest',
      message: `${name}: the ${what} digest is not that of the bytes before it` });
  };
  if (digests.header && dataAt > headerEnd) check(at, headerEnd, 'header');
  const paddedEnd = dataAt + ((dataEnd - dataAt + 3) & ~3);
  if (digests.data && end > paddedEnd) check(dataAt, paddedEnd, 'data');
}
