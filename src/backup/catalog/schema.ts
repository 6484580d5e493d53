/**
 * The catalog's database:
 *
 *   volumes   a tape, by the identity in its label
 *   sets      a backup: its header and trailer as the tape has them, state, reason
 *   blocks    disk → stream, CHUNK_RANGES in a row, found by the first range's place
 *   inodes    one row a file, however many names it has
 *   extents   a file's content → disk, CHUNK_RANGES in a row
 *   names     (folder, name) → inode: a path is looked up name by name, a folder listed in order
 *   staged    records of the maps, ready for the tape, while a backup runs
 *
 * Bodies are the items' own encoding (map/item.ts): a set is written to the tape and read from it
 * without another form in between.
 */
import type Database from 'better-sqlite3';

/** Goes up with every change that an older program cannot read. */
export const SCHEMA_VERSION = 1;

/** `SFCT`: tells a catalog from any other SQLite file. */
const APPLICATION_ID = 0x53464354;

const TABLES = `
  CREATE TABLE volumes (
    volume TEXT PRIMARY KEY, name TEXT NOT NULL, barcode TEXT, designator TEXT,
    created_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sets (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
    volume TEXT NOT NULL REFERENCES volumes, started_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'failed')), reason TEXT,
    header TEXT NOT NULL, trailer TEXT
  ) STRICT;
  CREATE TABLE blocks (
    set_number INTEGER NOT NULL, disk_offset INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (set_number, disk_offset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE inodes (
    set_number INTEGER NOT NULL, inode INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (set_number, inode)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE extents (
    set_number INTEGER NOT NULL, inode INTEGER NOT NULL, logical_offset INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (set_number, inode, logical_offset)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE names (
    set_number INTEGER NOT NULL, folder INTEGER NOT NULL, name TEXT NOT NULL,
    inode INTEGER NOT NULL, PRIMARY KEY (set_number, folder, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE staged (
    number INTEGER PRIMARY KEY, set_number INTEGER NOT NULL, record BLOB NOT NULL
  ) STRICT;
`;

/** Tables that hold the maps of a set, a row an item. */
export const MAP_TABLES = ['blocks', 'inodes', 'extents', 'names'] as const;

/**
 * Makes the tables of a new catalog, or checks those of an old one.
 *
 * Throws: Error if the file is no catalog or a later program's.
 */
export function prepareSchema(database: Database.Database, path: string): void {
  database.pragma('journal_mode = WAL');
  database.pragma('foreign_keys = ON');
  const version = database.pragma('user_version', { simple: true });
  const application = database.pragma('application_id', { simple: true });
  const tables = database.prepare('SELECT count(*) FROM sqlite_master').pluck().get();
  if (application === 0 && version === 0 && tables === 0) {
    database.transaction(() => {
      database.exec(TABLES);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
    return;
  }
  if (application !== APPLICATION_ID) {
    throw new Error(`Cannot open the catalog ${path}: it is a database of another program`);
  }
  if (version !== SCHEMA_VERSION) {
    throw new Error(`Cannot open the catalog ${path}: it has schema ${version}, this program knows `
      + `${SCHEMA_VERSION}; use the program that wrote it, or rebuild it from the tapes`);
  }
}
