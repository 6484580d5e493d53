/**
 * Writes of a disk image that happen whole or not at all, whatever befalls the host meanwhile.
 *
 * ```text
 *   journal: head, old bytes, sync ─► image: new bytes, sync ─► journal: emptied, sync
 *   at open: a whole journal ─► image: old bytes, sync ─► journal removed
 * ```
 */
import { dirname } from 'node:path';
import { crc32c } from '../bytes/crc32c.ts';
import { readU32, readU64, writeU32, writeU64 } from '../bytes/big-endian.ts';
import type { Files, OpenFile } from '../ports/files.ts';

/** The largest atomic write, in bytes; also what is read of a journal at most. */
export const ATOMIC_BYTES_MAX = 2 * 1024 * 1024;

/** Magic number, offset, length, CRC32C of the old bytes, CRC32C of the head before it. */
const HEAD_BYTES = 28;
const MAGIC = 0x5346_4154_4f4d_4943n; // SFATOMIC

/** Nobody else uses the image, and so the name. */
const journalFor = (image: string): string => `${image}.serverfree.atomic`;

export class AtomicWrites {
  readonly #files: Files;
  readonly #image: OpenFile;
  #journal: OpenFile | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: Files, image: OpenFile) {
    this.#files = files;
    this.#image = image;
  }

  /** Whether a write was cut off, so that the image has to be mended before it is used. */
  static isCutOff(files: Files, image: string): Promise<boolean> {
    return files.exists(journalFor(image));
  }

  /** Puts back what a write that was cut off has overwritten. Throws: FileError. */
  static async mend(files: Files, image: OpenFile): Promise<void> {
    const path = journalFor(image.path);
    const journal = await files.open(path, 'read');
    try {
      const found = await readJournal(journal);
      if (found !== undefined) {
        await image.write(found.bytes, found.offset);
        await image.sync();
      }
    } finally {
      await journal.close();
    }
    await remove(files, path);
  }

  /**
   * Writes, by `work`, a range whose old bytes are kept until the new ones are durable. Nobody
   * else writes it meanwhile. What was written in part is taken back. Throws: what `work` throws;
   * FileError.
   */
  write(offset: number, byteLength: number, work: () => Promise<void>): Promise<void> {
    const written = this.#last.then(() => this.#write(offset, byteLength, work));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #write(offset: number, byteLength: number, work: () => Promise<void>): Promise<void> {
    const old = new Uint8Array(byteLength);
    await this.#image.read(old, offset);
    const journal = await this.#open();
    await journal.writeParts([headOf(offset, old), old], 0);
    await journal.sync();
    try {
      await work();
      await this.#image.sync();
    } catch (error) {
      await this.#image.write(old, offset);
      await this.#image.sync();
      throw error;
    } finally {
      await journal.truncate(0);
      await journal.sync();
    }
  }

  async #open(): Promise<OpenFile> {
    if (this.#journal !== undefined) return this.#journal;
    const path = journalFor(this.#image.path);
    this.#journal = await this.#files.open(path, 'create');
    await this.#files.syncFolder(dirname(path));
    return this.#journal;
  }

  /** The journal of a write that failed, and could not be taken back, stays. */
  async close(): Promise<void> {
    await this.#last;
    const journal = this.#journal;
    if (journal === undefined) return;
    const isEmpty = await journal.size() === 0;
    await journal.close();
    if (isEmpty) await remove(this.#files, journal.path);
  }
}

async function remove(files: Files, path: string): Promise<void> {
  await files.remove(path);
  await files.syncFolder(dirname(path));
}

function headOf(offset: number, old: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  writeU64(head, 0, MAGIC);
  writeU64(head, 8, BigInt(offset));
  writeU32(head, 16, old.length);
  writeU32(head, 20, crc32c(old));
  writeU32(head, 24, crc32c(head.subarray(0, 24)));
  return head;
}

/** Undefined for one that was not written whole: then nothing was written to the image yet. */
async function readJournal(
  journal: OpenFile): Promise<{ offset: number; bytes: Uint8Array } | undefined> {
  const all = new Uint8Array(Math.min(await journal.size(), HEAD_BYTES + ATOMIC_BYTES_MAX));
  const head = all.subarray(0, await journal.read(all, 0)).subarray(0, HEAD_BYTES);
  if (head.length < HEAD_BYTES || readU64(head, 0) !== MAGIC) return undefined;
  if (readU32(head, 24) !== crc32c(head.subarray(0, 24))) return undefined;
  const bytes = all.subarray(HEAD_BYTES, HEAD_BYTES + readU32(head, 16));
  if (bytes.length < readU32(head, 16) || crc32c(bytes) !== readU32(head, 20)) return undefined;
  return { offset: Number(readU64(head, 8)), bytes };
}
