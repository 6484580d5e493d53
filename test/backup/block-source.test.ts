import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockSource, ByteReader } from '../../src/backup/block-source.ts';

/** A disk that records its reads; each waits until the disk is told to go on. */
class RecordingDisk implements BlockSource {
  readonly blockBytes: number;
  readonly blockCount: number;
  readonly reads: { lba: number; count: number }[] = [];
  readonly #bytes: Uint8Array;
  inFlight = 0;
  inFlightMax = 0;
  fault: Error | undefined;
  shortBy = 0;

  constructor(bytes: Uint8Array, blockBytes = 512) {
    this.#bytes = bytes;
    this.blockBytes = blockBytes;
    this.blockCount = bytes.length / blockBytes;
  }

  async read(lba: number, count: number): Promise<Uint8Array> {
    this.reads.push({ lba, count });
    this.inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    if (this.fault !== undefined) throw this.fault;
    if (lba + count > this.blockCount) throw new Error('read past the end');
    return this.#bytes.slice(lba * this.blockBytes, (lba + count) * this.blockBytes - this.shortBy);
  }
}

const numbered = (byteLength: number): Uint8Array =>
  Uint8Array.from({ length: byteLength }, (_, at) => (at * 31 + (at >> 9)) & 0xff);

const DISK_BYTES = 70 * 4096;

describe('ByteReader', () => {
  it('gives the bytes of any ranges, cached or not, from blocks of either size', async () => {
    const bytes = numbered(DISK_BYTES);
    const range = fc.record({
      offset: fc.nat(DISK_BYTES), byteLength: fc.nat(40_000),
    }).map(({ offset, byteLength }) =>
      ({ offset, byteLength: Math.min(byteLength, DISK_BYTES - offset) }));
    await fc.assert(fc.asyncProperty(
      fc.constantFrom(512, 4096), fc.array(fc.array(range, { maxLength: 6 }), { maxLength: 6 }),
      async (blockBytes, requests) => {
        const disk = new RecordingDisk(bytes, blockBytes);
        const reader = new ByteReader(disk, { cacheBytes: 65_536, readBytesMax: 49_152 });
        const answers = await Promise.all(requests.map((ranges) => reader.readMany(ranges)));
        for (const [index, { offset, byteLength }] of requests.flat().entries()) {
          const expected = bytes.slice(offset, offset + byteLength);
          expect(Buffer.from(expected).equals(answers.flat()[index]!)).toBe(true);
          const uncached = await reader.readUncached({ offset, byteLength });
          expect(Buffer.from(expected).equals(uncached)).toBe(true);
        }
      }), { numRuns: 60 });
  });

  it('reads neighbours together and far places apart', async () => {
    const disk = new RecordingDisk(numbered(4 * 1_048_576));
    const reader = new ByteReader(disk);
    await reader.readMany([
      { offset: 100, byteLength: 10 }, { offset: 50_000, byteLength: 10 },
      { offset: 3_000_000, byteLength: 10 },
    ]);
    expect(disk.reads).toEqual([{ lba: 0, count: 128 }, { lba: 5856, count: 32 }]);
  });

  it('reads no more at a time than it may', async () => {
    const disk = new RecordingDisk(numbered(1_048_576));
    const reader = new ByteReader(disk, { readBytesMax: 65_536, readsInFlightMax: 3 });
    await reader.readBytes(0, 1_048_576);
    expect(disk.reads.map(({ count }) => count)).toEqual(Array.from({ length: 16 }, () => 128));
    expect(disk.inFlightMax).toBe(3);
  });

  it('asks once for what several want at the same time', async () => {
    const disk = new RecordingDisk(numbered(65_536));
    const reader = new ByteReader(disk);
    const ranges = [[0, 10], [5, 10], [0, 9000]] as const;
    await Promise.all(ranges.map(([offset, length]) => reader.readBytes(offset, length)));
    expect(disk.reads).toHaveLength(1);
  });

  it('keeps what was used last and forgets the rest', async () => {
    const disk = new RecordingDisk(numbered(65_536));
    const reader = new ByteReader(disk, { cacheBytes: 32_768 });
    await reader.readBytes(0, 1);
    await reader.readBytes(16_384, 1);
    await reader.readBytes(0, 1);
    await reader.readBytes(32_768, 1);
    expect(disk.reads).toHaveLength(3);
    await reader.readBytes(0, 1);
    expect(disk.reads).toHaveLength(3);
    await reader.readBytes(16_384, 1);
    expect(disk.reads).toHaveLength(4);
  });

  it('passes on a fault of the disk and asks again the next time', async () => {
    const disk = new RecordingDisk(numbered(65_536));
    const reader = new ByteReader(disk);
    disk.fault = new Error('unplugged');
    await expect(Promise.all([reader.readBytes(0, 1), reader.readBytes(2, 1)]))
      .rejects.toThrow('unplugged');
    disk.fault = undefined;
    expect((await reader.readBytes(0, 2)).length).toBe(2);
  });

  it('refuses a short answer', async () => {
    const disk = new RecordingDisk(numbered(65_536));
    disk.shortBy = 1;
    await expect(new ByteReader(disk).readBytes(0, 1)).rejects.toThrow('got 16383 bytes');
  });

  it.each([[-1, 1], [0.5, 1], [65_536, 1], [0, 65_537], [Number.NaN, 1], [1, Infinity]])(
    'refuses a range that is not on the disk (%d, %d)', async (offset, byteLength) => {
      const disk = new RecordingDisk(numbered(65_536));
      await expect(new ByteReader(disk).readBytes(offset, byteLength)).rejects.toThrow(RangeError);
      expect(disk.reads).toEqual([]);
    });

  it('refuses a disk with odd blocks or too many of them', () => {
    const read = (): Promise<Uint8Array> => Promise.reject(new Error('not asked'));
    for (const [blockBytes, blockCount] of [[520, 1], [0, 1], [512, 2 ** 50]] as const) {
      const make = (): ByteReader => new ByteReader({ blockBytes, blockCount, read });
      expect(make).toThrow(RangeError);
    }
  });
});
