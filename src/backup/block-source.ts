/**
 * Bytes of a disk for programs that read small things in many places:
 *
 *   readBytes, readMany ─→ pages of 16 KiB ─→ cache (bounded, least recently used goes first)
 *                                          └→ runs of missing pages, one read() each ─→ BlockSource
 *
 * A read is a network round trip, so neighbouring pages come in one read, and several reads are
 * in flight at once.
 */

/** A disk's logical blocks. Several reads may be in flight at once. */
export interface BlockSource {
  readonly blockBytes: number;
  readonly blockCount: number;
  /** Exactly `count` blocks from `lba` on. Rejects if the device cannot give them. */
  read(lba: number, count: number): Promise<Uint8Array>;
}

/** Bytes of the disk, counted from its first one. */
export interface ByteRange {
  readonly offset: number;
  readonly byteLength: number;
}

/** Bounds of a `ByteReader`, in bytes, and how many reads it keeps in flight. */
export interface ByteReaderLimits {
  readonly cacheBytes: number;
  readonly readBytesMax: number;
  /** Missing pages are fetched in one read if no more than this lies between them. */
  readonly gapBytesMax: number;
  readonly readsInFlightMax: number;
}

const PAGE_BYTES = 16_384;

const DEFAULT_LIMITS: ByteReaderLimits = {
  cacheBytes: 32 * 1_048_576,
  readBytesMax: 1_048_576,
  gapBytesMax: 65_536,
  readsInFlightMax: 8,
};

/** Pages that one read brings: `count` from page `first` on. */
interface Run {
  readonly first: number;
  count: number;
}

/** Where a page that is on its way will be found. */
interface Arrival {
  readonly pages: Promise<readonly Uint8Array[]>;
  readonly index: number;
}

/**
 * Reads bytes at any offset through a bounded cache.
 *
 * What it returns may be a view of the cache: it must not be written to.
 * Throws: RangeError if the range is not on the device; Error if the source gives too few bytes.
 */
export class ByteReader {
  /** Size of the device in bytes. */
  readonly byteLength: number;
  readonly #source: BlockSource;
  readonly #limits: ByteReaderLimits;
  /** Oldest first: a page that is used again moves to the end. */
  readonly #cache = new Map<number, Uint8Array>();
  readonly #arriving = new Map<number, Arrival>();
  readonly #waiting: (() => void)[] = [];
  #readsInFlight = 0;

  constructor(source: BlockSource, limits: Partial<ByteReaderLimits> = {}) {
    const byteLength = source.blockBytes * source.blockCount;
    if (!(source.blockBytes > 0) || PAGE_BYTES % source.blockBytes !== 0) {
      throw new RangeError(`Cannot read a disk: its blocks have ${source.blockBytes} bytes`);
    }
    if (!Number.isSafeInteger(byteLength)) {
      throw new RangeError(`Cannot read a disk: it has ${source.blockCount} blocks`);
    }
    this.#source = source;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.byteLength = byteLength;
  }

  async readBytes(offset: number, byteLength: number): Promise<Uint8Array> {
    const [bytes] = await this.readMany([{ offset, byteLength }]);
    return bytes!;
  }

  /** Several ranges, in the order given, with as few reads of the source as they need. */
  async readMany(ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
    const wanted = new Set<number>();
    for (const range of ranges) {
      this.#check(range);
      const end = Math.ceil((range.offset + range.byteLength) / PAGE_BYTES);
      for (let page = pageOf(range.offset); page < end; page += 1) wanted.add(page);
    }
    const pages = await this.#pages(wanted);
    return ranges.map((range) => assemble(range, pages));
  }

  /** A range past the cache, for content that is read once. Its memory is the caller's own. */
  async readUncached({ offset, byteLength }: ByteRange): Promise<Uint8Array> {
    this.#check({ offset, byteLength });
    const { blockBytes } = this.#source;
    const lba = Math.floor(offset / blockBytes);
    const end = Math.ceil((offset + byteLength) / blockBytes);
    if (byteLength === 0) return new Uint8Array(0);
    const blocks = await this.#readBlocks(lba, end - lba);
    return blocks.subarray(offset - lba * blockBytes, offset - lba * blockBytes + byteLength);
  }

  #check({ offset, byteLength }: ByteRange): void {
    const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(byteLength)
      && offset >= 0 && byteLength >= 0 && offset + byteLength <= this.byteLength;
    if (fits) return;
    throw new RangeError(
      `Cannot read ${byteLength} bytes at ${offset}: the disk has ${this.byteLength} bytes`);
  }

  async #pages(wanted: Set<number>): Promise<Map<number, Uint8Array>> {
    const pages = new Map<number, Uint8Array>();
    const missing: number[] = [];
    const shared: [number, Arrival][] = [];
    for (const page of wanted) {
      const cached = this.#cache.get(page);
      const arrival = this.#arriving.get(page);
      if (cached !== undefined) {
        pages.set(page, cached);
        this.#keep(page, cached);
      } else if (arrival !== undefined) shared.push([page, arrival]);
      else missing.push(page);
    }
    await Promise.all([
      ...this.#runsOf(missing).map(async (run) => {
        const fetched = await this.#fetch(run);
        for (const [index, bytes] of fetched.entries()) pages.set(run.first + index, bytes);
      }),
      ...shared.map(async ([page, arrival]) => {
        pages.set(page, (await arrival.pages)[arrival.index]!);
      }),
    ]);
    return pages;
  }

  #runsOf(missing: number[]): Run[] {
    const countMax = Math.max(1, Math.floor(this.#limits.readBytesMax / PAGE_BYTES));
    const gapMax = Math.floor(this.#limits.gapBytesMax / PAGE_BYTES);
    const runs: Run[] = [];
    for (const page of missing.sort((a, b) => a - b)) {
      const last = runs.at(-1);
      const near = last !== undefined && page - (last.first + last.count) <= gapMax;
      if (near && page - last.first < countMax) last.count = page - last.first + 1;
      else runs.push({ first: page, count: 1 });
    }
    return runs;
  }

  /** The pages of a run; until they are here, others who want them wait for this read. */
  #fetch({ first, count }: Run): Promise<readonly Uint8Array[]> {
    const pages = this.#readPages(first, count);
    for (let index = 0; index < count; index += 1) {
      this.#arriving.set(first + index, { pages, index });
    }
    return pages;
  }

  async #readPages(first: number, count: number): Promise<readonly Uint8Array[]> {
    const { blockBytes, blockCount } = this.#source;
    const lba = (first * PAGE_BYTES) / blockBytes;
    const lbaEnd = Math.min(((first + count) * PAGE_BYTES) / blockBytes, blockCount);
    try {
      const bytes = await this.#readBlocks(lba, lbaEnd - lba);
      // A page is a copy: a view would keep the whole run alive for as long as one page is cached.
      const pages = Array.from({ length: count }, (_, index) =>
        bytes.slice(index * PAGE_BYTES, (index + 1) * PAGE_BYTES));
      for (const [index, page] of pages.entries()) this.#keep(first + index, page);
      return pages;
    } finally {
      for (let page = first; page < first + count; page += 1) this.#arriving.delete(page);
    }
  }

  #keep(page: number, bytes: Uint8Array): void {
    this.#cache.delete(page);
    this.#cache.set(page, bytes);
    if (this.#cache.size * PAGE_BYTES <= this.#limits.cacheBytes) return;
    for (const oldest of this.#cache.keys()) {
      this.#cache.delete(oldest);
      return;
    }
  }

  async #readBlocks(lba: number, count: number): Promise<Uint8Array> {
    if (this.#readsInFlight < this.#limits.readsInFlightMax) this.#readsInFlight += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const bytes = await this.#source.read(lba, count);
      if (bytes.length === count * this.#source.blockBytes) return bytes;
      throw new Error(`Cannot read ${count} blocks at ${lba}: got ${bytes.length} bytes`);
    } finally {
      // The place goes straight to who waits longest, so that nobody slips in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#readsInFlight -= 1;
      else next();
    }
  }
}

const pageOf = (offset: number): number => Math.floor(offset / PAGE_BYTES);

function assemble(range: ByteRange, pages: Map<number, Uint8Array>): Uint8Array {
  const first = pageOf(range.offset);
  const start = range.offset - first * PAGE_BYTES;
  if (start + range.byteLength <= PAGE_BYTES) {
    return pages.get(first)?.subarray(start, start + range.byteLength) ?? new Uint8Array(0);
  }
  const bytes = new Uint8Array(range.byteLength);
  for (let at = 0; at < bytes.length;) {
    const page = pageOf(range.offset + at);
    const within = range.offset + at - page * PAGE_BYTES;
    const piece = pages.get(page)!.subarray(within, within + bytes.length - at);
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
