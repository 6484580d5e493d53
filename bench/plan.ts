/** How fast a job of many extents becomes parameter lists, and in how much memory. */
import type { Identity } from '../src/backup/devices/device.ts';
import { encodeBackupList, endsOf } from '../src/backup/movers/parameter-lists.ts';
import type { ByteRange } from '../src/backup/block-source.ts';
import { planBackup } from '../src/backup/plan/backup-plan.ts';
import { CSCD_COUNT, LIST_BYTES_MAX, RECORD_BYTES, SEGMENT_BLOCKS_MAX } from
  '../src/backup/plan/limits.ts';
import { COPY_LIMITS } from '../src/copy/limits.ts';
import { CSCD_BYTES } from '../src/wire/copy/cscd.ts';
import { blockToStream } from '../src/wire/copy/segments.ts';

const BLOCK_BYTES = 512;
const CLUSTER_BYTES = 4096;

export interface PlanFigures {
  readonly seconds: number;
  /** The most memory that this process ever had. */
  readonly peakBytes: number;
  readonly lists: number;
}

/** Plans and encodes all lists for `extentCount` scattered extents, as a backup does. */
export async function benchPlan(extentCount: number): Promise<PlanFigures> {
  const limits = {
    segmentCountMax: Math.min(COPY_LIMITS.segmentCountMax, Math.floor(
      (COPY_LIMITS.descriptorListBytesMax - CSCD_COUNT * CSCD_BYTES) / blockToStream.size)),
    segmentBytesMax: SEGMENT_BLOCKS_MAX * BLOCK_BYTES, listBytesMax: LIST_BYTES_MAX,
  };
  const ends = endsOf(identity(0x00), identity(0x01), BLOCK_BYTES);
  const start = performance.now();
  let [lists, encodedBytes] = [0, 0];
  for await (const list of planBackup(scattered(extentCount), limits, RECORD_BYTES)) {
    encodedBytes += encodeBackupList(list, ends, RECORD_BYTES, 1 + lists % 255).length;
    lists += 1;
  }
  const seconds = (performance.now() - start) / 1000;
  if (encodedBytes < extentCount * blockToStream.size) {
    throw new Error(`Cannot measure: only ${encodedBytes} bytes were made`);
  }
  return { seconds, peakBytes: process.resourceUsage().maxRSS * 1024, lists };
}

const identity = (deviceType: number): Identity => ({
  deviceType, vendor: '', product: '', serial: '',
  designator: { codeSet: 1, type: 3, bytes: new Uint8Array(8).fill(deviceType) },
});

/** Extents of 1 to 16 clusters with gaps between them, as a used file system has. */
export function* scattered(extentCount: number): Generator<ByteRange, void, undefined> {
  let [random, offset] = [1, 0];
  const clusters = (): number => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return (1 + (random >>> 28)) * CLUSTER_BYTES;
  };
  for (let i = 0; i < extentCount; i += 1) {
    const byteLength = clusters();
    yield { offset, byteLength };
    offset += byteLength + clusters();
  }
}
