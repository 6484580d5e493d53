import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import { checkCartridge } from '../../src/media/check.ts';
import { ENTRY_BYTES } from '../../src/media/index-entry.ts';
import { MediaError } from '../../src/media/media-error.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { between, seeded } from '../support/seeded.ts';
import {
  flip, FOLDER, MIB, newTape, openTape, random, readObject, record, sizeOf, tamper, writeRecords,
} from './tape-fixture.ts';

const code = (of: string) => expect.objectContaining({ code: of });

describe('a new cartridge', () => {
  it('is blank and has an identity that stays', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    expect(tape).toMatchObject({ endOfData: 0, filemarkCount: 0, usedBytes: 0, isDirty: false });
    expect(tape.runAt(0)).toBeUndefined();
    expect(tape.openReport).toEqual({ cutEntries: 0, damage: [] });
    const { identity } = tape.label;
    expect(identity.naa).toHaveLength(8);
    expect(identity.naa[0]! >> 4).toBe(3);
    expect(identity.serialNumber).toMatch(/^[0-9A-F]{15}$/);
    await tape.close();
    const again = await openTape(files);
    expect(again.label).toEqual(tape.label);
  });

  it('is not made over another, nor with options that make no sense', async () => {
    const files = memoryFiles();
    await newTape(files);
    const make = (folder: string, options: object) => Cartridge.create(files, random, folder,
      { barcode: 'A', capacityBytes: MIB, ...options });
    await expect(make(FOLDER, {})).rejects.toThrow(/holds cartridge.json/);
    await expect(make('/b', { capacityBytes: MIB - 1 })).rejects.toThrow(/capacity/);
    await expect(make('/b', { barcode: 'A B' })).rejects.toThrow(/barcode/);
    await expect(make('/b', { earlyWarningBytes: MIB + 1 })).rejects.toThrow(/early warning/);
    await expect(make('/b', { densityCode: 256 })).rejects.toThrow(/density/);
    expect(await files.exists('/b')).toBe(false);
  });

  it('can be made where a crash has left a part of one', async () => {
    const files = memoryFiles();
    await files.makeFolder(FOLDER);
    await (await files.open(`${FOLDER}/data`, 'create')).close();
    expect((await newTape(files)).endOfData).toBe(0);
  });
});

describe('an open cartridge', () => {
  it('is locked, for readers too', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await expect(openTape(files)).rejects.toEqual(code('inUse'));
    await expect(openTape(files, { readonly: true })).rejects.toThrow('it is in use');
    await tape.close();
    const reader = await openTape(files, { readonly: true });
    await expect(openTape(files)).rejects.toEqual(code('inUse'));
    await reader.close();
  });

  it('says what is not a cartridge', async () => {
    const files = memoryFiles();
    await expect(openTape(files)).rejects.toEqual(code('notAMedium'));
    const tape = await newTape(files);
    await tape.close();
    const label = new TextDecoder().decode(await files.readFile(`${FOLDER}/cartridge.json`));
    const put = (text: string) =>
      files.replaceFile(`${FOLDER}/cartridge.json`, new TextEncoder().encode(text));
    await put(label.replace('"version": 1', '"version": 3'));
    await expect(openTape(files)).rejects.toEqual(code('notAMedium'));
    await put(label.replace('"capacityBytes": 16777216', '"capacityBytes": -1'));
    await expect(openTape(files)).rejects.toThrow(/cartridge.json: capacityBytes is not a number/);
    await put('{');
    await expect(openTape(files)).rejects.toEqual(code('damaged'));
    await put(label);
    await (await openTape(files)).close();
  });

  it('reads what was written, object by object', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, [record(512, 1), record(512, 2)]);
    tape.appendFilemarks(2);
    await writeRecords(tape, [record(7, 3)]);
    expect(tape.isDirty).toBe(true);
    await tape.close();
    const again = await openTape(files);
    expect(again).toMatchObject({ endOfData: 5, filemarkCount: 2, usedBytes: 1031 });
    expect(await readObject(again, 1)).toEqual(record(512, 2));
    expect(await readObject(again, 4)).toEqual(record(7, 3));
    expect([0, 2, 3, 4, 5].map((object) => again.filemarksBefore(object))).toEqual([0, 0, 1, 2, 2]);
    expect([0, 1, 2].map((mark) => again.objectOfFilemark(mark))).toEqual([2, 3, undefined]);
    expect(again.extentsOfPayload(1020, 8)).toEqual([{ offset: 1020, byteLength: 8 }]);
    expect(() => again.extentsOfPayload(1030, 2)).toThrow(RangeError);
    expect(() => again.filemarksBefore(6)).toThrow(RangeError);
  });

  it('writes a run of a million records as one entry', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    for (let i = 0; i < 1000; i += 1) {
      tape.appendRecords(2, 1000, await tape.allocate(2000), 0x1234);
    }
    await tape.sync();
    // One for the run, one for its extent, one for its checksum.
    expect(await sizeOf(files, 'index')).toBe(3 * ENTRY_BYTES);
    await tape.close();
    expect((await openTape(files)).runAt(999_999)).toEqual(
      { kind: 'records', firstObject: 0, count: 1_000_000, recordBytes: 2, payloadOffset: 0 });
  });

  it('writes what piles up without being asked', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    for (let i = 0; i < 70_000; i += 1) {
      tape.appendRecords(1 + i % 2, 1, await tape.allocate(1 + i % 2));
    }
    // Attributes are written behind it.
    await tape.setAttributes([]);
    expect(await sizeOf(files, 'index')).toBeGreaterThan(60_000 * ENTRY_BYTES);
    expect(tape.isDirty).toBe(true);
  });

  it('is dirty until what was appended is durable', async () => {
    const tape = await newTape(memoryFiles());
    tape.appendFilemarks(1);
    const synced = tape.sync();
    await Promise.resolve();
    expect(tape.isDirty).toBe(true);
    await synced;
    expect(tape.isDirty).toBe(false);
  });

  it('lets several moves be in flight and appends them in order', async () => {
    const tape = await newTape(memoryFiles());
    const [first, second] = await Promise.all(
      [tape.allocate(6000, 100), tape.allocate(6000, 6100)]);
    expect(first[0]!.offset % 4096).toBe(100);
    expect(second[0]!.offset % 4096).toBe(6100 - 4096);
    await tape.data.write(record(6000, 2), second[0]!.offset);
    await tape.data.write(record(6000, 1), first[0]!.offset);
    tape.appendRecords(6000, 1, first);
    tape.appendRecords(6000, 1, second);
    expect(await readObject(tape, 0)).toEqual(record(6000, 1));
    expect(await readObject(tape, 1)).toEqual(record(6000, 2));
  });

  it('refuses records whose extents do not hold them, and appends nothing', async () => {
    const tape = await newTape(memoryFiles());
    const extents = await tape.allocate(1000);
    for (const [bytes, count] of [[10, 99], [1000, 0], [0, 1000], [0x100_0000, 1], [0.5, 2000]]) {
      expect(() => tape.appendRecords(bytes!, count!, extents)).toThrow(RangeError);
    }
    expect(() => tape.appendRecords(1, 1, [{ offset: 5000, byteLength: 1 }])).toThrow(RangeError);
    expect(() => tape.appendFilemarks(-1)).toThrow(RangeError);
    expect(tape).toMatchObject({ endOfData: 0, isDirty: false });
    tape.appendRecords(1000, 1, extents);
  });

  it('changes nothing when it is opened for reading', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, [record(100, 1)]);
    await tape.close();
    const before = files.operationCount;
    const reader = await openTape(files, { readonly: true });
    expect(reader.writeProtected).toBe(true);
    await expect(reader.allocate(1)).rejects.toEqual(code('writeProtected'));
    await expect(reader.truncate(0)).rejects.toEqual(code('writeProtected'));
    expect(() => reader.appendFilemarks(1)).toThrow('write protected');
    await reader.sync();
    await reader.close();
    expect(files.operationCount).toBe(before);
  });

  it('keeps attributes, and counts its changes once for each time it is opened', async () => {
    const files = memoryFiles();
    let tape = await newTape(files);
    const text = new TextEncoder().encode('serverfree');
    await tape.setAttributes([
      { id: 0x0801, format: 'ascii', value: text }, { id: 0x0800, format: 'ascii', value: text }]);
    await tape.setAttributes([{ id: 0x0800, format: 'ascii', value: new Uint8Array() }]);
    expect(tape.label.volumeChangeReference).toBe(0);
    for (let i = 0; i < 2; i += 1) {
      tape.appendFilemarks(1);
      await tape.sync();
      expect(tape.label.volumeChangeReference).toBe(1);
    }
    await tape.close();
    tape = await openTape(files);
    expect(tape.label.attributes).toEqual([{ id: 0x0801, format: 'ascii', value: text }]);
    await tape.truncate(0);
    expect(tape.label.volumeChangeReference).toBe(2);
    await expect(tape.setAttributes([{ id: 1, format: 'binary', value: record(200_000, 1) }]))
      .rejects.toEqual(code('invalid'));
  });
});

describe('capacity', () => {
  it('is known before bytes move, from any position', async () => {
    const tape = await newTape(memoryFiles(), { capacityBytes: 2 * MIB, earlyWarningBytes: MIB });
    expect(tape.room()).toEqual({ beforeEarlyWarning: MIB, beforeEndOfPartition: 2 * MIB });
    await writeRecords(tape, [record(MIB - 1, 1)]);
    expect(tape.isPastEarlyWarning()).toBe(false);
    await writeRecords(tape, [record(1, 1)]);
    expect(tape.isPastEarlyWarning()).toBe(true);
    expect(tape.isPastEarlyWarning(1)).toBe(false);
    expect(tape.room(0)).toEqual({ beforeEarlyWarning: MIB, beforeEndOfPartition: 2 * MIB });
    expect(tape.room()).toEqual({ beforeEarlyWarning: 0, beforeEndOfPartition: MIB });
    const rest = await tape.allocate(MIB);
    await expect(tape.allocate(1)).rejects.toEqual(code('endOfPartition'));
    tape.release(rest);
    await writeRecords(tape, [record(MIB, 1)]);
    expect(tape.remainingBytes).toBe(0);
    tape.appendFilemarks(1);
    await tape.truncate(0);
    expect(tape.remainingBytes).toBe(2 * MIB);
  });

  it('defaults to an early warning that small tapes can have', async () => {
    const tape = await newTape(memoryFiles(), { capacityBytes: MIB });
    expect(tape.earlyWarningBytes).toBe(MIB / 4);
  });
});

describe('overwriting', () => {
  it('makes the position the end of data and gives the storage back', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, [record(MIB, 1), record(MIB, 2), record(MIB, 3)]);
    await tape.truncate(1);
    expect(await tape.data.size()).toBe(MIB);
    await writeRecords(tape, [record(100, 9)]);
    tape.appendFilemarks(1);
    await tape.close();
    expect(await sizeOf(files, 'data')).toBe(MIB + 100);
    const again = await openTape(files);
    expect(again.endOfData).toBe(3);
    expect(Buffer.compare(await readObject(again, 0), record(MIB, 1))).toBe(0);
    expect(await readObject(again, 1)).toEqual(record(100, 9));
  });

  it('spares storage that is allocated for moves in flight', async () => {
    const tape = await newTape(memoryFiles());
    await writeRecords(tape, [record(MIB, 1)]);
    const inFlight = await tape.allocate(1000);
    await tape.data.write(record(1000, 5), inFlight[0]!.offset);
    await tape.truncate(0);
    tape.appendRecords(1000, 1, inFlight);
    expect(await readObject(tape, 0)).toEqual(record(1000, 5));
    const reused = await tape.allocate(MIB / 2);
    expect(reused).toEqual([{ offset: 0, byteLength: MIB / 2, readsZeros: true }]);
  });

  it('costs nothing at the end of data', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, [record(10, 1)]);
    const before = files.operationCount;
    await tape.truncate(1);
    expect(files.operationCount).toBe(before);
  });
});

describe('a damaged cartridge', () => {
  async function written() {
    const files = memoryFiles();
    const tape = await newTape(files, { capacityBytes: MIB });
    for (let i = 0; i < 4; i += 1) {
      await writeRecords(tape, [record(5000 + i, i)]);
      await tape.sync();
    }
    await tape.close();
    return files;
  }

  it('loses a torn tail of its index, and says so', async () => {
    const files = await written();
    const size = await sizeOf(files, 'index');
    await tamper(files, 'index', (file) => flip(file, size - 30));
    await tamper(files, 'index', (file) => file.write(record(70, 0), size));
    const reader = await openTape(files, { readonly: true });
    expect(reader.openReport).toEqual({ cutEntries: 4, damage: [] });
    await reader.close();
    expect(await sizeOf(files, 'index')).toBe(size + 70);
    const tape = await openTape(files);
    expect(tape.openReport).toEqual({ cutEntries: 4, damage: [] });
    expect(tape.endOfData).toBe(3);
    expect(await sizeOf(files, 'index')).toBe(6 * ENTRY_BYTES);
    await writeRecords(tape, [record(9, 9)]);
    await tape.close();
    expect((await openTape(files)).endOfData).toBe(4);
  });

  it('is write protected where an acknowledged entry is broken, and loses nothing', async () => {
    const files = await written();
    const size = await sizeOf(files, 'index');
    await tamper(files, 'index', (file) => flip(file, 3 * ENTRY_BYTES + 20));
    const tape = await openTape(files);
    expect(tape.openReport).toEqual(
      { cutEntries: 0, damage: ['entry 3 of the index is not as it was written'] });
    expect(tape.writeProtected).toBe(true);
    expect(tape.endOfData).toBe(1);
    expect(await readObject(tape, 0)).toEqual(record(5000, 0));
    await tape.close();
    expect(await sizeOf(files, 'index')).toBe(size);
  });

  it('is write protected where payload is not there', async () => {
    const files = await written();
    await tamper(files, 'data', (file) => file.truncate(20_000));
    const tape = await openTape(files);
    expect(tape.openReport.damage).toEqual(
      ['bytes 0 to 20005 of data are not there: it has 20000']);
    expect(tape.writeProtected).toBe(true);
  });

  it.each(['index', 'cartridge.json', 'data'])(
    'opens, or says why not, whatever was done to its %s', async (name) => {
      const chance = seeded(3);
      for (let round = 0; round < 150; round += 1) {
        const files = await written();
        const size = await sizeOf(files, name);
        await tamper(files, name, (file) => flip(file, between(chance, 0, size - 1)));
        if (chance() < 0.3) await tamper(files, name, (file) => file.truncate(size / 2 | 0));
        try {
          const tape = await openTape(files, { readonly: chance() < 0.5 });
          expect(tape.endOfData).toBeLessThanOrEqual(4);
          await checkCartridge(tape);
          await tape.close();
        } catch (error) {
          expect(error, `round ${round}`).toBeInstanceOf(MediaError);
        }
      }
    });

  it('takes nothing more after a write has failed, until it is opened again', async () => {
    const files = memoryFiles({ spaceBytes: 3000 });
    const tape = await newTape(files, { capacityBytes: MIB });
    for (let i = 0; i < 100; i += 1) await writeRecords(tape, [record(1 + i % 2, i)]);
    await expect(tape.sync()).rejects.toEqual(code('failed'));
    await expect(tape.sync()).rejects.toEqual(code('failed'));
    expect(() => tape.appendFilemarks(1)).toThrow('an earlier write failed');
    await tape.close();
    expect((await openTape(files)).endOfData).toBe(0);
  });
});
