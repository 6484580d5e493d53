/** Tape work and copies: disk to disk, disk to tape, tape to disk. */
import { hexBytes, hexOf } from '../support/e2e-client.ts';
import { between, pick } from '../support/seeded.ts';
import type { BlockRange, DiskRegion } from './disk-region.ts';
import { SECTOR_BYTES, type SectorNumbers } from './sectors.ts';
import { SoakProblem } from './soak-error.ts';
import type { SoakSession } from './soak-session.ts';
import type { Tallies } from './tallies.ts';
import type { TapeObject, TapeRecord } from './tape-contents.ts';
import type { SoakTape } from './tape-drive.ts';

const COPY_BYTES_MAX = 1024 * 1024;
const RECORDS_MAX = 64;

export interface CopyPlace {
  /** Regions of this lane on the disks. */
  readonly regions: readonly DiskRegion[];
  readonly tapes: readonly SoakTape[];
  readonly session: SoakSession;
  readonly numbers: SectorNumbers;
  readonly random: () => number;
  /** NAA designators by LUN, in hexadecimal. */
  readonly naa: readonly string[];
  readonly tallies: Tallies;
}

export class CopyLane {
  readonly #place: CopyPlace;
  #tape: SoakTape | undefined;

  constructor(place: CopyPlace) {
    this.#place = place;
  }

  /** One piece of work. Throws: Interrupted, SoakProblem. */
  async work(): Promise<void> {
    const { random, session, numbers } = this.#place;
    this.#tape ??= this.#place.tapes.find((tape) => tape.take());
    const what = random();
    if (this.#tape === undefined || what < 0.25) return this.#diskToDisk();
    if (what < 0.4) return this.#diskToTape(this.#tape);
    if (what < 0.55) return this.#tapeToDisk(this.#tape);
    return this.#tape.work(session, numbers, random);
  }

  /** Afterwards all is known, and another session may have the tape. */
  async settle(): Promise<void> {
    const { regions, session } = this.#place;
    for (const region of regions) await region.settle(session);
    await this.#tape?.settle(session);
    this.#tape?.giveBack();
    this.#tape = undefined;
  }

  #someRegion(): DiskRegion {
    return pick(this.#place.random, this.#place.regions);
  }

  /** Between regions of any block lengths, in both directions. */
  async #diskToDisk(): Promise<void> {
    const { random } = this.#place;
    const [from, to] = [this.#someRegion(), this.#someRegion()];
    // Blocks of the larger kind, so that both ends are whole.
    const perUnit = Math.max(from.perBlock, to.perBlock);
    const unitBytes = perUnit * SECTOR_BYTES;
    const units = between(random, 1, COPY_BYTES_MAX / unitBytes);
    const source = this.#rangeOf(from, units * perUnit);
    const destination = this.#rangeOf(to, units * perUnit);
    const isSame = from === to;
    if (isSame && Math.abs(source.at - destination.at) < source.count) return;
    // The number of blocks is that of the source, or of the destination with DC.
    const dc = random() < 0.5;
    const segment = `02 ${dc ? '02' : '00'} 0018 0000 0001 0000 ${
      hexOf((dc ? destination : source).count, 2)} ${hexOf(from.lba(source), 8)} ${
      hexOf(to.lba(destination), 8)}`;
    await to.change(destination, from.numbers(source), () => this.#copy(
      'copies: disk to disk', [from, to].map((one) => this.#disk(one)), [segment],
      [from.extent.lun, to.extent.lun]));
  }

  /** A range of so many sectors. */
  #rangeOf(region: DiskRegion, sectors: number): BlockRange {
    const count = sectors / region.perBlock;
    return { count, at: between(this.#place.random, 0, region.extent.blockCount - count) };
  }

  /** Whole records, and most of the time a filemark behind them. */
  async #diskToTape(tape: SoakTape): Promise<void> {
    const { random, session } = this.#place;
    await tape.settle(session);
    const from = this.#someRegion();
    const perRecord = from.perBlock * pick(random, [1, 2, 8, 16]);
    const recordBytes = perRecord * SECTOR_BYTES;
    const records = between(random, 1, Math.min(RECORDS_MAX, COPY_BYTES_MAX / recordBytes));
    const source = this.#rangeOf(from, records * perRecord);
    const numbers = from.numbers(source);
    const objects: TapeObject[] = Array.from({ length: records }, (_, i) => ({
      numbers: numbers.subarray(i * perRecord, (i + 1) * perRecord),
      byteLength: recordBytes }));
    const segments = [`00 00 0014 0000 0001 00 ${hexOf(recordBytes, 3)} 0000 ${
      hexOf(source.count, 2)} ${hexOf(from.lba(source), 8)}`];
    if (random() < 0.7) {
      objects.push('mark');
      segments.push('10 00 0008 0000 0001 00 000001');
    }
    await tape.change(objects, () => this.#copy('copies: disk to tape',
      [this.#disk(from), this.#stream(tape)], segments, [from.extent.lun, tape.lun]));
  }

  /** Records of one length that stand behind each other, if there are any. */
  async #tapeToDisk(tape: SoakTape): Promise<void> {
    const { random, session } = this.#place;
    await tape.settle(session);
    const to = this.#someRegion();
    const start = between(random, 0, tape.contents.objects.length);
    const run = wholeBlocks(tape.contents.runAt(start, RECORDS_MAX), to.perBlock * SECTOR_BYTES);
    if (run.length === 0) return;
    await tape.locate(session, start);
    const numbers = Uint32Array.from(run.flatMap((record) => [...record.numbers]));
    const destination = this.#rangeOf(to, numbers.length);
    const segment = `01 00 0014 0000 0001 00 ${hexOf(run[0]!.byteLength, 3)} 0000 ${
      hexOf(destination.count, 2)} ${hexOf(to.lba(destination), 8)}`;
    await to.change(destination, numbers, () => tape.change(undefined, () => this.#copy(
      'copies: tape to disk', [this.#stream(tape), this.#disk(to)], [segment],
      [to.extent.lun, tape.lun])));
    tape.contents.position = start + run.length;
  }

  #disk({ extent }: DiskRegion): string {
    return `E4 00 0000 01 03 00 08 ${this.#naa(extent.lun)} 00 ${hexOf(extent.blockBytes, 3)}`;
  }

  #stream({ lun }: SoakTape): string {
    return `E4 01 0000 01 03 00 08 ${this.#naa(lun)} 00 000000`;
  }

  #naa(lun: number): string {
    return this.#place.naa[lun]!.padEnd(40, '0');
  }

  /** EXTENDED COPY, to one of the ends. */
  async #copy(
    what: string, cscds: readonly string[], segments: readonly string[],
    luns: readonly number[]): Promise<void> {
    const { session, random, tallies } = this.#place;
    const [heads, bodies] = [cscds, segments].map((texts) => hexBytes(texts.join('')));
    const list = Buffer.concat([hexBytes(`01 00 ${hexOf(heads!.length, 2)} 00000000 ${
      hexOf(bodies!.length, 4)} 00000000`), heads!, bodies!]);
    const lun = pick(random, luns);
    const { told, sense } = await session.send(lun,
      `83 00 00000000 00000000 ${hexOf(list.length, 4)} 00 00`,
      { out: list, seesUnitAttention: true });
    if (told !== 'good') {
      throw new SoakProblem(`${what}, at LUN ${lun}: told ${told} ${sense}; the list was ${
        list.toString('hex')}`);
    }
    tallies.add(what);
  }
}

/** As many of the records as make whole blocks. */
function wholeBlocks(run: readonly TapeRecord[], blockBytes: number): readonly TapeRecord[] {
  const isWhole = run.length > 0 && run[0]!.byteLength % blockBytes === 0;
  const room = COPY_BYTES_MAX / (run[0]?.byteLength ?? 1);
  return isWhole ? run.slice(0, Math.floor(room)) : [];
}
