/**
 * A tape drive as the jobs use it: variable-length records (FIXED=0), so that the drive's block
 * length plays no part, and one partition. Source: SSC-3 5, 6.
 */
import { CommandFailed, type Initiator, type Answer } from '../../initiator/initiator.ts';
import { attributeValues, readAttributeCdb } from '../../wire/spc/attributes.ts';
import {
  locate16Cdb, readBlockLimitsCdb, readPositionCdb, rewindCdb, space6Cdb, streamRead6Cdb,
  streamWrite6Cdb, writeFilemarks6Cdb,
} from '../../wire/ssc/cdbs.ts';
import { blockLimits, longPosition } from '../../wire/ssc/data.ts';
import { run } from './device.ts';

/** What a READ meets at the tape's position. */
export type TapeObject =
  | { readonly kind: 'record'; readonly bytes: Uint8Array }
  | { readonly kind: 'filemark' }
  | { readonly kind: 'endOfData' };

/** Objects (records and filemarks) and filemarks before the position. */
export interface TapePosition {
  readonly object: number;
  readonly file: number;
}

const BARCODE_ATTRIBUTE = 0x0806;
const ATTRIBUTE_BYTES = 512;

/** Longest record that READ(6) and WRITE(6) can name. */
const TRANSFER_BYTES_MAX = 0xff_ffff;

export class TapeDrive {
  readonly #unit: Initiator;

  constructor(unit: Initiator) {
    this.#unit = unit;
  }

  get url(): string {
    return this.#unit.url;
  }

  async rewind(): Promise<void> {
    await run(this.#unit, 'rewind the tape', {
      cdb: rewindCdb.encode({ opcode: 0x01, immed: false, naca: false }) });
  }

  /** The longest record that the drive takes, in bytes. */
  async recordBytesMax(): Promise<number> {
    const cdb = readBlockLimitsCdb.encode({ opcode: 0x05, mloi: false, naca: false });
    const { dataIn } = await run(
      this.#unit, 'read the block limits', { cdb, dataInBytes: blockLimits.size });
    const { maximum } = blockLimits.read(dataIn);
    return maximum === 0 ? TRANSFER_BYTES_MAX : maximum;
  }

  /** Where the tape stands, in its current partition. */
  async position(): Promise<TapePosition> {
    const cdb = readPositionCdb.encode({
      opcode: 0x34, form: 0x06, allocationLength: 0, naca: false });
    const { dataIn } = await run(
      this.#unit, 'read the position', { cdb, dataInBytes: longPosition.size });
    const { lonu, object, file } = longPosition.read(dataIn);
    if (lonu) throw new Error(`Cannot read the position (${this.url}): the drive has lost it`);
    return { object: Number(object), file: Number(file) };
  }

  /** Stands before an object. */
  async locate(object: number): Promise<void> {
    const cdb = locate16Cdb.encode({
      opcode: 0x92, destination: 0, cp: false, immed: false, bam: false, partition: 0,
      identifier: BigInt(object), naca: false });
    await run(this.#unit, `locate object ${object}`, { cdb });
  }

  async spaceToEndOfData(): Promise<void> {
    await run(this.#unit, 'find the end of data', {
      cdb: space6Cdb.encode({ opcode: 0x11, code: 3, count: 0, naca: false }) });
  }

  /** Stands behind the next filemark; false if there was none, then at the end of data. */
  async spaceFilemark(): Promise<boolean> {
    const cdb = space6Cdb.encode({ opcode: 0x11, code: 1, count: 1, naca: false });
    const answer = await this.#unit.execute({ cdb });
    if (answer.status === 'good') return true;
    if (answer.sense?.key === 'blankCheck') return false;
    throw new CommandFailed(`find the next filemark (${this.url})`, answer);
  }

  /** What is at the position, and stands behind it. A longer record is cut at `byteLengthMax`. */
  async read(byteLengthMax: number): Promise<TapeObject> {
    const cdb = streamRead6Cdb.encode({
      opcode: 0x08, sili: true, fixed: false, length: byteLengthMax, naca: false });
    const answer = await this.#unit.execute({ cdb, dataInBytes: byteLengthMax });
    if (answer.status === 'good') return { kind: 'record', bytes: answer.dataIn };
    const { sense } = answer;
    if (sense?.filemark) return { kind: 'filemark' };
    if (sense?.key === 'blankCheck') return { kind: 'endOfData' };
    if (sense?.ili) return { kind: 'record', bytes: answer.dataIn };
    throw new CommandFailed(`read the tape (${this.url})`, answer);
  }

  /** Writes one record at the position. Throws: CommandFailed, also at early warning. */
  async write(record: Uint8Array): Promise<void> {
    const cdb = streamWrite6Cdb.encode({
      opcode: 0x0a, fixed: false, length: record.length, naca: false });
    await run(this.#unit, 'write to the tape', { cdb, dataOut: record });
  }

  /** Writes a filemark; all records before it are on the medium when this returns. */
  async writeFilemark(): Promise<void> {
    const cdb = writeFilemarks6Cdb.encode({
      opcode: 0x10, wsmk: false, immed: false, count: 1, naca: false });
    await run(this.#unit, 'write a filemark', { cdb });
  }

  /** The barcode in the cartridge's memory; undefined if it has none, or no memory. */
  async barcode(): Promise<string | undefined> {
    const cdb = readAttributeCdb.encode({
      opcode: 0x8c, serviceAction: 0, volume: 0, partition: 0, firstAttribute: BARCODE_ATTRIBUTE,
      allocationLength: ATTRIBUTE_BYTES, naca: false });
    return barcodeIn(await this.#unit.execute({ cdb, dataInBytes: ATTRIBUTE_BYTES }));
  }
}

/** The attribute asked for is the first of the list, if it is there at all. */
function barcodeIn({ status, dataIn }: Answer): string | undefined {
  if (status !== 'good') return undefined;
  const { firstIdentifier, firstLength, values } = attributeValues.decode(dataIn).value;
  if (firstIdentifier !== BARCODE_ATTRIBUTE) return undefined;
  const text = new TextDecoder('latin1').decode(values.subarray(0, firstLength));
  return text.replace(/[\0 ]+$/, '') || undefined;
}
