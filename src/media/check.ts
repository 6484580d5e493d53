import { crc32c } from '../bytes/crc32c.ts';
import { FileError } from '../ports/files.ts';
import { CHECKSUM_BYTES_MAX } from './checksum-table.ts';
import type { Checksum } from './checksum-table.ts';
import type { Cartridge } from './cartridge.ts';

/** Bytes read at a time; with one checksum at a time, all the memory that a check needs. */
const CHUNK_BYTES = 1024 * 1024;

/** Further problems are counted, not kept. */
const PROBLEMS_MAX = 100;

export interface CheckOptions {
  /** Computes checksums for payload that has none, and keeps them. */
  readonly scrub?: boolean;
  readonly signal?: AbortSignal;
  /** Called now and then with the payload bytes read so far, and those there are to read. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface CheckReport {
  /** One line each, the first `PROBLEMS_MAX`; none if all is well. */
  readonly problems: readonly string[];
  readonly problemCount: number;
  readonly payloadBytes: number;
  /** Payload whose bytes were compared with a checksum, whether they agreed or not. */
  readonly checkedBytes: number;
  /** Payload that got its first checksum now. */
  readonly scrubbedBytes: number;
  /** Share of the payload that has a checksum, after scrubbing; 1 on a blank tape. */
  readonly coverage: number;
}

/**
 * Verifies a cartridge: its structure (which opening it has compared: sequence, numbers, places)
 * and the payload against its checksums.
 *
 * With `scrub` the cartridge must be writable, and nobody else may be writing it. The checksums
 * are durable on return, and those already computed stay if the check is aborted.
 * Throws: the signal's reason; MediaError.
 */
export async function checkCartridge(
  cartridge: Cartridge, options: CheckOptions = {},
): Promise<CheckReport> {
  const check = new Check(cartridge, options);
  await check.run();
  return check.report();
}

type PayloadRange = Omit<Checksum, 'crc32c'>;

function* pieces(from: number, end: number): Generator<PayloadRange> {
  for (let at = from; at < end; at += CHECKSUM_BYTES_MAX) {
    yield { payloadOffset: at, byteLength: Math.min(CHECKSUM_BYTES_MAX, end - at) };
  }
}

class Check {
  readonly #cartridge: Cartridge;
  readonly #options: CheckOptions;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  readonly #problems: string[] = [];
  #problemCount = 0;
  #checkedBytes = 0;
  #scrubbedBytes = 0;
  #coveredBytes = 0;
  #doneBytes = 0;
  #totalBytes = 0;
  #payloadBytes = 0;

  constructor(cartridge: Cartridge, options: CheckOptions) {
    this.#cartridge = cartridge;
    this.#options = options;
    for (const line of cartridge.openReport.damage) this.#problem(line);
  }

  /** Partition by partition; the one that was selected is again in the end. */
  async run(): Promise<void> {
    const cartridge = this.#cartridge;
    const selected = cartridge.partition;
    const partitions = Array.from({ length: cartridge.partitionCount }, (_, i) => i);
    for (const partition of partitions) {
      cartridge.selectPartition(partition);
      for (const { byteLength } of cartridge.checksums()) this.#coveredBytes += byteLength;
      this.#payloadBytes += cartridge.usedBytes;
    }
    this.#totalBytes = this.#options.scrub ? this.#payloadBytes : this.#coveredBytes;
    try {
      for (const partition of partitions) {
        cartridge.selectPartition(partition);
        await this.#runHere();
      }
    } finally {
      cartridge.selectPartition(selected);
    }
  }

  async #runHere(): Promise<void> {
    for (const checksum of this.#cartridge.checksums()) await this.#compare(checksum);
    if (!this.#options.scrub) return;
    for (const { payloadOffset, byteLength } of this.#withoutChecksum()) {
      await this.#scrub(payloadOffset, byteLength);
    }
  }

  report(): CheckReport {
    return {
      problems: this.#problems,
      problemCount: this.#problemCount,
      payloadBytes: this.#payloadBytes,
      checkedBytes: this.#checkedBytes,
      scrubbedBytes: this.#scrubbedBytes,
      coverage: this.#payloadBytes === 0 ? 1 : this.#coveredBytes / this.#payloadBytes,
    };
  }

  #problem(line: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(line);
  }

  async #compare(checksum: Checksum): Promise<void> {
    const { payloadOffset, byteLength } = checksum;
    const found = await this.#checksumOf(payloadOffset, byteLength);
    if (found === undefined) return;
    this.#checkedBytes += byteLength;
    if (found === checksum.crc32c) return;
    this.#problem(`${this.#nameOf(payloadOffset, byteLength)} are not as they were written`);
  }

  async #scrub(payloadOffset: number, byteLength: number): Promise<void> {
    const found = await this.#checksumOf(payloadOffset, byteLength);
    if (found === undefined) return;
    this.#cartridge.appendChecksum({ payloadOffset, byteLength, crc32c: found });
    await this.#cartridge.sync();
    this.#coveredBytes += byteLength;
    this.#scrubbedBytes += byteLength;
  }

  /**
   * Pieces of payload between the checksums, none longer than a checksum may be. Those that get
   * one on the way lie behind the walk, or make a checksum longer by what lies behind it.
   */
  *#withoutChecksum(): Generator<PayloadRange> {
    let from = 0;
    for (const { payloadOffset, byteLength } of this.#cartridge.checksums()) {
      yield* pieces(from, payloadOffset);
      from = Math.max(from, payloadOffset + byteLength);
    }
    yield* pieces(from, this.#cartridge.usedBytes);
  }

  /** Returns undefined, and notes the problem, if the bytes cannot all be read. */
  async #checksumOf(payloadOffset: number, byteLength: number): Promise<number | undefined> {
    let crc = 0;
    for (const extent of this.#cartridge.extentsOfPayload(payloadOffset, byteLength)) {
      for (let done = 0; done < extent.byteLength; done += CHUNK_BYTES) {
        this.#options.signal?.throwIfAborted();
        const part = this.#chunk.subarray(0, Math.min(CHUNK_BYTES, extent.byteLength - done));
        const wrong = await this.#read(part, extent.offset + done);
        if (wrong !== undefined) {
          this.#problem(`${this.#nameOf(payloadOffset, byteLength)} cannot be read: ${wrong}`);
          return undefined;
        }
        crc = crc32c(part, crc);
        this.#doneBytes += part.length;
        this.#options.onProgress?.(this.#doneBytes, this.#totalBytes);
      }
    }
    return crc;
  }

  async #read(part: Uint8Array, offset: number): Promise<string | undefined> {
    try {
      const bytes = await this.#cartridge.data.read(part, offset);
      return bytes === part.length ? undefined : `data ends at byte ${offset + bytes}`;
    } catch (error) {
      if (error instanceof FileError) return error.message;
      throw error;
    }
  }

  #nameOf(payloadOffset: number, byteLength: number): string {
    const first = this.#cartridge.objectAtPayload(payloadOffset);
    const last = this.#cartridge.objectAtPayload(payloadOffset + byteLength - 1);
    const { partition } = this.#cartridge;
    const objects = partition === 0 ? 'Objects' : `Partition ${partition}, objects`;
    return `${objects} ${first} to ${last} (payload bytes ${payloadOffset} to `
      + `${payloadOffset + byteLength - 1})`;
  }
}
