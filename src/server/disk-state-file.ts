import { parseHex } from '../bytes/hex.ts';
import type { Identity } from '../media/identity.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from '../media/json-file.ts';
import { MediaError } from '../media/media-error.ts';
import { FileError, type Files } from '../ports/files.ts';
import { SenseError } from '../sense/sense.ts';
import type { DiskState, StateKeeper } from './disk-state.ts';
import type { Erasure } from './erasure.ts';
import type { KeptWork } from './medium-operation.ts';

/** The format that this code writes, and the latest it reads. */
const FORMAT_VERSION = 1;

/**
 * Keeps the state of a disk in a file. One that came with a copy of another disk's image is as
 * good as none.
 *
 * Throws: FileError; MediaError (`damaged`, or `notAMedium` if the format is a later one), for a
 * disk that was being sanitized must not be read because a file cannot be.
 */
export async function openStateFile(
  files: Files, path: string, { serialNumber }: Identity): Promise<StateKeeper> {
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
      `Cannot keep the state of the disk: ${error.message}`);
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const toJson = ({ modePages, work }: DiskState, serialNumber: string): object => ({
  format: 'serverfree disk state', version: FORMAT_VERSION, serialNumber,
  modePages: [...modePages].map(([code, bytes]) => ({ code, bytes: hexOf(bytes) })),
  ...(work === undefined ? {} : { work: workJson(work) }),
});

const workJson = ({ work: { command, erasure, canExit }, hasFailed }: KeptWork): object => ({
  command, canExit: canExit ? 1 : 0, hasFailed: hasFailed ? 1 : 0, kind: erasure.kind,
  ...(erasure.kind === 'overwrite' ? {
    pattern: hexOf(erasure.pattern), passCount: erasure.passCount, invert: erasure.invert ? 1 : 0,
  } : {}),
});

function parseState(path: string, json: JsonObject, serialNumber: string): DiskState | undefined {
  json.text('format', /^serverfree disk state$/);
  const version = json.count('version', 1, Number.MAX_SAFE_INTEGER);
  if (version > FORMAT_VERSION) {
    throw new MediaError('notAMedium',
      `Cannot read ${path}: its format is ${version}, this program knows ${FORMAT_VERSION}`);
  }
  if (json.text('serialNumber', /^/) !== serialNumber) return undefined;
  return {
    modePages: new Map(json.list('modePages').map((page) =>
      [page.count('code', 0, 0x3e), parseHex(page.text('bytes', /^([0-9a-f]{2}){2,257}$/))])),
    work: json.has('work') ? parseWork(json.object('work')) : undefined,
  };
}

const parseWork = (json: JsonObject): KeptWork => ({
  hasFailed: json.count('hasFailed', 0, 1) === 1,
  work: {
    command: json.text('command', /^(format|sanitize)$/) === 'format' ? 'format' : 'sanitize',
    canExit: json.count('canExit', 0, 1) === 1,
    erasure: parseErasure(json),
  },
});

function parseErasure(json: JsonObject): Erasure {
  const kind = json.text('kind', /^(erase|unmap|overwrite)$/);
  if (kind !== 'overwrite') return { kind: kind === 'erase' ? 'erase' : 'unmap' };
  return {
    kind, pattern: parseHex(json.text('pattern', /^([0-9a-f]{2}){1,4096}$/)),
    passCount: json.count('passCount', 1, 31), invert: json.count('invert', 0, 1) === 1,
  };
}
