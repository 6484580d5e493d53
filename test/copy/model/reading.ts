/** Source data: what is read, and where it goes. Source: SPC-4 5.17.7.2. */
import { answerTo, command, failure, present, ready } from './commands.ts';
import type { Transfer } from './devices.ts';
import type { BlockEnd, End, StreamEnd } from './ends.ts';
import { HOLDS, type ModelSegment } from './segments.ts';
import type { CopyState } from './state.ts';
import type { Stop } from './stop.ts';
import { blocksOf, transferOf } from './units.ts';

/**
 * Reads whole units until there are so many bytes of source data.
 *
 * Returns why a tape gave no more: what it gave before is still processed and written.
 */
export function fill(
  copy: CopyState, byteLength: number, source: End, { lba, length }: ModelSegment,
): Stop | undefined {
  const { sourceData } = copy;
  while (sourceData.length < byteLength) {
    if (source.kind === 'block') {
      const lacking = byteLength - sourceData.length;
      sourceData.append(readBlocks(source, lba, Math.ceil(lacking / source.blockBytes)));
      continue;
    }
    const failed = readTransfer(copy, source, transferOf(source, length));
    if (failed !== undefined) return failed;
  }
  return undefined;
}

export function readBlocks(end: BlockEnd, lba: number, blockCount: number): Uint8Array {
  const disk = present(end.disk, end);
  return command(end, () => disk.read(lba, blockCount));
}

/** 08h, 0Ah: the blocks that the range touches are read, the range becomes source data. */
export function readRange(
  copy: CopyState, end: BlockEnd, { lba, offset, count }: ModelSegment): void {
  if (count === 0) return;
  const blocks = readBlocks(end, lba, blocksOf({ end, lba, offset, byteLength: count }));
  copy.sourceData.append(blocks.slice(offset, offset + count));
}

function readTransfer(copy: CopyState, end: StreamEnd, transfer: Transfer): Stop | undefined {
  const tape = present(end.tape, end);
  ready(end, tape, 'read', transfer);
  const answer = answerTo(() => {
    for (const record of tape.read(transfer)) copy.sourceData.append(record);
  });
  return answer && failure(end, answer);
}

/** Moves bytes from source data to destination data; some types hold a copy. */
export function processBytes(
  { sourceData, destinationData, held }: CopyState, { type }: ModelSegment,
  byteLength: number): void {
  const bytes = sourceData.take(byteLength);
  if (HOLDS.includes(type)) held.add(bytes);
  destinationData.append(bytes);
}
