import type { Initiator } from '../../initiator/initiator.ts';
import {
  read16Cdb, readCapacity16Cdb, synchronizeCache10Cdb, write16Cdb,
} from '../../wire/sbc/cdbs.ts';
import { capacity16 } from '../../wire/sbc/data.ts';
import type { BlockSource } from '../block-source.ts';
import { run } from './device.ts';

/** The most that one READ or WRITE moves: what every target takes, and enough to keep it busy. */
export const TRANSFER_BYTES_MAX = 512 * 1024;

const LONGEST_BLOCK_BYTES = 16_384;

/** The blocks of a disk, read and written by commands of this client. */
export class Disk implements BlockSource {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly #unit: Initiator;

  constructor(unit: Initiator, blockBytes: number, blockCount: number) {
    this.#unit = unit;
    this.blockBytes = blockBytes;
    this.blockCount = blockCount;
  }

  /** Throws: CommandFailed; Error if the capacity makes no sense. */
  static async open(unit: Initiator): Promise<Disk> {
    const cdb = readCapacity16Cdb.encode({
      opcode: 0x9e, serviceAction: 0x10, lba: 0n, allocationLength: capacity16.size, pmi: false,
      naca: false });
    const { dataIn } = await run(
      unit, 'read the capacity', { cdb, dataInBytes: capacity16.size });
    const { blockBytes, lastLba } = capacity16.read(dataIn);
    const blockCount = Number(lastLba) + 1;
    const usable = blockBytes >= 512 && blockBytes <= LONGEST_BLOCK_BYTES && blockBytes % 512 === 0
      && Number.isSafeInteger(blockBytes * blockCount);
    if (usable) return new Disk(unit, blockBytes, blockCount);
    throw new Error(`Cannot use ${unit.url}: it has ${blockCount} blocks of ${blockBytes} bytes`);
  }

  get url(): string {
    return this.#unit.url;
  }

  get byteLength(): number {
    return this.blockBytes * this.blockCount;
  }

  /** The same disk through another connection, for traffic that is counted apart. */
  through(unit: Initiator): Disk {
    return new Disk(unit, this.blockBytes, this.blockCount);
  }

  async read(lba: number, count: number): Promise<Uint8Array> {
    const dataInBytes = count * this.blockBytes;
    const cdb = read16Cdb.encode({ opcode: 0x88, rarc: false, ...transfer(lba, count) });
    const { dataIn } = await run(
      this.#unit, `read ${count} blocks at ${lba}`, { cdb, dataInBytes });
    if (dataIn.length === dataInBytes) return dataIn;
    throw new Error(`Cannot read ${count} blocks at ${lba} (${this.url}): `
      + `got ${dataIn.length} bytes of ${dataInBytes}`);
  }

  /** Writes whole blocks. */
  async write(lba: number, bytes: Uint8Array): Promise<void> {
    const count = bytes.length / this.blockBytes;
    const cdb = write16Cdb.encode({ opcode: 0x8a, ...transfer(lba, count) });
    await run(this.#unit, `write ${count} blocks at ${lba}`, { cdb, dataOut: bytes });
  }

  /** Returns once what was written is on the medium. */
  async flush(): Promise<void> {
    const cdb = synchronizeCache10Cdb.encode({
      opcode: 0x35, lba: 0, group: 0, blockCount: 0, immed: false, naca: false });
    await run(this.#unit, 'flush the cache', { cdb });
  }
}

/** The fields that READ(16) and WRITE(16) have in common. */
const transfer = (lba: number, blockCount: number) => ({
  lba: BigInt(lba), blockCount, protect: 0, dpo: false, fua: false, group: 0, naca: false,
});
