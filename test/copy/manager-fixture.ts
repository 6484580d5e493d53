import { copyCommands } from '../../src/copy/copy-commands.ts';
import { CopyManager, type CopyManagerOptions } from '../../src/copy/copy-manager.ts';
import { TargetNames } from '../../src/copy/names/target-names.ts';
import { TransportMap } from '../../src/copy/names/transport-map.ts';
import type { CopyReport } from '../../src/copy/operations.ts';
import { RodStore } from '../../src/copy/rod/rod-store.ts';
import { ROD_TYPE_SUPPORT } from '../../src/copy/rod/rod-types.ts';
import { rodReportCommands, tokenCommands } from '../../src/copy/rod/token-commands.ts';
import { copyLimitsOf } from '../../src/copy/settings.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Command, ItNexus, Outcome } from '../../src/sam/command.ts';
import { CommandTable } from '../../src/sam/command-table.ts';
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { perform } from '../../src/sam/perform.ts';
import { nexusOf, reachableBy } from '../support/copy-devices.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { seeded } from '../support/seeded.ts';
import { randomFrom } from '../support/seeded-random.ts';

export class SetClock implements Clock {
  now = 0;
  nowMs(): number {
    return this.now;
  }
  dateMs(): number {
    return this.now;
  }
  /** Nobody is woken: time passes only where a test says so. */
  at(): () => void {
    return () => {};
  }
}

export const host = nexusOf('host');

/** A copy manager and units whose tables have its commands. */
export class Fixture {
  readonly clock = new SetClock();
  readonly mover = new MemoryMover(seeded(3));
  readonly reports: CopyReport[] = [];
  readonly manager: CopyManager;
  readonly units: readonly LogicalUnit[];
  readonly bugs: unknown[] = [];

  constructor(units: readonly LogicalUnit[], options: Partial<CopyManagerOptions> = {}) {
    const ownNexus = nexusOf('copy-manager');
    const reachable = reachableBy(units);
    const rods = new RodStore({
      units: reachable, clock: this.clock, random: randomFrom(seeded(4)), ownNexus,
      limits: copyLimitsOf(options.limits) });
    this.manager = new CopyManager({
      units: reachable, mover: this.mover, clock: this.clock, ownNexus, rods,
      rodTypes: ROD_TYPE_SUPPORT,
      names: new TargetNames({ map: new TransportMap([]), own: () => [] }),
      reportBug: (error) => this.bugs.push(error),
      onEnd: (report) => this.reports.push(report), ...options });
    const { operations } = this.manager;
    const common = [...copyCommands(this.manager), ...rodReportCommands(rods)];
    const ofDisks = [...common, ...tokenCommands({ rods, operations })];
    // Fixtures name their units; the tables need the manager, which needs the units.
    for (const unit of units) {
      const table = new CommandTable(unit.medium?.kind === 'block' ? ofDisks : common);
      Object.assign(unit, { table });
    }
    this.units = units;
  }

  /** Sends a CDB as an initiator without unit attentions does. */
  async send(
    unit: LogicalUnit, cdb: Uint8Array, dataOut: Uint8Array = new Uint8Array(0),
    nexus: ItNexus = host, signal = new AbortController().signal): Promise<Outcome> {
    unit.attentions.meet(nexus);
    while (unit.attentions.take(nexus) !== undefined);
    const command: Command = {
      nexus, cdb, attribute: 'simple', dataOut: [dataOut], expectedOutBytes: dataOut.length,
      expectedInBytes: 1 << 16, signal };
    return await perform(unit, command, (error) => this.bugs.push(error));
  }

  copy(
    unit: LogicalUnit, list: Uint8Array, nexus: ItNexus = host,
    signal?: AbortSignal): Promise<Outcome> {
    return this.send(unit, cdb83(list.length), list, nexus, signal);
  }

  /** EXTENDED COPY(LID4). */
  copyLid4(
    unit: LogicalUnit, list: Uint8Array, nexus: ItNexus = host,
    signal?: AbortSignal): Promise<Outcome> {
    return this.send(unit, cdb83(list.length, 1), list, nexus, signal);
  }

  /** COPY OPERATION ABORT. */
  abort(unit: LogicalUnit, listIdentifier: number, nexus: ItNexus = host): Promise<Outcome> {
    return this.send(unit, cdbLid4(0x83, 0x1c, listIdentifier, 0), undefined, nexus);
  }

  /** A RECEIVE command with a list identifier of 32 bits. */
  receiveLid4(
    unit: LogicalUnit, serviceAction: number, listIdentifier: number, allocationLength = 1 << 16,
    nexus: ItNexus = host): Promise<Outcome> {
    return this.send(
      unit, cdbLid4(0x84, serviceAction, listIdentifier, allocationLength), undefined, nexus);
  }

  receive(
    unit: LogicalUnit, serviceAction: number, listIdentifier: number, allocationLength = 1 << 16,
    nexus: ItNexus = host): Promise<Outcome> {
    return this.send(
      unit, cdb84(serviceAction, listIdentifier, allocationLength), undefined, nexus);
  }
}

const withLength = (opcode: number, action: number, list: number, length: number): Uint8Array => {
  const cdb = new Uint8Array(16);
  cdb.set([opcode, action, list]);
  new DataView(cdb.buffer).setUint32(10, length);
  return cdb;
};
export const cdb83 = (parameterListLength: number, serviceAction = 0): Uint8Array =>
  withLength(0x83, serviceAction, 0, parameterListLength);
/** The list identifier in bytes 2 to 5. */
const cdbLid4 = (opcode: number, action: number, list: number, length: number): Uint8Array => {
  const cdb = withLength(opcode, action, 0, length);
  new DataView(cdb.buffer).setUint32(2, list);
  return cdb;
};
export const cdb84 = (
  serviceAction: number, listIdentifier: number, allocationLength: number): Uint8Array =>
  withLength(0x84, serviceAction, listIdentifier, allocationLength);

export const dataOf = ({ dataIn }: Outcome): Uint8Array => dataIn[0] ?? new Uint8Array(0);
