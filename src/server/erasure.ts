/** How the blocks of a whole disk are made to read something else. */
import type { DiskImage } from '../media/disk-image.ts';

/** What happens to every block: erased ones read zeros and are not mapped. */
export type Erasure =
  | { readonly kind: 'erase' | 'unmap' }
  | { readonly kind: 'overwrite'; readonly pattern: Uint8Array; readonly passCount: number;
    /** Each pass writes the complement of the one before. */
    readonly invert: boolean };

/** Steps of about so many bytes; between them others have their turn. */
const STEP_BYTES = 1024 * 1024;
const UNMAP_BYTES = 1024 ** 3;

/** The host's disk is not asked to keep more than so much unwritten. */
const SYNC_BYTES = 256 * 1024 * 1024;

/** Awaited after each step with the part that is done, 0 to 1; it throws to interrupt the work. */
export type OnStep = (done: number) => Promise<void>;

/** Works through the image; durable when it returns. Throws: FileError, MediaError. */
export async function erase(
  image: DiskImage, erasure: Erasure, onStep: OnStep): Promise<void> {
  if (erasure.kind === 'overwrite') {
    const { pattern, passCount, invert } = erasure;
    for (let pass = 0; pass < passCount; pass += 1) {
      const bytes = invert && pass % 2 === 1 ? pattern.map((byte) => byte ^ 0xff) : pattern;
      await fill(image, bytes, (done) => onStep((pass + done) / passCount));
    }
    return;
  }
  // Space that is given back keeps its bytes until the host writes there: zeros go there first.
  if (erasure.kind === 'erase') await zeroData(image, onStep);
  await unmapAll(image, onStep);
}

/** The pattern begins anew in each block. */
async function fill(image: DiskImage, pattern: Uint8Array, onStep: OnStep): Promise<void> {
  const { blockBytes, blockCount } = image;
  const block = Buffer.alloc(blockBytes, pattern);
  const stepBlocks = STEP_BYTES / blockBytes;
  const step = Buffer.alloc(STEP_BYTES, block);
  for (let lba = 0; lba < blockCount; lba += stepBlocks) {
    const count = Math.min(stepBlocks, blockCount - lba);
    await image.write(lba, [step.subarray(0, count * blockBytes)]);
    if ((lba * blockBytes) % SYNC_BYTES === 0) await image.sync();
    await onStep((lba + count) / blockCount);
  }
  await image.sync();
}

async function zeroData(image: DiskImage, onStep: OnStep): Promise<void> {
  const { blockBytes, blockCount } = image;
  const zeros = new Uint8Array(STEP_BYTES);
  for (let lba = 0; lba < blockCount;) {
    const { mapped, blockCount: alike } = await image.lbaStatus(lba);
    const count = mapped ? Math.min(alike, STEP_BYTES / blockBytes) : alike;
    if (mapped) await image.write(lba, [zeros.subarray(0, count * blockBytes)]);
    lba += count;
    await onStep(lba / blockCount);
  }
  await image.sync();
}

async function unmapAll(image: DiskImage, onStep: OnStep): Promise<void> {
  const stepBlocks = UNMAP_BYTES / image.blockBytes;
  for (let lba = 0; lba < image.blockCount; lba += stepBlocks) {
    const count = Math.min(stepBlocks, image.blockCount - lba);
    await image.unmap(lba, count);
    await onStep((lba + count) / image.blockCount);
  }
  await image.sync();
}
