/** Archives that a Linux kernel unpacks as its first file system: cpio, format "newc". */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const TRAILER = 'TRAILER!!!';
const DIRECTORY = 0o040755;
const FILE = 0o100755;
const LINK = 0o120777;

const padded = (length: number): number => Math.ceil(length / 4) * 4;

/** A header of 13 fields, the name, the data; the kernel wants no more than this to be right. */
function entry(name: string, mode: number, data: Uint8Array): Uint8Array {
  const named = Buffer.from(`${name}\0`);
  const fields = [0, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, named.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const bytes = Buffer.alloc(padded(header.length + named.length) + padded(data.length));
  bytes.write(header, 'latin1');
  bytes.set(named, header.length);
  bytes.set(data, padded(header.length + named.length));
  return bytes;
}

function* entriesBelow(root: string, folder: string): Generator<Uint8Array> {
  for (const name of readdirSync(join(root, folder)).sort()) {
    const inside = join(folder, name);
    const path = join(root, inside);
    const kind = lstatSync(path);
    if (kind.isSymbolicLink()) yield entry(inside, LINK, Buffer.from(readlinkSync(path)));
    else if (kind.isFile()) yield entry(inside, FILE, readFileSync(path));
    else if (kind.isDirectory()) {
      yield entry(inside, DIRECTORY, new Uint8Array());
      yield* entriesBelow(root, inside);
    }
  }
}

const archive = (entries: Iterable<Uint8Array>): Uint8Array =>
  Buffer.concat([...entries, entry(TRAILER, 0, new Uint8Array())]);

/** All files, folders and links below `root`. */
export const archiveOfTree = (root: string): Uint8Array => archive(entriesBelow(root, ''));

/** Texts by the names of their files, in the root folder. */
export const archiveOfFiles = (texts: Readonly<Record<string, string>>): Uint8Array =>
  archive(Object.entries(texts).map(([name, text]) => entry(name, FILE, Buffer.from(text))));
