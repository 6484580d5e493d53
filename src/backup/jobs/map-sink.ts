/**
 * Where the maps of a backup go as they become known:
 *
 *   items, placed ranges ─┬→ catalog, to look things up by
 *                         └→ records for the tape, kept in the catalog until the data is there
 */
import type { Catalog, CatalogWriter } from '../catalog/catalog.ts';
import type { MapItem } from '../map/item.ts';
import { CHUNK_RANGES, type PlacedRange, RangeJoiner } from '../map/ranges.ts';
import { MapRecordWriter, type RecordBounds } from '../map/stream.ts';

export class MapSink {
  readonly #writer: CatalogWriter;
  readonly #records: MapRecordWriter;
  readonly #joiner = new RangeJoiner((range) => this.#take(range));
  #ranges: PlacedRange[] = [];
  #dataBytes = 0;

  constructor(catalog: Catalog, setNumber: number, bounds: RecordBounds) {
    const writer = catalog.writer(setNumber);
    this.#writer = writer;
    this.#records = new MapRecordWriter(bounds, (record) => writer.stage(record));
  }

  /** Bytes of all ranges that were placed. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  add(item: MapItem): void {
    this.#writer.add(item);
    this.#records.add(item);
  }

  /** Takes a range in, joined with its neighbours. */
  place(range: PlacedRange): void {
    this.#dataBytes += range.byteLength;
    this.#joiner.add(range);
  }

  /** Everything so far is in the catalog when this returns. */
  flush(): void {
    this.#writer.flush();
  }

  /** Ends the maps. Returns how many records there are. */
  finish(): number {
    this.#joiner.finish();
    this.#addRanges();
    const recordCount = this.#records.finish();
    this.#writer.flush();
    return recordCount;
  }

  #take(range: PlacedRange): void {
    this.#ranges.push(range);
    if (this.#ranges.length === CHUNK_RANGES) this.#addRanges();
  }

  #addRanges(): void {
    if (this.#ranges.length > 0) this.add({ kind: 'blocks', ranges: this.#ranges });
    this.#ranges = [];
  }
}
