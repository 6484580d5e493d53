import { combined } from './checksum-table.ts';
import { ENTRY_KIND } from './index-entry.ts';
import type { EntryContent } from './index-entry.ts';

/**
 * Entries that wait for the next sync. What grew since the last one is merged, so that a run of a
 * million records is written as one entry.
 *
 * Extents and checksums are written in front of the records that lie in them: a torn tail then
 * ends either before all of them or behind records whose payload is there.
 */
export class PendingEntries {
  #sealed: EntryContent[] = [];
  #extents: EntryContent[] = [];
  #checksums: EntryContent[] = [];
  #objects: EntryContent[] = [];

  get count(): number {
    return this.#sealed.length + this.#extents.length + this.#checksums.length
      + this.#objects.length;
  }

  add(entry: EntryContent): void {
    if (entry.kind === ENTRY_KIND.truncation) this.#seal(entry);
    else if (entry.kind === ENTRY_KIND.extent) addMerged(this.#extents, entry, mergeExtents);
    else if (entry.kind === ENTRY_KIND.checksum) addMerged(this.#checksums, entry, mergeChecksums);
    else addMerged(this.#objects, entry, mergeObjects);
  }

  /** What was appended before a truncation stays in front of it. */
  #seal(truncation: EntryContent): void {
    this.#sealed = [...this.take(), truncation];
  }

  /** Hands over the entries in the order in which they are to be written. */
  take(): EntryContent[] {
    const entries = this.#sealed.concat(this.#extents, this.#checksums, this.#objects);
    this.#sealed = [];
    this.#extents = [];
    this.#checksums = [];
    this.#objects = [];
    return entries;
  }
}

type Merge = (first: EntryContent, second: EntryContent) => EntryContent | undefined;

function addMerged(entries: EntryContent[], entry: EntryContent, merge: Merge): void {
  const last = entries.at(-1);
  const both = last?.partition === entry.partition ? merge(last, entry) : undefined;
  if (both === undefined) entries.push(entry);
  else entries[entries.length - 1] = both;
}

const mergeObjects: Merge = (first, second) =>
  first.kind === second.kind && first.detail === second.detail
    ? { ...first, amount: first.amount + second.amount }
    : undefined;

const mergeExtents: Merge = (first, second) =>
  first.detail + first.amount === second.detail
    ? { ...first, amount: first.amount + second.amount }
    : undefined;

const mergeChecksums: Merge = (first, second) => {
  const both = combined(asChecksum(first), asChecksum(second));
  return both && { ...first, amount: both.byteLength, detail: both.crc32c };
};

const asChecksum = ({ payload, amount, detail }: EntryContent) =>
  ({ payloadOffset: payload, byteLength: amount, crc32c: detail });
