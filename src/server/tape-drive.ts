import type { Cartridge } from '../media/cartridge.ts';
import type { DriveName, Extent, MediumAttribute } from '../media/tape-types.ts';
import { type StreamTransfer, transferBytes } from '../sam/medium-access.ts';
import { type Sense, SenseError, senseText } from '../sense/sense.ts';
import { type Use, useOfCartridge } from './densities.ts';
import { FifoLock } from './fifo-lock.ts';
import { isOutOfSpace, readFailure, streamWriteFailure } from './medium-error.ts';
import { splitParts } from './parameter-data.ts';
import { TAPE_ALERT, TapeAlerts } from './tape-alerts.ts';
import { TapeCounters, type Transfers } from './tape-counters.ts';
import { locateFile, locateObject, type Motion, SPACE_CODE, spaceTo } from './tape-motion.ts';
import { type PayloadRange, planRead } from './tape-reading.ts';
import { EARLY_WARNING, overflow, planWrite, unmoved } from './tape-writing.ts';
import { WriteGuard } from './write-guard.ts';

/** Bytes of the smallest and the largest record that the drive writes (READ BLOCK LIMITS). */
export const RECORD_BYTES_MIN = 1;
export const RECORD_BYTES_MAX = 0x80_0000;

export interface ReadResult {
  readonly sense: Sense | undefined;
  readonly parts: readonly Uint8Array[];
  /** Bytes that the command moves; `parts` hold fewer if the initiator takes fewer. */
  readonly byteLength: number;
}

/**
 * A tape drive: a cartridge or none, a position between two objects, and how it was told to work.
 *
 * Whatever moves the tape or its data is called with the lock held. Each such call throws
 * SenseError with what the command reports, even if all was done (early warning).
 */
export class TapeDrive {
  readonly lock = new FifoLock();
  /** Of LTO: which tapes it can use. */
  readonly generation: number;
  /** Block length of the mode parameters; 0 in variable mode. */
  blockBytes = 0;
  /** Buffered mode: GOOD before the data is durable. */
  isBuffered = true;
  /** What of the tape may be written over, and when the drive warns of its end. */
  readonly guard = new WriteGuard();
  readonly counters = new TapeCounters();
  readonly alerts = new TapeAlerts();
  readonly #name: DriveName;
  #cartridge: Cartridge | undefined;
  #isLoaded = false;
  #position = 0;
  /** Handed out by `reserve` and neither appended nor released. */
  #reservedBytes = 0;
  /** A sync failed, and was told of: the cartridge takes nothing more, but can be read. */
  #hasFailed = false;

  constructor(generation: number, name: DriveName) {
    this.generation = generation;
    this.#name = name;
  }

  get cartridge(): Cartridge | undefined {
    return this.#cartridge;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** What the drive can do with the cartridge that is in it. */
  get use(): Use {
    return this.#cartridge === undefined ? 'none'
      : useOfCartridge(this.generation, this.#cartridge.label);
  }

  get position(): number {
    return this.#position;
  }

  /** Something stands behind the position, which a write would end. */
  get hasDataAhead(): boolean {
    return this.#cartridge !== undefined && this.#position < this.#cartridge.endOfData;
  }

  get partition(): number {
    return this.#cartridge?.partition ?? 0;
  }

  /** Something that was told as written could not be made durable. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** The cartridge at the head. Throws: SenseError MEDIUM NOT PRESENT. */
  get tape(): Cartridge {
    if (this.#cartridge !== undefined && this.#isLoaded) return this.#cartridge;
    throw new SenseError('notReady', 'mediumNotPresent', 'Cannot use the drive: no tape is loaded');
  }

  /** Puts a cartridge into an empty drive and loads it. Throws: RangeError if it is not empty. */
  insert(cartridge: Cartridge): void {
    if (this.#cartridge !== undefined) {
      throw new RangeError(`Cannot insert ${cartridge.folder}: the drive is not empty`);
    }
    this.#cartridge = cartridge;
    this.#hasFailed = false;
    this.#thread();
  }

  /** The tape stands at the beginning of partition 0. */
  #thread(): void {
    this.#cartridge?.selectPartition(0);
    this.#isLoaded = this.#cartridge !== undefined;
    this.#position = 0;
    this.counters.mark('load');
    this.alerts.clear();
    this.#cartridge?.noteLoad(this.#name);
    if (this.#cartridge !== undefined && this.use !== 'write') {
      this.alerts.raise(this.use === 'read' ? TAPE_ALERT.readOnlyFormat
        : TAPE_ALERT.unsupportedFormat);
    }
  }

  /** Unloads and takes the cartridge out; undefined if there is none. */
  async remove(): Promise<Cartridge | undefined> {
    const cartridge = this.#cartridge;
    if (this.#isLoaded) await this.unload();
    this.#cartridge = undefined;
    return cartridge;
  }

  /** Returns whether the tape was unloaded before. Throws: SenseError if there is no cartridge. */
  async load(): Promise<boolean> {
    if (this.#isLoaded) {
      await this.locate(0, 0);
      return false;
    }
    this.#thread();
    return this.tape !== undefined;
  }

  /** Makes everything durable first; without a tape at the head there is nothing to do. */
  async unload(): Promise<void> {
    if (!this.#isLoaded) return;
    await this.locate(0, 0);
    await this.#keepUsage();
    this.#isLoaded = false;
  }

  /** The cartridge keeps what the drive has done with it. */
  async #keepUsage(): Promise<void> {
    if (this.tape.writeProtected || this.#hasFailed) return;
    try {
      await this.tape.keepUsage();
    } catch (error) {
      throw streamWriteFailure(error);
    }
  }

  /** What was moved since the cartridge was loaded. */
  get sinceLoad(): Transfers {
    return this.counters.since('load');
  }

  #moved(moved: Partial<Transfers>): void {
    this.counters.add(moved);
    this.tape.addUsage(moved);
  }

  /** One READ; reads no more than `takenBytes` of what it moves. */
  async read(transfer: StreamTransfer, sili: boolean, takenBytes: number): Promise<ReadResult> {
    const plan = this.#planRead(transfer, 1, sili);
    const { payload, position, sense } = plan.stop ?? { ...plan, sense: undefined };
    const byteLength = Math.min(payload.byteLength, takenBytes);
    try {
      const parts = await this.#payload({ offset: payload.offset, byteLength });
      this.#position = position;
      this.#moved({
        readCommands: 1, readRecords: recordsIn(transfer, payload),
        readBytes: payload.byteLength });
      return { sense, parts, byteLength: payload.byteLength };
    } catch (error) {
      throw readFailure(error, { information: unmoved(transfer, 0) });
    }
  }

  #planRead(transfer: StreamTransfer, count: number, sili: boolean): ReturnType<typeof planRead> {
    return planRead(this.tape, this.#position, transfer, count,
      { sili, blockBytes: this.blockBytes });
  }

  /** Bytes of records, one buffer for each place where they lie. */
  async #payload({ offset, byteLength }: PayloadRange): Promise<Uint8Array[]> {
    const { data } = this.tape;
    const parts: Uint8Array[] = [];
    for (const extent of this.tape.extentsOfPayload(offset, byteLength)) {
      const buffer = Buffer.allocUnsafe(extent.byteLength); // filled by the read, or thrown away
      if (await data.read(buffer, extent.offset) < buffer.length) {
        throw new SenseError('mediumError', 'unrecoveredReadError',
          `Cannot read byte ${extent.offset} of ${data.path}: the file was made shorter`);
      }
      parts.push(buffer);
    }
    return parts;
  }

  /** The stretch of transfers that reads from here would give. Nothing moves. */
  readable(transfer: StreamTransfer, count: number): ReturnType<typeof planRead> {
    return this.#planRead(transfer, count, false);
  }

  /** Moves the position behind transfers whose bytes someone else has moved. */
  readDone(transfer: StreamTransfer, count: number): void {
    const readRecords = count * (transfer.fixed ? transfer.recordCount : 1);
    this.#position += readRecords;
    this.#moved({ readRecords, readBytes: count * transferBytes(transfer) });
  }

  /** Moves the position as a READ that does not go smoothly does. */
  readFailed(transfer: StreamTransfer): void {
    this.#position = this.#planRead(transfer, 1, false).stop?.position ?? this.#position;
  }

  /** One WRITE: `parts` hold all bytes of the transfer. */
  async write(transfer: StreamTransfer, parts: readonly Uint8Array[]): Promise<void> {
    await this.#cutHere();
    const room = this.tape.room();
    const plan = planWrite(room, transfer, 1);
    const perTransfer = transfer.fixed ? transfer.recordCount : 1;
    const count = plan.transferCount * perTransfer + plan.recordCount;
    this.counters.add({ writeCommands: 1 });
    if (count > 0) await this.#append(transfer, count, parts);
    if (!this.isBuffered) await this.sync();
    const sense = plan.sense ?? this.guard.warningBetween(room, this.tape.room());
    if (sense !== undefined) throw reported(sense);
  }

  async #append(
    transfer: StreamTransfer, count: number, parts: readonly Uint8Array[]): Promise<void> {
    const { tape } = this;
    const { recordBytes } = transfer;
    let extents: readonly Extent[] = [];
    try {
      extents = await tape.allocate(recordBytes * count);
      const stretches = splitParts(parts, extents.map(({ byteLength }) => byteLength));
      for (const [i, { offset }] of extents.entries()) {
        await tape.data.writeParts(stretches[i]!, offset);
      }
    } catch (error) {
      tape.release(extents);
      throw streamWriteFailure(error, unmoved(transfer, 0));
    }
    this.#appended(recordBytes, count, extents, undefined);
  }

  #appended(
    recordBytes: number, count: number, extents: readonly Extent[], crc32c: number | undefined,
  ): void {
    this.tape.appendRecords(recordBytes, count, extents, crc32c);
    this.#position += count;
    this.#moved({ writtenRecords: count, writtenBytes: recordBytes * count });
  }

  /** Makes the position the end of data: whatever is written is so followed by nothing. */
  async #cutHere(): Promise<void> {
    this.guard.assertMayWrite(this.tape, this.#position);
    try {
      await this.tape.truncate(this.#position);
    } catch (error) {
      throw streamWriteFailure(error);
    }
  }

  /**
   * Storage for as many of `count` transfers as fit, and what stops the rest. Several
   * reservations may be outstanding; they are appended in the order in which they were made.
   */
  async reserve(transfer: StreamTransfer, count: number, congruentTo: number): Promise<{
    readonly transferCount: number; readonly extents: readonly (Extent & { readsZeros: boolean })[];
    readonly sense: Sense | undefined; readonly lastIsDone: boolean;
  }> {
    await this.#cutHere();
    const { tape } = this;
    for (let wanted = count; ; wanted = Math.floor(wanted / 2)) {
      const plan = planWrite(this.#unreservedRoom(), transfer, wanted);
      const byteLength = plan.transferCount * transferBytes(transfer);
      try {
        const extents = await tape.allocate(byteLength, congruentTo);
        this.#reservedBytes += byteLength;
        return { ...plan, extents };
      } catch (error) {
        // A full host is the end of the tape, but what still fits is written before that.
        if (!isOutOfSpace(error)) throw streamWriteFailure(error);
        if (wanted > 1) continue;
        const sense = overflow(unmoved(transfer, 0));
        return { transferCount: 0, extents: [], sense, lastIsDone: false };
      }
    }
  }

  #unreservedRoom(): ReturnType<Cartridge['room']> {
    const { beforeEarlyWarning, beforeEndOfPartition } = this.tape.room();
    return {
      beforeEarlyWarning: Math.max(0, beforeEarlyWarning - this.#reservedBytes),
      beforeEndOfPartition: Math.max(0, beforeEndOfPartition - this.#reservedBytes),
    };
  }

  /** Appends a reservation whose bytes someone else has written. */
  appendReserved(
    transfer: StreamTransfer, transferCount: number, extents: readonly Extent[],
    crc32c: number | undefined): void {
    const byteLength = transferCount * transferBytes(transfer);
    this.#reservedBytes -= byteLength;
    this.#appended(transfer.recordBytes, byteLength / transfer.recordBytes, extents, crc32c);
  }

  release(extents: readonly Extent[]): void {
    this.tape.release(extents);
    this.#reservedBytes -= extents.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Without IMMED everything written so far is durable on return. Source: SSC-4 5.7. */
  async writeFilemarks(count: number, immediate: boolean): Promise<void> {
    if (count > 0) {
      await this.#cutHere();
      try {
        this.tape.appendFilemarks(count);
      } catch (error) {
        throw streamWriteFailure(error, count);
      }
      this.#position += count;
    }
    if (!immediate || !this.isBuffered) await this.sync();
    if (count > 0 && this.tape.isPastEarlyWarning()) throw reported(EARLY_WARNING);
  }

  space(code: number, count: number): Promise<void> {
    return this.#move((tape) => spaceTo(tape, this.#position, code, count));
  }

  /** To before a logical object, or to the end of data; in the current partition or another. */
  locate(object: number, partition = this.partition): Promise<void> {
    return this.#move((tape) => locateObject(tape, object), partition);
  }

  locateEndOfData(partition = this.partition): Promise<void> {
    return this.#move((tape) => spaceTo(tape, 0, SPACE_CODE.endOfData, 0), partition);
  }

  locateFile(file: number, partition = this.partition): Promise<void> {
    return this.#move((tape) => locateFile(tape, file), partition);
  }

  rewind(): Promise<void> {
    return this.locate(0);
  }

  /** What was written becomes durable before the tape moves. Source: SSC-4 4.2.11. */
  async #move(
    where: (tape: Cartridge) => Motion, partition = this.partition): Promise<void> {
    if (!this.#hasFailed) await this.sync();
    this.tape.selectPartition(partition);
    const { position, sense } = where(this.tape);
    this.#position = position;
    if (sense !== undefined) throw reported(sense);
  }

  /** Makes the position the end of data, durably. Source: SSC-4 5.2. */
  async erase(): Promise<void> {
    await this.#cutHere();
    await this.sync();
  }

  /**
   * Makes a blank tape with partitions of these sizes, in bytes.
   *
   * Throws: SenseError if the tape is not at its beginning. Source: SSC-4 7.2, 7.12.
   */
  async format(partitionBytes: readonly number[]): Promise<void> {
    if (this.#position !== 0 || this.partition !== 0) {
      throw new SenseError('illegalRequest', 'positionPastBeginning',
        `Cannot format: the tape is at object ${this.#position} of partition ${this.partition}`);
    }
    this.guard.assertMayWrite(this.tape, 0);
    try {
      await this.tape.format(partitionBytes);
    } catch (error) {
      throw streamWriteFailure(error);
    }
  }

  /** Sets attributes of the medium, durably, with what was written before. */
  async setAttributes(changes: readonly MediumAttribute[]): Promise<void> {
    await this.sync();
    try {
      await this.tape.setAttributes(changes);
    } catch (error) {
      throw streamWriteFailure(error);
    }
  }

  /** Throws: SenseError WRITE ERROR if what was written before cannot be made durable. */
  async sync(): Promise<void> {
    try {
      await this.tape.sync();
    } catch (error) {
      this.#hasFailed = true;
      throw streamWriteFailure(error);
    }
  }
}

/** Records of which a READ moves bytes. */
const recordsIn = (transfer: StreamTransfer, { byteLength }: PayloadRange): number =>
  (transfer.fixed ? byteLength / transfer.recordBytes : Math.sign(byteLength));

/** Sense data as what a handler throws. */
const reported = (sense: Sense): SenseError =>
  new SenseError(sense.key, sense.additional, senseText(sense), sense);
