import { expect } from 'vitest';
import { crc32c } from '../../src/bytes/crc32c.ts';
import type { Cartridge } from '../../src/media/cartridge.ts';
import type { AllocatedExtent, Extent } from '../../src/media/tape-types.ts';
import { between, pick } from '../support/seeded.ts';

/** An object as a test tells it from others: a filemark, or a record's checksum and length. */
export type Mark = number;
export const FILEMARK: Mark = -1;
const markOf = (record: Uint8Array): Mark => crc32c(record) * 0x4000 + record.length;

/** A step of a tape's history: what it held before is a first part of it, or the other way. */
export type State = readonly Mark[];

interface Move {
  readonly payload: Uint8Array;
  readonly extents: AllocatedExtent[];
  readonly recordBytes: number;
}

/**
 * Works on a cartridge as a device server and a copy manager do, and keeps the states that it
 * went through since the last one that was acknowledged.
 */
export class TapeWorker {
  readonly #cartridge: Cartridge;
  readonly #random: () => number;
  /** The acknowledged state, and each one after it. */
  readonly states: State[];

  constructor(cartridge: Cartridge, random: () => number, state: State) {
    this.#cartridge = cartridge;
    this.#random = random;
    this.states = [state];
  }

  get #now(): State {
    return this.states.at(-1)!;
  }

  /** One random piece of work. */
  async work(): Promise<void> {
    const what = this.#random();
    if (what < 0.55) await this.#appendMoves(between(this.#random, 1, 3));
    else if (what < 0.7) this.#appendFilemarks(between(this.#random, 1, 3));
    else if (what < 0.8) await this.#truncate(between(this.#random, 0, this.#now.length));
    else await this.#sync();
  }

  /** Moves in flight: storage for all first, bytes in any order, records in order. */
  async #appendMoves(count: number): Promise<void> {
    const moves: Move[] = [];
    for (let i = 0; i < count; i += 1) {
      const recordBytes = pick(this.#random, [1, 13, 512, 1000, 4096, 10_000]);
      const records = between(this.#random, 1, recordBytes < 100 ? 300 : 6);
      const payload = this.#payload(recordBytes * records);
      if (payload.length > this.#cartridge.remainingBytes / 4) continue;
      const congruentTo = this.#random() < 0.5 ? undefined : between(this.#random, 0, 9999);
      const extents = await this.#cartridge.allocate(payload.length, congruentTo);
      moves.push({ payload, extents, recordBytes });
    }
    for (const move of moves.toSorted(() => this.#random() - 0.5)) await this.#write(move);
    for (const move of moves) this.#finish(move);
  }

  #payload(byteLength: number): Uint8Array {
    if (this.#random() < 0.2) return new Uint8Array(byteLength);
    return noise(between(this.#random, 1, 0xffff_ffff), byteLength);
  }

  async #write({ payload, extents }: Move): Promise<void> {
    let at = 0;
    for (const extent of extents) {
      const part = payload.subarray(at, at + extent.byteLength);
      // What reads zeros need not be written.
      const isHole = extent.readsZeros && part.every((byte) => byte === 0);
      if (!isHole) await this.#cartridge.data.write(part, extent.offset);
      at += extent.byteLength;
    }
  }

  /** Appends all records of a move, or as if it had failed, the first of them or none. */
  #finish({ payload, extents, recordBytes }: Move): void {
    const records = payload.length / recordBytes;
    const count = this.#random() < 0.2 ? between(this.#random, 0, records) : records;
    const [used, unused] = split(extents, count * recordBytes);
    const written = payload.subarray(0, count * recordBytes);
    const crc = this.#random() < 0.5 ? crc32c(written) : undefined;
    if (count > 0) this.#cartridge.appendRecords(recordBytes, count, used, crc);
    this.#cartridge.release(unused);
    this.states.push([...this.#now, ...recordsOf(written, recordBytes)]);
  }

  #appendFilemarks(count: number): void {
    this.#cartridge.appendFilemarks(count);
    this.states.push([...this.#now, ...new Array<Mark>(count).fill(FILEMARK)]);
  }

  async #truncate(object: number): Promise<void> {
    this.states.push(this.#now.slice(0, object));
    const before = this.states.at(-2)!.length;
    await this.#cartridge.truncate(object);
    if (object < before) this.states.splice(0, this.states.length - 1);
  }

  async #sync(): Promise<void> {
    await this.#cartridge.sync();
    this.states.splice(0, this.states.length - 1);
  }
}

/** Bytes that follow from the seed, made fast. */
function noise(seed: number, byteLength: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(byteLength / 4));
  let state = seed;
  for (let i = 0; i < words.length; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, byteLength);
}

/** The records of a payload that holds several of one length. */
export const recordsOf = (payload: Uint8Array, recordBytes: number): Mark[] =>
  Array.from({ length: payload.length / recordBytes }, (_, i) =>
    markOf(payload.subarray(i * recordBytes, (i + 1) * recordBytes)));

/** The extents of the first bytes, and the others. */
function split(extents: readonly Extent[], byteLength: number): [Extent[], Extent[]] {
  const first: Extent[] = [];
  const others: Extent[] = [];
  let left = byteLength;
  for (const extent of extents) {
    const taken = Math.min(left, extent.byteLength);
    const { offset } = extent;
    if (taken > 0) first.push({ offset, byteLength: taken });
    if (taken < extent.byteLength) {
      others.push({ offset: offset + taken, byteLength: extent.byteLength - taken });
    }
    left -= taken;
  }
  return [first, others];
}

/** What the cartridge holds, read object by object. */
export async function stateOf(cartridge: Cartridge): Promise<State> {
  const state: Mark[] = [];
  while (state.length < cartridge.endOfData) {
    const run = cartridge.runAt(state.length)!;
    expect(run.firstObject, 'a run begins where the one before it ends').toBe(state.length);
    if (run.kind === 'filemarks') {
      state.push(...new Array<Mark>(run.count).fill(FILEMARK));
      continue;
    }
    const payload = new Uint8Array(run.count * run.recordBytes);
    let at = 0;
    for (const extent of cartridge.extentsOf(run.firstObject, run.count)) {
      at += await cartridge.data.read(payload.subarray(at, at + extent.byteLength), extent.offset);
    }
    expect(at, 'payload is there').toBe(payload.length);
    state.push(...recordsOf(payload, run.recordBytes));
  }
  return state;
}

/** Whether a tape that went through `states` may hold `found` after a crash. */
export function mayBeLeft(found: State, states: readonly State[]): boolean {
  return states.some((state, i) => {
    const next = states[i + 1] ?? state;
    return isPrefix(state, found) && isPrefix(found, next) || isEqual(found, state);
  });
}

const isPrefix = (first: State, whole: State): boolean =>
  first.length <= whole.length && first.every((mark, i) => mark === whole[i]);

const isEqual = (a: State, b: State): boolean => a.length === b.length && isPrefix(a, b);
