import { dirname, join } from 'node:path';
import { FileError } from '../ports/files.ts';
import type { Files, OpenFile, OpenMode } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import { Allocator } from './allocator.ts';
import { labelPath, newLabel, readLabel, writeLabel } from './cartridge-label.ts';
import type { StoredLabel } from './cartridge-label.ts';
import { makeIdentityRecord, takeIdentity } from './identity.ts';
import type { IdentityRecord } from './identity.ts';
import { IndexLog, loadIndex } from './index-log.ts';
import { MediaError } from './media-error.ts';
import { openMedium } from './open-medium.ts';
import type { CartridgeOptions, OpenReport } from './tape-types.ts';
import type { VolumeContents } from './volume-contents.ts';

const dataPath = (folder: string): string => join(folder, 'data');
const indexPath = (folder: string): string => join(folder, 'index');

/** Lines of damage that an open report holds at most. */
const DAMAGE_LINES_MAX = 100;

/** What `Cartridge` is made of. */
export interface OpenedCartridge {
  readonly folder: string;
  readonly label: StoredLabel;
  readonly data: OpenFile;
  readonly index: OpenFile;
  readonly log: IndexLog;
  readonly contents: VolumeContents;
  readonly allocator: Allocator;
  readonly report: OpenReport;
  readonly writeProtected: boolean;
}

/**
 * Makes the files of a blank cartridge. The label comes last: a folder without it is none, and
 * what a crash has left of it can be made anew; where there is one, all names above it last.
 */
export async function createCartridge(
  files: Files, random: Random, folder: string, options: CartridgeOptions,
): Promise<void> {
  const label = newLabel(makeIdentityRecord(random, labelPath(folder)), options);
  const made = await makeFolder(files, folder);
  for (const name of await files.list(folder)) {
    if (!await isLeftover(files, folder, name)) {
      throw new MediaError('invalid',
        `Cannot make a cartridge in ${folder}: it holds ${name} already`);
    }
  }
  for (const path of [dataPath(folder), indexPath(folder)]) {
    const file = await files.open(path, await files.exists(path) ? 'write' : 'create');
    await file.sync();
    await file.close();
  }
  for (const path of [folder, ...made.map((one) => dirname(one))]) await files.syncFolder(path);
  await writeLabel(files, labelPath(folder), label);
}

/** Makes the folder and its missing parents; returns those that were missing, lowest first. */
async function makeFolder(files: Files, folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let path = folder; !await files.exists(path); path = dirname(path)) missing.push(path);
  await files.makeFolder(folder);
  return missing;
}

/** Whether a crash in the middle of making a cartridge may have left it. */
async function isLeftover(files: Files, folder: string, name: string): Promise<boolean> {
  if (name.startsWith('cartridge.json.')) return true;
  if (name !== 'data' && name !== 'index') return false;
  const file = await files.open(join(folder, name), 'read');
  try {
    return await file.size() === 0;
  } finally {
    await file.close();
  }
}

export async function openCartridge(
  files: Files, random: Random, folder: string, readonly: boolean,
): Promise<OpenedCartridge> {
  const path = labelPath(folder);
  if (!await files.exists(path)) {
    throw new MediaError('notAMedium', `Cannot open cartridge ${folder}: it has no cartridge.json`);
  }
  const mode = readonly ? 'read' : 'write';
  const data = await openMedium(files, dataPath(folder), mode, `cartridge ${folder}`);
  const opened: OpenFile[] = [data];
  try {
    const label = await readLabel(files, path);
    const index = await openIndex(files, folder, mode);
    opened.push(index);
    const parts = await readContents(data, index, label.partitionBytes.length);
    const writeProtected = readonly || parts.report.damage.length > 0;
    if (!writeProtected) {
      // Whoever wrote the label may have been killed before its name was durable.
      await files.syncFolder(folder);
      await parts.log.settle();
      await parts.allocator.reclaim(parts.contents.byOffset());
    }
    const identity = writeProtected
      ? label.identity
      : await takeCartridgeIdentity(files, random, path, label);
    return { folder, label: { ...label, identity }, data, index, ...parts, writeProtected };
  } catch (error) {
    for (const file of opened) await file.close();
    throw error;
  }
}

async function openIndex(files: Files, folder: string, mode: OpenMode): Promise<OpenFile> {
  try {
    return await files.open(indexPath(folder), mode);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'ENOENT') throw error;
    throw new MediaError('damaged', `Cannot open cartridge ${folder}: its index is missing`,
      { cause: error });
  }
}

async function readContents(data: OpenFile, index: OpenFile, partitionCount: number) {
  const { contents, entryCount, cutEntries, damage } = await loadIndex(index);
  const dataBytes = await data.size();
  const lines = [...damage, ...contents.beyond(partitionCount)];
  for (const line of contents.misplaced(dataBytes)) {
    if (lines.push(line) === DAMAGE_LINES_MAX) break;
  }
  return {
    contents,
    log: new IndexLog(index, entryCount),
    allocator: new Allocator(data, dataBytes),
    report: { cutEntries, damage: lines },
  };
}

/** The label of what may be another cartridge, or none, or a broken one. */
async function readLabelIfAny(files: Files, path: string): Promise<StoredLabel | undefined> {
  try {
    return await readLabel(files, path);
  } catch (error) {
    if (error instanceof MediaError || error instanceof FileError) return undefined;
    throw error;
  }
}

/** The label is read again afterwards only by whoever opens the cartridge next. */
async function takeCartridgeIdentity(
  files: Files, random: Random, path: string, label: StoredLabel,
): Promise<IdentityRecord> {
  let kept = label.identity;
  const keeper = {
    read: async (at: string) => {
      if (at === path) return kept;
      return (await readLabelIfAny(files, at))?.identity;
    },
    write: async (at: string, identity: IdentityRecord) => {
      await writeLabel(files, at, { ...label, identity });
      kept = identity;
    },
  };
  await takeIdentity(files, random, keeper, path);
  return kept;
}
