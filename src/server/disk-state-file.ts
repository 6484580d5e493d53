import { parseHex } from '../bytes/hex.ts';
import type { Identity } from '../media/identity.ts';
import type { JsonObject } from '../media/json-file.ts';
import type { Files } from '../ports/files.ts';
import type { DiskState } from './disk-state.ts';
import type { Erasure } from './erasure.ts';
import type { KeptWork } from './medium-operation.ts';
import { openStateFile, type StateFormat } from './state-file.ts';
import type { StateKeeper } from './state-store.ts';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const FORMAT: StateFormat<DiskState> = {
  name: 'serverfree disk state', version: 1, device: 'disk',
  toJson: ({ modePages, work }) => ({
    modePages: [...modePages].map(([code, bytes]) => ({ code, bytes: hexOf(bytes) })),
    ...(work === undefined ? {} : { work: workJson(work) }),
  }),
  parse: (json) => ({
    modePages: new Map(json.list('modePages').map((page) =>
      [page.count('code', 0, 0x3e), parseHex(page.text('bytes', /^([0-9a-f]{2}){2,257}$/))])),
    work: json.has('work') ? parseWork(json.object('work')) : undefined,
  }),
};

/**
 * Keeps the state of a disk in a file.
 *
 * Throws: as `openStateFile` does, for a disk that was being sanitized must not be read because a
 * file cannot be.
 */
export const openDiskStateFile = (
  files: Files, path: string, identity: Identity): Promise<StateKeeper<DiskState>> =>
  openStateFile(files, path, identity, FORMAT);

const workJson = ({ work: { command, erasure, canExit }, hasFailed }: KeptWork): object => ({
  command, canExit: canExit ? 1 : 0, hasFailed: hasFailed ? 1 : 0, kind: erasure.kind,
  ...(erasure.kind === 'overwrite' ? {
    pattern: hexOf(erasure.pattern), passCount: erasure.passCount, invert: erasure.invert ? 1 : 0,
  } : {}),
});

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
