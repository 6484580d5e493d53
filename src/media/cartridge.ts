/**
 * A tape cartridge: a folder that holds a `data` file with payload alone, an `index` that tells
 * what the payload is, and `cartridge.json`, which says whose it is.
 *
 * ```text
 *  WRITE, moves ──► allocate ──► data ──► appendRecords, appendFilemarks, truncate
 *                   Allocator                 │
 *                                             ├──► VolumeContents  in memory: what is where
 *                                             └──► PendingEntries ──sync──► IndexLog ──► index
 * ```
 *
 * A sync makes `data` durable, then appends to the index, then makes the index durable. Storage
 * that a truncation sets free is given back or used again once the truncation is durable. So a
 * power cut leaves, at any instant, what was acknowledged and a first part of what came later.
 *
 * One partition is selected at a time; what asks for objects, payload or room means that one.
 *
 * Source: SSC-4 4.2.5 (logical objects, early warning); the format is our own.
 */

import { resolve } from 'node:path';
import type { Files, OpenFile } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import type { Allocator } from './allocator.ts';
import {
  assertPartitions, labelOf, labelPath, withAttributes, writeLabel,
} from './cartridge-label.ts';
import type { StoredLabel } from './cartridge-label.ts';
import { createCartridge, openCartridge } from './cartridge-files.ts';
import type { OpenedCartridge } from './cartridge-files.ts';
import type { Checksum } from './checksum-table.ts';
import { leaveIdentity } from './identity.ts';
import { ENTRY_KIND } from './index-entry.ts';
import type { EntryContent } from './index-entry.ts';
import type { IndexLog } from './index-log.ts';
import { MediaError } from './media-error.ts';
import { RECORD_BYTES_MAX } from './object-table.ts';
import { PendingEntries } from './pending-entries.ts';
import { Serial } from './serial.ts';
import type { TapeContents } from './tape-contents.ts';
import type {
  AllocatedExtent, CartridgeLabel, CartridgeOptions, DriveName, Extent, MediumAttribute,
  MediumUsage,
  OpenReport, Room, Run,
} from './tape-types.ts';
import type { VolumeContents } from './volume-contents.ts';

/** Drives that are remembered. */
const DRIVES_MAX = 4;

/** What was moved is kept when this much was, if nothing else has kept it before. */
const USAGE_BYTES_MAX = 1024 ** 3;

/** More entries than these do not wait for somebody to sync: they are written unasked. */
const PENDING_MAX = 64 * 1024;

export class Cartridge {
  /** The folder, as an absolute path. */
  readonly folder: string;
  readonly openReport: OpenReport;
  /** It was opened for reading, or is damaged. */
  readonly writeProtected: boolean;
  /** The payload: an end of moves, at places that `extentsOf` and `allocate` have given. */
  readonly data: OpenFile;

  readonly #files: Files;
  readonly #index: OpenFile;
  readonly #log: IndexLog;
  readonly #volume: VolumeContents;
  #partition = 0;
  readonly #allocator: Allocator;
  readonly #pending = new PendingEntries();
  readonly #writing = new Serial();
  #label: StoredLabel;
  /** As in the label, and what came since the label was written. */
  #usage: MediumUsage;
  #changed = false;
  #isFlushing = false;
  #failure: unknown;
  #closed: Promise<void> | undefined;

  private constructor(files: Files, opened: OpenedCartridge) {
    this.folder = opened.folder;
    this.openReport = opened.report;
    this.writeProtected = opened.writeProtected;
    this.data = opened.data;
    this.#files = files;
    this.#index = opened.index;
    this.#log = opened.log;
    this.#volume = opened.contents;
    this.#allocator = opened.allocator;
    this.#label = opened.label;
    this.#usage = opened.label.usage;
  }

  /**
   * Makes a blank cartridge in a folder that does not exist or is empty; durable on return.
   *
   * Throws: MediaError (`invalid`), FileError.
   */
  static async create(
    files: Files, random: Random, folder: string, options: CartridgeOptions,
  ): Promise<void> {
    await createCartridge(files, random, resolve(folder), options);
  }

  /**
   * Opens and locks a cartridge. What a crash has left half written is cut off, and reported.
   *
   * With `readonly` nothing on the medium is changed: a torn tail stays where it is.
   * Throws: MediaError (`inUse`, `notAMedium`, `damaged` if the label is), FileError.
   */
  static async open(
    files: Files, random: Random, folder: string, options: { readonly readonly?: boolean } = {},
  ): Promise<Cartridge> {
    const opened = await openCartridge(files, random, resolve(folder), options.readonly ?? false);
    return new Cartridge(files, opened);
  }

  get label(): CartridgeLabel {
    return labelOf({ ...this.#label, usage: this.#usage });
  }

  get #contents(): TapeContents {
    return this.#volume.partitions[this.#partition]!; // `selectPartition` has looked
  }

  /** The selected partition. */
  get partition(): number {
    return this.#partition;
  }

  get partitionCount(): number {
    return this.#label.partitionBytes.length;
  }

  /** Throws: RangeError if there is none of this number. */
  selectPartition(partition: number): void {
    if (!Number.isInteger(partition) || partition < 0 || partition >= this.partitionCount) {
      throw new RangeError(
        `Cannot select partition ${partition}: there are ${this.partitionCount}`);
    }
    this.#partition = partition;
  }

  /** Asks about another partition; the one that was selected is again afterwards. */
  inPartition<T>(partition: number, ask: () => T): T {
    const selected = this.#partition;
    this.selectPartition(partition);
    try {
      return ask();
    } finally {
      this.#partition = selected;
    }
  }

  /** The number of the object behind the last one. */
  get endOfData(): number {
    return this.#contents.objects.endOfData;
  }

  get filemarkCount(): number {
    return this.#contents.objects.filemarkCount;
  }

  /** Payload bytes up to the end of data. */
  get usedBytes(): number {
    return this.#contents.objects.payloadBytes;
  }

  /** Of the selected partition. */
  get capacityBytes(): number {
    return this.#label.partitionBytes[this.#partition]!; // `selectPartition` has looked
  }

  /** As the label says, but no more than a quarter of a part of the tape. */
  get earlyWarningBytes(): number {
    const { earlyWarningBytes, capacityBytes } = this.#label;
    return this.capacityBytes === capacityBytes ? earlyWarningBytes
      : Math.min(earlyWarningBytes, Math.floor(this.capacityBytes / 4));
  }

  /** Payload bytes that fit behind the end of data. */
  get remainingBytes(): number {
    return this.room().beforeEndOfPartition;
  }

  /** What fits if writing begins at `object`. */
  room(object = this.endOfData): Room {
    const noRunLeft = this.#contents.isFull && object === this.endOfData;
    const left = noRunLeft ? 0 : this.capacityBytes - this.payloadOffset(object);
    const beforeEndOfPartition = Math.max(0, left);
    const beforeEarlyWarning = Math.max(0, left - this.earlyWarningBytes);
    return { beforeEarlyWarning, beforeEndOfPartition };
  }

  /** Whether the position before `object` is at or behind the early warning point. */
  isPastEarlyWarning(object = this.endOfData): boolean {
    return this.room(object).beforeEarlyWarning === 0;
  }

  /** The run that holds the object; undefined at the end of data. */
  runAt(object: number): Run | undefined {
    return this.#contents.objects.runAt(object);
  }

  /** The file number of the position before `object`: the filemarks in front of it. */
  filemarksBefore(object: number): number {
    return this.#contents.objects.filemarksBefore(this.#onTape(object));
  }

  /** The object number of a filemark; filemarks are counted from 0. */
  objectOfFilemark(index: number): number | undefined {
    return this.#contents.objects.objectOfFilemark(index);
  }

  /** Payload bytes of the records in front of `object`. */
  payloadOffset(object: number): number {
    return this.#contents.objects.payloadOffset(this.#onTape(object));
  }

  /** The record that holds a payload byte; the end of data behind the last one. */
  objectAtPayload(payloadOffset: number): number {
    return this.#contents.objects.objectAtPayload(payloadOffset);
  }

  #onTape(object: number): number {
    if (Number.isInteger(object) && object >= 0 && object <= this.endOfData) return object;
    throw new RangeError(`Cannot find object ${object}: the tape has ${this.endOfData}`);
  }

  /** Where the payload of these objects lies, in order; filemarks have none. */
  extentsOf(firstObject: number, count: number): Extent[] {
    const from = this.payloadOffset(firstObject);
    return this.extentsOfPayload(from, this.payloadOffset(firstObject + count) - from);
  }

  /** Where a range of payload bytes lies, such as a part of a record. Throws: RangeError. */
  extentsOfPayload(payloadOffset: number, byteLength: number): Extent[] {
    if (payloadOffset < 0 || byteLength < 0 || payloadOffset + byteLength > this.usedBytes) {
      throw new RangeError(`Cannot find payload bytes ${payloadOffset} to `
        + `${payloadOffset + byteLength - 1}: the tape has ${this.usedBytes}`);
    }
    return this.#contents.extents.slice(payloadOffset, byteLength);
  }

  /**
   * Makes `object` the end of data.
   *
   * If anything was cut off, this returns once it is durable, with all that was appended before,
   * and the storage is given back. Nothing may be appended meanwhile.
   * Throws: MediaError (`writeProtected`, `worm`, `failed`), FileError.
   */
  async truncate(object: number): Promise<void> {
    this.#assertWritable();
    await this.#writing.run(async () => {
      if (this.#onTape(object) === this.endOfData) return;
      this.#assertMayCut(object);
      const { usedBytes } = this;
      this.#takeTruncation(object);
      await this.#flush();
      if (this.usedBytes !== usedBytes) await this.#reclaim();
    });
  }

  #takeTruncation(object: number): void {
    this.#take({
      kind: ENTRY_KIND.truncation,
      objects: object,
      filemarks: this.filemarksBefore(object),
      payload: this.payloadOffset(object),
      amount: this.endOfData - object,
    });
  }

  /** On a WORM medium only filemarks at the end of data may go. */
  #assertMayCut(object: number): void {
    if (!this.#label.worm) return;
    const run = this.runAt(object);
    const isLast = run === undefined || run.firstObject + run.count === this.endOfData;
    if (isLast && run?.kind !== 'records') return;
    throw new MediaError('worm', `Cannot write over object ${object} of cartridge `
      + `${this.folder}: it can be written only once`);
  }

  #reclaim(): Promise<void> {
    return this.#allocator.reclaim(this.#volume.byOffset());
  }

  /**
   * Removes all objects of all partitions, and makes partitions of these sizes; durable on return.
   *
   * A crash before that leaves old objects or none, in the old partitions. Partition 0 is selected.
   * Throws: MediaError (`invalid`, `worm` if it is not blank, `writeProtected`, `failed`),
   * FileError.
   */
  async format(partitionBytes: readonly number[]): Promise<void> {
    this.#assertWritable();
    assertPartitions(partitionBytes, this.#label.capacityBytes);
    await this.#writing.run(async () => {
      for (let partition = this.partitionCount - 1; partition >= 0; partition -= 1) {
        this.#partition = partition;
        if (this.endOfData === 0) continue;
        this.#assertMayCut(0);
        this.#takeTruncation(0);
      }
      await this.#flush();
      await this.#reclaim();
      if (!this.#changed) await this.#markChanged(); // of a blank tape nothing was removed
      this.#usage = { ...this.#usage, formats: this.#usage.formats + 1 };
      const attributes = this.#label.attributes.filter(
        ({ partition = 0 }) => partition < partitionBytes.length);
      await this.#setLabel({ ...this.#label, partitionBytes: [...partitionBytes], attributes });
    });
  }

  /**
   * Storage for a coming write of `byteLength` payload bytes, with its space reserved.
   *
   * With `congruentTo`, byte i of it lies at an offset congruent to `congruentTo + i` modulo
   * 4 KiB, so that whole blocks can be shared with a source that begins there. Several may be
   * outstanding. Each byte must later be given to `appendRecords` or to `release`.
   * Throws: MediaError (`endOfPartition`, `writeProtected`, `failed`), FileError (`ENOSPC`).
   */
  async allocate(byteLength: number, congruentTo?: number): Promise<AllocatedExtent[]> {
    this.#assertWritable();
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new RangeError(`Cannot allocate ${byteLength} bytes`);
    }
    const left = this.remainingBytes - this.#allocator.allocatedBytes - byteLength;
    if (left < 0) throw this.#endOfPartition(`${byteLength} bytes`);
    if (byteLength === 0) return [];
    return this.#allocator.allocate(byteLength, congruentTo, left);
  }

  /** Takes back storage, or parts of it, that was allocated and will not be appended. */
  release(extents: readonly Extent[]): void {
    this.#allocator.release(extents);
  }

  /**
   * Appends records whose payload has been written.
   *
   * The extents are allocated ones, or parts of them, in the order of the payload; together they
   * hold `recordBytes * count` bytes, of which `crc32c` is the checksum if it is known.
   * Throws: MediaError (`endOfPartition`, `writeProtected`, `failed`); RangeError if the extents
   * do not hold the records or were not allocated. Then nothing is appended.
   */
  appendRecords(
    recordBytes: number, count: number, extents: readonly Extent[], crc32c?: number,
  ): void {
    this.#assertWritable();
    const byteLength = recordBytes * count;
    const placed = extents.reduce((sum, extent) => sum + extent.byteLength, 0);
    if (!isCount(recordBytes) || recordBytes > RECORD_BYTES_MAX || !isCount(count)
      || placed !== byteLength) {
      throw new RangeError(`Cannot append ${count} records of ${recordBytes} bytes: `
        + `the extents hold ${placed}`);
    }
    if (byteLength > this.remainingBytes) throw this.#endOfPartition(`${byteLength} bytes`);
    this.#allocator.settle(extents);
    const payload = this.usedBytes;
    let at = payload;
    for (const { offset, byteLength: amount } of extents) {
      this.#take({ kind: ENTRY_KIND.extent, payload: at, amount, detail: offset });
      at += amount;
    }
    if (crc32c !== undefined) {
      this.#takeChecksum({ payloadOffset: payload, byteLength, crc32c });
    }
    this.#take({ kind: ENTRY_KIND.records, ...this.#here(), amount: count, detail: recordBytes });
  }

  /** Throws: MediaError (`endOfPartition`, `writeProtected`, `failed`). */
  appendFilemarks(count: number): void {
    this.#assertWritable();
    if (count !== 0 && !isCount(count)) {
      throw new RangeError(`Cannot append ${count} filemarks`);
    }
    if (this.#contents.isFull) throw this.#endOfPartition(`${count} filemarks`);
    if (count > 0) this.#take({ kind: ENTRY_KIND.filemarks, ...this.#here(), amount: count });
  }

  /** Keeps the checksum of payload that has none; durable after the next `sync`. */
  appendChecksum(checksum: Checksum): void {
    this.#assertWritable();
    this.#takeChecksum(checksum);
  }

  /** The checksums there are, by their place in the payload. */
  checksums(): Iterable<Checksum> {
    return this.#contents.checksums.byPayload();
  }

  #takeChecksum({ payloadOffset, byteLength, crc32c }: Checksum): void {
    this.#take({
      kind: ENTRY_KIND.checksum, payload: payloadOffset, amount: byteLength, detail: crc32c,
    });
  }

  #here(): { objects: number; filemarks: number; payload: number } {
    return {
      objects: this.endOfData, filemarks: this.filemarkCount, payload: this.usedBytes,
    };
  }

  /** Every change of the contents passes here. */
  #take(entry: Partial<EntryContent> & Pick<EntryContent, 'kind' | 'payload' | 'amount'>): void {
    const full = { partition: this.#partition, objects: 0, filemarks: 0, detail: 0, ...entry };
    const wrong = this.#volume.apply(full);
    if (wrong !== undefined) throw new RangeError(`Cannot append: ${wrong}`);
    this.#pending.add(full);
    // A failure shows at the next sync or append.
    if (this.#pending.count === PENDING_MAX) this.sync().catch(() => undefined);
  }

  /** Whether something was appended that is not durable yet. */
  get isDirty(): boolean {
    return this.#isFlushing || this.#pending.count > 0;
  }

  /**
   * Makes durable what was appended before the call.
   *
   * Throws: MediaError (`failed`), after which nothing can be written until the next open: what
   * the medium then holds is what was acknowledged and a first part of what came later.
   */
  sync(): Promise<void> {
    return this.#writing.run(async () => {
      await this.#flush();
      if (this.#unkeptBytes >= USAGE_BYTES_MAX && !this.writeProtected) await this.#keepUsage();
    });
  }

  async #flush(): Promise<void> {
    this.#assertNotFailed();
    if (this.#pending.count === 0) return;
    this.#isFlushing = true;
    try {
      await this.#write(this.#pending.take());
    } catch (error) {
      this.#failure = error;
      throw new MediaError('failed', `Cannot write cartridge ${this.folder}: ${error}`,
        { cause: error });
    } finally {
      this.#isFlushing = false;
    }
  }

  async #write(entries: readonly EntryContent[]): Promise<void> {
    const changes = entries.some((entry) => entry.kind !== ENTRY_KIND.checksum);
    if (changes && !this.#changed) await this.#markChanged();
    if (entries.some((entry) => entry.kind === ENTRY_KIND.extent)) await this.data.sync();
    await this.#log.append(entries);
  }

  /** Makes the new volume change reference durable before the change that it stands for. */
  async #markChanged(): Promise<void> {
    const volumeChangeReference = (this.#label.volumeChangeReference + 1) % 0x1_0000_0000;
    await this.#setLabel({ ...this.#label, volumeChangeReference });
    this.#changed = true;
  }

  async #setLabel(label: StoredLabel): Promise<void> {
    const usage = this.#usage;
    await writeLabel(this.#files, labelPath(this.folder), { ...label, usage });
    this.#label = { ...label, usage };
  }

  /** Durable on return; an attribute with an empty value is removed. Throws as `sync` does. */
  async setAttributes(changes: readonly MediumAttribute[]): Promise<void> {
    this.#assertWritable();
    await this.#writing.run(async () => {
      const attributes = withAttributes(this.#label.attributes, changes);
      await this.#setLabel({ ...this.#label, attributes });
    });
  }

  /**
   * Adds to what the cartridge went through. It is kept with the next change of the label, once
   * much was moved, by `keepUsage`, and when the cartridge is closed.
   */
  addUsage(
    { writtenBytes = 0, readBytes = 0 }: Partial<Pick<MediumUsage, 'writtenBytes' | 'readBytes'>>,
  ): void {
    const usage = this.#usage;
    this.#usage = {
      ...usage, writtenBytes: usage.writtenBytes + writtenBytes,
      readBytes: usage.readBytes + readBytes,
    };
  }

  /** A drive has loaded the cartridge: what changes now changes the volume change reference. */
  noteLoad(drive: DriveName): void {
    this.#changed = false;
    const { loads, drives } = this.#usage;
    this.#usage = {
      ...this.#usage, loads: loads + 1, drives: [drive, ...drives].slice(0, DRIVES_MAX) };
  }

  /** Bytes that were moved and that the label does not tell of. */
  get #unkeptBytes(): number {
    const { usage: kept } = this.#label;
    return this.#usage.writtenBytes - kept.writtenBytes + this.#usage.readBytes - kept.readBytes;
  }

  /** Keeps what the cartridge went through; durable on return. Throws as `sync` does. */
  async keepUsage(): Promise<void> {
    this.#assertWritable();
    await this.#writing.run(() => this.#keepUsage());
  }

  async #keepUsage(): Promise<void> {
    if (this.#usage !== this.#label.usage) await this.#setLabel(this.#label);
  }

  /** Syncs, gives back what was reserved ahead, and gives up the lock. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      if (this.writeProtected || this.#failure !== undefined) return;
      await this.#writing.run(async () => {
        await this.#flush();
        await this.#reclaim();
        await this.#keepUsage();
      });
    } finally {
      leaveIdentity(this.#files, this.label.identity);
      await this.#index.close();
      await this.data.close();
    }
  }

  #assertWritable(): void {
    if (this.writeProtected) {
      throw new MediaError('writeProtected',
        `Cannot write cartridge ${this.folder}: it is write protected`);
    }
    this.#assertNotFailed();
  }

  #assertNotFailed(): void {
    if (this.#failure !== undefined) {
      throw new MediaError('failed',
        `Cannot write cartridge ${this.folder}: an earlier write failed (${this.#failure})`);
    }
  }

  #endOfPartition(what: string): MediaError {
    return new MediaError('endOfPartition', `Cannot write ${what} to cartridge ${this.folder}: `
      + `${this.remainingBytes} bytes are left`);
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
