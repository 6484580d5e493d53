import type { Identity } from '../media/identity.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from '../media/json-file.ts';
import { MediaError } from '../media/media-error.ts';
import { FileError, type Files } from '../ports/files.ts';
import { SenseError } from '../sense/sense.ts';
import type { StateKeeper } from './state-store.ts';

/** How the state of one kind of device stands in its file. */
export interface StateFormat<S> {
  /** What the file says that it is. */
  readonly name: string;
  /** The version that this code writes, and the latest it reads. */
  readonly version: number;
  /** What it is the state of, for messages. */
  readonly device: string;
  toJson(state: S): object;
  /** Throws: MediaError `damaged`. */
  parse(json: JsonObject): S;
}

/**
 * Keeps the state of a device in a file. One that came with a copy of another device's files is as
 * good as none.
 *
 * Throws: FileError; MediaError (`damaged`, or `notAMedium` if the format is a later one).
 */
export async function openStateFile<S>(
  files: Files, path: string, { serialNumber }: Identity, format: StateFormat<S>,
): Promise<StateKeeper<S>> {
  let last: Promise<unknown> = Promise.resolve();
  return {
    kept: await files.exists(path)
      ? parseState(path, await readJsonFile(files, path), serialNumber, format) : undefined,
    keep(state) {
      const { name, version } = format;
      const json = { format: name, version, serialNumber, ...format.toJson(state) };
      // One after another: the file holds what was asked for last.
      const kept = last.then(() => write(files, path, json, format.device));
      last = kept.catch(() => undefined);
      return kept;
    },
  };
}

async function write(files: Files, path: string, json: object, device: string): Promise<void> {
  try {
    await writeJsonFile(files, path, json);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new SenseError('hardwareError', 'internalTargetFailure',
      `Cannot keep the state of the ${device}: ${error.message}`);
  }
}

function parseState<S>(
  path: string, json: JsonObject, serialNumber: string, format: StateFormat<S>): S | undefined {
  json.text('format', new RegExp(`^${format.name}$`));
  const version = json.count('version', 1, Number.MAX_SAFE_INTEGER);
  if (version > format.version) {
    throw new MediaError('notAMedium',
      `Cannot read ${path}: its format is ${version}, this program knows ${format.version}`);
  }
  return json.text('serialNumber', /^/) === serialNumber ? format.parse(json) : undefined;
}
