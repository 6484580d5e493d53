/**
 * Moves parts in order, several at once, neighbours merged.
 *
 * ```text
 *   push ──► open move, still growing ──► running, a few at once ──► moved ──► marks, in order
 * ```
 *
 * Bytes are counted from the first one pushed. What is committed has no gap before it; for a disk
 * that is what has been moved, for a tape what a mark has appended.
 */
import { combineCrc32c, crc32c, zerosCrc32c } from '../bytes/crc32c.ts';
import { FileError } from '../ports/files.ts';
import { type BytesByRung, type Moved, MoveError, type Mover, type Place } from '../ports/mover.ts';
import { deferred } from '../sam/deferred.ts';
import type { StreamTransfer } from '../sam/medium-access.ts';
import { cut, type Piece, pieceBytes, type Span } from './byte-queue.ts';
import type { End } from './end.ts';
import { overlap, type Range } from './overlap.ts';
import { onlyBy } from './progress.ts';

/** The largest move; a tape gives room, and is given up, in slices of this size. */
export const SLICE_BYTES = 32 * 1024 * 1024;
/** What runs at once: enough to hide the ends of moves, little enough to be stopped soon. */
export const SLICES_IN_FLIGHT_MAX = 4;
export const MOVES_IN_FLIGHT_MAX = 32;

const ZEROS = new Uint8Array(256 * 1024);

export interface Target {
  readonly place: Place;
  /** Known to read zeros. */
  readonly isZero: boolean;
  readonly end: End;
  /** The tape's transfer that the bytes are a part of. */
  readonly transfer: StreamTransfer | undefined;
  /** Offset on a disk, in bytes. */
  readonly at: number;
}

export interface Part {
  readonly from: Piece;
  readonly to: Target;
}

/** Why the pipeline stopped, and where: nothing behind `at` counts as written. */
export class PipelineFailure extends Error {
  /** Bytes without a gap from the first one pushed that have arrived. */
  readonly at: number;
  /** The part that stopped it, from the byte that could not be moved on; undefined for a mark. */
  readonly part: Part | undefined;

  constructor(cause: unknown, at: number, part: Part | undefined) {
    super(`Cannot move the bytes from ${at} on`, { cause });
    this.name = 'PipelineFailure';
    this.at = at;
    this.part = part;
  }
}

/** Told what has happened. */
export interface PipelineWatch {
  moved(byRung: BytesByRung): void;
  committed(byteLength: number): void;
}

interface Move {
  readonly parts: Part[];
  byteLength: number;
  moved: Moved | undefined;
  failure: { readonly cause: unknown } | undefined;
}
interface Mark {
  readonly run: (crc32c: number | undefined) => void;
}

export class MovePipeline {
  readonly #mover: Mover;
  readonly #watch: PipelineWatch;
  readonly #sliceBytes: number;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** What does not count yet, in order; the last move may still be open. */
  readonly #entries: (Move | Mark)[] = [];
  #open: Move | undefined;
  #runningCount = 0;
  #runningBytes = 0;
  #isFailing = false;
  #failure: PipelineFailure | undefined;
  #change = deferred<void>();
  #pushedBytes = 0;
  #movedBytes = 0;
  #committedBytes = 0;
  /** CRC of what was moved since the last mark, as far as the mover has seen it. */
  #crc: number | undefined = 0;

  constructor(mover: Mover, signal: AbortSignal, watch: PipelineWatch, sliceBytes: number) {
    this.#sliceBytes = sliceBytes;
    this.#mover = mover;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.#watch = watch;
  }

  get pushedBytes(): number {
    return this.#pushedBytes;
  }

  get committedBytes(): number {
    return this.#committedBytes;
  }

  /** Parts that do not count as moved, in order. */
  get waiting(): Part[] {
    return this.#entries.flatMap((entry) => ('parts' in entry ? entry.parts : []));
  }

  /**
   * Takes a part behind the ones before. Waits for room, and for moves that it must not overtake.
   *
   * Throws: PipelineFailure once an earlier part has failed and nothing runs any more.
   */
  async push(part: Part): Promise<void> {
    while (this.#mustWait(part)) await this.drain();
    const byteLength = pieceBytes(part.from);
    for (let at = 0; at < byteLength;) {
      const rest = piece(part, at, byteLength - at);
      if (this.#open !== undefined && !continues(this.#open, rest)) this.#startOpen();
      const open = this.#open ?? await this.#newMove();
      const length = Math.min(this.#sliceBytes - open.byteLength, byteLength - at);
      open.parts.push(piece(part, at, length));
      open.byteLength += length;
      this.#pushedBytes += length;
      at += length;
      if (open.byteLength === this.#sliceBytes) this.#startOpen();
    }
  }

  /** Calls `run` once everything pushed so far has been moved; it commits those bytes. */
  mark(run: Mark['run']): void {
    this.#startOpen();
    this.#entries.push({ run });
    this.#advance();
  }

  /** Counts bytes that were moved behind all those pushed, which have been drained, without it. */
  account(byRung: BytesByRung): void {
    const byteLength = Object.values(byRung).reduce((sum, one) => sum + one, 0);
    this.#pushedBytes += byteLength;
    this.#movedBytes += byteLength;
    this.#watch.moved(byRung);
    this.#commit();
  }

  /** Resolves once everything pushed has been moved. Throws: as `push`. */
  async drain(): Promise<void> {
    this.#startOpen();
    while (this.#entries.length > 0) await this.#changed();
  }

  /** Stops what runs; resolves once nothing does. */
  async cancel(): Promise<void> {
    this.#stop.abort(new Error('The copy has ended'));
    while (this.#runningCount > 0) await this.#change.promise;
  }

  async #newMove(): Promise<Move> {
    while (this.#isFull()) await this.#changed();
    this.#open = { parts: [], byteLength: 0, moved: undefined, failure: undefined };
    this.#entries.push(this.#open);
    return this.#open;
  }

  #isFull(): boolean {
    return this.#isFailing || this.#runningCount >= MOVES_IN_FLIGHT_MAX
      || this.#runningBytes > (SLICES_IN_FLIGHT_MAX - 1) * this.#sliceBytes;
  }

  /** Resolves at the next change. Throws: PipelineFailure if there will be none. */
  async #changed(): Promise<void> {
    if (this.#failure !== undefined && this.#runningCount === 0) throw this.#failure;
    await this.#change.promise;
  }

  /** Reads and writes of the same bytes keep their order. Source: SPC-4 5.17.7.2. */
  #mustWait({ from, to }: Part): boolean {
    const written: Range = { place: to.place, byteLength: pieceBytes(from) };
    return this.#entries.some((entry) => {
      if (!('parts' in entry) || entry.moved !== undefined) return false;
      const { from: first, to: target } = entry.parts[0]!; // a move has at least one part
      const writes: Range = { place: target.place, byteLength: entry.byteLength };
      return overlap(writes, written) || (from.kind === 'span' && overlap(writes, from))
        || (first.kind === 'span'
          && overlap({ place: first.place, byteLength: entry.byteLength }, written));
    });
  }

  #startOpen(): void {
    const move = this.#open;
    this.#open = undefined;
    if (move === undefined) return;
    this.#runningCount += 1;
    this.#runningBytes += move.byteLength;
    this.#run(move).then(
      (moved) => this.#settled(move, { moved }),
      (cause: unknown) => this.#settled(move, { failure: { cause } }));
  }

  #settled(move: Move, outcome: Partial<Pick<Move, 'moved' | 'failure'>>): void {
    Object.assign(move, outcome);
    this.#runningCount -= 1;
    this.#runningBytes -= move.byteLength;
    this.#isFailing ||= move.failure !== undefined;
    this.#advance();
    this.#change.resolve();
    this.#change = deferred<void>();
  }

  /** Counts what has been moved from the front on, and runs the marks that are reached. */
  #advance(): void {
    while (this.#failure === undefined) {
      const entry = this.#entries[0];
      if (entry === undefined) return;
      if ('run' in entry) this.#pass(entry);
      else if (entry.moved !== undefined) this.#count(entry, entry.moved);
      else if (entry.failure !== undefined) this.#fail(failureOf(entry, this.#movedBytes));
      else return;
    }
  }

  #count(move: Move, moved: Moved): void {
    this.#entries.shift();
    this.#movedBytes += move.byteLength;
    this.#crc = this.#crc === undefined || moved.crc32c === undefined ? undefined
      : combineCrc32c(this.#crc, moved.crc32c, move.byteLength);
    this.#watch.moved(moved.byRung);
    if (move.parts[0]!.to.end.kind === 'block') this.#commit();
  }

  #pass({ run }: Mark): void {
    try {
      run(this.#crc);
    } catch (error) {
      this.#fail(new PipelineFailure(error, this.#committedBytes, undefined));
      return;
    }
    this.#entries.shift();
    this.#crc = 0;
    this.#commit();
  }

  #commit(): void {
    this.#committedBytes = this.#movedBytes;
    this.#watch.committed(this.#committedBytes);
  }

  #fail(failure: PipelineFailure): void {
    this.#failure = failure;
    this.#isFailing = true;
    this.#stop.abort(new Error('The copy has failed'));
  }

  async #run(move: Move): Promise<Moved> {
    const { from, to } = move.parts[0]!; // a move has at least one part
    const wantsCrc = to.end.kind === 'stream';
    if (from.kind === 'span') {
      return this.#mover.move(from.place, to.place, move.byteLength,
        { signal: this.#signal, destinationIsZero: to.isZero, checksum: wantsCrc });
    }
    this.#signal.throwIfAborted();
    const { byteLength } = move;
    if (from.kind === 'zeros') {
      if (!to.isZero) await store(to.place, zeros(byteLength));
      return {
        byRung: onlyBy(to.isZero ? 'hole' : 'portable', byteLength),
        crc32c: zerosCrc32c(byteLength),
      };
    }
    await store(to.place, [from.bytes]);
    return {
      byRung: onlyBy('portable', byteLength), crc32c: wantsCrc ? crc32c(from.bytes) : undefined,
    };
  }
}

const piece = ({ from, to }: Part, at: number, byteLength: number): Part => ({
  from: cut(from, at, byteLength),
  to: { ...to, place: { file: to.place.file, offset: to.place.offset + at }, at: to.at + at },
});

/** Whether a part can join a move: both ends go on where the last part's ended. */
function continues(move: Move, { from, to }: Part): boolean {
  const last = move.parts.at(-1)!; // a move has at least one part
  if (from.kind !== 'span' || last.from.kind !== 'span') return false;
  const { byteLength } = last.from;
  const follows = (a: Place, b: Place): boolean =>
    a.file === b.file && a.offset + byteLength === b.offset;
  return follows(last.from.place, from.place) && follows(last.to.place, to.place)
    && last.to.isZero === to.isZero && last.to.end.kind === to.end.kind;
}

/** Points at the byte where a move stopped. */
function failureOf(move: Move, movedBytes: number): PipelineFailure {
  const { cause } = move.failure!; // the caller has seen it
  const done = cause instanceof MoveError ? cause.bytesDone : 0;
  let left = done;
  for (const part of move.parts) {
    const byteLength = pieceBytes(part.from);
    if (left < byteLength) {
      return new PipelineFailure(cause, movedBytes + done, piece(part, left, byteLength - left));
    }
    left -= byteLength;
  }
  return new PipelineFailure(cause, movedBytes + move.byteLength, move.parts.at(-1));
}

function zeros(byteLength: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let left = byteLength; left > 0; left -= ZEROS.length) {
    parts.push(ZEROS.subarray(0, left));
  }
  return parts;
}

/** Writes bytes that are in memory. Throws: MoveError. */
export async function store(to: Place, parts: readonly Uint8Array[]): Promise<void> {
  try {
    await to.file.writeParts(parts, to.offset);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new MoveError(error.code, 'destination', 0, error.message);
  }
}

/** Reads bytes into memory. Throws: MoveError; a file that ends too soon is an error of its end. */
export async function load({ place, byteLength }: Range | Span): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteLength);
  try {
    const count = await place.file.read(bytes, place.offset);
    if (count === byteLength) return bytes;
    throw new MoveError('EIO', 'source', count, `${place.file.path} ends too soon`);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new MoveError(error.code, 'source', 0, error.message);
  }
}
