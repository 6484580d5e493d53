/**
 * EXTENDED COPY as the standard words it: two byte queues, and one unit moved at a time.
 *
 * ```text
 *   source ──read──► source data ──process──► destination data ──write──► destination
 *                                    └──────► held data
 * ```
 *
 * It has no idea in common with the copy manager: nothing is planned, merged or put off.
 * Source: SPC-4 5.17.7.2, 6.4.6.
 */
import type { CopyLimits } from '../../../src/copy/limits.ts';
import {
  type Access, type Answer, answerTo, type ModelDevice, type ModelDisk, type ModelTape,
  type Transfer,
} from './devices.ts';
import {
  type BlockEnd, bytesOfTransfer, type End, findEnd, type ModelList, residualUnit, type StreamEnd,
  transferOf,
} from './ends.ts';
import { ModelHeld, ModelQueue } from './queues.ts';
import { fates } from './residue.ts';
import { CLASSES, HOLDS, type ModelSegment } from './segments.ts';
import { inexact, inSegment, type ModelEnd, Stop } from './stop.ts';

/** Ends the model in a segment, before the write that would bring it over so many bytes. */
export interface ModelStop {
  readonly segment: number;
  readonly bytes: number;
}

/** A write of the copy, in order. */
export interface ModelWrite {
  readonly device: ModelDevice;
  /** Byte offset on a disk, object number on a tape. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Blocks of a disk, from a byte of the first one on. */
interface Range {
  readonly end: BlockEnd;
  readonly lba: number;
  readonly offset: number;
  readonly byteLength: number;
  /** The segment counts bytes (09h, 0Ah), so a part of a block counts as written. */
  readonly isBytes?: boolean;
}

export class Model {
  readonly devices: readonly ModelDevice[];
  readonly writes: ModelWrite[] = [];
  readonly held: ModelHeld;
  segmentsProcessed = 0;
  transferBytes = 0;
  end: ModelEnd | undefined;
  /** The tape that the last segment reads, and where it stood before. */
  readTape: { readonly tape: ModelTape; readonly from: number } | undefined;
  /** Bytes that were held before the last segment. */
  heldBefore = 0;
  /** Residual source data and residual destination data. */
  readonly sourceData = new ModelQueue();
  readonly destinationData = new ModelQueue();
  /** Rows of the PAD and CAT table that have met residual data, as the three bits. */
  readonly rowsMet = new Set<string>();
  readonly #list: ModelList;
  readonly #limits: CopyLimits;
  readonly #stop: ModelStop | undefined;
  /** What the segment writes if all goes well, and what it has written; in bytes. */
  #planned = 0;
  #written = 0;

  constructor(
    devices: readonly ModelDevice[], list: ModelList, limits: CopyLimits, stop?: ModelStop) {
    this.devices = devices;
    this.#list = list;
    this.#limits = limits;
    this.#stop = stop;
    this.held = new ModelHeld(limits.heldBytesMax);
  }

  /** Residual data is dropped at the end of the copy. */
  get isLeftOver(): boolean {
    return this.sourceData.length + this.destinationData.length > 0;
  }

  run(segments: readonly ModelSegment[]): this {
    for (const segment of segments) {
      if (this.segmentsProcessed > (this.#stop?.segment ?? Infinity)) break;
      if (!this.step(segment)) break;
    }
    return this;
  }

  /** Processes the next segment. Returns false if the copy stops there. */
  step(segment: ModelSegment): boolean {
    const index = this.segmentsProcessed;
    this.segmentsProcessed += 1;
    this.#planned = 0;
    this.#written = 0;
    this.readTape = undefined;
    this.heldBefore = this.held.all.length;
    let destination: End | undefined;
    try {
      const classes = CLASSES[segment.type];
      const source = classes.source && findEnd(
        this.#list, this.devices, 'source', segment.from, classes.source);
      destination = classes.destination && findEnd(
        this.#list, this.devices, 'destination', segment.to, classes.destination);
      const tape = source?.kind === 'stream' ? source.tape : undefined;
      this.readTape = tape && { tape, from: tape.position };
      this.#segment(segment, source!, destination!); // those that its type has
      return true;
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      const information = this.#residual(segment, destination);
      this.end = {
        ...error.reason, segment: index, ...(information === undefined ? {} : { information }) };
      return false;
    }
  }

  /** Undefined if nothing of the segment was written; 0 for 13h, which has no transfer count. */
  #residual(segment: ModelSegment, destination: End | undefined): number | undefined {
    if (this.#written === 0) return undefined;
    if (segment.type === 0x13) return 0;
    const unit = residualUnit(destination, this.#writeLength(segment), this.#list.readings);
    const offset = [0x09, 0x0a].includes(segment.type) ? segment.toOffset : 0;
    return Math.ceil((offset + this.#planned) / unit) - Math.floor((offset + this.#written) / unit);
  }

  #writeLength({ type, length, toLength }: ModelSegment): number {
    return type === 0x03 || type === 0x0e ? toLength : length;
  }

  #segment(segment: ModelSegment, source: End, destination: End): void {
    // The classes of the type have been checked: the casts below say what they are.
    switch (segment.type) {
      case 0x00: case 0x0b: case 0x08: case 0x02: case 0x0d: case 0x03: case 0x0e:
        return segment.dc && (segment.type === 0x02 || segment.type === 0x0d)
          ? this.#destinationCounted(segment, source, destination as BlockEnd)
          : this.#sourceCounted(segment, source, destination);
      case 0x01: case 0x0c: case 0x09:
        return this.#destinationCounted(segment, source, destination as BlockEnd);
      case 0x0a:
        return this.#bytesToBytes(segment, source as BlockEnd, destination as BlockEnd);
      case 0x04: case 0x05:
        return this.#givenData(segment, destination as StreamEnd);
      case 0x06: case 0x0f:
        return this.#remove(segment, source as StreamEnd);
      case 0x07:
        return this.#verify(source);
      case 0x10: case 0x11: case 0x12:
        return this.#position(segment, destination as StreamEnd);
      case 0x13:
        return this.#tapeImage(segment, source as StreamEnd, destination as StreamEnd);
      case 0x16:
        return this.#blockImage(segment, source as BlockEnd, destination as BlockEnd);
    }
  }

  // ---- data segments ----

  /** The bytes to process are said; as many whole units as possible are written. */
  #sourceCounted(segment: ModelSegment, source: End, destination: End): void {
    const { type, count, lba, toLba } = segment;
    const isBlocks = source.kind === 'block' && type !== 0x08;
    const processed = isBlocks ? count * source.blockBytes : count;
    this.#checkOffset(segment, source, destination);
    this.#checkTransfers(segment, source, destination, processed, processed);
    this.#planned = this.#whole(segment, source, destination, processed);
    if (destination.kind === 'block') {
      this.#claim(
        { end: destination, lba: toLba, offset: 0, byteLength: this.#planned }, 20);
    }
    let failed: Stop | undefined;
    if (type === 0x08) this.#readRange(source as BlockEnd, segment);
    else failed = this.#fill(processed, source, lba, segment.length);
    this.#process(segment, processed);
    this.#writeUnits(segment, destination);
    if (failed !== undefined) throw failed;
    this.#settle(segment, source, destination, false);
  }

  /** The bytes to write are said; what the destination data lacks of them is processed. */
  #destinationCounted(segment: ModelSegment, source: End, end: BlockEnd): void {
    const { type, count, lba } = segment;
    const isBytes = type === 0x09;
    const byteLength = isBytes ? count : count * end.blockBytes;
    const isFromDisk = source.kind === 'block';
    const range: Range = {
      end, byteLength, isBytes, lba: isFromDisk ? segment.toLba : lba,
      offset: isBytes ? segment.toOffset : 0,
    };
    this.#checkOffset(segment, source, end);
    const need = Math.max(0, byteLength - this.destinationData.length);
    this.#checkTransfers(segment, source, end, need, need);
    this.#planned = byteLength;
    this.#claim(range, isFromDisk ? 20 : 16);
    const failed = this.#fill(need, source, lba, segment.length);
    this.#process(segment, need);
    this.#writeRange(isBytes || failed === undefined ? range : this.#wholeBlocks(range));
    if (failed !== undefined) throw failed;
    this.#settle(segment, source, end, true);
  }

  /** The blocks of a range that there are bytes for. */
  #wholeBlocks(range: Range): Range {
    const available = Math.min(range.byteLength, this.destinationData.length);
    return { ...range, byteLength: available - available % range.end.blockBytes };
  }

  /** 0Ah: the source range is read whole, and as many bytes go on, whatever was left before. */
  #bytesToBytes(segment: ModelSegment, source: BlockEnd, end: BlockEnd): void {
    const range: Range = {
      end, isBytes: true, lba: segment.toLba, offset: segment.toOffset,
      byteLength: segment.count,
    };
    this.#checkOffset(segment, source, end);
    this.#planned = segment.count;
    this.#claim(range, 20);
    this.#readRange(source, segment);
    this.#process(segment, segment.count);
    this.#writeRange(range);
    this.#settle(segment, source, end, true);
  }

  /** 04h, 05h: the list itself has the data; the source data is left alone. */
  #givenData(segment: ModelSegment, end: StreamEnd): void {
    const { offset, count } = segment;
    const { inline } = this.#list;
    if (segment.type === 0x04) {
      if (offset % 4 !== 0) throw inSegment('invalidFieldInParameterList', 12);
      if (offset + count > inline.length) {
        throw inSegment('inlineDataLengthExceeded', offset > inline.length ? 12 : 16);
      }
    }
    const data = segment.type === 0x04 ? inline.slice(offset, offset + count) : segment.data;
    this.#checkTransfers(segment, undefined, end, 0, data.length);
    this.#planned = this.#whole(segment, undefined, end, data.length);
    this.destinationData.append(data);
    this.#writeUnits(segment, end);
    this.#settle(segment, undefined, end, false);
  }

  /** 06h, 0Fh: the destination data is left alone. */
  #remove(segment: ModelSegment, source: StreamEnd): void {
    this.#checkTransfers(segment, source, undefined, segment.count, 0);
    const failed = this.#fill(segment.count, source, 0, segment.length);
    const removed = this.sourceData.take(segment.count);
    if (segment.type === 0x0f) this.held.add(removed);
    if (failed !== undefined) throw failed;
    this.#settle(segment, source, undefined, false);
  }

  // ---- reading and processing ----

  /**
   * Reads whole units until there are so many bytes of source data.
   *
   * Returns why a tape gave no more: what it gave before is still processed and written.
   */
  #fill(byteLength: number, source: End, lba: number, length: number): Stop | undefined {
    while (this.sourceData.length < byteLength) {
      const lacking = byteLength - this.sourceData.length;
      if (source.kind === 'block') {
        const blocks = Math.ceil(lacking / source.blockBytes);
        this.sourceData.append(this.#readBlocks(source, lba, blocks));
        continue;
      }
      const failed = this.#readTransfer(source, transferOf(source, length));
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  #readBlocks(end: BlockEnd, lba: number, blockCount: number): Uint8Array {
    const disk = present(end.disk, end);
    let data: Uint8Array | undefined;
    this.#command(end, () => {
      data = disk.read(lba, blockCount);
    });
    return data!; // the command went well
  }

  /** 08h, 0Ah: the blocks that the range touches are read, the range becomes source data. */
  #readRange(end: BlockEnd, { lba, offset, count }: ModelSegment): void {
    if (count === 0) return;
    const blocks = this.#readBlocks(end, lba, Math.ceil((offset + count) / end.blockBytes));
    this.sourceData.append(blocks.slice(offset, offset + count));
  }

  #readTransfer(end: StreamEnd, transfer: Transfer): Stop | undefined {
    const tape = present(end.tape, end);
    this.#ready(end, tape, 'read', transfer);
    const answer = answerTo(() => {
      for (const record of tape.read(transfer)) this.sourceData.append(record);
    });
    return answer && failure(end, answer);
  }

  /** Moves bytes from source data to destination data; some types hold a copy. */
  #process({ type }: ModelSegment, byteLength: number): void {
    const bytes = this.sourceData.take(byteLength);
    if (HOLDS.includes(type)) this.held.add(bytes);
    this.destinationData.append(bytes);
  }

  // ---- writing ----

  /** What is written of the destination data with so many bytes more, padding included. */
  #whole(
    segment: ModelSegment, source: End | undefined, end: End, byteLength: number): number {
    const unit = this.#unit(segment, end);
    if (unit === 0) return 0;
    const all = this.destinationData.length + byteLength;
    const left = all % unit;
    const { destination } = fates({ cat: segment.cat, sourcePad: source?.pad ?? false,
      destinationPad: end.pad, isDesignated: false });
    return all - left + (left > 0 && destination === 'pad' ? this.#padded(segment, end, left) : 0);
  }

  #unit(segment: ModelSegment, end: End): number {
    return end.kind === 'block' ? end.blockBytes
      : bytesOfTransfer(transferOf(end, this.#writeLength(segment)));
  }

  /** Bytes of the last write, which zeros fill up: a transfer, or the blocks begun of it. */
  #padded(segment: ModelSegment, end: End, byteLength: number): number {
    const isByBlock = end.kind === 'stream' && end.recordBytes > 0
      && this.#list.readings.padding === 'block';
    const unit = isByBlock ? end.recordBytes : this.#unit(segment, end);
    return Math.ceil(byteLength / unit) * unit;
  }

  /** As many whole units as there are. */
  #writeUnits(segment: ModelSegment, end: End): void {
    const unit = this.#unit(segment, end);
    const { destinationData } = this;
    if (destinationData.length < unit || destinationData.length === 0) return;
    if (end.kind === 'block') {
      const byteLength = destinationData.length - destinationData.length % unit;
      this.#writeRange({ end, lba: segment.toLba, offset: 0, byteLength });
      return;
    }
    const transfer = transferOf(end, this.#writeLength(segment));
    while (destinationData.length >= unit) this.#writeTransfer(end, transfer);
  }

  #writeTransfer(end: StreamEnd, transfer: Transfer): void {
    const tape = present(end.tape, end);
    this.#ready(end, tape, 'write', transfer);
    let ending: string | undefined;
    this.#command(end, () => {
      ending = tape.room(transfer);
    });
    const data = this.destinationData.take(bytesOfTransfer(transfer));
    this.#log(tape, tape.position, data);
    const { recordBytes } = transfer;
    for (let at = 0; at < data.length; at += recordBytes) {
      tape.append(data.slice(at, at + recordBytes));
    }
    if (ending === 'earlyWarning') {
      throw failure(end, { key: 'noSense', additional: 'endOfPartitionDetected', eom: true,
        information: 0 });
    }
  }

  /**
   * A destination range is known before anything is read for it, so one that is not on the medium
   * stops the segment before it moves anything.
   */
  #claim({ end, lba, offset, byteLength }: Range, field: number): void {
    if (byteLength === 0) return;
    const disk = present(end.disk, end);
    const blocks = Math.ceil((offset + byteLength) / end.blockBytes);
    const answer = answerTo(() => disk.accept('write', lba, blocks));
    if (answer === undefined) return;
    const isRange = answer.additional === 'lbaOutOfRange';
    throw isRange && this.#list.readings.outOfRange === 'segment'
      ? new Stop({ additional: 'noAdditionalSense', pointer: { in: 'segment', byte: field },
        side: 'destination', answer })
      : failure(end, answer);
  }

  /** Writes what there is of a range's bytes, block by block; the rest of a block stays. */
  #writeRange({ end, lba, offset, byteLength, isBytes }: Range): void {
    const data = this.destinationData.take(byteLength);
    const first = lba * end.blockBytes + offset;
    for (let at = 0; at < data.length;) {
      const inBlock = end.blockBytes - (first + at) % end.blockBytes;
      const left = Math.min(inBlock, data.length - at);
      const length = isBytes && this.#room > 0 ? Math.min(left, this.#room) : left;
      this.#put(present(end.disk, end), first + at, data.subarray(at, at + length));
      at += length;
    }
  }

  #put(disk: ModelDisk, at: number, bytes: Uint8Array): void {
    this.#log(disk, at, bytes);
    disk.bytes.set(bytes, at);
  }

  /** Bytes that may be written before the model is to end. */
  get #room(): number {
    return (this.#stop?.bytes ?? Infinity) - this.transferBytes;
  }

  #log(device: ModelDevice, at: number, bytes: Uint8Array): void {
    if (bytes.length > this.#room) throw new Stop({ additional: 'noAdditionalSense' });
    this.writes.push({ device, at, bytes });
    this.transferBytes += bytes.length;
    this.#written += bytes.length;
  }

  // ---- residue ----

  #settle(
    segment: ModelSegment, source: End | undefined, end: End | undefined,
    isDesignated: boolean): void {
    const { sourceData, destinationData } = this;
    const [sourcePad, destinationPad] = [source?.pad ?? false, end?.pad ?? false];
    const fate = fates({ cat: segment.cat, sourcePad, destinationPad, isDesignated });
    const row = [sourcePad, destinationPad, segment.cat].map(Number).join('');
    if (sourceData.length > 0) this.rowsMet.add(`source ${row}`);
    if (destinationData.length > 0) {
      this.rowsMet.add(`destination ${row}${isDesignated ? ' designated' : ''}`);
    }
    if (sourceData.length > 0 && fate.source === 'error') throw inexact();
    if (destinationData.length > 0 && fate.destination === 'error') throw inexact();
    if (fate.source === 'drop') sourceData.clear();
    if (fate.destination === 'drop') destinationData.clear();
    if (fate.destination === 'pad' && destinationData.length > 0) this.#pad(segment, end!);
  }

  #pad(segment: ModelSegment, end: End): void {
    const { destinationData } = this;
    const whole = this.#padded(segment, end, destinationData.length);
    destinationData.append(new Uint8Array(whole - destinationData.length));
    if (end.kind === 'block') {
      const lba = segment.toLba + this.#written / end.blockBytes;
      this.#writeRange({ end, lba, offset: 0, byteLength: whole });
      return;
    }
    const transfer = transferOf(end, this.#writeLength(segment));
    const recordCount = whole / transfer.recordBytes;
    this.#writeTransfer(end, { ...transfer, recordCount });
  }

  // ---- segments without processing; residue stays as with CAT=1 ----

  #verify(end: End): void {
    present(end.kind === 'block' ? end.disk : end.tape, end);
  }

  #position({ type, count, code }: ModelSegment, end: StreamEnd): void {
    const tape = present(end.tape, end);
    this.#command(end, () => {
      if (type === 0x10) tape.writeFilemarks(count);
      else if (type === 0x11) tape.space(code, count);
      else tape.locate(count);
    });
  }

  /** 13h: objects as they are, until data ends or so many filemarks in a row have been copied. */
  #tapeImage({ count }: ModelSegment, source: StreamEnd, end: StreamEnd): void {
    const [from, to] = [present(source.tape, source), present(end.tape, end)];
    for (let marks = 0; count === 0 || marks < count;) {
      this.#command(source, () => from.accept('read'));
      const object = from.readAny();
      if (object === undefined) return;
      if (object === null) {
        this.#command(end, () => to.writeFilemarks(1));
        marks += 1;
        continue;
      }
      marks = 0;
      this.destinationImage(end, to, object);
    }
  }

  /** A record as it is; the queues are not for images. */
  private destinationImage(end: StreamEnd, tape: ModelTape, record: Uint8Array): void {
    const transfer = { fixed: false, recordBytes: record.length, recordCount: 1 };
    let ending: string | undefined;
    this.#command(end, () => {
      tape.accept('write');
      ending = tape.room(transfer);
    });
    this.#log(tape, tape.position, record);
    tape.append(record);
    if (ending !== 'earlyWarning') return;
    throw failure(end, { key: 'noSense', additional: 'endOfPartitionDetected', eom: true,
      information: 0 });
  }

  /** 16h: blocks until so many are copied, or either disk ends. */
  #blockImage({ lba, toLba, count }: ModelSegment, source: BlockEnd, end: BlockEnd): void {
    const [from, to] = [present(source.disk, source), present(end.disk, end)];
    if (from.blockBytes !== to.blockBytes) {
      throw new Stop({ additional: 'incorrectCopyTargetDeviceType', pointer: end.pointer });
    }
    const blocks = Math.max(0, Math.min(
      count || Infinity, from.blockCount - lba, to.blockCount - toLba));
    if (blocks === 0) return;
    const byteLength = blocks * end.blockBytes;
    this.#planned = byteLength;
    this.#claim({ end, lba: toLba, offset: 0, byteLength }, 16);
    const data = this.#readBlocks(source, lba, blocks);
    for (let at = 0; at < data.length; at += end.blockBytes) {
      this.#put(to, toLba * end.blockBytes + at, data.subarray(at, at + end.blockBytes));
    }
  }

  // ---- what stops a segment ----

  #command(end: End, run: () => void): void {
    const answer = answerTo(run);
    if (answer !== undefined) throw failure(end, answer);
  }

  /** A drive that refuses, or is in another mode than the descriptor says. */
  #ready(end: StreamEnd, tape: ModelTape, access: Access, { fixed, recordBytes }: Transfer): void {
    this.#command(end, () => tape.accept(access));
    const { blockBytes } = tape.settings;
    if (!fixed || blockBytes === recordBytes) return;
    if (blockBytes === 0) {
      throw failure(end, { key: 'illegalRequest', additional: 'invalidFieldInCdb' });
    }
    throw new Stop({ side: end.side, pointer: end.pointer, additional: blockBytes < recordBytes
      ? 'copyTargetDeviceDataUnderrun' : 'copyTargetDeviceDataOverrun' });
  }

  /** Byte offsets lie in their first block. */
  #checkOffset(
    { type, offset, toOffset }: ModelSegment, source: End, destination: End): void {
    const refuse = (end: End, at: number, byte: number): void => {
      if (end.kind === 'block' && end.disk !== undefined && at >= end.blockBytes) {
        throw inSegment('invalidFieldInParameterList', byte);
      }
    };
    if (type === 0x08) refuse(source, offset, 26);
    if (type === 0x09) refuse(destination, toOffset, 26);
    if (type !== 0x0a) return;
    refuse(source, offset, 28);
    refuse(destination, toOffset, 30);
  }

  /** Transfer lengths of 0, where a transfer must be made, and those above the limit. */
  #checkTransfers(
    segment: ModelSegment, source: End | undefined, destination: End | undefined,
    processed: number, added: number): void {
    const check = (end: End | undefined, length: number, isNeeded: boolean, byte: number): void => {
      if (end?.kind !== 'stream') return;
      const unit = bytesOfTransfer(transferOf(end, length));
      if (unit > this.#limits.streamTransferBytesMax || (unit === 0 && isNeeded)) {
        throw inSegment('invalidFieldInParameterList', byte);
      }
    };
    const { type, length } = segment;
    check(source, length, processed > this.sourceData.length, 9);
    check(destination, this.#writeLength(segment), this.destinationData.length + added > 0,
      type === 0x03 || type === 0x0e ? 13 : 9);
  }
}

/** A command is about to be sent. Throws: Stop for a null device. */
function present<T>(device: T | undefined, end: End): T {
  if (device !== undefined) return device;
  const { side, pointer } = end;
  throw new Stop({ additional: 'copyTargetDeviceNotReachable', pointer, side });
}

const failure = ({ side, pointer }: End, answer: Answer): Stop =>
  new Stop({ additional: 'thirdPartyDeviceFailure', pointer, side, answer });
