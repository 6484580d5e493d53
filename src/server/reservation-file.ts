import { dirname } from 'node:path';
import type { Identity } from '../media/identity.ts';
import { type JsonObject, readJsonFile, writeJsonFile } from '../media/json-file.ts';
import { MediaError } from '../media/media-error.ts';
import { FileError, type Files } from '../ports/files.ts';
import { nexusKey } from '../sam/command.ts';
import type { ReservationKeeper } from '../sam/persistent-reservations.ts';
import {
  type Held, isAllRegistrants, type PersistentState, type Registration,
} from '../sam/persistent-state.ts';
import { SenseError } from '../sense/sense.ts';
import { RESERVATION_TYPE_NAMES } from '../wire/spc/reservation-type.ts';

/** The format that this code writes, and the latest it reads. */
const FORMAT_VERSION = 1;

/**
 * Keeps the persistent reservations of a logical unit in a file; there is none while APTPL is
 * zero. A file that came with a copy of another logical unit's medium is as good as none.
 *
 * Throws: FileError; MediaError (`damaged`, or `notAMedium` if the format is a later one), for
 * who was fenced off must not get in again because a file cannot be read.
 */
export async function openReservationFile(
  files: Files, path: string, { serialNumber }: Identity): Promise<ReservationKeeper> {
  return {
    kept: await files.exists(path)
      ? parseState(path, await readJsonFile(files, path), serialNumber) : undefined,
    async keep(state) {
      try {
        if (state !== undefined) await writeJsonFile(files, path, toJson(state, serialNumber));
        else if (await files.exists(path)) await remove(files, path);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        throw new SenseError('hardwareError', 'internalTargetFailure',
          `Cannot keep the reservations: ${error.message}`);
      }
    },
  };
}

async function remove(files: Files, path: string): Promise<void> {
  await files.remove(path);
  await files.syncFolder(dirname(path));
}

const hexOf = (key: bigint): string => key.toString(16).padStart(16, '0');

const toJson = ({ registrations, held }: PersistentState, serialNumber: string): object => ({
  format: 'serverfree reservations', version: FORMAT_VERSION, serialNumber,
  registrations: [...registrations.values()].map(({ nexus, key, allTargetPorts }) => ({
    ...nexus, key: hexOf(key), allTargetPorts: allTargetPorts ? 1 : 0,
    isHolder: held?.holder === nexusKey(nexus) ? 1 : 0 })),
  type: held?.type ?? 0,
});

function parseState(
  path: string, json: JsonObject, serialNumber: string): PersistentState | undefined {
  json.text('format', /^serverfree reservations$/);
  const version = json.count('version', 1, Number.MAX_SAFE_INTEGER);
  if (version > FORMAT_VERSION) {
    throw new MediaError('notAMedium',
      `Cannot read ${path}: its format is ${version}, this program knows ${FORMAT_VERSION}`);
  }
  if (json.text('serialNumber', /^/) !== serialNumber) return undefined;
  const all = json.list('registrations').map((one): readonly [boolean, Registration] =>
    [one.count('isHolder', 0, 1) === 1, parseRegistration(one)]);
  const type = json.count('type', 0, 8);
  return {
    generation: 0, aptpl: true,
    registrations: new Map(all.map(([, one]) => [nexusKey(one.nexus), one])),
    held: type === 0 ? undefined : parseHeld(path, type, all),
  };
}

/** Throws: MediaError (`damaged`) for a reservation that nobody could release. */
function parseHeld(
  path: string, type: number, all: readonly (readonly [boolean, Registration])[]): Held {
  const holder = all.find(([isHolder]) => isHolder)?.[1];
  const held = { type, holder: holder === undefined ? undefined : nexusKey(holder.nexus) };
  const isWhole = isAllRegistrants(held) ? all.length > 0 : holder !== undefined;
  if (isWhole && RESERVATION_TYPE_NAMES.has(type)) return held;
  throw new MediaError('damaged', `Cannot read ${path}: nobody holds its reservation`);
}

function parseRegistration(json: JsonObject): Registration {
  return {
    nexus: {
      initiatorName: json.text('initiatorName', /^.{1,223}$/u),
      isid: json.text('isid', /^[0-9a-f]{12}$/),
      targetName: json.text('targetName', /^.{1,223}$/u),
      portalGroupTag: json.count('portalGroupTag', 0, 0xffff),
    },
    key: BigInt(`0x${json.text('key', /^(?!0{16})[0-9a-f]{16}$/)}`),
    allTargetPorts: json.count('allTargetPorts', 0, 1) === 1,
  };
}
