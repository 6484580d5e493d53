/**
 * A drive that sessions take turns at, with what must be on its tape. What was interrupted is found
 * out by reading the tape before it goes on.
 */
import { hexOf } from '../support/e2e-client.ts';
import { between, pick } from '../support/seeded.ts';
import { SECTOR_BYTES, sectorBytes, type SectorNumbers } from './sectors.ts';
import { Interrupted, SoakProblem } from './soak-error.ts';
import type { SoakSession } from './soak-session.ts';
import type { Tallies } from './tallies.ts';
import { type FoundObject, isSame, TapeContents, type TapeObject } from './tape-contents.ts';

const RECORD_BYTES_MAX = 0x2_0000;
/** Records of more bytes in sum are not kept: the tape is written from its beginning again. */
const TAPE_BYTES_MAX = 3 * 1024 * 1024;

export class SoakTape {
  readonly lun: number;
  readonly #tallies: Tallies;
  readonly contents = new TapeContents();
  #isTaken = false;
  /** The position is unknown, and so is what was being written, if anything. */
  #doubt: { readonly objects: readonly TapeObject[] | undefined } | undefined = {
    objects: undefined };

  constructor(lun: number, tallies: Tallies) {
    this.lun = lun;
    this.#tallies = tallies;
  }

  /** False if another session has it. */
  take(): boolean {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    // Another nexus may meet unit attentions, and so has to look where the tape stands.
    this.#doubt ??= { objects: undefined };
    return true;
  }

  giveBack(): void {
    this.#isTaken = false;
  }

  /** Runs what writes objects at the position, or what only moves if there are none. */
  async change(objects: readonly TapeObject[] | undefined, work: () => Promise<unknown>) {
    try {
      await work();
    } catch (error) {
      if (error instanceof Interrupted) this.#doubt = { objects };
      throw error;
    }
    if (objects !== undefined) this.contents.append(objects);
  }

  /** Reads all of the tape if there is a doubt. Throws: SoakProblem, Interrupted. */
  async settle(session: SoakSession): Promise<void> {
    if (this.#doubt === undefined) return;
    const found = await this.#readAll(session);
    if (!this.contents.settle(this.#doubt.objects, found)) {
      throw new SoakProblem(`LUN ${this.lun}: ${found.length} objects are on the tape, `
        + `${this.contents.objects.length} were, ${this.#doubt.objects?.length ?? 0} were being `
        + `written at ${this.contents.position}; the first that is wrong is ${
          found.findIndex((one, i) => !isSame(this.contents.objects[i], one))}`);
    }
    this.contents.position = found.length;
    this.#doubt = undefined;
    this.#tallies.add('tapes settled');
  }

  async #readAll(session: SoakSession): Promise<FoundObject[]> {
    await session.must(this.lun, '01 00 00 00 00 00');
    const found: FoundObject[] = [];
    for (;;) {
      const { told, data } = await this.#readOne(session, RECORD_BYTES_MAX, true);
      if (told === '08/00/05') return found;
      if (told === '00/00/01') found.push('mark');
      else if (told === 'good') found.push(data);
      else throw new SoakProblem(`LUN ${this.lun}, READ at ${found.length}: told ${told}`);
    }
  }

  async #readOne(session: SoakSession, byteLength: number, sili: boolean) {
    const answered = await session.send(this.lun,
      `08 ${sili ? '02' : '00'} ${hexOf(byteLength, 3)} 00`,
      { room: byteLength, seesUnitAttention: true });
    this.#tallies.add('bytes verified', answered.data.length);
    return answered;
  }

  /** One piece of work. Throws: Interrupted, SoakProblem. */
  async work(session: SoakSession, numbers: SectorNumbers, random: () => number): Promise<void> {
    await this.settle(session);
    if (this.contents.byteLength > TAPE_BYTES_MAX) return this.locate(session, 0, true);
    const what = random();
    const end = this.contents.objects.length;
    if (what < 0.3) return this.#write(session, numbers, random);
    if (what < 0.45) return this.#writeMarks(session, between(random, 1, 2));
    if (what < 0.65) return this.#read(session, random);
    if (what < 0.8) return this.#space(session, random);
    return this.locate(session, random() < 0.4 ? end : between(random, 0, end));
  }

  async #write(
    session: SoakSession, numbers: SectorNumbers, random: () => number): Promise<void> {
    const byteLength = pick(random, [SECTOR_BYTES * between(random, 1, 128),
      between(random, 1, RECORD_BYTES_MAX), 65_536]);
    const record = { byteLength, numbers: numbers.take(Math.ceil(byteLength / SECTOR_BYTES)) };
    await this.change([record], () => this.#must(session, `0A 00 ${hexOf(byteLength, 3)} 00`,
      sectorBytes(record.numbers, byteLength)));
  }

  async #writeMarks(session: SoakSession, count: number): Promise<void> {
    await this.change(new Array<TapeObject>(count).fill('mark'),
      () => this.#must(session, `10 00 ${hexOf(count, 3)} 00`));
  }

  async #read(session: SoakSession, random: () => number): Promise<void> {
    const { contents } = this;
    for (let left = between(random, 1, 8); left > 0; left -= 1) {
      const object = contents.objects[contents.position];
      const exact = typeof object === 'object' && random() < 0.5;
      const { told, data } = await this.#guarded(() => this.#readOne(session,
        exact ? object.byteLength : RECORD_BYTES_MAX, !exact));
      const wanted = object === undefined ? '08/00/05' : object === 'mark' ? '00/00/01' : 'good';
      if (told !== wanted || (object !== undefined && told === 'good' && !isSame(object, data))) {
        throw new SoakProblem(`LUN ${this.lun}, READ at ${contents.position}: told ${told} with `
          + `${data.length} bytes instead of ${wanted}`);
      }
      if (object === undefined) return;
      contents.position += 1;
    }
  }

  async #space(session: SoakSession, random: () => number): Promise<void> {
    const code = pick(random, [0, 0, 1, 1, 3]);
    const count = code === 3 ? 0 : between(random, -6, 6);
    const { told, position } = this.contents.space(code, count);
    const answered = await this.#guarded(() => session.send(this.lun,
      `11 ${hexOf(code, 1)} ${hexOf(count, 3)} 00`, { seesUnitAttention: true }));
    if (answered.told !== told) {
      throw new SoakProblem(`LUN ${this.lun}, SPACE(${code}, ${count}) at `
        + `${this.contents.position}: told ${answered.told} instead of ${told}`);
    }
    this.contents.position = position;
    await this.#checkPosition(session);
  }

  /** Where nothing is kept, what is written next takes the place of all. */
  async locate(session: SoakSession, object: number, isNew = false): Promise<void> {
    await this.change(undefined, () => this.#must(session, object % 2 === 0
      ? `2B 00 00 ${hexOf(object, 4)} 00 00 00`
      : `92 00 0000 ${hexOf(object, 8)} 00000000`));
    this.contents.position = object;
    if (isNew) await this.#writeMarks(session, 1);
    else await this.#checkPosition(session);
  }

  async #checkPosition(session: SoakSession): Promise<void> {
    const data = await this.#guarded(() => session.must(
      this.lun, '34 00 00000000000000 00', { room: 20, seesUnitAttention: true }));
    const found = Buffer.from(data).readUInt32BE(4);
    if (found === this.contents.position) return;
    throw new SoakProblem(`LUN ${this.lun} stands at ${found} instead of ${
      this.contents.position}`);
  }

  /** What reads or moves: if it is interrupted, the position is in doubt. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    let result: T;
    await this.change(undefined, async () => {
      result = await work();
    });
    return result!; // `change` has thrown if the work has
  }

  #must(session: SoakSession, cdb: string, out?: Uint8Array): Promise<Uint8Array> {
    return session.must(this.lun, cdb,
      { seesUnitAttention: true, ...(out === undefined ? {} : { out }) });
  }
}
