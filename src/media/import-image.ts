import { concat } from '../bytes/concat.ts';
import { crc32c } from '../bytes/crc32c.ts';
import type { OpenFile } from '../ports/files.ts';
import type { Cartridge } from './cartridge.ts';
import { MediaError } from './media-error.ts';
import { type ImageItem, ImageError, type Oddity } from './tape-formats/image-item.ts';
import { type ImageParser, ImageReader } from './tape-formats/image-reader.ts';
import type { Extent } from './tape-types.ts';

/** Bytes of the image read at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** Equal records of so many bytes are appended together. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** What is in an image and cannot be on a cartridge. */
export interface OddityReport {
  readonly what: Oddity;
  readonly count: number;
  /** The byte of the image at which the first of them begins. */
  readonly firstAt: number;
}

export interface ImportReport {
  readonly recordCount: number;
  readonly filemarkCount: number;
  readonly payloadBytes: number;
  /** None: an export in the same format gives the bytes of the image again. */
  readonly oddities: readonly OddityReport[];
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Appends what an image holds to a cartridge; durable on return.
 *
 * What has been appended by then stays on it if this fails.
 * Throws: ImageError, MediaError (`endOfPartition`, …), FileError; the signal's reason.
 */
export async function importImage(
  image: OpenFile, parser: ImageParser, cartridge: Cartridge, options: TransferOptions = {},
): Promise<ImportReport> {
  const reader = new ImageReader(parser);
  const writer = new CartridgeWriter(cartridge);
  const totalBytes = await image.size();
  for (let at = 0; !reader.isDone;) {
    options.signal?.throwIfAborted();
    // A parser may keep parts of a chunk, so each has its own.
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(1, totalBytes - at)));
    const byteLength = await image.read(chunk, at);
    const items = byteLength === 0 ? reader.end() : reader.push(chunk.subarray(0, byteLength));
    for (const item of items) await writer.take(item);
    at += byteLength;
    options.onProgress?.(at, totalBytes);
  }
  return writer.finish();
}

/** Appends items, neighbours of one length together. */
class CartridgeWriter {
  readonly #cartridge: Cartridge;
  readonly #oddities = new Map<Oddity, { count: number; firstAt: number }>();
  #batch: Uint8Array[] = [];
  /** The byte of the image at which the first record of the batch begins. */
  #batchAt = 0;
  #recordCount = 0;
  #filemarkCount = 0;
  #payloadBytes = 0;

  constructor(cartridge: Cartridge) {
    this.#cartridge = cartridge;
  }

  async take(item: ImageItem): Promise<void> {
    if (item.kind === 'oddity') this.#note(item.what, item.at);
    else if (item.kind === 'record') await this.#record(item.at, item.bytes);
    else await this.#filemark();
  }

  #note(what: Oddity, at: number): void {
    const known = this.#oddities.get(what);
    if (known === undefined) this.#oddities.set(what, { count: 1, firstAt: at });
    else known.count += 1;
  }

  async #record(at: number, bytes: Uint8Array): Promise<void> {
    const first = this.#batch[0];
    const isFull = (this.#batch.length + 1) * bytes.length > BATCH_BYTES;
    if (first !== undefined && (first.length !== bytes.length || isFull)) await this.#flush();
    if (this.#batch.length === 0) this.#batchAt = at;
    this.#batch.push(bytes);
    this.#recordCount += 1;
    this.#payloadBytes += bytes.length;
  }

  async #filemark(): Promise<void> {
    await this.#flush();
    this.#cartridge.appendFilemarks(1);
    this.#filemarkCount += 1;
  }

  async #flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    const payload = concat(batch);
    const extents = await this.#allocate(payload.length);
    let at = 0;
    for (const { offset, byteLength } of extents) {
      await this.#cartridge.data.write(payload.subarray(at, at + byteLength), offset);
      at += byteLength;
    }
    this.#cartridge.appendRecords(batch[0]!.length, batch.length, extents, crc32c(payload));
  }

  async #allocate(byteLength: number): Promise<readonly Extent[]> {
    try {
      return await this.#cartridge.allocate(byteLength);
    } catch (error) {
      if (!(error instanceof MediaError) || error.code !== 'endOfPartition') throw error;
      throw new ImageError(this.#batchAt, error.message, { cause: error });
    }
  }

  async finish(): Promise<ImportReport> {
    await this.#flush();
    await this.#cartridge.sync();
    return {
      recordCount: this.#recordCount, filemarkCount: this.#filemarkCount,
      payloadBytes: this.#payloadBytes,
      oddities: Array.from(this.#oddities, ([what, found]) => ({ what, ...found })),
    };
  }
}
