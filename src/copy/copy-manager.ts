/**
 * The copy manager of a target: takes EXTENDED COPY lists, carries them out, and remembers how
 * they went.
 *
 * ```text
 *   EXTENDED COPY ──► planCopy ──► runCopy ──► MediumAccess of the units within reach, mover
 *   RECEIVE COPY  ◄── CopyResults ◄── Progress
 * ```
 *
 * Source: SPC-4 5.17.
 */
import type { Clock } from '../ports/clock.ts';
import type { BytesByRung, Mover } from '../ports/mover.ts';
import type { ItNexus, Result, StatusName } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import { encodeSense, SenseError } from '../sense/sense.ts';
import { operatingParametersOf, thirdPartyCopyPageOf } from './capabilities.ts';
import { COPY_LIMITS, type CopyLimits } from './limits.ts';
import { SLICE_BYTES } from './move-pipeline.ts';
import { type Plan, planCopy } from './plan.ts';
import { Progress } from './progress.ts';
import {
  CopyResults, failureDetailsOf, type NamedCopy, statusOf,
} from './results.ts';
import { runCopy } from './run-copy.ts';

/** LIST ID USAGE 11b: the copy has no identifier. */
const NO_LIST_IDENTIFIER = 3;

/** A copy that has ended, for logs, metrics and reports. */
export interface CopyReport {
  readonly unit: LogicalUnit;
  readonly nexus: ItNexus;
  /** Undefined if the list had none. */
  readonly listIdentifier: number | undefined;
  readonly status: StatusName;
  readonly segmentsProcessed: number;
  /** Bytes written to destinations. */
  readonly transferBytes: number;
  /** Bytes moved, by the way they took; those before an error too. */
  readonly byRung: BytesByRung;
  readonly durationMs: number;
}

export interface CopyManagerOptions {
  readonly units: LogicalUnits;
  readonly mover: Mover;
  readonly clock: Clock;
  /** The copy manager as an initiator; reservations of others hold against it. */
  readonly ownNexus: ItNexus;
  readonly limits?: CopyLimits;
  /** The largest move; the default is right but for tests. */
  readonly sliceBytes?: number;
  /** Called when a copy has ended, before its status goes out. */
  readonly onEnd?: (report: CopyReport) => void;
}

/** A list as it came. */
export interface CopyCommand {
  readonly unit: LogicalUnit;
  readonly nexus: ItNexus;
  readonly list: Uint8Array;
  readonly signal: AbortSignal;
}

export class CopyManager {
  readonly limits: CopyLimits;
  readonly #options: CopyManagerOptions;
  readonly #results = new CopyResults();
  readonly #stop = new AbortController();
  readonly #running = new Map<Progress, { readonly isNamed: boolean; ended: Promise<unknown> }>();

  /** Throws: RangeError if a limit cannot be told to initiators. */
  constructor(options: CopyManagerOptions) {
    this.#options = options;
    this.limits = options.limits ?? COPY_LIMITS;
    this.operatingParameters();
    this.vpdPage(0);
  }

  /** Copies in progress. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** What the running copies have moved up to now. */
  get runningBytes(): readonly BytesByRung[] {
    return [...this.#running.keys()].map(({ byRung }) => byRung);
  }

  operatingParameters(): Uint8Array {
    return operatingParametersOf(this.limits);
  }

  /** VPD page 8Fh for a logical unit of this type. */
  vpdPage(peripheralDeviceType: number): Uint8Array {
    return thirdPartyCopyPageOf(this.limits, peripheralDeviceType);
  }

  /**
   * Runs one EXTENDED COPY(LID1); resolves when nothing of it runs any more.
   *
   * Throws: SenseError ILLEGAL REQUEST if it does not begin; the signal's reason when aborted.
   */
  async extendedCopy(command: CopyCommand): Promise<Result> {
    const plan = planCopy(command.list, this.limits);
    const isNamed = plan.header.listIdUsage !== NO_LIST_IDENTIFIER;
    if (isNamed) this.#refuseUsedIdentifier(command, plan.header.listIdentifier);
    if (!this.#hasRoom(isNamed)) return { status: 'busy' };
    const progress = new Progress();
    const work = this.#run(command, plan, isNamed, progress);
    const ended = work.catch(() => undefined);
    this.#running.set(progress, { isNamed, ended });
    try {
      return await work;
    } finally {
      this.#running.delete(progress);
    }
  }

  #refuseUsedIdentifier({ unit, nexus }: CopyCommand, listIdentifier: number): void {
    const used = this.#results.find(unit, nexus, listIdentifier, this.#options.clock.nowMs());
    if (used === undefined || used.outcome !== undefined) return;
    throw new SenseError('illegalRequest', 'operationInProgress',
      `Cannot begin the copy: list identifier ${listIdentifier} is in use`);
  }

  #hasRoom(isNamed: boolean): boolean {
    const named = [...this.#running.values()].filter((one) => one.isNamed).length;
    return !this.#stop.signal.aborted && this.#running.size < this.limits.concurrentCopiesMax
      && (!isNamed || named < this.limits.identifiedCopiesMax);
  }

  async #run(
    { unit, nexus, signal }: CopyCommand, plan: Plan, isNamed: boolean,
    progress: Progress): Promise<Result> {
    const { units, mover, ownNexus, clock, onEnd } = this.#options;
    const startMs = clock.nowMs();
    const listIdentifier = isNamed ? plan.header.listIdentifier : undefined;
    const named = listIdentifier === undefined ? undefined
      : this.#results.begin(unit, nexus, listIdentifier, progress);
    const end = (status: StatusName, sense?: Uint8Array): void => {
      if (named !== undefined) this.#results.end(named, { status, sense }, clock.nowMs());
      onEnd?.({
        unit, nexus, listIdentifier, status, segmentsProcessed: progress.segmentsProcessed,
        transferBytes: progress.transferBytes, byRung: progress.byRung,
        durationMs: clock.nowMs() - startMs });
    };
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    try {
      await runCopy({
        plan, limits: this.limits, sender: nexus, ownNexus, receiver: unit, units, mover,
        signal: stopped, progress, sliceBytes: this.#options.sliceBytes ?? SLICE_BYTES });
    } catch (error) {
      if (stopped.aborted) {
        end('taskAborted');
        return { status: 'taskAborted' };
      }
      if (!(error instanceof SenseError)) {
        end('checkCondition');
        throw error;
      }
      end('checkCondition', encodeSense(error.sense, unit.senseFormat));
      return { sense: error.sense };
    }
    end('good');
    return {};
  }

  /**
   * Parameter data of RECEIVE COPY STATUS(LID1).
   *
   * What is returned in full after the copy's end is gone then. Throws: SenseError INVALID FIELD
   * IN CDB for an identifier that is not known.
   */
  status(
    unit: LogicalUnit, nexus: ItNexus, listIdentifier: number,
    allocationLength: number): Uint8Array {
    const copy = this.#find(unit, nexus, listIdentifier);
    if (copy.statusReturned) throw unknownIdentifier(listIdentifier);
    const data = statusOf(copy);
    copy.statusReturned = copy.outcome !== undefined && allocationLength >= data.length;
    return data.subarray(0, allocationLength);
  }

  /**
   * Parameter data of RECEIVE COPY FAILURE DETAILS(LID1). An allocation length of 0 discards it.
   *
   * Throws: as `status`, also while the copy runs.
   */
  failureDetails(
    unit: LogicalUnit, nexus: ItNexus, listIdentifier: number,
    allocationLength: number): Uint8Array {
    const copy = this.#find(unit, nexus, listIdentifier);
    if (copy.outcome === undefined || copy.detailsReturned) throw unknownIdentifier(listIdentifier);
    const data = failureDetailsOf(copy.outcome);
    copy.detailsReturned = allocationLength === 0 || allocationLength >= data.length;
    return data.subarray(0, allocationLength);
  }

  #find(unit: LogicalUnit, nexus: ItNexus, listIdentifier: number): NamedCopy {
    const copy = this.#results.find(unit, nexus, listIdentifier, this.#options.clock.nowMs());
    if (copy === undefined) throw unknownIdentifier(listIdentifier);
    return copy;
  }

  /** LOGICAL UNIT RESET, once its tasks have ended: nothing is kept of its copies. */
  reset(unit: LogicalUnit): void {
    this.#results.discardUnit(unit);
  }

  /** Nothing is kept for a nexus that is gone; copies that still run go on. */
  nexusLost(nexus: ItNexus): void {
    this.#results.discardNexus(nexus);
  }

  /** Aborts all copies and takes no more; resolves once nothing of them runs. Idempotent. */
  async tearDown(): Promise<void> {
    this.#stop.abort(new Error('The target stops'));
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }
}

const unknownIdentifier = (listIdentifier: number): SenseError =>
  new SenseError('illegalRequest', 'invalidFieldInCdb',
    `Cannot tell of a copy: list identifier ${listIdentifier} is not known`,
    { fieldPointer: { in: 'cdb', byte: 2 } });
