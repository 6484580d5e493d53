import { type ItNexus, nexusKey, STATUS, type StatusName } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import { copyStatus, COPY_STATUS, failedSegmentDetails } from '../wire/copy/results.ts';
import type { Progress } from './progress.ts';

/** How a copy ended. */
export interface CopyOutcome {
  readonly status: StatusName;
  /** Encoded sense data, as it went to the initiator. */
  readonly sense: Uint8Array | undefined;
}

/** A copy that can be asked about by its list identifier. */
export interface NamedCopy {
  readonly unit: LogicalUnit;
  readonly nexus: ItNexus;
  readonly listIdentifier: number;
  readonly progress: Progress;
  /** Undefined while it runs. */
  outcome: CopyOutcome | undefined;
  endedAtMs: number;
  /** Returned in full after the end: each is given once. */
  statusReturned: boolean;
  detailsReturned: boolean;
}

/** How long results are kept at least, if nothing else discards them. Source: SPC-4 5.17.4.3. */
export const RESULT_AGE_MAX_MS = 10 * 60 * 1000;
/** Results of ended copies kept at once; the oldest go first. */
export const RESULT_COUNT_MAX = 256;

/**
 * Copies by list identifier, I_T nexus and receiving logical unit, and what is kept of those that
 * have ended.
 *
 * Source: SPC-4 5.17.4 (list identifiers, discarding).
 */
export class CopyResults {
  #copies: NamedCopy[] = [];

  /** Undefined if the identifier was never used, or what was kept is gone. */
  find(
    unit: LogicalUnit, nexus: ItNexus, listIdentifier: number, nowMs: number,
  ): NamedCopy | undefined {
    this.#copies = this.#copies.filter((copy) =>
      copy.outcome === undefined || nowMs - copy.endedAtMs < RESULT_AGE_MAX_MS);
    const key = nexusKey(nexus);
    return this.#copies.find((copy) => copy.unit === unit
      && copy.listIdentifier === listIdentifier && nexusKey(copy.nexus) === key);
  }

  /** The name's older results are gone with this. */
  begin(unit: LogicalUnit, nexus: ItNexus, listIdentifier: number, progress: Progress): NamedCopy {
    const copy: NamedCopy = {
      unit, nexus, listIdentifier, progress, outcome: undefined, endedAtMs: 0,
      statusReturned: false, detailsReturned: false,
    };
    const key = nexusKey(nexus);
    this.#discard((old) => old.unit === unit && old.listIdentifier === listIdentifier
      && nexusKey(old.nexus) === key);
    this.#copies.push(copy);
    return copy;
  }

  end(copy: NamedCopy, outcome: CopyOutcome, nowMs: number): void {
    copy.outcome = outcome;
    copy.endedAtMs = nowMs;
    const ended = this.#copies.filter((one) => one.outcome !== undefined);
    const surplus = new Set(ended.slice(0, Math.max(0, ended.length - RESULT_COUNT_MAX)));
    this.#discard((one) => surplus.has(one));
  }

  /** LOGICAL UNIT RESET. */
  discardUnit(unit: LogicalUnit): void {
    this.#discard((copy) => copy.unit === unit);
  }

  /** I_T nexus loss: running copies go on, without a name. */
  discardNexus(nexus: ItNexus): void {
    const key = nexusKey(nexus);
    this.#discard((copy) => nexusKey(copy.nexus) === key);
  }

  #discard(isGone: (copy: NamedCopy) => boolean): void {
    this.#copies = this.#copies.filter((copy) => !isGone(copy));
  }
}

/** Parameter data of RECEIVE COPY STATUS(LID1). */
export function statusOf({ outcome, progress }: NamedCopy): Uint8Array {
  const { completed, completedWithErrors, inProgress } = COPY_STATUS;
  const ended = outcome?.status === 'good' ? completed : completedWithErrors;
  const { units, count } = transferCountOf(progress.transferBytes);
  return copyStatus.encode({
    availableData: copyStatus.size - 4, heldDataDiscarded: false,
    status: outcome === undefined ? inProgress : ended,
    segmentsProcessed: progress.segmentsProcessed, transferCountUnits: units, transferCount: count,
  });
}

/** The smallest power of 1024 in which the bytes fit 32 bits, rounded down. */
export function transferCountOf(byteLength: number): { units: number; count: number } {
  let units = 0;
  let count = byteLength;
  for (; count > 0xffff_ffff; units += 1) count = Math.floor(count / 1024);
  return { units, count };
}

/** Parameter data of RECEIVE COPY FAILURE DETAILS(LID1); four bytes if nothing has failed. */
export function failureDetailsOf({ status, sense }: CopyOutcome): Uint8Array {
  if (status === 'good') return new Uint8Array(4);
  const senseData = sense ?? new Uint8Array(0);
  return failedSegmentDetails.encode({
    availableData: failedSegmentDetails.size - 4 + senseData.length,
    status: STATUS[status], senseDataLength: senseData.length, senseData,
  });
}
