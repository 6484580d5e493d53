/** What is on which tape. One file; the only part of the program that knows SQL. */
import Database from 'better-sqlite3';
import type { InodeRecord, MapItem } from '../map/item.ts';
import { decodeInode, encodeInode } from '../map/item.ts';
import {
  decodeExtents, decodePlacedRanges, encodeExtents, encodePlacedRanges, type Extent,
  type PlacedRange,
} from '../map/ranges.ts';
import type { SetHeader, SetTrailer, VolumeDescription } from '../tape/description.ts';
import { MAP_TABLES, prepareSchema } from './schema.ts';

export type SetState = 'running' | 'complete' | 'failed';

/** A backup, as the catalog knows it. */
export interface SetRow {
  /** Key of the set's maps within this catalog. */
  readonly number: number;
  readonly id: string;
  readonly label: string;
  readonly volume: string;
  readonly state: SetState;
  /** Why it failed, and how to go on. */
  readonly reason: string | undefined;
  readonly header: SetHeader;
  readonly trailer: SetTrailer | undefined;
}

export interface VolumeRow {
  readonly volume: string;
  readonly name: string;
  readonly barcode: string | undefined;
  /** Of the drive that had it last, hexadecimal. */
  readonly designator: string | undefined;
  readonly createdMs: number;
}

export interface NameRow {
  readonly name: string;
  readonly inode: number;
}

/** Folder of the root's own name, which is empty. */
const NO_FOLDER = 0;

/** Items that one transaction takes in: enough to make it cheap, few enough to hold. */
const BATCH_ITEMS = 4096;

interface RawSet {
  number: number; id: string; label: string; volume: string; state: SetState;
  reason: string | null; header: string; trailer: string | null;
}

export class Catalog {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  /** The part of a block map that was looked at last. */
  #chunk: { readonly setNumber: number; readonly ranges: readonly PlacedRange[] } | undefined;

  private constructor(path: string, database: Database.Database) {
    this.path = path;
    this.#database = database;
  }

  /** Opens a catalog, or makes one (`:memory:` for tests). Throws: Error that names the file. */
  static open(path: string): Catalog {
    let database: Database.Database | undefined;
    try {
      database = new Database(path);
      prepareSchema(database, path);
      return new Catalog(path, database);
    } catch (error) {
      database?.close();
      if (!(error instanceof Database.SqliteError || error instanceof TypeError)) throw error;
      throw new Error(`Cannot open the catalog ${path}: ${error.message}`);
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Takes a volume in, or what has become known of it. */
  putVolume(volume: VolumeDescription, designator: string | undefined): void {
    this.#sql(`INSERT INTO volumes VALUES (?, ?, ?, ?, ?) ON CONFLICT (volume)
      DO UPDATE SET designator = excluded.designator`)
      .run(volume.volume, volume.name, volume.barcode ?? null, designator ?? null,
        volume.createdMs);
  }

  volume(id: string): VolumeRow | undefined {
    const row = this.#sql('SELECT * FROM volumes WHERE volume = ?').get(id);
    return row === undefined ? undefined : volumeRow(row as RawVolume); // columns of the table
  }

  volumes(): VolumeRow[] {
    const rows = this.#sql('SELECT * FROM volumes ORDER BY created_ms, volume').all();
    return rows.map((row) => volumeRow(row as RawVolume)); // columns of the table
  }

  /** Begins a set; its volume must be known. Returns the set's number. */
  beginSet(header: SetHeader): number {
    const { lastInsertRowid } = this.#sql(`INSERT INTO sets
      (id, label, volume, started_ms, state, header) VALUES (?, ?, ?, ?, 'running', ?)`)
      .run(header.set, header.label, header.volume, header.startedMs, JSON.stringify(header));
    return Number(lastInsertRowid);
  }

  /** What has become known of a set since it was begun. */
  updateHeader(number: number, header: SetHeader): void {
    this.#sql('UPDATE sets SET header = ? WHERE number = ?').run(JSON.stringify(header), number);
  }

  completeSet(number: number, trailer: SetTrailer): void {
    this.#database.transaction(() => {
      this.#sql(`UPDATE sets SET state = 'complete', reason = NULL, trailer = ? WHERE number = ?`)
        .run(JSON.stringify(trailer), number);
      this.#removeStaged(number);
    })();
  }

  /** Marks a set as failed and forgets its maps: nothing can be restored by them. */
  failSet(number: number, reason: string): void {
    this.#database.transaction(() => {
      this.#sql(`UPDATE sets SET state = 'failed', reason = ? WHERE number = ?`)
        .run(reason, number);
      this.#removeMaps(number);
    })();
  }

  /** Forgets a set altogether. */
  removeSet(number: number): void {
    this.#database.transaction(() => {
      this.#removeMaps(number);
      this.#sql('DELETE FROM sets WHERE number = ?').run(number);
    })();
  }

  #removeMaps(number: number): void {
    this.#chunk = undefined;
    for (const table of MAP_TABLES) {
      this.#sql(`DELETE FROM ${table} WHERE set_number = ?`).run(number);
    }
    this.#removeStaged(number);
  }

  #removeStaged(number: number): void {
    this.#sql('DELETE FROM staged WHERE set_number = ?').run(number);
  }

  /** The records that were staged, in their order. */
  *stagedRecords(setNumber: number): Generator<Uint8Array, void, undefined> {
    const next = this.#sql(`SELECT number, record FROM staged WHERE set_number = ? AND number > ?
      ORDER BY number LIMIT 1`);
    for (let after = 0; ;) {
      const row = next.get(setNumber, after) as { number: number; record: Uint8Array } | undefined;
      if (row === undefined) return;
      yield row.record;
      after = row.number;
    }
  }

  /** All sets, oldest first. */
  sets(): SetRow[] {
    const rows = this.#sql('SELECT * FROM sets ORDER BY started_ms, number').all();
    return rows.map((row) => setRow(row as RawSet)); // columns of the table
  }

  /** The set with an id; else the newest complete one with that label. */
  findSet(name: string): SetRow | undefined {
    const row = this.#sql('SELECT * FROM sets WHERE id = ?').get(name)
      ?? this.#sql(`SELECT * FROM sets WHERE label = ? ORDER BY state = 'complete' DESC,
        started_ms DESC, number DESC LIMIT 1`).get(name);
    return row === undefined ? undefined : setRow(row as RawSet); // columns of the table
  }

  /** Collects items and takes them in, many in a transaction. */
  writer(setNumber: number): CatalogWriter {
    return new CatalogWriter((items, records) => this.#insert(setNumber, items, records));
  }

  /** The inode that a path names; undefined if the set has no such path. */
  lookup(setNumber: number, path: string): InodeRecord | undefined {
    const names = ['', ...path.split('/').filter((name) => name !== '')];
    let inode = NO_FOLDER;
    for (const name of names) {
      const found = this.#sql(
        'SELECT inode FROM names WHERE set_number = ? AND folder = ? AND name = ?')
        .pluck().get(setNumber, inode, name);
      if (found === undefined) return undefined;
      inode = found as number; // INTEGER
    }
    return this.inode(setNumber, inode);
  }

  inode(setNumber: number, inode: number): InodeRecord | undefined {
    const body = this.#sql('SELECT body FROM inodes WHERE set_number = ? AND inode = ?')
      .pluck().get(setNumber, inode);
    return body === undefined ? undefined : decodeInode(body as Uint8Array); // BLOB
  }

  /** The names in a folder, in the order of their bytes. */
  folder(setNumber: number, inode: number): NameRow[] {
    return this.#sql(
      'SELECT name, inode FROM names WHERE set_number = ? AND folder = ? ORDER BY name')
      .all(setNumber, inode) as NameRow[]; // the columns named
  }

  /** Where a file's content was on the disk, ascending by its place in the file. */
  extents(setNumber: number, inode: number): Extent[] {
    const bodies = this.#sql(`SELECT body FROM extents WHERE set_number = ? AND inode = ?
      ORDER BY logical_offset`).pluck().all(setNumber, inode) as Uint8Array[]; // BLOB
    return bodies.flatMap(decodeExtents);
  }

  /** Every range of the set in the stream's order. */
  *blockMap(setNumber: number): Generator<PlacedRange, void, undefined> {
    // A chunk at a time: an open cursor would lock out writes for as long as the caller, who may
    // wait for a tape, takes to read it.
    const next = this.#sql(`SELECT disk_offset, body FROM blocks WHERE set_number = ?
      AND disk_offset > ? ORDER BY disk_offset LIMIT 1`);
    for (let after = -1; ;) {
      const row = next.get(setNumber, after) as RawBlocks | undefined; // the columns named
      if (row === undefined) return;
      yield* decodePlacedRanges(row.body);
      after = row.disk_offset;
    }
  }

  /** The range that holds a byte of the disk; undefined if the set has not got that byte. */
  rangeAt(setNumber: number, diskOffset: number): PlacedRange | undefined {
    const known = this.#chunk;
    const near = known?.setNumber === setNumber && within(known.ranges, diskOffset);
    const ranges = near ? known.ranges : this.#chunkAt(setNumber, diskOffset);
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { diskOffset: from, byteLength } = ranges[middle]!;
      if (from + byteLength <= diskOffset) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low];
    return found !== undefined && found.diskOffset <= diskOffset ? found : undefined;
  }

  /** Look-ups come in the order of the disk, so the next one is mostly in the same chunk. */
  #chunkAt(setNumber: number, diskOffset: number): readonly PlacedRange[] {
    const body = this.#sql(`SELECT body FROM blocks WHERE set_number = ? AND disk_offset <= ?
      ORDER BY disk_offset DESC LIMIT 1`).pluck().get(setNumber, diskOffset);
    const ranges = body === undefined ? [] : decodePlacedRanges(body as Uint8Array); // BLOB
    this.#chunk = { setNumber, ranges };
    return ranges;
  }

  /** How many items the maps of a set have. */
  itemCount(setNumber: number): number {
    return MAP_TABLES.reduce((sum, table) => sum + Number(
      this.#sql(`SELECT count(*) FROM ${table} WHERE set_number = ?`).pluck().get(setNumber)), 0);
  }

  /** Whether the maps of a set have just this item. */
  hasItem(setNumber: number, item: MapItem): boolean {
    const { table, key, value } = rowOf(item);
    const match = [...key, value].map(({ column }) => `${column} = ?`).join(' AND ');
    return this.#sql(`SELECT 1 FROM ${table} WHERE set_number = ? AND ${match}`)
      .get(setNumber, ...[...key, value].map((field) => field.value)) !== undefined;
  }

  #insert(
    setNumber: number, items: readonly MapItem[], records: readonly Uint8Array[]): void {
    this.#database.transaction(() => {
      for (const item of items) this.#insertItem(setNumber, item);
      for (const record of records) {
        this.#sql('INSERT INTO staged (set_number, record) VALUES (?, ?)').run(setNumber, record);
      }
    })();
  }

  /** Of two items with one key, the first counts. */
  #insertItem(setNumber: number, item: MapItem): void {
    const { table, key, value } = rowOf(item);
    const columns = [...key, value].map(({ column }) => column).join(', ');
    const places = [...key, value].map(() => '?').join(', ');
    this.#sql(`INSERT OR IGNORE INTO ${table} (set_number, ${columns}) VALUES (?, ${places})`)
      .run(setNumber, ...[...key, value].map((field) => field.value));
  }

  #sql(text: string): Database.Statement {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }
}

type Insert = (items: readonly MapItem[], records: readonly Uint8Array[]) => void;

/** Takes items in for one set; what was added is in the catalog after `flush()`. */
export class CatalogWriter {
  readonly #insert: Insert;
  #items: MapItem[] = [];
  #records: Uint8Array[] = [];

  constructor(insert: Insert) {
    this.#insert = insert;
  }

  add(item: MapItem): void {
    this.#items.push(item);
    if (this.#items.length >= BATCH_ITEMS) this.flush();
  }

  /** Keeps a record for the tape until the set is complete. */
  stage(record: Uint8Array): void {
    this.#records.push(record);
  }

  flush(): void {
    const [items, records] = [this.#items, this.#records];
    this.#items = [];
    this.#records = [];
    if (items.length + records.length > 0) this.#insert(items, records);
  }
}

/** Whether a byte lies between the beginning of the first range and the end of the last. */
function within(ranges: readonly PlacedRange[], diskOffset: number): boolean {
  const [first, last] = [ranges[0], ranges.at(-1)];
  return first !== undefined && last !== undefined && first.diskOffset <= diskOffset
    && diskOffset < last.diskOffset + last.byteLength;
}

interface Field {
  readonly column: string;
  readonly value: number | string | Uint8Array;
}

/** Where an item belongs. */
interface ItemRow {
  readonly table: (typeof MAP_TABLES)[number];
  readonly key: readonly Field[];
  readonly value: Field;
}

function rowOf(item: MapItem): ItemRow {
  const field = (column: string, value: Field['value']): Field => ({ column, value });
  switch (item.kind) {
    case 'blocks':
      return {
        table: 'blocks', key: [field('disk_offset', item.ranges[0]?.diskOffset ?? 0)],
        value: field('body', encodePlacedRanges(item.ranges)) };
    case 'inode':
      return {
        table: 'inodes', key: [field('inode', item.inode.number)],
        value: field('body', encodeInode(item.inode)) };
    case 'extents':
      return {
        table: 'extents',
        key: [field('inode', item.inode),
          field('logical_offset', item.extents[0]?.logicalOffset ?? 0)],
        value: field('body', encodeExtents(item.extents)) };
    case 'name':
      return {
        table: 'names', key: [field('folder', item.folder), field('name', item.name)],
        value: field('inode', item.inode) };
  }
}

interface RawBlocks {
  disk_offset: number; body: Uint8Array;
}

interface RawVolume {
  volume: string; name: string; barcode: string | null; designator: string | null;
  created_ms: number;
}

const volumeRow = (row: RawVolume): VolumeRow => ({
  volume: row.volume, name: row.name, barcode: row.barcode ?? undefined,
  designator: row.designator ?? undefined, createdMs: row.created_ms,
});

const setRow = (row: RawSet): SetRow => ({
  number: row.number, id: row.id, label: row.label, volume: row.volume, state: row.state,
  reason: row.reason ?? undefined,
  header: JSON.parse(row.header) as SetHeader, // written by beginSet
  trailer: row.trailer === null ? undefined : JSON.parse(row.trailer) as SetTrailer,
});
