import { ChecksumTable } from './checksum-table.ts';
import { ExtentTable } from './extent-table.ts';
import { ENTRY_KIND } from './index-entry.ts';
import type { EntryContent } from './index-entry.ts';
import { ObjectTable, RECORD_BYTES_MAX } from './object-table.ts';

/** The rows a table may have: what keeps a tape of tiny records within about 1 GiB of memory. */
export const ROWS_MAX = 2 ** 25;

/** The largest count in an entry, and the largest offset in `data`. */
export const COUNT_MAX = 2 ** 48 - 1;

/**
 * What a partition holds, as the entries of its index tell it, one after the other.
 *
 * The same entries come from the index when a cartridge is opened and from the writer later on,
 * so there is one way only in which contents change.
 */
export class TapeContents {
  readonly objects = new ObjectTable();
  readonly extents = new ExtentTable();
  readonly checksums = new ChecksumTable();

  /** Whether every record has its place: false between an extent and the records in it. */
  get isWhole(): boolean {
    return this.extents.payloadBytes === this.objects.payloadBytes;
  }

  /** No more runs can be told apart: the medium counts as full. */
  get isFull(): boolean {
    const { objects, extents, checksums } = this;
    return Math.max(objects.rowCount, extents.rowCount, checksums.rowCount) >= ROWS_MAX;
  }

  /** Takes in an entry. Returns what is wrong with it; then nothing has changed. */
  apply(entry: EntryContent): string | undefined {
    switch (entry.kind) {
      case ENTRY_KIND.records: return this.#records(entry);
      case ENTRY_KIND.filemarks: return this.#filemarks(entry);
      case ENTRY_KIND.extent: return this.#extent(entry);
      case ENTRY_KIND.checksum: return this.#checksum(entry);
      case ENTRY_KIND.truncation: return this.#truncation(entry);
      default: return `kind ${entry.kind} is unknown`;
    }
  }

  /** Forgets what came after the last moment at which the contents were whole. */
  restore(mark: ContentsMark): void {
    this.objects.truncate(mark.objects);
    this.extents.truncate(mark.payload);
    this.checksums.truncate(mark.payload);
  }

  /** Where the objects end, to come back to. */
  mark(): ContentsMark {
    return { objects: this.objects.endOfData, payload: this.objects.payloadBytes };
  }

  #records(entry: EntryContent): string | undefined {
    const { amount, detail } = entry;
    if (detail < 1 || detail > RECORD_BYTES_MAX) return `a record of ${detail} bytes`;
    const wrong = this.#notNext(entry);
    if (wrong !== undefined) return wrong;
    if (entry.payload + amount * detail > this.extents.payloadBytes) {
      return `${amount} records of ${detail} bytes have no place in data`;
    }
    this.objects.appendRecords(amount, detail);
    return undefined;
  }

  #filemarks(entry: EntryContent): string | undefined {
    const wrong = this.#notNext(entry);
    if (wrong !== undefined) return wrong;
    this.objects.appendFilemarks(entry.amount);
    return undefined;
  }

  /** Checks that objects begin where the ones before them end. */
  #notNext({ objects, filemarks, payload, amount }: EntryContent): string | undefined {
    const now = this.objects;
    if (objects !== now.endOfData || filemarks !== now.filemarkCount
      || payload !== now.payloadBytes) {
      return `it begins at object ${objects}, filemark ${filemarks}, payload byte ${payload}, `
        + `but what is before it ends at ${now.endOfData}, ${now.filemarkCount}, `
        + `${now.payloadBytes}`;
    }
    if (amount < 1 || objects + amount > COUNT_MAX) return `a run of ${amount} objects`;
    return undefined;
  }

  #extent({ payload, amount, detail }: EntryContent): string | undefined {
    if (payload !== this.extents.payloadBytes) {
      return `an extent for payload byte ${payload}, but ${this.extents.payloadBytes} is next`;
    }
    if (amount < 1 || detail + amount > COUNT_MAX || payload + amount > COUNT_MAX) {
      return `an extent of ${amount} bytes at ${detail}`;
    }
    this.extents.append({ offset: detail, byteLength: amount });
    return undefined;
  }

  #checksum({ payload, amount, detail }: EntryContent): string | undefined {
    if (amount < 1 || payload + amount > this.extents.payloadBytes) {
      return `a checksum of ${amount} bytes at payload byte ${payload}, which is not there`;
    }
    this.checksums.append({ payloadOffset: payload, byteLength: amount, crc32c: detail });
    return undefined;
  }

  #truncation({ objects, filemarks, payload }: EntryContent): string | undefined {
    if (!this.isWhole) return 'a truncation between an extent and its records';
    const now = this.objects;
    if (objects > now.endOfData || filemarks !== now.filemarksBefore(objects)
      || payload !== now.payloadOffset(objects)) {
      return `a truncation to object ${objects}, filemark ${filemarks}, payload byte ${payload}`;
    }
    this.restore({ objects, payload });
    return undefined;
  }
}

/** A moment at which contents were whole. */
export interface ContentsMark {
  readonly objects: number;
  readonly payload: number;
}
