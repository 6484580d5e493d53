/** `magazine.json`: what a magazine keeps, replaced as a whole by each change. */
import { join } from 'node:path';
import type { Files } from '../ports/files.ts';
import { type IdentityRecord, parseIdentityRecord } from './identity.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from './json-file.ts';
import type { Contents, KeptCartridge } from './magazine-contents.ts';
import { checkLayout, type MagazineLayout } from './magazine-elements.ts';
import { MediaError } from './media-error.ts';

/** The format that this code writes, and the latest it reads. */
const FORMAT_VERSION = 1;

export const magazinePath = (folder: string): string => join(folder, 'magazine.json');

export interface KeptMagazine {
  readonly identity: IdentityRecord;
  readonly layout: MagazineLayout;
  readonly cartridges: readonly KeptCartridge[];
}

/** What is kept of contents. */
export const keptOf = (contents: Contents): KeptCartridge[] =>
  [...contents].map(([element, { folder, naa, source }]) => ({ folder, naa, element, source }));

/** Throws: MediaError (`damaged`, or `notAMedium` if the format is a later one), FileError. */
export async function readMagazine(files: Files, path: string): Promise<KeptMagazine> {
  const json = await readJsonFile(files, path);
  json.text('format', /^serverfree magazine$/);
  const version = json.count('version', 1, Number.MAX_SAFE_INTEGER);
  if (version > FORMAT_VERSION) {
    throw new MediaError('notAMedium',
      `Cannot read ${path}: its format is ${version}, this program knows ${FORMAT_VERSION}`);
  }
  const layout = {
    slots: json.count('slots', 0, 0xffff), mailSlots: json.count('mailSlots', 0, 0xffff),
    drives: json.count('drives', 0, 0xffff),
  };
  checkLayout(layout);
  return {
    identity: parseIdentityRecord(json.object('identity')), layout,
    cartridges: json.list('cartridges').map(parseCartridge),
  };
}

const ELEMENT = /^(slot|mail|drive)\d{1,4}$/;

const parseCartridge = (json: JsonObject): KeptCartridge => ({
  folder: json.text('folder', /./), naa: json.text('naa', /^(?:[0-9a-f]{16})?$/),
  element: json.text('element', ELEMENT),
  source: json.has('source') ? json.text('source', ELEMENT) : undefined,
});

/** Durable when it returns: all of it, or nothing. Throws: FileError. */
export const writeMagazine = (files: Files, path: string, kept: KeptMagazine): Promise<void> =>
  writeJsonFile(files, path, {
    format: 'serverfree magazine', version: FORMAT_VERSION, identity: kept.identity,
    ...kept.layout, cartridges: kept.cartridges });
