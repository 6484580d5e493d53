/**
 * Writes to a disk over iSCSI, and keeps what each block may hold should everything end now: what
 * was acknowledged as durable, or what was written later.
 */
import { crc32c } from '../../src/bytes/crc32c.ts';
import { type Answered, type Client, hexBytes, hexOf } from './e2e-client.ts';
import { pattern } from './e2e-lists.ts';
import { between } from './seeded.ts';

const BLOCK = 512;

/** What the blocks of a disk may hold, as checksums. */
export class DiskBlocks {
  /** The first is durable, the last the newest. */
  readonly #may: Set<number>[];

  constructor(content: Uint8Array) {
    this.#may = checksums(content).map((one) => new Set([one]));
  }

  get count(): number {
    return this.#may.length;
  }

  /** These bytes are written from a block on. */
  expect(lba: number, bytes: Uint8Array): void {
    for (const [i, one] of checksums(bytes).entries()) moveToEnd(this.#may[lba + i]!, one);
  }

  /** The newest is durable. */
  settle(lba: number, count: number): void {
    for (let i = lba; i < lba + count; i += 1) this.#may[i] = new Set([[...this.#may[i]!].at(-1)!]);
  }

  /** Blocks that hold what they must not. What they hold is the newest from now on. */
  restart(content: Uint8Array, isDurable: boolean): number[] {
    const found = checksums(content);
    const wrong = found.flatMap((one, lba) => (this.#may[lba]!.has(one) ? [] : [lba]));
    for (const [lba, one] of found.entries()) moveToEnd(this.#may[lba]!, one);
    if (isDurable) this.settle(0, this.count);
    return wrong;
  }
}

function moveToEnd(set: Set<number>, one: number): void {
  set.delete(one);
  set.add(one);
}

const checksums = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / BLOCK }, (_, i) =>
    crc32c(bytes.subarray(i * BLOCK, (i + 1) * BLOCK)));

export interface DiskWorkPlace {
  readonly client: Client;
  readonly lun: number;
  readonly naa: string;
  /** What a copy reads. */
  readonly source: Uint8Array;
  readonly sourceNaa: string;
  readonly random: () => number;
}

export class DiskWork {
  readonly #place: DiskWorkPlace;
  readonly #blocks: DiskBlocks;

  constructor(place: DiskWorkPlace, blocks: DiskBlocks) {
    this.#place = place;
    this.#blocks = blocks;
  }

  work(): Promise<Answered> {
    const what = this.#place.random();
    if (what < 0.5) return this.#write();
    return what < 0.75 ? this.#synchronize() : this.#copy();
  }

  #range(): { lba: number; count: number } {
    const { random } = this.#place;
    const count = between(random, 1, 40);
    return { count, lba: between(random, 0, this.#blocks.count - count) };
  }

  async #write(): Promise<Answered> {
    const { client, lun, random } = this.#place;
    const { lba, count } = this.#range();
    const out = pattern(between(random, 1, 1 << 30), count * BLOCK);
    const fua = random() < 0.4;
    this.#blocks.expect(lba, out);
    const answered = await client.send(lun,
      `2A ${fua ? '08' : '00'} ${hexOf(lba, 4)} 00 ${hexOf(count, 2)} 00`, { out });
    if (answered.told === 'good' && fua) this.#blocks.settle(lba, count);
    return answered;
  }

  async #synchronize(): Promise<Answered> {
    const { client, lun } = this.#place;
    const answered = await client.send(lun, '35 00 00000000 00 0000 00');
    if (answered.told === 'good') this.#blocks.settle(0, this.#blocks.count);
    return answered;
  }

  #copy(): Promise<Answered> {
    const { client, lun, naa, source, sourceNaa, random } = this.#place;
    const { lba, count } = this.#range();
    const from = between(random, 0, source.length / BLOCK - count);
    this.#blocks.expect(lba, source.subarray(from * BLOCK, (from + count) * BLOCK));
    return client.copy(lun, hexBytes(`01 00 0040 00000000 0000001C 00000000
      E4 00 0000 01 03 00 08 ${sourceNaa.padEnd(40, '0')} 00 000200
      E4 00 0000 01 03 00 08 ${naa.padEnd(40, '0')} 00 000200
      02 00 0018 0000 0001 0000 ${hexOf(count, 2)} ${hexOf(from, 8)} ${hexOf(lba, 8)}`));
  }
}
