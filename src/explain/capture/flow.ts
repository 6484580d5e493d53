/** Puts the TCP segments of one direction of a connection in order. Source: RFC 9293 3.4. */
import type { Frame, Say } from './frame.ts';
import type { Segment } from './segment.ts';
import { ByteStream, type Piece } from './stream.ts';

/** Keep-alive probes repeat one byte, and not always the right one. */
const PROBE_BYTES = 1;

export class Flow {
  readonly #pieces: Piece[] = [];
  /** Sequence number of the byte at place 0 of the stream, and of the newest segment. */
  #first: number | undefined;
  #newest = 0;
  #newestAt = 0;
  #startIsKnown = false;

  /** Is place 0 the first byte that was sent? */
  get startIsKnown(): boolean {
    return this.#startIsKnown;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Is this the first segment of another connection between the same ports? */
  isReopenedBy(segment: Segment): boolean {
    return segment.isSyn && this.#first !== undefined
      && (!this.#startIsKnown || this.#first !== ((segment.sequence + 1) >>> 0));
  }

  add(segment: Segment, frame: Frame): void {
    const sequence = (segment.sequence + (segment.isSyn ? 1 : 0)) >>> 0;
    if (this.#first === undefined) {
      [this.#first, this.#newest] = [sequence, sequence];
      this.#startIsKnown = segment.isSyn;
    }
    // Sequence numbers wrap: the nearer way round from the newest is the right one.
    const at = this.#newestAt + ((sequence - this.#newest) | 0);
    if (at > this.#newestAt) [this.#newest, this.#newestAt] = [sequence, at];
    const byteLength = segment.end - segment.at;
    if (byteLength === 0) return;
    this.#pieces.push({ at, end: at + byteLength, fileAt: segment.at, frame: frame.number,
      timeNs: frame.timeNs });
  }

  /** What was sent; lost bytes, and bytes sent again with other values, are told. */
  stream(file: Uint8Array, name: string, say: Say): ByteStream {
    const kept: Piece[] = [];
    for (const piece of this.#pieces.toSorted((a, b) => a.at - b.at || a.frame - b.frame)) {
      const end = kept.at(-1)?.end ?? (this.#startIsKnown ? 0 : piece.at);
      if (piece.at > end) say(lost(piece, end, name));
      if (piece.at < end && kept.length > 0) checkAgain(file, kept, piece, name, say);
      if (piece.end <= end) continue;
      const from = Math.max(piece.at, end);
      kept.push({ ...piece, at: from, fileAt: piece.fileAt + from - piece.at });
    }
    return new ByteStream(file, kept);
  }
}

const lost = (piece: Piece, end: number, name: string) => ({
  at: piece.fileAt, severity: 'warning' as const, rule: 'lost',
  message: `${name}: ${piece.at - end} bytes before frame ${piece.frame} are not in the capture`,
});

/** Bytes that come again must be the same. */
function checkAgain(
  file: Uint8Array, kept: readonly Piece[], piece: Piece, name: string, say: Say): void {
  if (piece.end - piece.at <= PROBE_BYTES) return;
  for (let i = kept.length - 1; i >= 0 && kept[i]!.end > piece.at; i -= 1) {
    const other = kept[i]!;
    const from = Math.max(piece.at, other.at);
    const to = Math.min(piece.end, other.end);
    for (let at = from; at < to; at += 1) {
      if (file[piece.fileAt + at - piece.at] === file[other.fileAt + at - other.at]) continue;
      say({ at: piece.fileAt + at - piece.at, severity: 'warning', rule: 'overlap',
        message: `${name}: frame ${piece.frame} sends bytes of frame ${other.frame} again, `
          + 'and they differ' });
      return;
    }
  }
}
