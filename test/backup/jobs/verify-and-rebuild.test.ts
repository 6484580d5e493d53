import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../src/backup/catalog/catalog.ts';
import { listFolder, showCatalog } from '../../../src/backup/jobs/listing.ts';
import { rebuildCatalog } from '../../../src/backup/jobs/rebuild.ts';
import { restoreVolume } from '../../../src/backup/jobs/restore-volume.ts';
import { verify } from '../../../src/backup/jobs/verify.ts';
import { noMkfs } from '../support/ext4-image.ts';
import type { FakeTape } from '../support/fake-devices.ts';
import { jobWorld, type JobWorld } from '../support/job-world.ts';
import { patternBytes } from '../support/world.ts';

const rebuild = (w: JobWorld, catalog: Catalog) =>
  rebuildCatalog(w.context, { tape: w.tapeUnit, catalog });

/** Everything a catalog can tell of a set: blocks, names, inodes, extents. */
function contentsOf(catalog: Catalog, id: string) {
  const { number } = catalog.findSet(id)!;
  const files = (inode: number): unknown[] => catalog.folder(number, inode).map((name) => ({
    name, inode: catalog.inode(number, name.inode), extents: catalog.extents(number, name.inode),
    files: name.inode === inode ? [] : files(name.inode) }));
  return {
    blocks: [...catalog.blockMap(number)], files: files(0), count: catalog.itemCount(number) };
}

/** Changes a byte of a record. */
function damage(tape: FakeTape, object: number, at: number): void {
  const record = tape.objects[object] as Uint8Array; // the test says that it is one
  record[at]! ^= 0x10;
}

describe.skipIf(noMkfs)('rebuildCatalog', () => {
  it('finds every set again, and the same in them', async () => {
    const w = jobWorld();
    const first = await w.backUp('xcopy', undefined, 'monday');
    w.disk.bytes.set(patternBytes(4096, 99), w.disk.bytes.length - 8192);
    const second = await w.backUp('host', undefined, 'tuesday');
    const fresh = Catalog.open(':memory:');
    const report = await rebuild(w, fresh);
    expect(report.sets.map(({ label, outcome }) => [label, outcome]))
      .toEqual([['monday', 'added'], ['tuesday', 'added']]);
    for (const { set } of [first, second]) {
      const [before, after] = [w.catalog.findSet(set)!, fresh.findSet(set)!];
      expect({ ...after, number: 0 }).toEqual({ ...before, number: 0 });
      expect(contentsOf(fresh, set)).toEqual(contentsOf(w.catalog, set));
    }
    expect(showCatalog(fresh)).toEqual(showCatalog(w.catalog));
    const image = w.disk.bytes.slice();
    w.disk.bytes = new Uint8Array(image.length);
    await restoreVolume(w.context, { disk: w.source, tape: w.tapeUnit, catalog: fresh,
      set: 'monday', mover: 'xcopy' });
    w.disk.bytes.set(image.subarray(image.length - 8192, image.length - 4096), image.length - 8192);
    expect(Buffer.compare(w.disk.bytes, image)).toBe(0);
  });

  it('reads no data records', async () => {
    const w = jobWorld();
    await w.backUp();
    const report = await rebuild(w, Catalog.open(':memory:'));
    expect(report.client.dataBytes).toBe(0);
    expect(report.client.metadataBytes).toBeLessThan(200_000);
  });

  it('leaves what the catalog has', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const report = await rebuild(w, w.catalog);
    expect(report.sets).toEqual([{ id: set, label: 'testdisk', outcome: 'known' }]);
  });

  it('takes a set that ended well after all', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const contents = contentsOf(w.catalog, set);
    w.catalog.failSet(w.catalog.findSet(set)!.number, 'the connection was lost');
    expect((await rebuild(w, w.catalog)).sets[0]).toMatchObject({ id: set, outcome: 'added' });
    expect(contentsOf(w.catalog, set)).toEqual(contents);
  });

  it('says which record of a map is damaged, and goes on with the next set', async () => {
    const w = jobWorld();
    const { set } = await w.backUp('xcopy', undefined, 'one');
    await w.backUp('xcopy', undefined, 'two');
    const { mapObject } = w.catalog.findSet(set)!.trailer!;
    damage(w.tape, mapObject, 100);
    const fresh = Catalog.open(':memory:');
    const report = await rebuild(w, fresh);
    expect(report.sets.map(({ outcome }) => outcome)).toEqual(['damaged', 'added']);
    expect(report.sets[0]!.problem).toMatch(new RegExp(`record ${mapObject}: its CRC is wrong`));
    expect(fresh.findSet(set)).toMatchObject({ state: 'failed' });
  });

  it('passes over a header that cannot be read', async () => {
    const w = jobWorld();
    await w.backUp('xcopy', undefined, 'one');
    await w.backUp('xcopy', undefined, 'two');
    damage(w.tape, 4, 40); // VOL1, volume, filemark, HDR1, header
    const report = await rebuild(w, Catalog.open(':memory:'));
    expect(report.sets.map(({ label }) => label)).toEqual(['two']);
    expect(report.notes.join()).toMatch(/object 4: its CRC is wrong/);
  });

  it('refuses blank tapes and those of others', async () => {
    const w = jobWorld();
    await expect(rebuild(w, w.catalog)).rejects.toThrow(/is blank/);
    w.tape.objects = [new Uint8Array(80).fill(0x41), 'filemark'];
    await expect(rebuild(w, w.catalog)).rejects.toThrow(/another program has written/);
    await expect(w.backUp()).rejects.toThrow(/another program has written/);
    expect(w.tape.objects).toHaveLength(2);
  });
});

describe.skipIf(noMkfs)('a set that was cut off', () => {
  it('is told as incomplete wherever it was cut, and the older one stays whole', async () => {
    const w = jobWorld();
    const { set: older } = await w.backUp();
    const end = w.tape.objects.length;
    await w.backUp();
    const whole = w.tape.objects.slice();
    const cuts = [end + 1, end + 2, end + 3, end + 4, end + 6, whole.length - 5, whole.length - 3,
      whole.length - 2];
    for (const cut of cuts) {
      w.tape.objects = whole.slice(0, cut);
      const { set: next } = await w.backUp('xcopy', undefined, 'next');
      const fresh = Catalog.open(':memory:');
      const { sets } = await rebuild(w, fresh);
      const outcomes = sets.map(({ outcome }) => outcome);
      // With its label alone, a set cannot even be named.
      const between = cut === end + 1 ? [] : ['incomplete'];
      expect(outcomes).toEqual(['added', ...between, 'added']);
      expect(sets[0]!.id).toBe(older);
      expect(sets.at(-1)!.id).toBe(next);
      const checked = await verify(w.context, { tape: w.tapeUnit, catalog: fresh, set: next });
      expect(checked.problems).toEqual([]);
    }
  });

  it('counts as complete when only its last filemark is missing', async () => {
    const w = jobWorld();
    await w.backUp();
    w.tape.objects.pop();
    const { sets } = await rebuild(w, Catalog.open(':memory:'));
    expect(sets.map(({ outcome }) => outcome)).toEqual(['added']);
  });
});

describe.skipIf(noMkfs)('verify', () => {
  const check = (w: JobWorld, set: string, withSource = false) => verify(w.context, {
    tape: w.tapeUnit, catalog: w.catalog, set, ...(withSource ? { source: w.source } : {}) });

  it('finds nothing wrong with a good tape and an unchanged disk', async () => {
    const w = jobWorld();
    const { set, dataBytes } = await w.backUp();
    const report = await check(w, set, true);
    expect(report).toMatchObject({ problems: [], comparedBytes: dataBytes, differentBytes: 0 });
    expect(report.client.dataBytes).toBeGreaterThanOrEqual(2 * dataBytes);
  });

  it('tells which blocks of the disk differ', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    w.disk.bytes[1024 * 2] = w.disk.bytes[1024 * 2]! ^ 1;
    w.disk.bytes[1024 * 2 + 512] = w.disk.bytes[1024 * 2 + 512]! ^ 1;
    const report = await check(w, set, true);
    expect(report.differences).toEqual([{ offset: 2048, byteLength: 1024 }]);
    expect(report.differentBytes).toBe(1024);
  });

  it('names records that are damaged or missing', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const { mapObject, dataObject } = w.catalog.findSet(set)!.trailer!;
    damage(w.tape, mapObject, 20);
    expect((await check(w, set)).problems.join()).toMatch(`record ${mapObject}`);
    damage(w.tape, mapObject, 20);
    expect((await check(w, set)).problems).toEqual([]);
    damage(w.tape, w.tape.objects.length - 2, 30);
    expect((await check(w, set)).problems.join()).toMatch(/CRC is wrong/);
    w.tape.objects.splice(dataObject, 1);
    expect((await check(w, set)).problems.join()).toMatch(/the data file ends at object/);
  });

  it('wants the tape that the set is on', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    const other = jobWorld();
    await other.backUp('xcopy', { ...other.context, random: { bytes: (n) => new Uint8Array(n) } });
    w.tape.objects = other.tape.objects;
    await expect(check(w, set)).rejects.toThrow(/is on volume .*, the tape in .* is volume S00000/);
    w.tape.objects = [];
    await expect(check(w, set)).rejects.toThrow(/is blank/);
  });
});

describe.skipIf(noMkfs)('listFolder', () => {
  it('lists a folder in order, and a file as itself', async () => {
    const w = jobWorld();
    const { set } = await w.backUp();
    expect(listFolder(w.catalog, set, '/docs').map(({ name, type }) => `${name} ${type}`)).toEqual([
      'deep folder', 'empty file', 'link symlink', 'plain file', 'plain too file', 'sparse file',
      'whole blocks file']);
    expect(listFolder(w.catalog, 'testdisk', 'docs/plain').map(({ path }) => path))
      .toEqual(['/docs/plain']);
    expect(() => listFolder(w.catalog, 'none', '/')).toThrow(/none with that id or label/);
    expect(() => listFolder(w.catalog, set, '/none')).toThrow(/no such file/);
  });
});
