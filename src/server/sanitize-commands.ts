import { concat } from '../bytes/concat.ts';
import type { Command, Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import {
  SANITIZE, sanitizeBlockEraseCdb, sanitizeCryptographicEraseCdb, sanitizeExitFailureModeCdb,
  sanitizeOverwriteCdb,
} from '../wire/sbc/format-cdbs.ts';
import { sanitizeOverwriteList } from '../wire/sbc/format-data.ts';
import { family, type Form } from './block-transfer.ts';
import type { DiskUnit } from './disk.ts';
import type { Erasure } from './erasure.ts';
import { beginWork, endOfWork } from './medium-work.ts';
import { invalidCdbField, invalidListField, readList } from './parameter-data.ts';

const OPCODE = 0x48;

type Sanitize = {
  readonly immed: boolean; readonly ause: boolean; readonly parameterListLength: number;
};

/**
 * SANITIZE. Source: SBC-3 4.11, 5.25.
 *
 * Departs from SBC-3 for CRYPTOGRAPHIC ERASE: an image is not encrypted, so there is no key to
 * change; what is on it is overwritten and deallocated as by BLOCK ERASE, which has the effect
 * that initiators ask for.
 */
export const sanitizeCommands = (disk: DiskUnit): CommandEntry[] => [
  ...rows(disk, [[OPCODE, sanitizeOverwriteCdb, SANITIZE.overwrite]], (_command, _cdb, list) =>
    overwriting(disk, list)),
  ...rows(disk, [
    [OPCODE, sanitizeBlockEraseCdb, SANITIZE.blockErase],
    [OPCODE, sanitizeCryptographicEraseCdb, SANITIZE.cryptographicErase],
  ], () => ({ kind: 'erase' })),
  ...exitFailureMode(disk),
];

const rows = (
  disk: DiskUnit, forms: readonly Form[],
  erasureOf: (command: Command, cdb: Sanitize, list: Uint8Array) => Erasure): CommandEntry[] =>
  family(disk, forms, () => ({
    access: 'write', admit: () => disk.assertMayErase(),
    dataOutBytes({ parameterListLength }: Sanitize) {
      if (parameterListLength <= sanitizeOverwriteList.size + disk.blockBytes) {
        return parameterListLength;
      }
      throw invalidCdbField(`Cannot sanitize ${disk.name}: a pattern of `
        + `${parameterListLength - sanitizeOverwriteList.size} bytes is longer than a block`, 7);
    },
    async run(command, cdb: Sanitize, parts): Promise<Result> {
      const erasure = erasureOf(command, cdb, concat(parts));
      // Who could not leave a failure must not come to be able to. Source: SBC-3 4.11.4.
      if (cdb.ause && disk.operation.failed?.canExit === false) {
        throw invalidCdbField(
          `Cannot sanitize ${disk.name} with AUSE: it has failed without`, 1, 5);
      }
      await beginWork(disk, { command: 'sanitize', erasure, canExit: cdb.ause });
      return endOfWork(disk, command, cdb.immed, cdb.parameterListLength);
    },
  }));

/** Throws: SenseError. */
function overwriting(disk: DiskUnit, bytes: Uint8Array): Erasure {
  const list = readList(sanitizeOverwriteList, bytes, 0);
  const { patternLength, pattern, passCount, invert } = list;
  if (patternLength > disk.blockBytes) {
    throw invalidListField(`Cannot sanitize ${disk.name}: a pattern of ${patternLength} bytes is `
      + 'longer than a block', 2);
  }
  return {
    kind: 'overwrite', pattern: new Uint8Array(pattern.subarray(0, patternLength)), passCount,
    invert,
  };
}

const exitFailureMode = (disk: DiskUnit): CommandEntry[] =>
  family(disk, [[OPCODE, sanitizeExitFailureModeCdb, SANITIZE.exitFailureMode]], () => ({
    access: 'write', admit: () => disk.assertMayErase(),
    async run(): Promise<Result> {
      const { failed } = disk.operation;
      if (failed?.command !== 'sanitize') return {};
      if (!failed.canExit) {
        throw invalidCdbField(`Cannot leave the failure of ${disk.name}: it was sanitized without `
          + 'AUSE', 1, 4);
      }
      await disk.operation.exit();
      return {};
    },
  }));
