/** How fast one core reads segment descriptors, errors and all checked. */
import { concat } from '../src/bytes/concat.ts';
import { walk } from '../src/codec/list.ts';
import { blockToStream, segmentDescriptors } from '../src/wire/copy/segments.ts';

const SEGMENT_COUNT = 1000;
const ROUND_COUNT = 11;
const LISTS_PER_ROUND = 400;

/**
 * Reads lists of 1,000 block → stream segments as the copy manager does: the list is walked, every
 * descriptor is read strictly. The figure is the median of eleven rounds.
 */
export async function benchDecode(): Promise<{ descriptorsPerSecond: number }> {
  const list = concat(Array.from({ length: SEGMENT_COUNT }, (_, i) => blockToStream.encode({
    type: 0x00, cat: true, length: 0x14, sourceCscd: 0, destinationCscd: 1,
    streamTransferLength: 0x1_0000, blockCount: 128, lba: BigInt(i) * 128n,
  })));
  const rates: number[] = [];
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    const start = performance.now();
    let blockCount = 0;
    for (let i = 0; i < LISTS_PER_ROUND; i += 1) blockCount += readList(list);
    const seconds = (performance.now() - start) / 1000;
    if (blockCount !== LISTS_PER_ROUND * SEGMENT_COUNT * 128) {
      throw new Error(`Cannot measure: ${blockCount} blocks were read`);
    }
    rates.push((LISTS_PER_ROUND * SEGMENT_COUNT) / seconds);
  }
  rates.sort((a, b) => a - b);
  return { descriptorsPerSecond: Math.round(rates[Math.floor(ROUND_COUNT / 2)]!) };
}

function readList(list: Uint8Array): number {
  let blockCount = 0;
  for (const item of walk(segmentDescriptors, list, 0, list.length).items) {
    if (item.layout === blockToStream) {
      blockCount += blockToStream.read(list, item.at, item.end).blockCount;
    }
  }
  return blockCount;
}
