/** Explains a whole capture. */
import type { SpcLevel } from '../../wire/copy/levels.ts';
import { plainArray } from '../plain-array.ts';
import { boundaryFrom } from './boundary.ts';
import { type Connection, connectionsOf } from './connections.ts';
import { type Exchange, Exchanges } from './exchange.ts';
import { Findings, type Frame, type Say } from './frame.ts';
import { type Pdu, pdusOf } from './framing.ts';
import { roleOf } from './header.ts';
import { guessDigests, loginOf, type Side } from './login.ts';
import { isPcap, pcapFrames } from './pcap.ts';
import { isPcapng, pcapngFrames } from './pcapng.ts';
import {
  type CaptureReport, commandOf, type ConnectionReport, type CopyCommand,
} from './report.ts';
import type { ByteStream } from './stream.ts';

/** The largest capture that is read; larger ones can be cut or filtered by who made them. */
export const CAPTURE_BYTES_MAX = 256 * 1024 * 1024;

/** Does a file begin as a capture does? */
export const isCapture = (file: Uint8Array): boolean => isPcap(file) || isPcapng(file);

/**
 * Finds every third-party copy command in a capture that `isCapture` knows. What the capture holds
 * is never thrown at: cut off, lost and strange bytes are findings. Structures are read at a
 * version of the standard, by default at the newest that fits.
 *
 * Throws: RangeError for more than CAPTURE_BYTES_MAX bytes.
 */
export function explainCapture(
  content: Uint8Array, options: { readonly level?: SpcLevel } = {}): CaptureReport {
  const file = plainArray(content);
  if (file.length > CAPTURE_BYTES_MAX) {
    throw new RangeError(`Cannot explain a capture of ${file.length} bytes: at most `
      + `${CAPTURE_BYTES_MAX}; keep the packets of one connection only`);
  }
  const kind = isPcap(file) ? 'pcap' : 'pcapng';
  const findings = new Findings();
  const frames: Iterable<Frame> = kind === 'pcap' ? pcapFrames(file, findings.say)
    : pcapngFrames(file, findings.say);
  const { connections, frameCount } = connectionsOf(file, frames, findings.say);
  const reports: ConnectionReport[] = [];
  const found: { exchange: Exchange; on: ConnectionReport }[] = [];
  for (const connection of connections) {
    const followed = follow(file, connection, reports.length + 1, findings.say);
    if (followed === undefined) continue;
    reports.push(followed.report);
    for (const exchange of followed.exchanges.copies) found.push({ exchange, on: followed.report });
  }
  found.sort((a, b) => firstFrame(a.exchange) - firstFrame(b.exchange));
  const copies: CopyCommand[] = found.map(({ exchange, on }, i) => 
    commandOf(exchange, on, i + 1, options.level));
  return { kind, frameCount, connections: reports, copies, findings: findings.all };
}

const firstFrame = ({ frames }: Exchange): number => frames.values().next().value ?? 0;

interface Followed {
  readonly report: ConnectionReport;
  readonly exchanges: Exchanges;
}

/** Follows one connection; undefined if it does not carry iSCSI. */
function follow(
  file: Uint8Array, { ends }: Connection, number: number, say: Say): Followed | undefined {
  const name = (i: number): string => `${ends[i]!.address} to ${ends[1 - i]!.address}`;
  // Findings of a connection count only if it carries iSCSI.
  const own = new Findings();
  const streams = ends.map(({ sent }, i) => sent.stream(file, name(i), own.say));
  const sides = sidesOf(streams, ends.map(({ sent }) => sent.startIsKnown));
  if (sides === undefined) return undefined;
  const login = loginOf(sides);
  const digests = login.digests ?? guessDigests(sides);
  const [a, b] = sides.map((side, i) => pdusOf(side.stream, {
    name: name(i), role: side.role, digests, from: side.from }, own.say));
  const exchanges = new Exchanges();
  const span: [number, number] = [Number.POSITIVE_INFINITY, 0];
  for (const pdu of inOrderOfTime(a!, b!)) {
    exchanges.take(pdu);
    for (const frame of pdu.frames) {
      [span[0], span[1]] = [Math.min(span[0], frame), Math.max(span[1], frame)];
    }
  }
  if (span[1] === 0) return undefined;
  if (exchanges.leftOut > 0) {
    own.say({ at: file.length, severity: 'warning', rule: 'more',
      message: `${name(0)}: ${exchanges.leftOut} more third-party copy commands are left out` });
  }
  for (const finding of own.all) say(finding);
  const initiatorEnd = sides[0]!.role === 'initiator' ? 0 : 1;
  return {
    exchanges,
    report: {
      number, initiatorAddress: ends[initiatorEnd]!.address,
      targetAddress: ends[1 - initiatorEnd]!.address, initiator: login.initiator,
      target: login.target, headerDigest: digests.header, dataDigest: digests.data,
      frames: span, others: exchanges.others,
    },
  };
}

/** Who is the initiator, and where PDUs begin; undefined if neither direction shows one. */
function sidesOf(
  streams: readonly ByteStream[], startIsKnown: readonly boolean[]): Side[] | undefined {
  const from = streams.map((stream, i) => (startIsKnown[i] ? 0 : stream.start));
  const starts = streams.map((stream, i) => boundaryFrom(stream, from[i]!));
  const roles = streams.map((stream, i) => {
    const at = starts[i];
    return at === undefined ? undefined : roleOf(stream.bytes(at, at + 1)!);
  });
  const first = roles[0] ?? (roles[1] === undefined ? undefined : other(roles[1]));
  if (first === undefined) return undefined;
  return streams.map((stream, i) => {
    const role = i === 0 ? first : other(first);
    const at = roles[i] === role ? starts[i]! : boundaryFrom(stream, from[i]!, role);
    return { stream, role, from: at ?? stream.end };
  });
}

const other = (role: Side['role']): Side['role'] => (role === 'initiator' ? 'target' : 'initiator');

/** The PDUs of both directions by the frame that completed them; those of one keep their order. */
function* inOrderOfTime(
  a: Iterator<Pdu, void>, b: Iterator<Pdu, void>): Generator<Pdu, void, undefined> {
  const lanes = [a, b].map((from) => ({ from, next: from.next().value, frame: 0 }));
  for (;;) {
    for (const lane of lanes) {
      lane.frame = lane.next === undefined ? Number.POSITIVE_INFINITY
        : Math.max(lane.frame, lane.next.lastFrame);
    }
    const lane = lanes[0]!.frame <= lanes[1]!.frame ? lanes[0]! : lanes[1]!;
    if (lane.next === undefined) return;
    yield lane.next;
    lane.next = lane.from.next().value;
  }
}
