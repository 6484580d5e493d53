import { crc32c } from '../../src/bytes/crc32c.ts';
import { Cartridge } from '../../src/media/cartridge.ts';
import type { CartridgeOptions } from '../../src/media/tape-types.ts';
import type { Files, OpenFile } from '../../src/ports/files.ts';
import { seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';

export const FOLDER = '/tape';
export const MIB = 1024 * 1024;
export const random = randomFrom(seeded(7));

export const openTape = (files: Files, options?: { readonly readonly?: boolean }) =>
  Cartridge.open(files, random, FOLDER, options);

export async function newTape(
  files: Files, options: Partial<CartridgeOptions> = {},
): Promise<Cartridge> {
  await Cartridge.create(files, random, FOLDER,
    { barcode: 'SF0001L8', capacityBytes: 16 * MIB, ...options });
  return openTape(files);
}

/** Writes records of these bytes, all of one length, as a WRITE command would. */
export async function writeRecords(
  tape: Cartridge, records: readonly Uint8Array[], options: { readonly crc?: boolean } = {},
): Promise<void> {
  const payload = Buffer.concat(records);
  const extents = await tape.allocate(payload.length);
  let at = 0;
  for (const { offset, byteLength } of extents) {
    await tape.data.write(payload.subarray(at, at + byteLength), offset);
    at += byteLength;
  }
  tape.appendRecords(records[0]!.length, records.length, extents,
    options.crc ? crc32c(payload) : undefined);
}

export const record = (byteLength: number, fill: number): Uint8Array =>
  new Uint8Array(byteLength).fill(fill);

export async function readObject(tape: Cartridge, object: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const { offset, byteLength } of tape.extentsOf(object, 1)) {
    const part = new Uint8Array(byteLength);
    await tape.data.read(part, offset);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Changes a file behind the cartridge's back. */
export async function tamper(
  files: Files, name: string, change: (file: OpenFile) => Promise<void>,
): Promise<void> {
  const file = await files.open(`${FOLDER}/${name}`, 'write');
  await change(file);
  await file.close();
}

/** Complements a byte. */
export async function flip(file: OpenFile, offset: number): Promise<void> {
  const byte = new Uint8Array(1);
  await file.read(byte, offset);
  await file.write(byte.map((value) => value ^ 0xff), offset);
}

export async function sizeOf(files: Files, name: string): Promise<number> {
  const file = await files.open(`${FOLDER}/${name}`, 'read');
  const size = await file.size();
  await file.close();
  return size;
}
