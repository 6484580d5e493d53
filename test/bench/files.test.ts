import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFile, requireRoom } from '../../bench/files.ts';

const MIB = 1024 ** 2;
const never = new AbortController().signal;
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'serverfree-bench-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('makeFile', () => {
  it('makes bytes that take their room on the disk, do not repeat, and are the same each time',
    async () => {
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      const told: number[] = [];
      await makeFile(first, 8 * MIB, never, (done) => told.push(done));
      await makeFile(second, 8 * MIB, never, () => {});
      const bytes = readFileSync(first);
      expect(bytes.length).toBe(8 * MIB);
      expect(statSync(first).blocks * 512).toBeGreaterThanOrEqual(8 * MIB);
      expect(bytes.subarray(0, 4 * MIB).equals(bytes.subarray(4 * MIB))).toBe(false);
      expect(bytes.equals(readFileSync(second))).toBe(true);
      expect(told).toEqual([4 * MIB, 8 * MIB]);
    });

  it('ends when it is interrupted', async () => {
    const interrupted = AbortSignal.abort(new Error('Interrupted'));
    await expect(makeFile(join(folder, 'third'), 4 * MIB, interrupted, () => {}))
      .rejects.toThrow('Interrupted');
  });
});

describe('requireRoom', () => {
  it('says how much room is missing', () => {
    expect(() => requireRoom(folder, 1)).not.toThrow();
    expect(() => requireRoom(folder, 2 ** 60))
      .toThrow(/1024\.0 PiB are needed, .* more than are free/);
  });

  it('names a folder that is not there', () => {
    expect(() => requireRoom(join(folder, 'none'), 1)).toThrow('there is no such folder');
  });
});
