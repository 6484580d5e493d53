/**
 * The copy manager of a target: takes EXTENDED COPY lists, carries them out, and remembers how
 * they went.
 *
 * ```text
 *   EXTENDED COPY ──► planCopy ──► operate ──► runCopy ──► MediumAccess of the units, mover
 *   RECEIVE COPY  ◄── CopyResults ◄── CopyOperation: Progress, held data, tokens, outcome
 * ```
 *
 * Source: SPC-4 5.17.
 */
import type { Clock } from '../ports/clock.ts';
import type { BytesByRung, Mover } from '../ports/mover.ts';
import { type ItNexus, nexusKey, type Result } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import type { ReportBug } from '../sam/perform.ts';
import type { ListFormat } from '../wire/copy/parameter-list.ts';
import {
  type Capabilities, operatingParametersOf, serviceActionsOf, thirdPartyCopyPageOf,
} from './capabilities.ts';
import { type CopyOperation, type OperationEnd, ORIGINATES } from './copy-operation.ts';
import { SLICE_BYTES } from './move-pipeline.ts';
import { CopyOperations, type CopyReport } from './operations.ts';
import { type Plan, planCopy } from './plan.ts';
import type { RodTypeSupport } from './rod/rod-types.ts';
import type { CopyRods, RodKeeper } from './rods.ts';
import { runCopy } from './run-copy.ts';
import { copyLimitsOf, copyReadingsOf, type CopySettings } from './settings.ts';
import { type CopySupport, WHOLE_SUPPORT } from './support.ts';
import type { UnitNames } from './unit-names.ts';

/** LIST ID USAGE: results may be discarded; the copy has no identifier. */
const MAY_DISCARD = 2;
const NO_LIST_IDENTIFIER = 3;
/** The CSCD descriptor that goes by an alias. */
const ALIAS_CSCD = 0xe6;

export interface CopyManagerOptions extends CopySettings {
  readonly units: LogicalUnits;
  readonly mover: Mover;
  readonly clock: Clock;
  /** The copy manager as an initiator; reservations of others hold against it. */
  readonly ownNexus: ItNexus;
  readonly names: UnitNames;
  readonly rods: RodKeeper;
  /** What `rods` can do; ascending by type. */
  readonly rodTypes: readonly RodTypeSupport[];
  /** Descriptor types that are taken; all of them if not said. */
  readonly support?: CopySupport;
  /** The largest move; the default is right but for tests. */
  readonly sliceBytes?: number;
  /** Called when a copy has ended, before its status goes out. */
  readonly onEnd?: (report: CopyReport) => void;
  /** Told of a fault of ours that no command is left to report. */
  readonly reportBug?: ReportBug;
}

/** A list as it came. */
export interface CopyCommand {
  readonly unit: LogicalUnit;
  readonly nexus: ItNexus;
  readonly list: Uint8Array;
  readonly signal: AbortSignal;
}

export class CopyManager {
  readonly capabilities: Capabilities;
  /** For every command that originates a copy. */
  readonly operations: CopyOperations;
  readonly #options: CopyManagerOptions;
  readonly #aliasUsers = new Set<CopyOperation>();

  /** Throws: RangeError if a limit is none. */
  constructor(options: CopyManagerOptions) {
    const { mover, clock, onEnd, reportBug, rodTypes } = options;
    const limits = copyLimitsOf(options.limits);
    const readings = copyReadingsOf(options.readings);
    this.#options = options;
    this.capabilities = { limits, readings, rodTypes, support: options.support ?? WHOLE_SUPPORT };
    this.operations = new CopyOperations({
      mover, clock, limits, readings, ...(onEnd === undefined ? {} : { onEnd }),
      ...(reportBug === undefined ? {} : { reportBug }) });
  }

  /** Copies in progress. */
  get runningCount(): number {
    return this.operations.running.size;
  }

  /** What the running copies have moved up to now. */
  get runningBytes(): readonly BytesByRung[] {
    return [...this.operations.running].map(({ progress: { byRung } }) => byRung);
  }

  operatingParameters(): Uint8Array {
    return operatingParametersOf(this.capabilities);
  }

  /** VPD page 8Fh of a logical unit, with the commands that its table has. */
  vpdPage({ peripheralDeviceType, table }: LogicalUnit): Uint8Array {
    return thirdPartyCopyPageOf(this.capabilities, peripheralDeviceType, serviceActionsOf(table));
  }

  /**
   * Runs one EXTENDED COPY; resolves when nothing of it runs any more or, with IMMED, when it has
   * begun.
   *
   * Throws: SenseError ILLEGAL REQUEST if it does not begin.
   */
  async extendedCopy(command: CopyCommand, format: ListFormat): Promise<Result> {
    const { unit, nexus, signal, list } = command;
    const plan = planCopy(list, format, this.capabilities);
    const { listIdUsage, listIdentifier, immed, priority } = plan.header;
    return this.operations.operate({
      unit, nexus, signal, immed, priority, mayDiscard: listIdUsage === MAY_DISCARD,
      listIdentifier: listIdUsage === NO_LIST_IDENTIFIER ? undefined : listIdentifier,
      serviceAction: format === 'LID1' ? ORIGINATES.extendedCopyLid1 : ORIGINATES.extendedCopyLid4,
    }, async (operation) => {
      const rods = await this.#options.rods.open(plan, unit, nexus);
      return (stopped) => this.#copy(operation, plan, rods, stopped);
    });
  }

  async #copy(
    operation: CopyOperation, plan: Plan, rods: CopyRods, signal: AbortSignal,
  ): Promise<OperationEnd> {
    const { units, names, ownNexus, sliceBytes = SLICE_BYTES } = this.#options;
    const { origin: { unit, nexus }, mover, progress, held } = operation;
    const { limits, readings } = this.capabilities;
    const usesAliases = [...plan.cscds.values()].some(({ value }) => value.type === ALIAS_CSCD);
    if (usesAliases) this.#aliasUsers.add(operation);
    try {
      const { leftOver } = await runCopy({
        plan, limits, readings, names, rods, held, sender: nexus, ownNexus, receiver: unit, units,
        mover, signal, progress, sliceBytes });
      return {
        kind: leftOver ? 'residual' : 'complete', tokens: await rods.tokens(),
        ...(plan.header.gSense ? { sense: {
          key: 'completed', additional: 'extendedCopyInformationAvailable',
          commandSpecific: progress.segmentsProcessed } } : {}),
      };
    } finally {
      this.#aliasUsers.delete(operation);
      await rods.close();
    }
  }

  /** Whether a copy in progress that a unit has received over a nexus goes by aliases. */
  usesAliases(unit: LogicalUnit, nexus: ItNexus): boolean {
    const key = nexusKey(nexus);
    return [...this.#aliasUsers].some(({ origin }) =>
      origin.unit === unit && nexusKey(origin.nexus) === key);
  }

  /** LOGICAL UNIT RESET, once what ran has ended: nothing is kept of its copies. */
  reset(unit: LogicalUnit): void {
    this.operations.results.discardUnit(unit);
  }

  /** Nothing is kept for a nexus that is gone; copies that still run go on. */
  nexusLost(nexus: ItNexus): void {
    this.operations.results.discardNexus(nexus);
  }

  /** Aborts all copies and takes no more; resolves once nothing of them runs. Idempotent. */
  tearDown(): Promise<void> {
    return this.operations.tearDown();
  }
}
