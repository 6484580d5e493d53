/**
 * EXTENDED COPY as the standard's model has it, with the bytes themselves in two arrays, one unit
 * moved at a time. Slow, and without any idea in common with the copy manager's own.
 */
import { transferBytes, type StreamTransfer } from '../../src/sam/medium-access.ts';
import type { Sense } from '../../src/sense/sense.ts';

export interface ModelDisk {
  readonly kind: 'disk';
  readonly blockBytes: number;
  bytes: Uint8Array;
}

export interface ModelTape {
  readonly kind: 'tape';
  readonly blockBytes: number;
  readonly capacityBytes: number;
  readonly earlyWarningBytes: number;
  objects: (Uint8Array | null)[];
  position: number;
}

export type ModelDevice = ModelDisk | ModelTape;

export interface ModelCscd {
  readonly device: number;
  readonly pad: boolean;
  /** STREAM BLOCK LENGTH of a tape; 0 for a disk. */
  readonly recordBytes: number;
}

export type ModelSegment =
  | { readonly kind: 'toTape'; readonly cat: boolean; readonly from: number; readonly to: number;
      readonly lba: number; readonly count: number; readonly length: number }
  | { readonly kind: 'toDisk'; readonly cat: boolean; readonly from: number; readonly to: number;
      readonly lba: number; readonly count: number; readonly length: number }
  | { readonly kind: 'diskToDisk'; readonly cat: boolean; readonly from: number;
      readonly to: number; readonly lba: number; readonly toLba: number; readonly count: number;
      readonly dc: boolean }
  | { readonly kind: 'inline'; readonly cat: boolean; readonly to: number; readonly offset: number;
      readonly count: number; readonly length: number }
  | { readonly kind: 'discard'; readonly cat: boolean; readonly from: number;
      readonly count: number; readonly length: number }
  | { readonly kind: 'filemarks'; readonly to: number; readonly count: number }
  | { readonly kind: 'locate'; readonly to: number; readonly object: number };

/** Where the copy stopped, and the device's answer. */
export interface ModelEnd {
  readonly additional: string;
  readonly segment: number;
  /** The CSCD descriptor that failed, or the byte in the segment descriptor. */
  readonly pointer: { readonly cscd: number } | { readonly byte: number } | undefined;
  readonly side?: 'source' | 'destination';
  readonly answer?: Partial<Sense>;
  readonly information?: number;
}

class Stop extends Error {
  readonly end: Omit<ModelEnd, 'segment' | 'information'>;
  constructor(end: Omit<ModelEnd, 'segment' | 'information'>) {
    super(end.additional);
    this.end = end;
  }
}

/** Ends the model in a segment, before the write that would bring it over so many bytes. */
export interface ModelStop {
  readonly segment: number;
  readonly bytes: number;
}

/** A write of the copy, in order. */
export interface ModelWrite {
  readonly device: number;
  /** Byte offset on a disk, object number on a tape. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
};

interface Unit {
  readonly bytes: number;
  readonly counts: number;
}

export class Model {
  readonly devices: ModelDevice[];
  readonly writes: ModelWrite[] = [];
  segmentsProcessed = 0;
  end: ModelEnd | undefined;
  readonly #cscds: readonly ModelCscd[];
  readonly #inline: Uint8Array;
  readonly #stop: ModelStop | undefined;
  #source: Uint8Array = new Uint8Array(0);
  #destination: Uint8Array = new Uint8Array(0);
  #written = 0;
  #planned = 0;

  constructor(
    devices: ModelDevice[], cscds: readonly ModelCscd[], inline: Uint8Array, stop?: ModelStop) {
    this.#stop = stop;
    this.devices = devices;
    this.#cscds = cscds;
    this.#inline = inline;
  }

  get transferBytes(): number {
    return this.writes.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  run(segments: readonly ModelSegment[]): void {
    for (const [index, segment] of segments.entries()) {
      if (index > (this.#stop?.segment ?? index)) return;
      this.segmentsProcessed = index + 1;
      this.#written = 0;
      this.#planned = 0;
      let unit = 1;
      try {
        if ('to' in segment) unit = this.#unit(segment).counts;
        this.#segment(segment);
      } catch (error) {
        if (!(error instanceof Stop)) throw error;
        this.end = { ...error.end, segment: index, ...(this.#written > 0
          ? { information: (this.#planned - this.#written) / unit } : {}) };
        return;
      }
    }
  }

  #disk(id: number): ModelDisk {
    const device = this.devices[this.#cscds[id]!.device]!;
    if (device.kind !== 'disk') throw new Error('no disk');
    return device;
  }

  #tape(id: number): ModelTape {
    const device = this.devices[this.#cscds[id]!.device]!;
    if (device.kind !== 'tape') throw new Error('no tape');
    return device;
  }

  #transfer(id: number, length: number): StreamTransfer {
    const { recordBytes } = this.#cscds[id]!;
    return recordBytes > 0 ? { fixed: true, recordBytes, recordCount: length }
      : { fixed: false, recordBytes: length, recordCount: 1 };
  }

  #unit(segment: ModelSegment & { to: number }): Unit {
    const cscd = this.#cscds[segment.to]!;
    const device = this.devices[cscd.device]!;
    if (device.kind === 'disk') return { bytes: device.blockBytes, counts: device.blockBytes };
    if (!('length' in segment)) return { bytes: 1, counts: 1 };
    return { bytes: transferBytes(this.#transfer(segment.to, segment.length)),
      counts: cscd.recordBytes || 1 };
  }

  #segment(segment: ModelSegment): void {
    switch (segment.kind) {
      case 'filemarks': {
        const tape = this.#tape(segment.to);
        if (segment.count > 0) tape.objects.length = tape.position;
        for (let i = 0; i < segment.count; i += 1) tape.objects.push(null);
        tape.position += segment.count;
        return;
      }
      case 'locate':
        this.#locate(segment.to, segment.object);
        return;
      case 'inline': {
        const data = this.#inline.subarray(segment.offset, segment.offset + segment.count);
        this.#destination = joined(this.#destination, data);
        this.#plan(segment, this.#unit(segment).bytes);
        this.#writeTransfers(segment);
        this.#settle(segment, false);
        return;
      }
      case 'discard':
        this.#discard(segment);
        return;
      case 'toTape':
        this.#toTape(segment);
        return;
      case 'toDisk':
        this.#toDisk(segment);
        return;
      case 'diskToDisk':
        this.#diskToDisk(segment);
    }
  }

  #locate(id: number, object: number): void {
    const tape = this.#tape(id);
    tape.position = Math.min(object, tape.objects.length);
    if (object <= tape.objects.length) return;
    throw new Stop({ additional: 'thirdPartyDeviceFailure', pointer: { cscd: id },
      side: 'destination', answer: { key: 'blankCheck', additional: 'endOfDataDetected' } });
  }

  /** What would be written, the padded transfer included. */
  #plan(segment: { to: number; cat: boolean }, unit: number, extra = 0): void {
    const whole = Math.floor((this.#destination.length + extra) / unit) * unit;
    const left = this.#destination.length + extra - whole;
    const isPadded = !segment.cat && this.#cscds[segment.to]!.pad && left > 0;
    this.#planned = whole + (isPadded ? unit : 0);
  }

  #process(count: number): void {
    this.#destination = joined(this.#destination, this.#source.slice(0, count));
    this.#source = this.#source.slice(count);
  }

  #toTape(segment: ModelSegment & { kind: 'toTape' }): void {
    const bytes = this.#readBlocks(segment.from, segment.lba, segment.count);
    this.#source = joined(this.#source, bytes);
    const processed = segment.count * this.#disk(segment.from).blockBytes;
    this.#process(processed);
    this.#plan(segment, this.#unit(segment).bytes);
    this.#writeTransfers(segment);
    this.#settle(segment, false);
  }

  /** Just enough blocks for `count`, in view of what is there. */
  #readBlocks(id: number, lba: number, count: number, bytesNeeded?: number): Uint8Array {
    const { blockBytes, bytes } = this.#disk(id);
    const needed = Math.max(0, (bytesNeeded ?? count * blockBytes) - this.#source.length);
    const blocks = Math.ceil(needed / blockBytes);
    if (blocks > 0 && (lba + blocks) * blockBytes > bytes.length) {
      throw new Stop({ additional: 'thirdPartyDeviceFailure', pointer: { cscd: id },
        side: 'source', answer: { key: 'illegalRequest', additional: 'lbaOutOfRange' } });
    }
    return bytes.slice(lba * blockBytes, (lba + blocks) * blockBytes);
  }

  #claim(id: number, lba: number, byteLength: number, field: number): void {
    const { blockBytes, bytes } = this.#disk(id);
    if (byteLength === 0 || lba * blockBytes + byteLength <= bytes.length) return;
    throw new Stop({ additional: 'noAdditionalSense', pointer: { byte: field },
      side: 'destination', answer: { key: 'illegalRequest', additional: 'lbaOutOfRange' } });
  }

  #diskToDisk(segment: ModelSegment & { kind: 'diskToDisk' }): void {
    const [source, destination] = [this.#disk(segment.from), this.#disk(segment.to)];
    const unit = destination.blockBytes;
    const processed = segment.dc
      ? Math.max(0, segment.count * unit - this.#destination.length)
      : segment.count * source.blockBytes;
    const output = segment.dc ? segment.count * unit
      : Math.floor((this.#destination.length + processed) / unit) * unit;
    this.#planned = output;
    if (!segment.dc) this.#plan(segment, unit, processed);
    this.#claim(segment.to, segment.toLba, this.#planned, 20);
    this.#source = joined(this.#source, this.#readBlocks(segment.from, segment.lba, 0, processed));
    this.#process(processed);
    this.#writeBlocks(segment.to, segment.toLba, output);
    this.#settle(segment, segment.dc, segment.toLba + output / unit);
  }

  #toDisk(segment: ModelSegment & { kind: 'toDisk' }): void {
    const unit = this.#disk(segment.to).blockBytes;
    const output = segment.count * unit;
    this.#claim(segment.to, segment.lba, output, 16);
    this.#planned = output;
    const transfer = this.#transfer(segment.from, segment.length);
    const need = Math.max(0, output - this.#destination.length);
    let failed: Stop | undefined;
    while (this.#source.length < need && failed === undefined) {
      failed = this.#readTransfer(segment.from, transfer);
    }
    this.#process(Math.min(need, this.#source.length));
    const whole = Math.min(output, Math.floor(this.#destination.length / unit) * unit);
    this.#writeBlocks(segment.to, segment.lba, whole);
    if (failed !== undefined) throw failed;
    this.#settle(segment, true);
  }

  #discard(segment: ModelSegment & { kind: 'discard' }): void {
    const transfer = this.#transfer(segment.from, segment.length);
    while (this.#source.length < segment.count) {
      const failed = this.#readTransfer(segment.from, transfer);
      if (failed !== undefined) throw failed;
    }
    this.#source = this.#source.slice(segment.count);
    this.#settle(segment, false);
  }

  /** One READ; what it reports if it does not end with GOOD. */
  #readTransfer(id: number, transfer: StreamTransfer): Stop | undefined {
    const tape = this.#tape(id);
    const refused = this.#refuses(id, transfer, 'source');
    if (refused !== undefined) throw refused;
    let data: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < transfer.recordCount; i += 1) {
      const object = tape.objects[tape.position];
      const left = transfer.fixed ? transfer.recordCount - i : transfer.recordBytes;
      const fails = (answer: Partial<Sense>): Stop => new Stop({
        additional: 'thirdPartyDeviceFailure', pointer: { cscd: id }, side: 'source', answer });
      if (tape.position >= tape.objects.length) {
        return fails({ key: 'blankCheck', additional: 'endOfDataDetected', information: left });
      }
      tape.position += 1;
      if (object === null || object === undefined) {
        return fails({ key: 'noSense', additional: 'filemarkDetected', filemark: true,
          information: left });
      }
      if (object.length !== transfer.recordBytes) {
        return fails({ key: 'noSense', additional: 'noAdditionalSense', ili: true,
          information: transfer.fixed ? left : transfer.recordBytes - object.length });
      }
      data = joined(data, object);
    }
    this.#source = joined(this.#source, data);
    return undefined;
  }

  /** A drive in another mode than the descriptor says. */
  #refuses(id: number, transfer: StreamTransfer, side: 'source' | 'destination') {
    const { blockBytes } = this.#tape(id);
    if (!transfer.fixed || blockBytes === transfer.recordBytes) return undefined;
    if (blockBytes === 0) {
      return new Stop({ additional: 'thirdPartyDeviceFailure', pointer: { cscd: id }, side,
        answer: { key: 'illegalRequest', additional: 'invalidFieldInCdb' } });
    }
    return new Stop({ pointer: { cscd: id }, additional: blockBytes < transfer.recordBytes
      ? 'copyTargetDeviceDataUnderrun' : 'copyTargetDeviceDataOverrun' });
  }

  #writeBlocks(id: number, lba: number, byteLength: number): void {
    const disk = this.#disk(id);
    if (byteLength === 0) return;
    const data = this.#destination.slice(0, byteLength);
    this.#destination = this.#destination.slice(byteLength);
    for (let at = 0; at < data.length; at += disk.blockBytes) {
      const block = data.subarray(at, at + disk.blockBytes);
      this.#log(this.#cscds[id]!.device, lba * disk.blockBytes + at, block);
      disk.bytes.set(block, lba * disk.blockBytes + at);
    }
  }

  #log(device: number, at: number, bytes: Uint8Array): void {
    if (this.transferBytes + bytes.length > (this.#stop?.bytes ?? Number.MAX_SAFE_INTEGER)) {
      throw new Stop({ additional: 'stopped', pointer: undefined });
    }
    this.writes.push({ device, at, bytes });
    this.#written += bytes.length;
  }

  /** As many whole transfers as there are. */
  #writeTransfers(segment: { to: number; length: number }): void {
    const transfer = this.#transfer(segment.to, segment.length);
    while (this.#destination.length >= transferBytes(transfer)) {
      this.#writeTransfer(segment.to, transfer);
    }
  }

  #writeTransfer(id: number, transfer: StreamTransfer): void {
    const tape = this.#tape(id);
    const refused = this.#refuses(id, transfer, 'destination');
    if (refused !== undefined) throw refused;
    tape.objects.length = tape.position;
    const used = tape.objects.reduce((sum, one) => sum + (one?.length ?? 0), 0);
    const after = used + transferBytes(transfer);
    const fails = (key: 'volumeOverflow' | 'noSense', information: number): Stop => new Stop({
      additional: 'thirdPartyDeviceFailure', pointer: { cscd: id }, side: 'destination',
      answer: { key, additional: 'endOfPartitionDetected', eom: true, information } });
    if (after > tape.capacityBytes) {
      throw fails('volumeOverflow', transfer.fixed ? transfer.recordCount : transfer.recordBytes);
    }
    const data = this.#destination.slice(0, transferBytes(transfer));
    this.#destination = this.#destination.slice(data.length);
    this.#log(this.#cscds[id]!.device, tape.position, data);
    for (let i = 0; i < transfer.recordCount; i += 1) {
      tape.objects.push(
        data.slice(i * transfer.recordBytes, (i + 1) * transfer.recordBytes));
      tape.position += 1;
    }
    if (after > tape.capacityBytes - tape.earlyWarningBytes) throw fails('noSense', 0);
  }

  /** The CAT and PAD table, row by row. */
  #settle(
    segment: ModelSegment & { cat: boolean }, hasFixedPlace: boolean, nextLba = 0): void {
    const sourcePad = 'from' in segment && this.#cscds[segment.from]!.pad;
    const destinationPad = 'to' in segment && this.#cscds[segment.to]!.pad;
    const [s, d] = [this.#source.length > 0, this.#destination.length > 0];
    if (segment.cat || (!s && !d)) return;
    const inexact = new Stop({ additional: 'unexpectedInexactSegment', pointer: undefined });
    if (!sourcePad && !destinationPad) throw inexact;
    if (destinationPad && d && hasFixedPlace) throw inexact;
    if (destinationPad && d && 'to' in segment) this.#pad(segment, nextLba);
    if (sourcePad) this.#source = new Uint8Array(0);
    if (sourcePad && !destinationPad) this.#destination = new Uint8Array(0);
  }

  #pad(segment: ModelSegment & { to: number }, nextLba: number): void {
    const unit = this.#unit(segment).bytes;
    this.#destination = joined(
      this.#destination, new Uint8Array(unit - this.#destination.length));
    if (segment.kind !== 'diskToDisk') {
      if ('length' in segment) this.#writeTransfers(segment);
      return;
    }
    this.#writeBlocks(segment.to, nextLba, unit);
  }
}
