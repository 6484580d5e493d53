import { parseHex } from '../bytes/hex.ts';
import type { Identity } from '../media/identity.ts';
import type { JsonObject } from '../media/json-file.ts';
import type { Files } from '../ports/files.ts';
import { openStateFile, type StateFormat } from './state-file.ts';
import type { StateKeeper } from './state-store.ts';
import type { DriveState } from './tape-state.ts';

type ByCode = ReadonlyMap<number, Uint8Array>;

const listOf = (map: ByCode): object[] => [...map].map(
  ([code, bytes]) => ({ code, bytes: Buffer.from(bytes).toString('hex') }));

const mapOf = (list: readonly JsonObject[]): ByCode => new Map(list.map((one) =>
  [one.count('code', 0, 0xffff), parseHex(one.text('bytes', /^([0-9a-f]{2}){0,257}$/))]));

const FORMAT: StateFormat<DriveState> = {
  name: 'serverfree tape drive', version: 1, device: 'drive',
  toJson: ({ modePages, information }) =>
    ({ modePages: listOf(modePages), information: listOf(information) }),
  parse: (json) =>
    ({ modePages: mapOf(json.list('modePages')), information: mapOf(json.list('information')) }),
};

/** Keeps the state of a tape drive in a file. Throws: as `openStateFile` does. */
export const openDriveStateFile = (
  files: Files, path: string, identity: Identity): Promise<StateKeeper<DriveState>> =>
  openStateFile(files, path, identity, FORMAT);
