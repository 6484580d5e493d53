/**
 * Copy operations from their first check to the last answer about them, whichever command
 * originated them.
 *
 * ```text
 *   EXTENDED COPY      ──┐            ┌─ begin ─► work ─► outcome
 *   POPULATE TOKEN     ──┼─ operate ──┤  ILLEGAL    in the foreground, or
 *   WRITE USING TOKEN  ──┘            │  REQUEST    after GOOD (IMMED)
 *                                     └─ BUSY, OPERATION IN PROGRESS
 * ```
 *
 * Source: SPC-4 5.17.4.
 */
import type { Clock } from '../ports/clock.ts';
import type { BytesByRung, Mover } from '../ports/mover.ts';
import { type ItNexus, nexusKey, type Result, type StatusName } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import type { ReportBug } from '../sam/perform.ts';
import { encodeSense, type Sense, SenseError } from '../sense/sense.ts';
import {
  CopyOperation, type CopyOutcome, formatOf, type OperationEnd, type Origin,
} from './copy-operation.ts';
import { FairMover } from './fair-mover.ts';
import type { CopyLimits, CopyReadings } from './limits.ts';
import { CopyResults } from './results.ts';
import { broken } from './rules.ts';

/** Carries an operation out. Throws: SenseError; anything else is our fault unless aborted. */
export type Work = (signal: AbortSignal) => Promise<OperationEnd>;

/**
 * Gets an operation ready, before anything of it is processed or told.
 *
 * The work that is returned is called in any case. Throws: SenseError ILLEGAL REQUEST; then there
 * has been no operation, and results of the list identifier stay.
 */
export type Begin = (operation: CopyOperation) => Promise<Work> | Work;

/** A copy that has ended, for logs, metrics and reports. */
export interface CopyReport {
  readonly unit: LogicalUnit;
  readonly nexus: ItNexus;
  /** Of the command that originated it. */
  readonly serviceAction: number;
  /** Undefined if there was none. */
  readonly listIdentifier: number | undefined;
  /** That of the command, or what it would have been without IMMED. */
  readonly status: StatusName;
  readonly segmentsProcessed: number;
  /** Bytes written to destinations. */
  readonly transferBytes: number;
  /** Bytes moved, by the way they took; those before an error too. */
  readonly byRung: BytesByRung;
  readonly durationMs: number;
}

export interface CopyOperationsOptions {
  readonly mover: Mover;
  readonly clock: Clock;
  readonly limits: CopyLimits;
  readonly readings: CopyReadings;
  /** Called when an operation has ended, before its status goes out. */
  readonly onEnd?: (report: CopyReport) => void;
  /** Told of a fault of ours that no command is left to report. */
  readonly reportBug?: ReportBug;
}

export class CopyOperations {
  readonly results: CopyResults;
  readonly #options: CopyOperationsOptions;
  readonly #mover: FairMover;
  readonly #running = new Set<CopyOperation>();
  #isDown = false;

  constructor(options: CopyOperationsOptions) {
    this.#options = options;
    this.#mover = new FairMover(options.mover);
    this.results = new CopyResults(options.clock, options.limits);
  }

  /** Operations in progress. */
  get running(): ReadonlySet<CopyOperation> {
    return this.#running;
  }

  /**
   * Begins an operation and, without IMMED, resolves to its command's result when nothing of it
   * runs any more. BUSY if there are too many.
   *
   * Throws: SenseError ILLEGAL REQUEST if it does not begin; what is our fault.
   */
  async operate(origin: Origin, begin: Begin): Promise<Result> {
    this.#refuseUsedIdentifier(origin);
    if (!this.#hasRoom(origin)) return { status: 'busy', wantedBytes: 0 };
    const { heldBytesMax } = this.#options.limits;
    const share = this.#mover.share(nexusKey(origin.nexus), origin.priority ?? 1);
    const operation = new CopyOperation(origin, share, heldBytesMax);
    this.#running.add(operation);
    const older = this.results.begin(operation);
    let work: Work;
    try {
      work = await begin(operation);
    } catch (error) {
      this.results.withdraw(operation, older);
      this.#leave(operation, undefined);
      throw error;
    }
    if (!origin.immed || origin.signal.aborted) {
      return this.#run(operation, work, origin.signal);
    }
    void this.#runInBackground(operation, work);
    return {};
  }

  #refuseUsedIdentifier(origin: Origin): void {
    const { listIdentifier } = origin;
    if (listIdentifier === undefined) return;
    const used = this.results.find(origin.unit, origin.nexus, listIdentifier);
    if (used === undefined || used.outcome !== undefined) return;
    const why = `list identifier ${listIdentifier} is in use`;
    const format = formatOf(origin);
    throw format === formatOf(used.origin) || !isList(origin)
      ? broken('identifierInUse', why) : broken('identifierOfOtherFormat', why, { format });
  }

  #hasRoom({ listIdentifier }: Origin): boolean {
    const { concurrentCopiesMax, identifiedCopiesMax } = this.#options.limits;
    const named = [...this.#running].filter(({ origin }) => origin.listIdentifier !== undefined);
    return !this.#isDown && this.#running.size < concurrentCopiesMax
      && (listIdentifier === undefined || named.length < identifiedCopiesMax);
  }

  /** Its end is only told by status commands, and not by deferred errors. Source: SPC-4 6.4.3.7. */
  async #runInBackground(operation: CopyOperation, work: Work): Promise<void> {
    const { unit, nexus } = operation.origin;
    try {
      await unit.tasks.background(nexus, (signal) => this.#run(operation, work, signal));
    } catch (error) {
      this.#options.reportBug?.(error, 'a copy in the background');
    }
  }

  async #run(operation: CopyOperation, work: Work, signal: AbortSignal): Promise<Result> {
    const stopped = AbortSignal.any([signal, operation.stopSignal]);
    const startMs = this.#options.clock.nowMs();
    const { unit: { senseFormat } } = operation.origin;
    const ended = (
      kind: CopyOutcome['kind'], status: StatusName, sense: Sense | undefined): Result => {
      const bytes = sense === undefined ? undefined : encodeSense(sense, senseFormat);
      this.#leave(operation, { kind, status, sense: bytes });
      this.#report(operation, status, startMs);
      return { status, ...(sense === undefined ? {} : { sense }) };
    };
    try {
      const { kind = 'complete', tokens = [], sense } = await work(stopped);
      operation.tokens = tokens;
      return ended(kind, 'good', sense);
    } catch (error) {
      if (stopped.aborted) return this.#terminated(operation, ended);
      if (error instanceof SenseError) return ended('failed', 'checkCondition', error.sense);
      ended('failed', 'checkCondition',
        { key: 'hardwareError', additional: 'internalTargetFailure' });
      throw error;
    }
  }

  /** The command in the foreground is told who stopped it. Source: SPC-4 6.3. */
  #terminated(
    { origin, isAborted, progress }: CopyOperation,
    ended: (kind: 'terminated', status: StatusName, sense: Sense | undefined) => Result): Result {
    if (!isAborted || origin.immed) return ended('terminated', 'taskAborted', undefined);
    const { segmentsProcessed } = progress;
    const { sense } = broken('aborted', 'COPY OPERATION ABORT has stopped it',
      segmentsProcessed === 0 ? {} : { segment: segmentsProcessed - 1 });
    const segmentIsLast = this.#options.readings.segmentNumber === 'right-aligned';
    return ended('terminated', 'checkCondition', { ...sense, segmentIsLast });
  }

  #leave(operation: CopyOperation, outcome: CopyOutcome | undefined): void {
    this.#running.delete(operation);
    void operation.mover.close(); // its share only
    operation.end(outcome, this.#options.clock.nowMs());
    if (outcome !== undefined) this.results.ended(operation);
  }

  #report({ origin, progress }: CopyOperation, status: StatusName, startMs: number): void {
    const { unit, nexus, serviceAction, listIdentifier } = origin;
    const { segmentsProcessed, transferBytes, byRung } = progress;
    this.#options.onEnd?.({
      unit, nexus, serviceAction, listIdentifier, status, segmentsProcessed, transferBytes, byRung,
      durationMs: this.#options.clock.nowMs() - startMs });
  }

  /**
   * COPY OPERATION ABORT; resolves when nothing of the operation runs any more.
   *
   * Throws: SenseError INVALID FIELD IN CDB if no operation in progress has the identifier.
   */
  async abort(unit: LogicalUnit, nexus: ItNexus, listIdentifier: number): Promise<void> {
    const operation = this.results.find(unit, nexus, listIdentifier);
    if (operation === undefined || operation.outcome !== undefined) {
      throw broken('unknownIdentifier', `list identifier ${listIdentifier} is not in progress`);
    }
    operation.isAborted = true;
    operation.stop('COPY OPERATION ABORT');
    await operation.ended;
  }

  /** Stops all operations and begins no more; resolves once nothing of them runs. Idempotent. */
  async tearDown(): Promise<void> {
    this.#isDown = true;
    const running = [...this.#running];
    for (const operation of running) operation.stop('The target stops');
    await Promise.all(running.map(({ ended }) => ended));
  }
}

/** Whether the identifier stood in a parameter list, where an error can point at it. */
const isList = ({ serviceAction }: Origin): boolean => serviceAction <= 1;
