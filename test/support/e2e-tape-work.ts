/**
 * Works on a tape over iSCSI as backups do, and keeps what the tape may hold should everything
 * end now: the state that was acknowledged as durable, and those that it has come to since.
 */
import { FILEMARK, recordsOf, type State } from '../media/tape-worker.ts';
import { type Answered, type Client, hexBytes, hexOf } from './e2e-client.ts';
import { pattern } from './e2e-lists.ts';
import { between, pick } from './seeded.ts';

export interface TapeWorkPlace {
  readonly client: Client;
  readonly tapeLun: number;
  /** What a copy reads: a disk with blocks of 512 bytes. */
  readonly disk: Uint8Array;
  readonly diskNaa: string;
  readonly tapeNaa: string;
  readonly random: () => number;
  /** Bytes that one piece of work writes at most, padding not counted. */
  readonly bytesMax: number;
  /** The tape is written from its beginning again before it is full. */
  readonly capacityBytes: number;
}

const BLOCK = 512;

export class TapeWork {
  /** The acknowledged state, and each one after it. */
  states: State[];
  readonly #place: TapeWorkPlace;
  #position = 0;
  /** Bytes before the position, or more. */
  #usedBytes: number;
  /** What is on the tape goes with the next write. */
  #startsOver = false;

  /** The tape stands at its beginning. */
  constructor(place: TapeWorkPlace, state: State, usedBytes: number) {
    this.#place = place;
    this.states = [state];
    this.#usedBytes = usedBytes;
  }

  get #now(): State {
    return this.states.at(-1)!;
  }

  /** One random piece of work. Returns what the target answered. */
  work(): Promise<Answered> {
    const { random, capacityBytes, bytesMax } = this.#place;
    if (this.#startsOver) {
      this.#startsOver = false;
      return this.#write();
    }
    // Early warning comes in the last quarter at the earliest.
    if (this.#usedBytes + 3 * bytesMax > capacityBytes * 3 / 4) {
      this.#usedBytes = 0;
      this.#startsOver = true;
      return this.#locate(0);
    }
    const what = random();
    if (what < 0.4) return this.#copy();
    if (what < 0.65) return this.#write();
    if (what < 0.85) return this.#filemarks(between(random, 1, 2), random() < 0.3);
    const end = this.#now.length;
    return this.#locate(random() < 0.5 ? end : between(random, 0, end));
  }

  /** Blocks of the disk to tape, padded; most of the time a filemark makes them durable. */
  #copy(): Promise<Answered> {
    const { client, tapeLun, disk, diskNaa, tapeNaa, random, bytesMax } = this.#place;
    const recordBytes = pick(random, [100, 512, 1000, 4096, 32_768, 65_536]);
    const blocksMax = Math.min(disk.length, bytesMax, 2000 * recordBytes) / BLOCK;
    const blocks = between(random, 1, Math.floor(blocksMax));
    const lba = between(random, 0, disk.length / BLOCK - blocks);
    const marks = random() < 0.8 ? 1 : 0;
    const payload = new Uint8Array(
      Math.ceil(blocks * BLOCK / recordBytes) * recordBytes);
    this.#usedBytes += payload.length;
    payload.set(disk.subarray(lba * BLOCK, (lba + blocks) * BLOCK));
    this.#expect([...recordsOf(payload, recordBytes), ...new Array(marks).fill(FILEMARK)]);
    const list = hexBytes(`01 00 0040 00000000 ${marks === 1 ? '00000024' : '00000018'} 00000000
      E4 00 0000 01 03 00 08 ${diskNaa.padEnd(40, '0')} 00 000200
      E4 01 0000 01 03 00 08 ${tapeNaa.padEnd(40, '0')} 04 000000
      00 00 0014 0000 0001 00 ${hexOf(recordBytes, 3)} 0000 ${hexOf(blocks, 2)} ${hexOf(lba, 8)}
      ${marks === 1 ? '10 00 0008 0000 0001 00 000001' : ''}`);
    return this.#acknowledged(client.copy(tapeLun, list), marks === 1);
  }

  #write(): Promise<Answered> {
    const { client, tapeLun, random, bytesMax } = this.#place;
    const out = pattern(between(random, 1, 1 << 30),
      between(random, 1, Math.min(bytesMax, 100_000)));
    this.#usedBytes += out.length;
    this.#expect(recordsOf(out, out.length));
    return this.#acknowledged(
      client.send(tapeLun, `0A 00 ${hexOf(out.length, 3)} 00`, { out }), false);
  }

  #filemarks(count: number, immediate: boolean): Promise<Answered> {
    const { client, tapeLun } = this.#place;
    this.#expect(new Array(count).fill(FILEMARK));
    return this.#acknowledged(client.send(
      tapeLun, `10 ${immediate ? '01' : '00'} ${hexOf(count, 3)} 00`), !immediate);
  }

  /** What was written is durable before the tape moves. */
  async #locate(object: number): Promise<Answered> {
    const { client, tapeLun } = this.#place;
    const answered = await this.#acknowledged(
      client.send(tapeLun, `2B 00 00 ${hexOf(object, 4)} 00 00 00`), true);
    this.#position = object;
    return answered;
  }

  /** What is written behind the position, which then is the end of data. */
  #expect(objects: State): void {
    const kept = this.#now.slice(0, this.#position);
    if (kept.length < this.#now.length) this.states.push(kept);
    this.states.push([...kept, ...objects]);
    this.#position = this.#now.length;
  }

  async #acknowledged(answer: Promise<Answered>, isDurable: boolean): Promise<Answered> {
    const answered = await answer;
    if (answered.told === 'good' && isDurable) this.states = [this.#now];
    return answered;
  }
}
