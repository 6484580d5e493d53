/** Sorts the segments of a capture by connection. */
import type { Frame, Say } from './frame.ts';
import { Flow } from './flow.ts';
import { isKnownLink, type Segment, segmentOf } from './segment.ts';

/** One direction: who sends. */
export interface End {
  readonly address: string;
  readonly sent: Flow;
}

/** A TCP connection between the end that was seen sending first and the other one. */
export interface Connection {
  readonly ends: readonly [End, End];
}

/** What a capture holds beside connections. */
export interface Tally {
  readonly connections: readonly Connection[];
  readonly frameCount: number;
  /** Time of the first frame that has one. */
  readonly startNs: bigint | undefined;
}

const keyOf = ({ source, destination }: Segment): string =>
  (source < destination ? `${source} ${destination}` : `${destination} ${source}`);

const open = ({ source, destination }: Segment): Connection => ({ ends: [
  { address: source, sent: new Flow() }, { address: destination, sent: new Flow() }] });

/** Reads all frames; what cannot be followed is told once for its kind. */
export function connectionsOf(file: Uint8Array, frames: Iterable<Frame>, say: Say): Tally {
  const connections: Connection[] = [];
  const newest = new Map<string, Connection>();
  const once = new Once(say);
  let [frameCount, startNs] = [0, undefined as bigint | undefined];
  for (const frame of frames) {
    frameCount += 1;
    startNs ??= frame.timeNs;
    if (!isKnownLink(frame.linkType)) {
      once.count('link', frame, (count) => `${count} frames of link type ${frame.linkType} `
        + 'are not read');
    }
    const segment = segmentOf(file, frame);
    if (segment === undefined) continue;
    if (segment === 'fragment') {
      once.count('fragment', frame, (count) => `${count} frames hold fragments of IP packets, `
        + 'which are not put together');
      continue;
    }
    if (segment.end - segment.at < segment.wireBytes) {
      once.count('snapshot', frame, (count) => `${count} frames were captured in part only`);
    }
    const key = keyOf(segment);
    const known = newest.get(key);
    const connection = known === undefined || isAnother(known, segment) ? open(segment) : known;
    if (connection !== known) {
      newest.set(key, connection);
      connections.push(connection);
    }
    const end = connection.ends.find(({ address }) => address === segment.source);
    end?.sent.add(segment, frame);
  }
  once.tell();
  return { connections, frameCount, startNs };
}

const isAnother = ({ ends }: Connection, segment: Segment): boolean => !segment.isAck
  && ends.some(({ address, sent }) => address === segment.source && sent.isReopenedBy(segment));

/** Counts what is told once, at its first place. */
class Once {
  readonly #say: Say;
  readonly #seen = new Map<string, { at: number; count: number; text: (n: number) => string }>();

  constructor(say: Say) {
    this.#say = say;
  }

  count(rule: string, frame: Frame, text: (count: number) => string): void {
    const seen = this.#seen.get(rule) ?? { at: frame.at, count: 0, text };
    seen.count += 1;
    this.#seen.set(rule, seen);
  }

  tell(): void {
    for (const [rule, { at, count, text }] of this.#seen) {
      this.#say({ at, severity: 'warning', rule, message: text(count) });
    }
  }
}
