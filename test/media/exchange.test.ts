import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../src/bytes/crc32c.ts';
import { ZlibCompression } from '../../src/io/compression.ts';
import { Cartridge } from '../../src/media/cartridge.ts';
import { checkCartridge } from '../../src/media/check.ts';
import { exportImage } from '../../src/media/export-image.ts';
import { importImage } from '../../src/media/import-image.ts';
import {
  formatOfName, IMAGE_FORMATS, type ImageFormat, imageParser, imageWriter,
} from '../../src/media/tape-formats/formats.ts';
import { ImageError, type ImageItem } from '../../src/media/tape-formats/image-item.ts';
import type { Files } from '../../src/ports/files.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { FOLDER, MIB, newTape, random, record, writeRecords } from './tape-fixture.ts';
import { itemsOf } from './tape-formats/image-fixture.ts';

const zlib = new ZlibCompression();
const strict = { lenient: false };

async function imageOf(files: Files, bytes: Uint8Array) {
  const image = await files.open('/image', 'create');
  await image.write(bytes, 0);
  return image;
}

async function exported(
  files: Files, tape: Cartridge, format: ImageFormat, path: string): Promise<Buffer> {
  const image = await files.open(path, 'create');
  await exportImage(tape, imageWriter(format, zlib), image);
  return Buffer.from(await files.readFile(path));
}

/** An image of random objects: null is a filemark. */
const objects = fc.array(fc.oneof(
  fc.constant(null), fc.uint8Array({ minLength: 1, maxLength: 300 }),
  fc.integer({ min: 1, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
), { maxLength: 12 });

function written(format: ImageFormat, content: readonly (Uint8Array | null)[], chunkBytes = 65535) {
  const writer = imageWriter(format, zlib, { chunkBytes });
  return Buffer.concat([
    ...content.flatMap((one) => (one === null ? writer.filemark() : writer.record(one))),
    ...writer.end(),
  ]);
}

/** Compared instead of many bytes. */
const digest = (bytes: Uint8Array | null): string =>
  (bytes === null ? 'filemark' : `${bytes.length} ${crc32c(bytes)}`);

const contentOf = (items: readonly ImageItem[]) => items
  .filter((item) => item.kind !== 'oddity')
  .map((item) => digest(item.kind === 'record' ? item.bytes : null));

describe.each(IMAGE_FORMATS)('a tape image, %s,', (format) => {
  it('is read as it was written, whatever pieces it comes in', () => {
    fc.assert(fc.property(
      objects, fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 9000 }),
      (content, chunkBytes, pieceBytes) => {
        const image = written(format, content, chunkBytes);
        const items = itemsOf(
          () => imageParser(format, zlib, { ...strict, chunkBytes }), image, pieceBytes);
        expect(contentOf(items)).toEqual(content.map(digest));
      }), { numRuns: 40 });
  });

  it('goes onto a cartridge and comes back with the same bytes', async () => {
    await fc.assert(fc.asyncProperty(objects, async (content) => {
      const files = memoryFiles();
      const tape = await newTape(files);
      const bytes = written(format, content);
      const report = await importImage(
        await imageOf(files, bytes), imageParser(format, zlib, strict), tape);
      expect(report.oddities.filter(({ what }) => what !== 'compressed record')).toEqual([]);
      expect(report.recordCount + report.filemarkCount).toBe(content.length);
      expect(tape.endOfData).toBe(content.length);
      expect((await exported(files, tape, format, '/again')).equals(bytes)).toBe(true);
      expect(await checkCartridge(tape)).toMatchObject({ problems: [], coverage: 1 });
    }), { numRuns: 25 });
  });

  it('that is damaged anywhere is read or refused with a byte in it, never more', () => {
    const random = seeded(5);
    const image = written(format, [record(300, 7), null, record(3, 1), record(90, 2), null]);
    for (let i = 0; i < 400; i += 1) {
      const damaged = Buffer.from(image.subarray(0, between(random, 0, image.length)));
      for (let n = between(random, 0, 3); n > 0 && damaged.length > 0; n -= 1) {
        damaged[between(random, 0, damaged.length - 1)] = pick(random, [0, 1, 0x80, 0xff]);
      }
      for (const lenient of [false, true]) {
        const error = refusal(() => itemsOf(() => imageParser(format, zlib, { lenient }), damaged));
        if (error === undefined) continue;
        expect(error).toBeInstanceOf(ImageError);
        expect((error as ImageError).at).toBeLessThanOrEqual(damaged.length);
      }
    }
  });
});

function refusal(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('importing an image', () => {
  it('says what cannot be kept, how often, and where first', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    const bytes = Buffer.from('feffffff 00000000 feffffff ffffffff'.replaceAll(' ', ''), 'hex');
    const report = await importImage(
      await imageOf(files, bytes), imageParser('simh', zlib, strict), tape);
    expect(report).toEqual({ recordCount: 0, filemarkCount: 1, payloadBytes: 0, oddities: [
      { what: 'erase gap', count: 2, firstAt: 0 },
      { what: 'end-of-medium marker', count: 1, firstAt: 12 }] });
  });

  it('is refused at the byte whose record does not fit the cartridge', async () => {
    const files = memoryFiles();
    const tape = await newTape(files, { capacityBytes: MIB });
    const image = await imageOf(files, written('simh', [record(MIB, 1), record(5, 2)]));
    await expect(importImage(image, imageParser('simh', zlib, strict), tape))
      .rejects.toThrow(ImageError);
  });

  it('ends when it is told to', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    const image = await imageOf(files, written('simh', [record(10, 1)]));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(importImage(image, imageParser('simh', zlib, strict), tape, { signal }))
      .rejects.toThrow('enough');
  });

  it('is durable when it returns', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await importImage(await imageOf(files, written('simh', [record(700, 1), null])),
      imageParser('simh', zlib, strict), tape);
    const left = await Cartridge.open(files.powerCut(), random, FOLDER);
    expect([left.endOfData, left.filemarkCount]).toEqual([2, 1]);
  });
});

describe('exporting a cartridge', () => {
  it('writes nothing if the format cannot hold a record', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, [record(100, 1)]);
    await writeRecords(tape, [record(2 * MIB + 1, 1)]);
    const image = await files.open('/image', 'create');
    await expect(exportImage(tape, imageWriter('het', zlib), image))
      .rejects.toThrow('object 1: a record of 2097153 bytes');
    expect(await image.size()).toBe(0);
  });

  it('tells how far it is', async () => {
    const files = memoryFiles();
    const tape = await newTape(files);
    await writeRecords(tape, Array.from({ length: 5 }, () => record(MIB, 3)));
    const seen: [number, number][] = [];
    const image = await files.open('/image', 'create');
    await exportImage(tape, imageWriter('aws', zlib), image,
      { onProgress: (done, total) => seen.push([done, total]) });
    expect(seen.at(-1)).toEqual([5 * MIB, 5 * MIB]);
    expect(seen).toHaveLength(5);
  });
});

it('tells a format by the end of a name', () => {
  expect(['a.TAP', 'b.aws', 'c.het', 'd.e11', 'e.bin'].map(formatOfName))
    .toEqual(['simh', 'aws', 'het', 'e11', undefined]);
});
