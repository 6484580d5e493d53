/** Blocks of a disk that one lane has to itself, and what each of them must hold. */
import { hexOf } from '../support/e2e-client.ts';
import { between } from '../support/seeded.ts';
import { areEqual, identify, SECTOR_BYTES, sectorBytes, type SectorNumbers } from './sectors.ts';
import { Interrupted, SoakProblem } from './soak-error.ts';
import type { SoakSession } from './soak-session.ts';
import type { Tallies } from './tallies.ts';

const READ_BLOCKS_MAX = 256;

export interface Extent {
  readonly lun: number;
  readonly blockBytes: number;
  readonly firstLba: number;
  readonly blockCount: number;
}

/** Blocks by their place in a region. */
export interface BlockRange {
  readonly at: number;
  readonly count: number;
}

export class DiskRegion {
  readonly extent: Extent;
  readonly #tallies: Tallies;
  /** The numbers of the sectors of all blocks. */
  readonly #numbers: Uint32Array;
  readonly #perBlock: number;
  /** What blocks may hold instead, for commands that were interrupted. */
  readonly #doubts = new Map<number, Uint32Array[]>();

  constructor(extent: Extent, tallies: Tallies) {
    this.extent = extent;
    this.#tallies = tallies;
    this.#perBlock = extent.blockBytes / SECTOR_BYTES;
    this.#numbers = new Uint32Array(extent.blockCount * this.#perBlock);
  }

  /** Sectors in a block. */
  get perBlock(): number {
    return this.#perBlock;
  }

  someRange(random: () => number, countMax: number): BlockRange {
    const count = between(random, 1, Math.min(countMax, this.extent.blockCount));
    return { count, at: between(random, 0, this.extent.blockCount - count) };
  }

  /** Logical block address and number of blocks, as CDBs of 16 bytes and segments have them. */
  lba({ at }: BlockRange): number {
    return this.extent.firstLba + at;
  }

  numbers({ at, count }: BlockRange): Uint32Array {
    return this.#numbers.slice(at * this.#perBlock, (at + count) * this.#perBlock);
  }

  fresh({ count }: BlockRange, source: SectorNumbers): Uint32Array {
    return source.take(count * this.#perBlock);
  }

  bytes(range: BlockRange): Uint8Array {
    return sectorBytes(this.numbers(range));
  }

  /**
   * Runs what changes a range to hold `numbers`. If it is interrupted, each block may hold the old
   * or the new.
   */
  async change(range: BlockRange, numbers: Uint32Array, work: () => Promise<unknown>) {
    try {
      await work();
    } catch (error) {
      if (error instanceof Interrupted) this.#doubt(range, numbers);
      throw error;
    }
    this.#numbers.set(numbers, range.at * this.#perBlock);
  }

  #doubt({ at, count }: BlockRange, numbers: Uint32Array): void {
    for (let i = 0; i < count; i += 1) {
      const others = this.#doubts.get(at + i) ?? [];
      others.push(numbers.subarray(i * this.#perBlock, (i + 1) * this.#perBlock));
      this.#doubts.set(at + i, others);
    }
  }

  /** Reads a range without doubts and compares. Throws: SoakProblem, Interrupted. */
  async verify(session: SoakSession, range: BlockRange): Promise<void> {
    this.#compare(range, await this.#read(session, range));
  }

  async #read(session: SoakSession, { at, count }: BlockRange): Promise<Uint8Array> {
    const bytes = await session.must(this.extent.lun,
      `88 00 ${hexOf(this.extent.firstLba + at, 8)} ${hexOf(count, 4)} 00 00`,
      { room: count * this.extent.blockBytes });
    this.#tallies.add('bytes verified', bytes.length);
    return bytes;
  }

  #compare(range: BlockRange, found: Uint8Array): void {
    const wanted = this.numbers(range);
    if (areEqual(found, sectorBytes(wanted))) return;
    const wrong = identify(found).flatMap((number, i) => (number === wanted[i] ? []
      : [`sector ${i}: ${told(number)} instead of ${told(wanted[i])}`]));
    throw new SoakProblem(`LUN ${this.extent.lun}, ${range.count} blocks at LBA ${
      this.extent.firstLba + range.at}: ${found.length} bytes came, ${wrong.length} sectors are `
      + `wrong: ${wrong.slice(0, 4).join('; ')}`);
  }

  /** Finds out what blocks hold that are in doubt. Throws: SoakProblem, Interrupted. */
  async settle(session: SoakSession): Promise<void> {
    const places = [...this.#doubts.keys()].sort((a, b) => a - b);
    for (let i = 0; i < places.length;) {
      let end = i + 1;
      while (places[end] === places[end - 1]! + 1 && end - i < READ_BLOCKS_MAX) end += 1;
      const range = { at: places[i]!, count: end - i };
      const found = await this.#read(session, range);
      for (let k = 0; k < range.count; k += 1) this.#pin(range.at + k, found, k);
      this.#compare(range, found);
      for (const place of places.slice(i, end)) this.#doubts.delete(place);
      this.#tallies.add('blocks settled', range.count);
      i = end;
    }
  }

  /** A block holds the old or something that was under way, as a whole. */
  #pin(place: number, found: Uint8Array, index: number): void {
    const { blockBytes } = this.extent;
    const block = found.subarray(index * blockBytes, (index + 1) * blockBytes);
    const other = this.#doubts.get(place)?.find((one) => areEqual(block, sectorBytes(one)));
    if (other !== undefined) this.#numbers.set(other, place * this.#perBlock);
  }

  /** All of it. */
  async verifyAll(session: SoakSession): Promise<void> {
    for (let at = 0; at < this.extent.blockCount; at += READ_BLOCKS_MAX) {
      await this.verify(session,
        { at, count: Math.min(READ_BLOCKS_MAX, this.extent.blockCount - at) });
    }
  }
}

const told = (number: number | undefined): string =>
  (number === undefined ? 'nothing that was written' : `#${number.toString(16)}`);
