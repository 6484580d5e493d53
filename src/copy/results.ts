import type { Clock } from '../ports/clock.ts';
import { type ItNexus, nexusKey } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import type { CopyOperation } from './copy-operation.ts';
import type { CopyLimits } from './limits.ts';

/** How long results are kept at least, if nothing else discards them. Source: SPC-4 5.17.4.3. */
export const RESULT_AGE_MAX_MS = 10 * 60 * 1000;
/** Results of ended operations kept at once; the oldest go first. */
export const RESULT_COUNT_MAX = 256;

/**
 * Operations by list identifier, I_T nexus and receiving logical unit, and what is kept of those
 * that have ended.
 *
 * Source: SPC-4 5.17.4 (list identifiers, discarding).
 */
export class CopyResults {
  readonly #clock: Clock;
  /** For the application clients of all operations that have ended. */
  readonly #heldBytesMax: number;
  #operations: CopyOperation[] = [];

  constructor(clock: Clock, { heldBytesMax, identifiedCopiesMax }: CopyLimits) {
    this.#clock = clock;
    this.#heldBytesMax = heldBytesMax * identifiedCopiesMax;
  }

  /** Undefined if the identifier was never used, or what was kept is gone. */
  find(unit: LogicalUnit, nexus: ItNexus, listIdentifier: number): CopyOperation | undefined {
    const nowMs = this.#clock.nowMs();
    this.#discard(({ outcome, endedAtMs }) =>
      outcome !== undefined && nowMs - endedAtMs >= RESULT_AGE_MAX_MS);
    const key = nexusKey(nexus);
    return this.#operations.find(({ origin }) => origin.unit === unit
      && origin.listIdentifier === listIdentifier && nexusKey(origin.nexus) === key);
  }

  /** The older results of its identifier, which are returned, are gone with this. */
  begin(operation: CopyOperation): CopyOperation | undefined {
    const { unit, nexus, listIdentifier } = operation.origin;
    if (listIdentifier === undefined) return undefined;
    const older = this.find(unit, nexus, listIdentifier);
    this.#discard((one) => one === older);
    this.#operations.push(operation);
    return older;
  }

  /** The operation has not begun: older results stay, if nothing else has discarded them. */
  withdraw(operation: CopyOperation, older: CopyOperation | undefined): void {
    const at = this.#operations.indexOf(operation);
    if (at >= 0) this.#operations.splice(at, 1, ...(older === undefined ? [] : [older]));
  }

  /** Makes room for the results of an operation that has ended. */
  ended(operation: CopyOperation): void {
    if (operation.origin.mayDiscard) operation.dropHeldData();
    const ended = this.#operations.filter(({ outcome }) => outcome !== undefined)
      .sort((a, b) => a.endedAtMs - b.endedAtMs);
    const surplus = new Set(ended.splice(0, Math.max(0, ended.length - RESULT_COUNT_MAX)));
    this.#discard((one) => surplus.has(one));
    let heldBytes = ended.reduce((sum, { held }) => sum + held.byteLength, 0);
    for (const oldest of ended) {
      if (heldBytes <= this.#heldBytesMax) return;
      heldBytes -= oldest.held.byteLength;
      oldest.dropHeldData();
    }
  }

  /** LOGICAL UNIT RESET. */
  discardUnit(unit: LogicalUnit): void {
    this.#discard(({ origin }) => origin.unit === unit);
  }

  /** I_T nexus loss: running operations go on, without a name. */
  discardNexus(nexus: ItNexus): void {
    const key = nexusKey(nexus);
    this.#discard(({ origin }) => nexusKey(origin.nexus) === key);
  }

  #discard(isGone: (operation: CopyOperation) => boolean): void {
    this.#operations = this.#operations.filter((operation) => !isGone(operation));
  }
}
