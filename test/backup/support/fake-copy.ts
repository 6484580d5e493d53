/** Carries out EXTENDED COPY lists by the letter of SPC-4 5.17.7.2: two queues, S and D. */
import { concat } from '../../../src/bytes/concat.ts';
import type { ReadSense } from '../../../src/sense/sense.ts';
import { identificationCscd } from '../../../src/wire/copy/cscd.ts';
import { descriptorsOf, partsOf } from '../../../src/wire/copy/parameter-list.ts';
import {
  blockToStream, inlineToStream, locate, streamToBlock, streamToDiscard, writeFilemarks,
} from '../../../src/wire/copy/segments.ts';
import type { FakeDisk, FakeTape } from './fake-devices.ts';

export class FakeCopyAborted extends Error {
  readonly additional: ReadSense['additional'];
  readonly segment: number;

  constructor(additional: ReadSense['additional'], segment: number) {
    super(`segment ${segment}: ${additional}`);
    this.additional = additional;
    this.segment = segment;
  }
}

interface Cscd {
  readonly device: FakeDisk | FakeTape;
  readonly pad: boolean;
}

/** Runs a list against devices that are found by their designators. */
export function runList(
  list: Uint8Array, find: (designator: Uint8Array) => FakeDisk | FakeTape | undefined): void {
  const parts = partsOf(list);
  const walked = descriptorsOf(list, parts);
  const cscds = walked.cscds.items.map(({ at }): Cscd => {
    const { designator, designatorLength, device } = identificationCscd.read(list, at, at + 32);
    const found = find(designator.subarray(0, designatorLength));
    if (found === undefined) throw new FakeCopyAborted('unreachableCopyTarget', 0);
    return { device: found, pad: device.format !== 'raw' && device.pad };
  });
  const queues = new Queues();
  for (const { index, at, end, type } of walked.segments.items) {
    const inline = list.subarray(parts.inline.at, parts.inline.end);
    runSegment(type, list.subarray(at, end), inline, cscds, queues, index);
  }
}

class Queues {
  source: Uint8Array = new Uint8Array(0);
  destination: Uint8Array = new Uint8Array(0);

  process(byteLength: number): void {
    this.destination = concat([this.destination, this.source.subarray(0, byteLength)]);
    this.source = this.source.subarray(byteLength);
  }

  end(sourcePad: boolean, destinationPad: boolean, cat: boolean, segment: number,
    padTo?: (destination: Uint8Array) => void): void {
    if (cat || this.source.length + this.destination.length === 0) return;
    if (!sourcePad && !destinationPad) {
      throw new FakeCopyAborted('unexpectedInexactSegment', segment);
    }
    if (sourcePad) this.source = new Uint8Array(0);
    if (this.destination.length === 0) return;
    if (!destinationPad) this.destination = new Uint8Array(0);
    else if (padTo === undefined) throw new FakeCopyAborted('unexpectedInexactSegment', segment);
    else padTo(this.destination);
    this.destination = new Uint8Array(0);
  }
}

function runSegment(
  type: number, bytes: Uint8Array, inline: Uint8Array, cscds: readonly Cscd[], queues: Queues,
  index: number): void {
  const disk = (id: number) => cscds[id]!.device as FakeDisk; // the tests name the right class
  const tape = (id: number) => cscds[id]!.device as FakeTape;
  const drain = (id: number, unit: number): void => {
    while (queues.destination.length >= unit) {
      tape(id).write(queues.destination.slice(0, unit));
      queues.destination = queues.destination.subarray(unit);
    }
  };
  const padTo = (id: number, unit: number) => (left: Uint8Array): void => {
    const record = new Uint8Array(unit);
    record.set(left);
    tape(id).write(record);
  };
  const pull = (id: number, unit: number, needed: number): void => {
    while (queues.source.length < needed) {
      const record = tape(id).read();
      if (!(record instanceof Uint8Array) || record.length !== unit) {
        throw new FakeCopyAborted('thirdPartyDeviceFailure', index);
      }
      queues.source = concat([queues.source, record]);
    }
  };
  switch (type) {
    case 0x00: {
      const s = blockToStream.read(bytes);
      const data = disk(s.sourceCscd).readBlocks(Number(s.lba), s.blockCount);
      queues.source = concat([queues.source, data]);
      queues.process(data.length);
      drain(s.destinationCscd, s.streamTransferLength);
      queues.end(cscds[s.sourceCscd]!.pad, cscds[s.destinationCscd]!.pad, s.cat, index,
        padTo(s.destinationCscd, s.streamTransferLength));
      return;
    }
    case 0x01: {
      const s = streamToBlock.read(bytes);
      const device = disk(s.destinationCscd);
      const wanted = s.blockCount * device.blockBytes;
      const needed = Math.max(0, wanted - queues.destination.length);
      pull(s.sourceCscd, s.streamTransferLength, needed);
      queues.process(needed);
      device.writeBlocks(Number(s.lba), queues.destination.slice(0, wanted));
      queues.destination = queues.destination.subarray(wanted);
      queues.end(cscds[s.sourceCscd]!.pad, cscds[s.destinationCscd]!.pad, s.cat, index);
      return;
    }
    case 0x04: {
      const s = inlineToStream.read(bytes);
      const data = inline.subarray(s.inlineOffset, s.inlineOffset + s.inlineBytes);
      if (data.length < s.inlineBytes) throw new FakeCopyAborted('inlineDataLengthExceeded', index);
      queues.destination = concat([queues.destination, data]);
      drain(s.destinationCscd, s.streamTransferLength);
      queues.end(false, cscds[s.destinationCscd]!.pad, s.cat, index,
        padTo(s.destinationCscd, s.streamTransferLength));
      return;
    }
    case 0x06: {
      const s = streamToDiscard.read(bytes);
      pull(s.sourceCscd, s.streamTransferLength, s.byteCount);
      queues.source = queues.source.subarray(s.byteCount);
      queues.end(cscds[s.sourceCscd]!.pad, false, s.cat, index);
      return;
    }
    case 0x10:
      tape(writeFilemarks.read(bytes).destinationCscd).write('filemark');
      return;
    case 0x12: {
      const s = locate.read(bytes);
      tape(s.destinationCscd).locate(s.logicalObject);
      return;
    }
    default:
      throw new FakeCopyAborted('unsupportedSegmentDescriptorType', index);
  }
}
