/**
 * A running target: media, logical units, copy manager and portal, joined.
 *
 *   TargetConfig ─→ media (opened, locked) ─→ logical units ─┬─→ copy manager ─→ mover
 *                                                            └─→ portal ⇄ initiators
 */
import { CopyManager } from '../copy/copy-manager.ts';
import { TargetNames } from '../copy/names/target-names.ts';
import { TransportMap } from '../copy/names/transport-map.ts';
import { parseTransportName, type TransportName } from '../copy/names/transport-name.ts';
import type { CopyReport } from '../copy/operations.ts';
import { ROD_TYPE_SUPPORT } from '../copy/rod/rod-types.ts';
import { RodStore } from '../copy/rod/rod-store.ts';
import { supportOf } from '../copy/support.ts';
import { copyLimitsOf } from '../copy/settings.ts';
import { addressText } from '../iscsi/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Mover } from '../ports/mover.ts';
import type { Address, Network } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import type { ReportBug } from '../sam/perform.ts';
import { Access } from './access.ts';
import { CopyStatistics } from './copy-statistics.ts';
import { openUnits } from './open-units.ts';
import { Portal } from './portal.ts';
import type { TargetConfig, UnitConfig } from './target-config.ts';
import { type OpenUnit, PORTAL_GROUP_TAG, type SharedByUnits } from './unit-parts.ts';

export interface TargetPorts {
  readonly files: Files;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly mover: Mover;
}

/** Who is told of what happens. */
export interface TargetEvents {
  readonly log: (text: string) => void;
  readonly reportBug: ReportBug;
  readonly copyEnded: (copy: CopyReport) => void;
}

export class Target {
  readonly name: string;
  readonly #units: readonly OpenUnit[];
  readonly #copies: CopyManager;
  readonly #rods: RodStore;
  readonly #portal: Portal;
  #closed: Promise<void> | undefined;

  private constructor(
    name: string, units: readonly OpenUnit[],
    { copies, rods }: Pick<SharedByUnits, 'copies' | 'rods'>, portal: Portal) {
    this.name = name;
    this.#units = units;
    this.#copies = copies;
    this.#rods = rods;
    this.#portal = portal;
  }

  /**
   * Opens and locks all media, then listens.
   *
   * Throws: MediaError, FileError, Error (an address that cannot be listened at); nothing stays
   * open then.
   */
  static async open(
    ports: TargetPorts, config: TargetConfig, events: TargetEvents): Promise<Target> {
    const reachable = new Map<number, LogicalUnit>();
    const units = new Access(config.access ?? [], reachable);
    const statistics = new CopyStatistics();
    let addresses: readonly Address[] = [];
    const map = new TransportMap(config.transportNames ?? []);
    const names = new TargetNames({
      map,
      own: () => ownNames(config.targetName, addresses) });
    const ownNexus = ownNexusOf(config.targetName);
    const rods = new RodStore({
      units, clock: ports.clock, random: ports.random, ownNexus,
      limits: copyLimitsOf(config.copy?.limits) });
    const copies = new CopyManager({
      ...config.copy, units, mover: ports.mover, clock: ports.clock, ownNexus, names, rods,
      rodTypes: ROD_TYPE_SUPPORT,
      support: supportOf({
        hasStreams: config.units.some(({ kind }) => kind !== 'disk'), transports: map.kinds }),
      reportBug: events.reportBug,
      onEnd(report) {
        statistics.add(report.nexus, report.byRung);
        events.copyEnded(report);
      },
    });
    const open: OpenUnit[] = [];
    try {
      const shared = { targetName: config.targetName, units, copies, rods, names, statistics };
      for (const unit of config.units) open.push(...await openUnits(ports, unit, shared));
      for (const [lun, { unit }] of open.entries()) reachable.set(lun, unit);
      const portal = await Portal.open(ports, {
        ...config, log: events.log, admits: units.admits, seesAll: units.seesAll,
      }, units, events.reportBug);
      addresses = portal.addresses;
      return new Target(config.targetName, open, { copies, rods }, portal);
    } catch (error) {
      rods.close();
      for (const unit of open) await unit.close();
      throw error;
    }
  }

  /** The first address that it listens at. */
  get address(): Address {
    return this.#portal.addresses[0]!; // a target is configured with one at least
  }

  get luns(): readonly { readonly lun: number; readonly config: UnitConfig }[] {
    return this.#units.map(({ config }, lun) => ({ lun, config }));
  }

  /** Looks whether images were made longer; initiators are told. Throws: FileError. */
  async noticeGrowth(): Promise<void> {
    for (const unit of this.#units) await unit.notice?.();
  }

  /** Aborts copies, lets initiators log out, makes everything durable and closes. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#copies.tearDown();
    this.#rods.close();
    await this.#portal.close();
    for (const { unit } of this.#units) await unit.tasks.reset();
    for (const unit of this.#units) await unit.close();
  }
}

/** The copy manager is an initiator port of its own. */
const ownNexusOf = (targetName: string): ItNexus => ({
  initiatorName: `${targetName}:copy-manager`, isid: '000000000000', targetName,
  portalGroupTag: PORTAL_GROUP_TAG,
});

/** By what CSCD descriptors name the target itself. */
const ownNames = (targetName: string, addresses: readonly Address[]): readonly TransportName[] =>
  [`iscsi:${targetName}`, ...addresses.map((address) => `ip:${addressText(address)}`)]
    .map(parseTransportName).filter((name) => name !== undefined);
