import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeFolderWriter } from '../../src/io/folder-writer.ts';
import { FileError } from '../../src/ports/files.ts';

const path = (...names: string[]): Uint8Array[] => names.map((name) => Buffer.from(name));

let place: string;
let writer: NodeFolderWriter;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'serverfree-folder-'));
  writer = new NodeFolderWriter(join(place, 'into/here'));
});
afterEach(async () => {
  await writer.close();
  rmSync(place, { recursive: true, force: true });
});

describe('NodeFolderWriter', () => {
  it('writes more files at once than it keeps open', async () => {
    await writer.makeFolder([]);
    const names = Array.from({ length: 200 }, (_, i) => `file ${i}`);
    for (const name of names) await writer.createFile(path(name), 8);
    await Promise.all([0, 4].flatMap((offset) => names.map((name, i) =>
      writer.writeFile(path(name), offset, Uint8Array.of(i, i, i, i)))));
    await writer.close();
    for (const [i, name] of names.entries()) {
      expect([...readFileSync(join(place, 'into/here', name))]).toEqual(Array(8).fill(i));
    }
  });

  it('makes holes, and names that are no text', async () => {
    await writer.makeFolder([]);
    await writer.createFile([Uint8Array.of(0x66, 0xff)], 1_000_000);
    const [name] = readdirSync(Buffer.from(join(place, 'into/here')), { encoding: 'buffer' });
    expect([...name!]).toEqual([0x66, 0xff]);
    const { size, blocks } = statSync(
      Buffer.concat([Buffer.from(join(place, 'into/here/')), name!]));
    expect([size, blocks]).toEqual([1_000_000, 0]);
  });

  it('sets times, and permissions with set-user-ID where it can give the owner', async () => {
    await writer.makeFolder([]);
    await writer.createFile(path('a'), 0);
    const self = statSync(join(place, 'into/here/a'));
    const times = { atimeNs: 1_500_000_000n, mtimeNs: 2_250_000_000n };
    await writer.setAttributes(
      path('a'), { mode: 0o104755, uid: self.uid, gid: self.gid, ...times });
    const { mode, atimeMs, mtimeMs } = statSync(join(place, 'into/here/a'));
    expect([mode & 0o7777, atimeMs, mtimeMs]).toEqual([0o4755, 1500, 2250]);
  });

  it('takes a folder that is there, but no link to one', async () => {
    await writer.makeFolder([]);
    await writer.makeFolder(path('a'));
    await writer.makeFolder(path('a'));
    symlinkSync(place, join(place, 'into/here/b'));
    await expect(writer.makeFolder(path('b'))).rejects.toThrow(FileError);
  });

  it('gives errors that name the file', async () => {
    await expect(writer.createFile(path('none', 'x'), 0)).rejects.toThrow(/none\/x.*ENOENT/);
    await expect(writer.writeFile(path('none'), 0, Uint8Array.of(1)))
      .rejects.toThrow(/none.*ENOENT/);
  });
});
