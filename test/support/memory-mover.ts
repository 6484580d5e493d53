import { crc32c } from '../../src/bytes/crc32c.ts';
import {
  MOVE_BYTES_MAX, type Moved, MoveError, type MoveOptions, type Mover, type Place,
} from '../../src/ports/mover.ts';
import { MemoryFile } from './memory-file.ts';

interface Range {
  readonly place: Place;
  readonly byteLength: number;
}
const overlap = (a: Range, b: Range): boolean => a.place.file === b.place.file
  && a.place.offset < b.place.offset + b.byteLength
  && b.place.offset < a.place.offset + a.byteLength;

/**
 * Moves between files in memory, out of order as a seed says, and refuses what a mover may refuse:
 * overlapping ends, wrong lengths, and moves at once whose result would depend on their order.
 */
export class MemoryMover implements Mover {
  readonly moves: {
    readonly source: Place; readonly destination: Place; readonly byteLength: number;
  }[] = [];
  readonly #random: () => number;
  readonly #inFlight = new Set<{ readonly from: Range; readonly to: Range }>();
  mostInFlight = 0;
  /** Called before each move; a test can hold it here. */
  before: (() => Promise<void> | void) | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  get inFlightCount(): number {
    return this.#inFlight.size;
  }

  async move(
    source: Place, destination: Place, byteLength: number,
    options: MoveOptions = {}): Promise<Moved> {
    const from = { place: source, byteLength };
    const to = { place: destination, byteLength };
    this.#refuse(from, to, byteLength);
    this.moves.push({ source, destination, byteLength });
    const entry = { from, to };
    this.#inFlight.add(entry);
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight.size);
    try {
      await this.before?.();
      for (let turns = Math.floor(this.#random() * 8); turns >= 0; turns -= 1) {
        options.signal?.throwIfAborted();
        await Promise.resolve();
      }
      return this.#copy(from, to, options);
    } finally {
      this.#inFlight.delete(entry);
    }
  }

  #refuse(from: Range, to: Range, byteLength: number): void {
    if (!(byteLength >= 1 && byteLength <= MOVE_BYTES_MAX)) {
      throw new RangeError(`Cannot move ${byteLength} bytes`);
    }
    if (overlap(from, to)) throw new RangeError('Cannot move: the ends overlap');
    for (const other of this.#inFlight) {
      if (overlap(other.to, to) || overlap(other.to, from) || overlap(other.from, to)) {
        throw new RangeError('Cannot move: the result would depend on the order of two moves');
      }
    }
  }

  #copy(from: Range, to: Range, options: MoveOptions): Moved {
    const [source, destination] = [from.place.file, to.place.file];
    if (!(source instanceof MemoryFile) || !(destination instanceof MemoryFile)) {
      throw new Error('Cannot move: not files in memory');
    }
    const faults = [
      { end: 'source' as const, fault: source.faultIn('read', from.place.offset, from.byteLength) },
      { end: 'destination' as const,
        fault: destination.faultIn('write', to.place.offset, to.byteLength) },
    ].filter(({ fault }) => fault !== undefined)
      .sort((a, b) => a.fault!.bytesDone - b.fault!.bytesDone);
    const first = faults[0];
    const done = first?.fault?.bytesDone ?? from.byteLength;
    const bytes = source.slice(from.place.offset, done);
    destination.put(to.place.offset, bytes);
    if (first !== undefined) throw new MoveError(first.fault!.code, first.end, done, 'a fault');
    return {
      byRung: { reflink: 0, direct: done, kernel: 0, portable: 0, hole: 0 },
      crc32c: options.checksum ? crc32c(bytes) : undefined,
    };
  }

  async close(): Promise<void> {}
}
