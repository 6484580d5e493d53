/** Destination data: how it is written. Source: SPC-4 5.17.7.2. */
import { answerTo, command, failure, present, ready } from './commands.ts';
import type { ModelDisk, Transfer } from './devices.ts';
import type { End, StreamEnd } from './ends.ts';
import type { ModelSegment } from './segments.ts';
import type { CopyState } from './state.ts';
import { Stop } from './stop.ts';
import {
  blocksOf, bytesOfTransfer, type Range, transferOf, writeLength, writeUnit,
} from './units.ts';

/** As many whole units as there are. */
export function writeUnits(copy: CopyState, segment: ModelSegment, end: End): void {
  const unit = writeUnit(segment, end);
  const { destinationData } = copy;
  if (destinationData.length < unit || destinationData.length === 0) return;
  if (end.kind === 'block') {
    const byteLength = destinationData.length - destinationData.length % unit;
    writeRange(copy, { end, lba: segment.toLba, offset: 0, byteLength });
    return;
  }
  const transfer = transferOf(end, writeLength(segment));
  while (destinationData.length >= unit) writeTransfer(copy, end, transfer);
}

/** One WRITE to a tape. One that meets early warning is done all the same. Throws: Stop. */
export function writeTransfer(copy: CopyState, end: StreamEnd, transfer: Transfer): void {
  ready(end, present(end.tape, end), 'write', transfer);
  writeRecords(copy, end, transfer, () => copy.destinationData.take(bytesOfTransfer(transfer)));
}

/** Writes records to a tape that is ready for them. Throws: Stop. */
export function writeRecords(
  copy: CopyState, end: StreamEnd, transfer: Transfer, take: () => Uint8Array): void {
  const tape = present(end.tape, end);
  const ending = command(end, () => tape.room(transfer));
  const data = take();
  copy.log(tape, tape.position, data);
  for (let at = 0; at < data.length; at += transfer.recordBytes) {
    tape.append(data.slice(at, at + transfer.recordBytes));
  }
  if (ending === 'good') return;
  throw failure(end, { key: 'noSense', additional: 'endOfPartitionDetected', eom: true,
    information: 0 });
}

/**
 * A destination range is known before anything is read for it, so one that is not on the medium
 * stops the segment before it moves anything. `field` is the address in the segment descriptor.
 */
export function claim({ list }: CopyState, range: Range, field: number): void {
  const { end, lba, byteLength } = range;
  if (byteLength === 0) return;
  const disk = present(end.disk, end);
  const answer = answerTo(() => disk.accept('write', lba, blocksOf(range)));
  if (answer === undefined) return;
  const isRange = answer.additional === 'lbaOutOfRange';
  throw isRange && list.readings.outOfRange === 'segment'
    ? new Stop({ additional: 'noAdditionalSense', pointer: { in: 'segment', byte: field },
      side: 'destination', answer })
    : failure(end, answer);
}

/** Writes what there is of a range's bytes, block by block; the rest of a block stays. */
export function writeRange(copy: CopyState, range: Range): void {
  const { end, lba, offset, byteLength, isBytes } = range;
  const data = copy.destinationData.take(byteLength);
  const first = lba * end.blockBytes + offset;
  for (let at = 0; at < data.length;) {
    const inBlock = end.blockBytes - (first + at) % end.blockBytes;
    const left = Math.min(inBlock, data.length - at);
    const length = isBytes && copy.room > 0 ? Math.min(left, copy.room) : left;
    put(copy, present(end.disk, end), first + at, data.subarray(at, at + length));
    at += length;
  }
}

export function put(copy: CopyState, disk: ModelDisk, at: number, bytes: Uint8Array): void {
  copy.log(disk, at, bytes);
  disk.bytes.set(bytes, at);
}
