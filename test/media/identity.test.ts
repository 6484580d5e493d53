import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import { DiskImage } from '../../src/media/disk-image.ts';
import { identityOf, leaveIdentity, takeIdentity } from '../../src/media/identity.ts';
import type { IdentityRecord } from '../../src/media/identity.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { FOLDER, MIB, newTape, openTape, random } from './tape-fixture.ts';

/** Records in memory; a path may be another name of one. */
function records(aliases: Record<string, string> = {}) {
  const kept = new Map<string, IdentityRecord>();
  const nameOf = (path: string) => aliases[path] ?? path;
  return {
    kept,
    read: async (path: string) => kept.get(nameOf(path)),
    write: async (path: string, record: IdentityRecord) => void kept.set(nameOf(path), record),
  };
}

/** Opens and closes a medium; returns its serial number. */
async function use(keeper: ReturnType<typeof records>, path: string): Promise<string> {
  const files = memoryFiles();
  const identity = await takeIdentity(files, random, keeper, path);
  leaveIdentity(files, identity);
  return identity.serialNumber;
}

describe('takeIdentity', () => {
  it('makes an identity once', async () => {
    const keeper = records();
    const first = await use(keeper, '/a');
    expect(await use(keeper, '/a')).toBe(first);
    expect(await use(keeper, '/b')).not.toBe(first);
  });

  it('stays with a medium that was moved', async () => {
    const keeper = records();
    const first = await use(keeper, '/a');
    keeper.kept.set('/b', keeper.kept.get('/a')!);
    keeper.kept.delete('/a');
    expect(await use(keeper, '/b')).toBe(first);
    expect(keeper.kept.get('/b')!.path).toBe('/b');
  });

  it('is new for a copy, and stays with the original', async () => {
    const keeper = records();
    const first = await use(keeper, '/a');
    keeper.kept.set('/b', keeper.kept.get('/a')!);
    const second = await use(keeper, '/b');
    expect(second).not.toBe(first);
    expect(await use(keeper, '/b')).toBe(second);
    expect(await use(keeper, '/a')).toBe(first);
  });

  it('stays when the medium is reached by another name', async () => {
    const keeper = records({ '/link': '/a' });
    const first = await use(keeper, '/a');
    expect(await use(keeper, '/link')).toBe(first);
    expect(await use(keeper, '/a')).toBe(first);
    expect(keeper.kept.get('/a')).not.toHaveProperty('claim');
  });

  it('is never the same for two open media', async () => {
    const keeper = records();
    const files = memoryFiles();
    const first = await takeIdentity(files, random, keeper, '/a');
    // The original went away and its copy came to its place.
    keeper.kept.set('/b', { ...keeper.kept.get('/a')!, path: '/b' });
    const second = await takeIdentity(files, random, keeper, '/b');
    expect(second.serialNumber).not.toBe(first.serialNumber);
  });

  it('gives the serial number the digits of the designator', () => {
    const identity = identityOf({ naa: '3123456789abcdef', path: '/' });
    expect(identity.naa).toEqual(Uint8Array.of(0x31, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef));
    expect(identity.serialNumber).toBe('123456789ABCDEF');
  });
});

describe('media that were copied', () => {
  it('disks get an identity of their own', async () => {
    const files = memoryFiles();
    const open = (path: string) => DiskImage.open(files, random, path, { byteLength: MIB });
    const original = await open('/a.img');
    await original.close();
    const sidecar = await files.readFile('/a.img.serverfree.json');
    await files.replaceFile('/b.img.serverfree.json', sidecar);
    const copy = await open('/b.img');
    expect(copy.identity.serialNumber).not.toBe(original.identity.serialNumber);
    expect((await open('/a.img')).identity).toEqual(original.identity);
  });

  it('cartridges do too, but not when they are opened for reading', async () => {
    const files = memoryFiles();
    const original = await newTape(files);
    await original.close();
    const { serialNumber } = original.label.identity;
    await files.makeFolder('/copy');
    for (const name of await files.list(FOLDER)) {
      await files.replaceFile(`/copy/${name}`, await files.readFile(`${FOLDER}/${name}`));
    }
    const reader = await Cartridge.open(files, random, '/copy', { readonly: true });
    expect(reader.label.identity.serialNumber).toBe(serialNumber);
    await reader.close();
    const copy = await Cartridge.open(files, random, '/copy');
    expect(copy.label.identity.serialNumber).not.toBe(serialNumber);
    expect((await openTape(files)).label.identity.serialNumber).toBe(serialNumber);
  });

  it('says where a broken identity is', async () => {
    const files = memoryFiles();
    await files.replaceFile('/a.img.serverfree.json', new TextEncoder().encode('{"naa":"5"}'));
    await expect(DiskImage.open(files, random, '/a.img', { byteLength: MIB }))
      .rejects.toThrow('Cannot read /a.img.serverfree.json: naa is not as it should be');
  });
});
