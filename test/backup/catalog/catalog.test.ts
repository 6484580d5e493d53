import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalog } from '../../../src/backup/catalog/catalog.ts';
import { SCHEMA_VERSION } from '../../../src/backup/catalog/schema.ts';
import type { SetHeader, SetTrailer } from '../../../src/backup/tape/description.ts';

const header = (set: string, label = 'nightly', startedMs = 1): SetHeader => ({
  format: 1, set, label, volume: 'v1', tapeFile: 1, startedMs, mover: 'xcopy', recordBytes: 262_144,
  source: { vendor: 'V', product: 'P', serial: 'S', designator: '00', blockBytes: 512,
    blockCount: 1000 } });
const trailer = (set: string): SetTrailer => ({
  format: 1, set, finishedMs: 2, headerObject: 3, dataObject: 6, mapObject: 8, dataRecords: 1,
  mapRecords: 1, dataBytes: 512, fileCount: 0 });
const volume = { format: 1, volume: 'v1', name: 'TAPE01', barcode: 'TAPE01L6', createdMs: 1 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serverfree-catalog-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('Catalog.open', () => {
  it('finds what was written before', () => {
    const path = join(folder, 'catalog');
    const first = Catalog.open(path);
    first.putVolume(volume, 'abcd');
    const number = first.beginSet(header('a'));
    const writer = first.writer(number);
    writer.add({ kind: 'name', folder: 0, name: '', inode: 2 });
    writer.flush();
    first.completeSet(number, trailer('a'));
    first.close();
    const again = Catalog.open(path);
    expect(again.findSet('a')).toEqual({
      number, id: 'a', label: 'nightly', volume: 'v1', state: 'complete', reason: undefined,
      header: header('a'), trailer: trailer('a') });
    expect(again.volume('v1')).toEqual({
      volume: 'v1', name: 'TAPE01', barcode: 'TAPE01L6', designator: 'abcd', createdMs: 1 });
    expect(again.itemCount(number)).toBe(1);
    again.close();
  });

  it('refuses a newer schema, and says what to do', () => {
    const path = join(folder, 'catalog');
    Catalog.open(path).close();
    const database = new Database(path);
    database.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    expect(() => Catalog.open(path)).toThrow(
      `${path}: it has schema ${SCHEMA_VERSION + 1}, this program knows ${SCHEMA_VERSION}; use`);
  });

  it('refuses databases of others and files that are none, and changes neither', () => {
    const other = join(folder, 'other');
    const database = new Database(other);
    database.exec('CREATE TABLE t (a)');
    database.close();
    expect(() => Catalog.open(other)).toThrow(/a database of another program/);
    const text = join(folder, 'text');
    writeFileSync(text, 'no database at all, '.repeat(100));
    expect(() => Catalog.open(text)).toThrow(`Cannot open the catalog ${text}:`);
    expect(() => Catalog.open(join(folder, 'none', 'catalog'))).toThrow(/Cannot open the catalog/);
  });
});

describe('Catalog', () => {
  it('finds a set by its id before its label, and the newest complete one by label', () => {
    const catalog = Catalog.open(':memory:');
    catalog.putVolume(volume, undefined);
    const numbers = ['a', 'b', 'c'].map((id, i) => catalog.beginSet(header(id, 'nightly', i)));
    catalog.completeSet(numbers[0]!, trailer('a'));
    catalog.completeSet(numbers[1]!, trailer('b'));
    catalog.failSet(numbers[2]!, 'no tape');
    catalog.beginSet(header('d', 'a', 9));
    expect(catalog.findSet('nightly')!.id).toBe('b');
    expect(catalog.findSet('a')!.id).toBe('a');
    expect(catalog.findSet('c')).toMatchObject({ state: 'failed', reason: 'no tape' });
    expect(catalog.findSet('none')).toBeUndefined();
  });

  it('finds the range of a byte in any chunk, and none between ranges', () => {
    const catalog = Catalog.open(':memory:');
    catalog.putVolume(volume, undefined);
    const number = catalog.beginSet(header('a'));
    const range = (index: number) =>
      ({ diskOffset: index * 4096, byteLength: 1024, streamOffset: index * 1024 });
    const writer = catalog.writer(number);
    for (let chunk = 0; chunk < 5; chunk += 1) {
      const ranges = Array.from({ length: 10 }, (_, i) => range(chunk * 10 + i));
      writer.add({ kind: 'blocks', ranges });
    }
    writer.flush();
    for (const index of [0, 9, 10, 49, 23, 22, 0]) {
      expect(catalog.rangeAt(number, index * 4096 + 1023)).toEqual(range(index));
      expect(catalog.rangeAt(number, index * 4096 + 1024)).toBeUndefined();
    }
    expect([...catalog.blockMap(number)]).toEqual(Array.from({ length: 50 }, (_, i) => range(i)));
    expect(catalog.rangeAt(number + 1, 0)).toBeUndefined();
  });

  it('keeps staged records in their order until the set is complete', () => {
    const catalog = Catalog.open(':memory:');
    catalog.putVolume(volume, undefined);
    const [a, b] = [catalog.beginSet(header('a')), catalog.beginSet(header('b'))];
    for (const [number, byte] of [[a, 1], [b, 2], [a, 3]] as const) {
      const writer = catalog.writer(number);
      writer.stage(Uint8Array.of(byte));
      writer.flush();
    }
    const staged = (number: number) => Array.from(catalog.stagedRecords(number), ([byte]) => byte);
    expect([staged(a), staged(b)]).toEqual([[1, 3], [2]]);
    catalog.completeSet(a, trailer('a'));
    catalog.failSet(b, 'cut off');
    expect([staged(a), staged(b)]).toEqual([[], []]);
  });

  it('forgets a set without touching another', () => {
    const catalog = Catalog.open(':memory:');
    catalog.putVolume(volume, undefined);
    const [a, b] = [catalog.beginSet(header('a')), catalog.beginSet(header('b'))];
    for (const number of [a, b]) {
      const writer = catalog.writer(number);
      writer.add({ kind: 'name', folder: 0, name: 'x', inode: 2 });
      writer.flush();
    }
    catalog.removeSet(a);
    expect(catalog.findSet('a')).toBeUndefined();
    expect([catalog.itemCount(a), catalog.itemCount(b)]).toEqual([0, 1]);
  });

  it('tells an item from one that only has its key', () => {
    const catalog = Catalog.open(':memory:');
    catalog.putVolume(volume, undefined);
    const number = catalog.beginSet(header('a'));
    const writer = catalog.writer(number);
    writer.add({ kind: 'name', folder: 2, name: 'x', inode: 12 });
    writer.flush();
    expect(catalog.hasItem(number, { kind: 'name', folder: 2, name: 'x', inode: 12 })).toBe(true);
    expect(catalog.hasItem(number, { kind: 'name', folder: 2, name: 'x', inode: 13 })).toBe(false);
  });
});
