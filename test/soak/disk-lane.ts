/** Reads, writes and their kin on a region of a disk. */
import { hexBytes, hexOf } from '../support/e2e-client.ts';
import { between, pick } from '../support/seeded.ts';
import type { BlockRange, DiskRegion } from './disk-region.ts';
import { sectorBytes, type SectorNumbers } from './sectors.ts';
import type { SoakSession } from './soak-session.ts';

const TRANSFER_BYTES_MAX = 256 * 1024;
const COMPARE_BLOCKS_MAX = 8;

export class DiskLane {
  readonly #region: DiskRegion;
  readonly #session: SoakSession;
  readonly #numbers: SectorNumbers;
  readonly #random: () => number;

  constructor(
    region: DiskRegion, session: SoakSession, numbers: SectorNumbers, random: () => number) {
    this.#region = region;
    this.#session = session;
    this.#numbers = numbers;
    this.#random = random;
  }

  /** One command. Throws: Interrupted, SoakProblem. */
  async work(): Promise<void> {
    const what = this.#random();
    if (what < 0.4) return this.#write();
    if (what < 0.75) return this.#region.verify(this.#session, this.#range());
    if (what < 0.82) return this.#compareAndWrite();
    if (what < 0.88) return this.#writeSame();
    if (what < 0.93) return this.#unmap();
    if (what < 0.97) return this.#verifyThere();
    await this.#session.must(this.#region.extent.lun, '35 00 00000000 00 0000 00');
  }

  settle(): Promise<void> {
    return this.#region.settle(this.#session);
  }

  #range(): BlockRange {
    return this.#region.someRange(
      this.#random, TRANSFER_BYTES_MAX / this.#region.extent.blockBytes);
  }

  /** Sends a CDB of 16 bytes to a range. */
  #send(opcode: string, range: BlockRange, out?: Uint8Array): Promise<Uint8Array> {
    return this.#session.must(this.#region.extent.lun,
      `${opcode} ${hexOf(this.#region.lba(range), 8)} ${hexOf(range.count, 4)} 00 00`,
      out === undefined ? {} : { out });
  }

  async #write(): Promise<void> {
    const range = this.#range();
    const numbers = this.#region.fresh(range, this.#numbers);
    const form = pick(this.#random, ['8A 00', '8A 00', '8A 08', '8E 00', '8E 02']); // FUA, VERIFY
    await this.#region.change(range, numbers,
      () => this.#send(form, range, sectorBytes(numbers)));
  }

  /** VERIFY(16) with BYTCHK: the target compares. */
  async #verifyThere(): Promise<void> {
    const range = this.#range();
    await this.#send('8F 02', range, this.#region.bytes(range));
  }

  async #compareAndWrite(): Promise<void> {
    const range = this.#region.someRange(this.#random, COMPARE_BLOCKS_MAX);
    const numbers = this.#region.fresh(range, this.#numbers);
    const out = Buffer.concat([this.#region.bytes(range), sectorBytes(numbers)]);
    await this.#region.change(range, numbers, () => this.#session.must(this.#region.extent.lun,
      `89 00 ${hexOf(this.#region.lba(range), 8)} 000000 ${hexOf(range.count, 1)} 00 00`,
      { out }));
  }

  async #writeSame(): Promise<void> {
    const range = this.#range();
    const one = this.#region.fresh({ at: range.at, count: 1 }, this.#numbers);
    const numbers = Uint32Array.from(
      { length: range.count * one.length }, (_, i) => one[i % one.length]!);
    await this.#region.change(range, numbers, () => this.#send('93 00', range, sectorBytes(one)));
  }

  async #unmap(): Promise<void> {
    const range = this.#range();
    const zeros = new Uint32Array(range.count * this.#region.perBlock);
    const list = hexBytes(`0016 0010 00000000 ${hexOf(this.#region.lba(range), 8)} ${
      hexOf(range.count, 4)} 00000000`);
    await this.#region.change(range, zeros, () => (between(this.#random, 0, 1) === 0
      ? this.#session.must(this.#region.extent.lun, '42 00 00000000 00 0018 00', { out: list })
      : this.#send('93 09', range))); // WRITE SAME with UNMAP and NDOB
  }
}
