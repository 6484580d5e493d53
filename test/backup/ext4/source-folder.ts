/** Folders to make file systems of, and what is in them according to the operating system. */
import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync,
  utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PIECE_BYTES = 4096;

/** Bytes with a value that tells their place. */
export function pattern(byteLength: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let at = 0; at < byteLength; at += 1) bytes[at] = 1 + ((at * 7 + salt * 13) % 255);
  return bytes;
}

/** `count` pieces of data with a hole before each of them: holes make extents. */
export function pieces(count: number, pieceBytes = PIECE_BYTES): Uint8Array {
  const bytes = new Uint8Array(2 * count * pieceBytes);
  for (let piece = 0; piece < count; piece += 1) {
    bytes.set(pattern(pieceBytes, piece), (2 * piece + 1) * pieceBytes);
  }
  return bytes;
}

/** One of everything that needs no root. */
export function makeSmallFolder(root: string): void {
  writeFileSync(join(root, 'empty'), '');
  writeFileSync(join(root, 'tiny'), 'a few bytes', { mode: 0o640 });
  writeFileSync(join(root, 'sixty'), pattern(60, 1));
  writeFileSync(join(root, 'hundred'), pattern(100, 2));
  writeFileSync(join(root, 'odd'), pattern(300_001, 3), { mode: 0o755 });
  writeFileSync(join(root, 'pieces'), pieces(400));
  linkSync(join(root, 'odd'), join(root, 'hard link'));
  symlinkSync('../elsewhere', join(root, 'fast'));
  symlinkSync('s'.repeat(59), join(root, 'fast-59'));
  symlinkSync('s'.repeat(60), join(root, 'slow-60'));
  symlinkSync(`/${'größe/'.repeat(50)}`, join(root, 'slow'));
  writeFileSync(join(root, 'größe-日本語-🎞'), 'name');
  const latin = Buffer.concat([Buffer.from(join(root, 'latin-')), Buffer.of(0xfc, 0x2d, 0xe2)]);
  writeFileSync(latin, '1');
  execFileSync('mkfifo', [join(root, 'pipe')]);
  mkdirSync(join(root, 'none'));
  mkdirSync(join(root, 'a/b/c/d'), { recursive: true, mode: 0o750 });
  writeFileSync(join(root, 'a/b/c/d/deep'), 'down here');
  mkdirSync(join(root, 'names'));
  for (let n = 0; n < 120; n += 1) {
    const path = join(root, 'names', `${'n'.repeat(n % 60)}-${n}`);
    writeFileSync(path, `content ${n}`);
    utimesSync(path, 1_000_000_000 + n, 1_100_000_000 + n);
  }
}

/** A name and what the operating system says of it. */
export interface SourceEntry {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly linkCount: number;
  readonly mtimeSeconds: number;
  readonly size?: number;
  readonly symlinkTarget?: string;
  readonly content?: Uint8Array;
}

/** Everything under a folder by path; names are read as bytes, one character each. */
export function readFolder(root: string): Map<string, SourceEntry> {
  const entries = new Map<string, SourceEntry>();
  const visit = (path: Buffer, name: string): void => {
    const stats = lstatSync(path);
    const common = {
      mode: stats.mode,
      uid: stats.uid,
      gid: stats.gid,
      linkCount: stats.nlink,
      mtimeSeconds: Math.floor(stats.mtimeMs / 1000),
    };
    if (stats.isDirectory()) {
      entries.set(name, { ...common, type: 'folder' });
      for (const child of readdirSync(path, { encoding: 'buffer' })) {
        const childPath = Buffer.concat([path, Buffer.from('/'), child]);
        visit(childPath, `${name}/${child.toString('latin1')}`);
      }
    } else if (stats.isSymbolicLink()) {
      const symlinkTarget = readlinkSync(path);
      entries.set(name, { ...common, type: 'symlink', size: stats.size, symlinkTarget });
    } else if (stats.isFIFO()) {
      entries.set(name, { ...common, type: 'fifo' });
    } else if (stats.isCharacterDevice()) {
      entries.set(name, { ...common, type: 'characterDevice' });
    } else {
      const content = Uint8Array.from(readFileSync(path));
      entries.set(name, { ...common, type: 'file', size: stats.size, content });
    }
  };
  visit(Buffer.from(root), '');
  entries.delete('');
  return entries;
}
