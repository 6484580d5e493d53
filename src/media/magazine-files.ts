/** Opens the folder of a magazine, and makes one. */
import { dirname, join } from 'node:path';
import { FileError, type Files, type OpenFile } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import { Cartridge } from './cartridge.ts';
import { labelPath, readLabel } from './cartridge-label.ts';
import { type IdentityRecord, makeIdentityRecord, takeIdentity } from './identity.ts';
import {
  type Contents, type FoundCartridge, reconcile, type Reconciled,
} from './magazine-contents.ts';
import { checkLayout, elementsOf, type MagazineLayout } from './magazine-elements.ts';
import {
  keptOf, type KeptMagazine, magazinePath, readMagazine, writeMagazine,
} from './magazine-file.ts';
import { MediaError } from './media-error.ts';
import { openMedium } from './open-medium.ts';
import type { CartridgeOptions } from './tape-types.ts';

export interface MagazineOptions {
  /** Counts that are not as kept, or those of a magazine that is to be made. */
  readonly layout?: Partial<MagazineLayout>;
  /** A magazine that is not there is made, with blank cartridges like these; else refused. */
  readonly blanks?: readonly CartridgeOptions[];
}

const DEFAULT_LAYOUT: MagazineLayout = { slots: 20, mailSlots: 0, drives: 2 };

/** What `Magazine` is made of. */
export interface OpenedMagazine {
  readonly folder: string;
  readonly lock: OpenFile;
  readonly kept: Pick<KeptMagazine, 'identity' | 'layout'>;
  readonly contents: Contents;
  readonly report: Pick<Reconciled, 'missing' | 'added'>;
}

/** `folder` is an absolute path. Throws: as `Magazine.open`. */
export async function openMagazine(
  files: Files, random: Random, folder: string, { layout = {}, blanks }: MagazineOptions,
): Promise<OpenedMagazine> {
  const isNew = !await files.exists(magazinePath(folder));
  if (isNew && blanks === undefined) {
    throw new MediaError('notAMedium', `Cannot open magazine ${folder}: it has no magazine.json`);
  }
  const { slots, ...counts } = { ...DEFAULT_LAYOUT, ...layout };
  checkLayout({ slots, ...counts });
  if (blanks !== undefined && blanks.length > slots) {
    throw new MediaError('invalid',
      `Cannot make magazine ${folder}: ${blanks.length} cartridges do not fit ${slots} slots`);
  }
  const lock = await lockOf(files, folder);
  try {
    if (isNew) await makeBlanks(files, random, folder, blanks ?? []);
    // Whoever wrote the file may have been killed before its name was durable.
    else await files.syncFolder(folder);
    const kept = isNew ? undefined : await readMagazine(files, magazinePath(folder));
    return { folder, lock, ...await takeStock(files, random, folder, kept, layout) };
  } catch (error) {
    await lock.close();
    throw error;
  }
}

/** The lock is on a file of its own, for `magazine.json` is another file after each change. */
async function lockOf(files: Files, folder: string): Promise<OpenFile> {
  const path = join(folder, 'magazine.lock');
  await files.makeFolder(folder);
  if (!await files.exists(path)) await (await files.open(path, 'create')).close();
  return openMedium(files, path, 'write', `magazine ${folder}`);
}

/**
 * Whoever made the folder, or a cartridge in it, may have been killed before their names were
 * durable: all of them are so on return.
 */
async function makeBlanks(
  files: Files, random: Random, folder: string, blanks: readonly CartridgeOptions[],
): Promise<void> {
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    await syncAbove(files, dirname(path));
  }
  for (const blank of blanks) {
    const path = join(folder, blank.barcode);
    if (await files.exists(labelPath(path))) await files.syncFolder(path);
    else await Cartridge.create(files, random, path, blank);
  }
  await files.syncFolder(folder);
}

/** A folder that must not be read is none that was made here. */
async function syncAbove(files: Files, folder: string): Promise<void> {
  try {
    await files.syncFolder(folder);
  } catch (error) {
    if (!(error instanceof FileError) || !['EACCES', 'EPERM'].includes(error.code)) throw error;
  }
}

/** Brings what was kept up to date with what is there, and takes its identity. */
async function takeStock(
  files: Files, random: Random, folder: string, kept: KeptMagazine | undefined,
  given: Partial<MagazineLayout>) {
  const path = magazinePath(folder);
  const layout = { ...DEFAULT_LAYOUT, ...kept?.layout, ...given };
  const stock = await stockOf(files, folder, layout, kept);
  const cartridges = keptOf(stock.contents);
  let identity = kept?.identity ?? makeIdentityRecord(random, path);
  const write = async (record: IdentityRecord): Promise<void> => {
    await writeMagazine(files, path, { identity: record, layout, cartridges });
    identity = record;
  };
  const now = JSON.stringify([layout, cartridges]);
  if (now !== JSON.stringify([kept?.layout, kept?.cartridges])) await write(identity);
  await takeIdentity(files, random, {
    read: async (at) => (at === path ? identity : readIdentityIfAny(files, at)),
    write: (_at, record) => write(record),
  }, path);
  return { kept: { identity, layout }, contents: stock.contents, report: stock };
}

/** Throws: MediaError (`invalid`) if there are more cartridges than elements. */
async function stockOf(
  files: Files, folder: string, layout: MagazineLayout, kept: KeptMagazine | undefined,
): Promise<Reconciled> {
  checkLayout(layout);
  const found = await findCartridges(files, folder);
  const stock = reconcile(layout, kept?.cartridges ?? [], found,
    [...elementsOf(layout, 'slot'), ...elementsOf(layout, 'mail')]);
  const [homeless] = stock.homeless;
  if (homeless === undefined) return stock;
  throw new MediaError('invalid', `Cannot open magazine ${folder}: it has ${found.length} `
    + `cartridges, and no slot is left for ${homeless.folder}; give it more slots`);
}

/** The identity of what may be another magazine, or none, or a broken one. */
async function readIdentityIfAny(files: Files, path: string): Promise<IdentityRecord | undefined> {
  try {
    return await files.exists(path) ? (await readMagazine(files, path)).identity : undefined;
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}

/** Folders with a label, by name. One whose label cannot be read is a cartridge all the same. */
export async function findCartridges(files: Files, folder: string): Promise<FoundCartridge[]> {
  const found: FoundCartridge[] = [];
  for (const name of (await files.list(folder)).sort()) {
    const path = labelPath(join(folder, name));
    if (!await files.exists(path)) continue;
    found.push({ folder: name, ...await labelIn(files, path) });
  }
  return found;
}

async function labelIn(files: Files, path: string): Promise<Omit<FoundCartridge, 'folder'>> {
  try {
    const { identity, barcode, worm } = await readLabel(files, path);
    return { naa: identity.naa, barcode, worm };
  } catch (error) {
    if (error instanceof MediaError) return { naa: '', barcode: '', worm: false };
    throw error;
  }
}

