import { parseHex } from '../bytes/hex.ts';
import type { Files } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import type { JsonObject } from './json-file.ts';

/** The names of a logical unit, made once and kept with its medium. */
export interface Identity {
  /** NAA designator, type 3h (locally assigned), 8 bytes. Source: SPC-4 7.8.6.6.4. */
  readonly naa: Uint8Array;
  /** The 15 digits of the designator behind its type, so that it is as unique. */
  readonly serialNumber: string;
}

/** An identity as a file keeps it. */
export interface IdentityRecord {
  /** 16 hexadecimal digits. */
  readonly naa: string;
  /** Where this record was when it was last used. */
  readonly path: string;
  /** A mark that is there only while two records are being told apart. */
  readonly claim?: string;
}

/** How a medium reads and writes identity records; `path` names the file that holds one. */
export interface IdentityKeeper {
  /** Returns undefined if there is no record at that path. */
  read(path: string): Promise<IdentityRecord | undefined>;
  write(path: string, record: IdentityRecord): Promise<void>;
}

export const identityOf = ({ naa }: IdentityRecord): Identity => ({
  naa: parseHex(naa),
  serialNumber: naa.slice(1).toUpperCase(),
});

/** A new identity for the medium whose record is kept at `path`. */
export function makeIdentityRecord(random: Random, path: string): IdentityRecord {
  return { naa: `3${hexOf(random.bytes(8)).slice(1)}`, path };
}

/** Throws: MediaError (`damaged`). */
export function parseIdentityRecord(json: JsonObject): IdentityRecord {
  const naa = json.text('naa', /^3[0-9a-f]{15}$/);
  const path = json.text('path', /^/);
  return json.has('claim') ? { naa, path, claim: json.text('claim', /^/) } : { naa, path };
}

/** The identities of open media, so that no two have the same. */
const OPEN = new WeakMap<Files, Set<string>>();

const openOn = (files: Files): Set<string> => {
  const open = OPEN.get(files) ?? new Set<string>();
  OPEN.set(files, open);
  return open;
};

/**
 * Finds the identity of the medium whose record is kept at `path`, an absolute path.
 *
 * A record knows where it was last used. It stays with a medium that is still there, that was
 * moved (there is no such record at the old place any more), or that is reached by another name
 * (a mark made here shows there). A medium that was copied together with its record gets a new
 * identity, for the old one belongs to the original; so does one whose identity an open medium
 * has. What this cannot see: a copy used on another host, or while its original is out of reach
 * and not open here.
 *
 * Throws: FileError, MediaError (`damaged`). The identity is taken until `leaveIdentity`.
 */
export async function takeIdentity(
  files: Files, random: Random, keeper: IdentityKeeper, path: string,
): Promise<Identity> {
  const record = await keeper.read(path);
  const open = openOn(files);
  const keeps = record !== undefined && !open.has(record.naa)
    && !await belongsToAnother(random, keeper, record, path);
  const settled = keeps ? { naa: record.naa, path } : makeIdentityRecord(random, path);
  if (record?.naa !== settled.naa || record.path !== path || record.claim !== undefined) {
    await keeper.write(path, settled);
  }
  open.add(settled.naa);
  return identityOf(settled);
}

export function leaveIdentity(files: Files, identity: Identity): void {
  openOn(files).delete(hexOf(identity.naa));
}

async function belongsToAnother(
  random: Random, keeper: IdentityKeeper, record: IdentityRecord, path: string,
): Promise<boolean> {
  if (record.path === path) return false;
  const other = await keeper.read(record.path);
  if (other?.naa !== record.naa) return false;
  const claim = hexOf(random.bytes(8));
  await keeper.write(path, { ...record, claim });
  return (await keeper.read(record.path))?.claim !== claim;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
