import { parseHex } from '../bytes/hex.ts';
import type { Identity } from '../media/identity.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from '../media/json-file.ts';
import { MediaError } from '../media/media-error.ts';
import { FileError, type Files } from '../ports/files.ts';
import { SenseError } from '../sense/sense.ts';
import type { DriveState, DriveStateKeeper } from './tape-state.ts';

/** The format that this code writes, and the latest it reads. */
const FORMAT_VERSION = 1;

/**
 * Keeps the state of a tape drive in a file. One that came with a copy of another drive's files is
 * as good as none.
 *
 * Throws: FileError; MediaError (`damaged`, or `notAMedium` if the format is a later one).
 */
export async function openDriveStateFile(
  files: Files, path: string, { serialNumber }: Identity): Promise<DriveStateKeeper> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    kept: await files.exists(path)
      ? parseState(path, await readJsonFile(files, path), serialNumber) : undefined,
    keep(state) {
      // One after another: the file holds what was asked for last.
      const kept = last.then(() => write(files, path, toJson(state, serialNumber)));
      last = kept.catch(() => undefined);
      return kept;
    },
  };
}

async function write(files: Files, path: string, json: object): Promise<void> {
  try {
    await writeJsonFile(files, path, json);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new SenseError('hardwareError', 'internalTargetFailure',
      `Cannot keep the state of the drive: ${error.message}`);
  }
}

type ByCode = ReadonlyMap<number, Uint8Array>;

const listOf = (map: ByCode): object[] => [...map].map(
  ([code, bytes]) => ({ code, bytes: Buffer.from(bytes).toString('hex') }));

const toJson = ({ modePages, information }: DriveState, serialNumber: string): object => ({
  format: 'serverfree tape drive', version: FORMAT_VERSION, serialNumber,
  modePages: listOf(modePages), information: listOf(information),
});

const mapOf = (list: readonly JsonObject[]): ByCode => new Map(list.map((one) =>
  [one.count('code', 0, 0xffff), parseHex(one.text('bytes', /^([0-9a-f]{2}){0,257}$/))]));

function parseState(path: string, json: JsonObject, serialNumber: string): DriveState | undefined {
  json.text('format', /^serverfree tape drive$/);
  const version = json.count('version', 1, Number.MAX_SAFE_INTEGER);
  if (version > FORMAT_VERSION) {
    throw new MediaError('notAMedium',
      `Cannot read ${path}: its format is ${version}, this program knows ${FORMAT_VERSION}`);
  }
  if (json.text('serialNumber', /^/) !== serialNumber) return undefined;
  return {
    modePages: mapOf(json.list('modePages')), information: mapOf(json.list('information')),
  };
}
