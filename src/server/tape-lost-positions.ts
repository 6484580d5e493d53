import { hex } from '../bytes/hex.ts';
import { type Command, type ItNexus, nexusKey } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import { type AdditionalSense, additionalSenseCode } from '../sense/codes.ts';
import { SenseError } from '../sense/sense.ts';

/** WRITE, WRITE FILEMARKS, ERASE, FORMAT MEDIUM, SET CAPACITY: the data ends behind them. */
const ENDS_DATA: ReadonlySet<number> =
  new Set([0x04, 0x0a, 0x0b, 0x10, 0x19, 0x80, 0x8a, 0x93]);

/**
 * TEST UNIT READY, READ, VERIFY, SPACE, LOCATE, REWIND, LOAD UNLOAD, READ POSITION: what is sent
 * by who begins anew, asks for the position or chooses one. MODE SENSE and the like are not among
 * them, for drivers send them in the middle of their work.
 */
const BEGINS_ANEW: ReadonlySet<number> = new Set(
  [0x00, 0x01, 0x08, 0x11, 0x13, 0x1b, 0x2b, 0x34, 0x88, 0x8f, 0x91, 0x92]);

/** POWER ON, RESET OR BUS DEVICE RESET OCCURRED and its kin. */
const RESET = 0x29;

/**
 * Nexuses that were writing when they were told of a reset, and so may err about the position.
 *
 * A target that is killed and started again stands at the beginning of the tape. Linux's st
 * (6.1) gives up the WRITE that learns of it, and then, to close the file, writes a filemark:
 * there, over everything. So whatever ends the data is refused until the nexus begins anew, unless
 * nothing stands behind the position: a client may repeat the first WRITE to a blank tape.
 */
export class LostPositions {
  readonly #nexuses = new Set<string>();
  readonly #hasDataAhead: () => boolean;

  constructor(hasDataAhead: () => boolean) {
    this.#hasDataAhead = hasDataAhead;
  }

  attentionReported({ nexus, cdb }: Command, condition: AdditionalSense): void {
    const isReset = additionalSenseCode(condition) >>> 8 === RESET;
    if (isReset && ENDS_DATA.has(cdb[0] ?? 0)) this.#nexuses.add(nexusKey(nexus));
  }

  /** A nexus that comes back is told of a reset again. */
  nexusLost(nexus: ItNexus): void {
    this.#nexuses.delete(nexusKey(nexus));
  }

  /** Throws: SenseError COMMAND SEQUENCE ERROR. */
  #assertKnown({ nexus, cdb }: Command): void {
    if (!this.#nexuses.has(nexusKey(nexus)) || !this.#hasDataAhead()) return;
    throw new SenseError('illegalRequest', 'commandSequenceError',
      `Cannot run ${hex(cdb[0] ?? 0)}: its nexus was writing before a reset, and has not asked `
      + 'for the position since');
  }

  /** The row, with what it means here. */
  watch(row: CommandEntry): CommandEntry {
    const { opcode } = row;
    if (ENDS_DATA.has(opcode)) {
      return { ...row, run: (unit, command, cdb) => {
        this.#assertKnown(command);
        return row.run(unit, command, cdb);
      } };
    }
    if (!BEGINS_ANEW.has(opcode)) return row;
    return { ...row, run: (unit, command, cdb) => {
      this.#nexuses.delete(nexusKey(command.nexus));
      return row.run(unit, command, cdb);
    } };
  }
}
