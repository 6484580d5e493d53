import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { loadAddon } from '../../src/io/addon.ts';
import { NodeFiles } from '../../src/io/files.ts';
import { FileError } from '../../src/ports/files.ts';
import { pattern, sameBytes } from '../support/io-bytes.ts';
import { temporaryFolder } from '../support/io-folder.ts';

const folder = temporaryFolder();
const { addon } = loadAddon();
let count = 0;
function freshPath(): string {
  count += 1;
  return join(folder(), `file-${count}`);
}

const kinds = [
  ['with the addon', addon],
  ['without the addon', undefined],
] as const;

describe.each(kinds.filter(([name, a]) => a !== undefined || name === 'without the addon'))(
  'NodeFiles %s', (_name, given) => {
    const files = new NodeFiles({ addon: given });

    it('reads back what it wrote, up to the end of the file', async () => {
      const file = await files.open(freshPath(), 'create');
      await file.write(pattern(10_000, 1), 5);
      const bytes = new Uint8Array(20_000);
      expect(await file.read(bytes, 6)).toBe(9_999);
      expect(sameBytes(bytes.subarray(0, 9_999), pattern(10_000, 1).subarray(1))).toBe(true);
      expect(await file.read(bytes, 10_005)).toBe(0);
      expect(await file.size()).toBe(10_005);
      await file.close();
    });

    it('writes parts one behind another, more than one call of the host takes', async () => {
      const file = await files.open(freshPath(), 'create');
      const parts = Array.from({ length: 3000 }, (_, i) => pattern(i % 7, i));
      await file.writeParts(parts, 3);
      await file.writeParts([], 0);
      const expected = Buffer.concat([new Uint8Array(3), ...parts]);
      expect(sameBytes(readFileSync(file.path), expected)).toBe(true);
      await file.close();
    });

    it('keeps many small reads and writes apart', async () => {
      const file = await files.open(freshPath(), 'create');
      const bytes = pattern(512 * 1000, 2);
      const read = new Uint8Array(bytes.length);
      const offsets = Array.from({ length: 1000 }, (_, i) => i * 512);
      await Promise.all(offsets.map((at) => file.write(bytes.subarray(at, at + 512), at)));
      await Promise.all(offsets.map((at) => file.read(read.subarray(at, at + 512), at)));
      expect(sameBytes(read, bytes)).toBe(true);
      await file.close();
    });

    it('allocates space that reads zeros, and never makes the file shorter', async () => {
      const file = await files.open(freshPath(), 'create');
      await file.write(pattern(100, 1), 0);
      await file.allocate(50, 1_000_000);
      await file.allocate(0, 10);
      await file.allocate(0, 0);
      expect(await file.size()).toBe(1_000_050);
      const bytes = readFileSync(file.path);
      expect(sameBytes(bytes.subarray(0, 100), pattern(100, 1))).toBe(true);
      expect(sameBytes(bytes.subarray(100), new Uint8Array(999_950))).toBe(true);
      await file.close();
    });

    it('punches a range to zeros within the file', async () => {
      const file = await files.open(freshPath(), 'create');
      const bytes = pattern(300_000, 1);
      await file.write(bytes, 0);
      expect(await file.punch(4097, 200_000)).toBe(given !== undefined);
      await file.punch(290_000, 100_000);
      await file.punch(5, 0);
      bytes.fill(0, 4097, 204_097).fill(0, 290_000);
      expect(sameBytes(readFileSync(file.path), bytes)).toBe(true);
      await file.close();
    });

    it('finds data behind a hole, or takes all for data', async () => {
      const file = await files.open(freshPath(), 'create');
      const DATA = 8 * 1024 * 1024;
      await file.write(pattern(4096, 1), DATA);
      await file.truncate(2 * DATA);
      const found = given === undefined
        ? { offset: 0, byteLength: 2 * DATA } : { offset: DATA, byteLength: 4096 };
      expect(await file.nextData(0)).toEqual(found);
      expect(await file.nextData(DATA + 96)).toEqual(
        given === undefined ? { offset: DATA + 96, byteLength: DATA - 96 }
          : { offset: DATA + 96, byteLength: 4000 });
      expect(await file.nextData(2 * DATA)).toBeUndefined();
      await file.close();
    });

    it('locks a file against a second opening, by any name, until it is closed', async () => {
      const path = freshPath();
      const first = await files.openLocked(path, 'create');
      const other = `${path}-link`;
      linkSync(path, other);
      for (const mode of ['read', 'write'] as const) {
        for (const name of [path, other]) {
          await expect(files.openLocked(name, mode))
            .rejects.toMatchObject({ code: 'EBUSY', path: name });
        }
      }
      await first.close();
      const second = await files.openLocked(other, 'read');
      await expect(files.openLocked(path, 'read')).rejects.toMatchObject({ code: 'EBUSY' });
      await second.close();
      await (await files.openLocked(path, 'write')).close();
      expect(existsSync(`${path}.lock`)).toBe(false);
    });

    it('refuses work on a closed file, and waits for what is under way', async () => {
      const file = await files.open(freshPath(), 'create');
      const writing = file.write(pattern(1_000_000, 1), 0);
      const closing = [file.close(), file.close()];
      await expect(file.write(new Uint8Array(1), 0)).rejects.toMatchObject({ code: 'EBADF' });
      await Promise.all([writing, ...closing]);
      expect(statSync(file.path).size).toBe(1_000_000);
    });

    it('names the host\'s code and the path of what failed', async () => {
      const path = freshPath();
      await expect(files.open(path, 'write')).rejects.toMatchObject({
        code: 'ENOENT', path, message: `Cannot open ${path}: no such file or directory (ENOENT)`,
      });
      await (await files.open(path, 'create')).close();
      await expect(files.open(path, 'create')).rejects.toMatchObject({ code: 'EEXIST' });
      const file = await files.open(path, 'read');
      const failed: unknown = await file.write(new Uint8Array(1), 0).catch((e: unknown) => e);
      expect(failed).toBeInstanceOf(FileError);
      expect(failed).toMatchObject({ code: 'EBADF', path });
      await file.close();
      await expect(files.list(path)).rejects.toMatchObject({ code: 'ENOTDIR' });
    });

    it('syncs, lists, replaces and removes', async () => {
      const inner = join(freshPath(), 'a', 'b');
      await files.makeFolder(inner);
      await files.makeFolder(inner);
      await files.replaceFile(join(inner, 'y'), pattern(10, 1));
      await files.replaceFile(join(inner, 'y'), pattern(20, 2));
      await files.replaceFile(join(inner, 'x'), new Uint8Array());
      const file = await files.open(join(inner, 'x'), 'write');
      await file.sync();
      await file.close();
      await files.syncFolder(inner);
      expect(await files.list(inner)).toEqual(['x', 'y']);
      expect(sameBytes(await files.readFile(join(inner, 'y')), pattern(20, 2))).toBe(true);
      await files.remove(join(inner, 'x'));
      await files.remove(join(inner, 'y'));
      await files.remove(inner);
      expect(await files.exists(inner)).toBe(false);
    });
  });

/** Locks `path` in a process of its own and prints what came of it; then ends, or stays killed. */
function lockElsewhere(path: string, withAddon: boolean, after = ''): string {
  const script = `
    const { NodeFiles } = await import('${new URL('../../src/io/files.ts', import.meta.url).href}');
    const files = new NodeFiles(${withAddon ? '' : '{ addon: undefined }'});
    await files.openLocked(${JSON.stringify(path)}, 'write').then(
      () => console.log('locked'), (error) => console.log(error.code));
    ${after}`;
  const { stdout } = spawnSync(process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8' });
  return stdout.trim();
}

describe.each(kinds)('a lock between processes, %s', (_name, given) => {
  it('holds others off until its holder closes, and does not outlive a killed holder', async () => {
    const path = freshPath();
    const withAddon = given !== undefined;
    const file = await new NodeFiles({ addon: given }).openLocked(path, 'create');
    expect(lockElsewhere(path, withAddon)).toBe('EBUSY');
    await file.close();
    expect(lockElsewhere(path, withAddon, 'process.kill(process.pid, "SIGKILL");')).toBe('locked');
    expect(existsSync(`${path}.lock`)).toBe(!withAddon);
    expect(lockElsewhere(path, withAddon)).toBe('locked');
  });
});

it('does not take over a lock file that names a running process, or none yet', async () => {
  const path = freshPath();
  const files = new NodeFiles({ addon: undefined });
  writeFileSync(path, '');
  for (const holder of [`${process.ppid}\n`, '']) {
    writeFileSync(`${path}.lock`, holder);
    await expect(files.openLocked(path, 'write')).rejects.toMatchObject({ code: 'EBUSY' });
  }
});
