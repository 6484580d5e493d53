import { concat } from '../bytes/concat.ts';
import type { OpenFile } from '../ports/files.ts';
import type { Cartridge } from './cartridge.ts';
import type { TransferOptions } from './import-image.ts';
import { MediaError } from './media-error.ts';
import type { ImageWriter } from './tape-formats/image-writer.ts';
import type { Run } from './tape-types.ts';

/** Payload read, and bytes of the image written, at a time; one record may be more. */
const CHUNK_BYTES = 1024 * 1024;

export interface ExportReport {
  readonly recordCount: number;
  readonly filemarkCount: number;
  readonly payloadBytes: number;
  readonly imageBytes: number;
}

/**
 * Writes all objects of a cartridge into an empty file; durable on return.
 *
 * Throws: MediaError (`invalid` if the format cannot hold a record, before anything is written;
 * `damaged` if payload is missing), FileError; the signal's reason.
 */
export async function exportImage(
  cartridge: Cartridge, writer: ImageWriter, image: OpenFile, options: TransferOptions = {},
): Promise<ExportReport> {
  assertFits(cartridge, writer);
  const output = new ImageOutput(image);
  for (const run of runsOf(cartridge)) {
    if (run.kind === 'records') await exportRecords(cartridge, run, writer, output, options);
    else for (let i = 0; i < run.count; i += 1) await output.write(writer.filemark());
  }
  await output.write(writer.end());
  const imageBytes = await output.finish();
  const { endOfData, filemarkCount, usedBytes } = cartridge;
  return {
    recordCount: endOfData - filemarkCount, filemarkCount, payloadBytes: usedBytes, imageBytes };
}

function* runsOf(cartridge: Cartridge): Generator<Run> {
  for (let object = 0; object < cartridge.endOfData;) {
    const run = cartridge.runAt(object)!; // there is one before the end of data
    yield run;
    object = run.firstObject + run.count;
  }
}

function assertFits(cartridge: Cartridge, { recordBytesMax }: ImageWriter): void {
  for (const run of runsOf(cartridge)) {
    if (run.kind === 'filemarks' || run.recordBytes <= recordBytesMax) continue;
    throw new MediaError('invalid', `Cannot export object ${run.firstObject}: a record of `
      + `${run.recordBytes} bytes, the format takes ${recordBytesMax}`);
  }
}

async function exportRecords(
  cartridge: Cartridge, run: Run & { readonly kind: 'records' }, writer: ImageWriter,
  output: ImageOutput, { signal, onProgress }: TransferOptions): Promise<void> {
  const { recordBytes, payloadOffset } = run;
  const stride = Math.max(1, Math.floor(CHUNK_BYTES / recordBytes));
  for (let done = 0; done < run.count; done += stride) {
    signal?.throwIfAborted();
    const count = Math.min(stride, run.count - done);
    const from = payloadOffset + done * recordBytes;
    const payload = await payloadOf(cartridge, from, count * recordBytes);
    for (let at = 0; at < payload.length; at += recordBytes) {
      await output.write(writer.record(payload.subarray(at, at + recordBytes)));
    }
    onProgress?.(from + payload.length, cartridge.usedBytes);
  }
}

async function payloadOf(
  cartridge: Cartridge, offset: number, byteLength: number): Promise<Uint8Array> {
  const payload = new Uint8Array(byteLength);
  let at = 0;
  for (const extent of cartridge.extentsOfPayload(offset, byteLength)) {
    const part = payload.subarray(at, at + extent.byteLength);
    if (await cartridge.data.read(part, extent.offset) < part.length) {
      throw new MediaError('damaged', `Cannot export: data of ${cartridge.folder} ends before `
        + `byte ${extent.offset + extent.byteLength}`);
    }
    at += extent.byteLength;
  }
  return payload;
}

/** Gathers small parts into large writes. */
class ImageOutput {
  readonly #image: OpenFile;
  #parts: Uint8Array[] = [];
  #bufferedBytes = 0;
  #writtenBytes = 0;

  constructor(image: OpenFile) {
    this.#image = image;
  }

  async write(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      this.#parts.push(part);
      this.#bufferedBytes += part.length;
    }
    if (this.#bufferedBytes >= CHUNK_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = concat(this.#parts);
    this.#parts = [];
    this.#bufferedBytes = 0;
    await this.#image.write(bytes, this.#writtenBytes);
    this.#writtenBytes += bytes.length;
  }

  /** Returns the bytes of the image, once they are durable. */
  async finish(): Promise<number> {
    await this.#flush();
    await this.#image.sync();
    return this.#writtenBytes;
  }
}
