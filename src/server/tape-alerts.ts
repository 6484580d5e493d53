import { type ItNexus, nexusKey, type Result } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { SenseError } from '../sense/sense.ts';

/** Flags of the TapeAlert log page, numbered from 1. Source: SSC-4 annex A. */
export const TAPE_ALERT_COUNT = 64;

/** Flags that are set here. Nothing wears, is cleaned or gets dirty, so no other ever is. */
export const TAPE_ALERT = {
  hardError: 0x03, readFailure: 0x05, writeFailure: 0x06, writeProtect: 0x09, noRemoval: 0x0a,
  unsupportedFormat: 0x0c, readOnlyFormat: 0x11, wormOverwrite: 0x3c,
} as const;

function bitsOf(flags: Iterable<number>): Uint8Array {
  const bytes = new Uint8Array(TAPE_ALERT_COUNT / 8);
  for (const flag of flags) bytes[(flag - 1) >>> 3]! |= 0x80 >>> ((flag - 1) & 7);
  return bytes;
}

/** The flags that are ever set, as bits. */
export const SUPPORTED_FLAGS = bitsOf(Object.values(TAPE_ALERT));

/** What a command reports, and the flags that it sets. */
const RAISED_BY: Partial<Record<AdditionalSense, readonly number[]>> = {
  unrecoveredReadError: [TAPE_ALERT.hardError, TAPE_ALERT.readFailure],
  writeError: [TAPE_ALERT.hardError, TAPE_ALERT.writeFailure],
  writeProtected: [TAPE_ALERT.writeProtect],
  softwareWriteProtected: [TAPE_ALERT.writeProtect],
  cannotWriteIncompatibleFormat: [TAPE_ALERT.writeProtect],
  mediumRemovalPrevented: [TAPE_ALERT.noRemoval],
  wormOverwriteAttempted: [TAPE_ALERT.wormOverwrite],
};

/**
 * The TapeAlert flags of a drive. A flag stands until the tape is changed or loaded, the log is
 * reset, or the drive is; for a nexus until it has read it. Source: SSC-4 4.2.17, annex A.
 */
export class TapeAlerts {
  /** The flags that stand, each with the nexuses that have read it since it was set. */
  readonly #flags = new Map<number, Set<string>>();
  readonly #counts = new Map<number, number>();
  /** Told when flags are set that were not. */
  onRaise: () => void = () => {};

  raise(...flags: readonly number[]): void {
    const isNew = flags.some((flag) => !this.#flags.has(flag));
    for (const flag of flags) {
      this.#flags.set(flag, new Set());
      this.#counts.set(flag, this.countOf(flag) + 1);
    }
    if (isNew) this.onRaise();
  }

  clear(): void {
    this.#flags.clear();
  }

  /** How often the flag was set, whatever has cleared it since. */
  countOf(flag: number): number {
    return this.#counts.get(flag) ?? 0;
  }

  /** Whether any flag stands. */
  get isAny(): boolean {
    return this.#flags.size > 0;
  }

  /** A bit for each flag that stands, whoever has read it: the first the most significant. */
  get bits(): Uint8Array {
    return bitsOf(this.#flags.keys());
  }

  /** Whether the flag stands, and the nexus has not read it. */
  isSetFor(nexus: ItNexus, flag: number): boolean {
    return this.#flags.get(flag)?.has(nexusKey(nexus)) === false;
  }

  /** The nexus has read these. */
  wasRead(nexus: ItNexus, flags: readonly number[]): void {
    for (const flag of flags) this.#flags.get(flag)?.add(nexusKey(nexus));
  }

  nexusLost(nexus: ItNexus): void {
    for (const readers of this.#flags.values()) readers.delete(nexusKey(nexus));
  }

  /** The row; what it reports sets the flags that belong to it. */
  watch(row: CommandEntry): CommandEntry {
    return { ...row, run: async (unit, command, cdb) => {
      try {
        const result = await row.run(unit, command, cdb);
        this.#note(result.sense);
        return result;
      } catch (error) {
        if (error instanceof SenseError) this.#note(error.sense);
        throw error;
      }
    } };
  }

  #note(sense: Result['sense']): void {
    const flags = sense && RAISED_BY[sense.additional];
    if (flags !== undefined) this.raise(...flags);
  }
}
