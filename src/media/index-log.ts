import type { OpenFile } from '../ports/files.ts';
import { ENTRY_BYTES, readEntry, writeEntry } from './index-entry.ts';
import type { EntryContent, IndexEntry } from './index-entry.ts';
import { VolumeContents } from './volume-contents.ts';

/** Entries read or written at a time: 1 MiB. */
const CHUNK_ENTRIES = 16 * 1024;

export interface LoadedIndex {
  readonly contents: VolumeContents;
  /** Entries that count: those after which the contents were whole. */
  readonly entryCount: number;
  /** Entries behind them that a crash left, a part of an entry counted as one. */
  readonly cutEntries: number;
  /** What is wrong with entries that were acknowledged, one line each. */
  readonly damage: readonly string[];
}

/**
 * Reads an index up to its first entry that is not as it was written.
 *
 * That entry was torn by a crash, unless an entry behind it says that it had been durable: then
 * the medium is damaged.
 * Throws: FileError.
 */
export async function loadIndex(file: OpenFile): Promise<LoadedIndex> {
  const loader = new Loader();
  const size = await file.size();
  const placeCount = Math.ceil(size / ENTRY_BYTES);
  const chunk = new Uint8Array(Math.min(placeCount, CHUNK_ENTRIES) * ENTRY_BYTES);
  for (let place = 0; place < placeCount;) {
    const bytes = await file.read(chunk, place * ENTRY_BYTES);
    if (bytes === 0) break;
    for (let at = 0; at < bytes; at += ENTRY_BYTES, place += 1) {
      const entry = at + ENTRY_BYTES <= bytes ? readEntry(chunk, at) : undefined;
      loader.take(place, entry?.sequence === place ? entry : undefined);
    }
  }
  return loader.finish(placeCount);
}

/** Takes in the entries in order. */
class Loader {
  readonly #contents = new VolumeContents();
  readonly #damage: string[] = [];
  #whole = this.#contents.mark();
  #entryCount = 0;
  /** Place of the first entry that is none; what is behind it no longer counts. */
  #invalid: number | undefined;

  take(place: number, entry: IndexEntry | undefined): void {
    if (this.#damage.length > 0) return;
    if (this.#invalid !== undefined) {
      if (entry !== undefined && entry.durable > this.#invalid) {
        this.#damage.push(`entry ${this.#invalid} of the index is not as it was written`);
      }
      return;
    }
    if (entry === undefined) {
      this.#invalid = place;
      return;
    }
    const wrong = this.#contents.apply(entry);
    if (wrong !== undefined) {
      this.#damage.push(`entry ${place} of the index contradicts those before it: ${wrong}`);
    } else if (this.#contents.isWhole) {
      this.#whole = this.#contents.mark();
      this.#entryCount = place + 1;
    }
  }

  finish(placeCount: number): LoadedIndex {
    this.#contents.restore(this.#whole);
    return {
      contents: this.#contents,
      entryCount: this.#entryCount,
      cutEntries: this.#damage.length > 0 ? 0 : placeCount - this.#entryCount,
      damage: this.#damage,
    };
  }
}

/** The writing end of an index. */
export class IndexLog {
  readonly #file: OpenFile;
  #entryCount: number;

  constructor(file: OpenFile, entryCount: number) {
    this.#file = file;
    this.#entryCount = entryCount;
  }

  get entryCount(): number {
    return this.#entryCount;
  }

  /**
   * Cuts off what is behind the entries that count, and makes sure that they are durable: after
   * the kill of a process they may have been in the host's memory alone.
   */
  async settle(): Promise<void> {
    const end = this.#entryCount * ENTRY_BYTES;
    if (await this.#file.size() > end) await this.#file.truncate(end);
    await this.#file.sync();
  }

  /** Appends entries whose payload is durable; returns once they are. Throws: FileError. */
  async append(entries: readonly EntryContent[]): Promise<void> {
    const durable = this.#entryCount;
    for (let from = 0; from < entries.length; from += CHUNK_ENTRIES) {
      const part = entries.slice(from, from + CHUNK_ENTRIES);
      const bytes = new Uint8Array(part.length * ENTRY_BYTES);
      part.forEach((entry, i) => {
        writeEntry(bytes, i * ENTRY_BYTES, entry, durable + from + i, durable);
      });
      await this.#file.write(bytes, (durable + from) * ENTRY_BYTES);
    }
    await this.#file.sync();
    this.#entryCount = durable + entries.length;
  }
}
