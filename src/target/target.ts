/**
 * A running target: media, logical units, copy manager and portal, joined.
 *
 *   TargetConfig ─→ media (opened, locked) ─→ logical units ─┬─→ copy manager ─→ mover
 *                                                            └─→ portal ⇄ initiators
 */
import { createHash } from 'node:crypto';
import { parseHex } from '../bytes/hex.ts';
import type { Identity } from '../media/identity.ts';
import { blockCommands } from '../server/block-commands.ts';
import type { Device } from '../server/device.ts';
import { DiskUnit } from '../server/disk.ts';
import { primaryCommands } from '../server/primary-commands.ts';
import { streamCommands } from '../server/stream-commands.ts';
import { TapeUnit } from '../server/tape.ts';
import type { VpdPage } from '../server/vpd-pages.ts';
import { copyCommands } from '../copy/copy-commands.ts';
import { CopyManager } from '../copy/copy-manager.ts';
import { aliasCommands } from '../copy/names/alias-commands.ts';
import { TargetNames } from '../copy/names/target-names.ts';
import { TransportMap } from '../copy/names/transport-map.ts';
import { parseTransportName, type TransportName } from '../copy/names/transport-name.ts';
import type { CopyReport } from '../copy/operations.ts';
import { ROD_TYPE_SUPPORT } from '../copy/rod/rod-types.ts';
import { RodStore } from '../copy/rod/rod-store.ts';
import { rodReportCommands, tokenCommands } from '../copy/rod/token-commands.ts';
import { supportOf } from '../copy/support.ts';
import { copyLimitsOf } from '../copy/settings.ts';
import { addressText } from '../iscsi/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Mover } from '../ports/mover.ts';
import type { Address, Network } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import type { ItNexus } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import type { ReportBug } from '../sam/perform.ts';
import { Access } from './access.ts';
import { CopyStatistics } from './copy-statistics.ts';
import { keptByDisk, openCartridge, openDisk, tapeReservations } from './media.ts';
import { Portal } from './portal.ts';
import type { TargetConfig, UnitConfig } from './target-config.ts';

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

/** A logical unit, what it was made from, and how its medium is closed. */
interface OpenUnit {
  readonly config: UnitConfig;
  readonly unit: Device;
  /** Looks whether its medium has changed from outside. */
  notice?(): Promise<void>;
  close(): Promise<void>;
}

const PORTAL_GROUP_TAG = 1;
/**
 * SANITIZE that overwrites takes no less: initiators poll for its end, as they have to with a disk
 * that takes hours, and must be able to see it at work on a small image, too.
 */
const OVERWRITE_MS_MIN = 7000;
const THIRD_PARTY_COPY_PAGE = 0x8f;

export class Target {
  readonly name: string;
  readonly #units: readonly OpenUnit[];
  readonly #copies: CopyManager;
  readonly #rods: RodStore;
  readonly #portal: Portal;
  #closed: Promise<void> | undefined;

  private constructor(
    name: string, units: readonly OpenUnit[], { copies, rods }: Pick<Shared, 'copies' | 'rods'>,
    portal: Portal) {
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
      for (const [lun, unit] of config.units.entries()) {
        open.push(await openUnit(ports, unit, { config, units, copies, rods, names, statistics }));
        reachable.set(lun, open.at(-1)!.unit);
      }
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

/** An empty drive has no medium to keep its names; its place makes them, so that they last. */
function emptyDriveIdentity(targetName: string, name: string): Identity {
  const digits = createHash('sha256').update(`${targetName}/${name}`).digest('hex').slice(0, 15);
  return { naa: parseHex(`3${digits}`), serialNumber: digits.toUpperCase() };
}

/** What the logical units of a target share. */
interface Shared {
  readonly config: TargetConfig;
  readonly units: LogicalUnits;
  readonly copies: CopyManager;
  readonly rods: RodStore;
  readonly names: TargetNames;
  readonly statistics: CopyStatistics;
}

async function openUnit(
  ports: TargetPorts, config: UnitConfig, shared: Shared): Promise<OpenUnit> {
  const { units, copies, rods, names, statistics } = shared;
  const { targetName } = shared.config;
  const common = {
    name: config.name, port: { targetName, portalGroupTag: PORTAL_GROUP_TAG },
    extraLogPages: [statistics.logPage],
    onReset(unit: LogicalUnit) {
      copies.reset(unit);
      names.aliases.reset(unit);
    },
    onNexusLost(nexus: ItNexus) {
      copies.nexusLost(nexus);
      names.aliases.nexusLost(nexus);
      statistics.discard(nexus);
    },
  };
  const rows = (device: Device): readonly CommandEntry[] =>
    [...primaryCommands(device, units), ...copyCommands(copies), ...rodReportCommands(rods),
      ...aliasCommands(names.aliases, (unit, nexus) => copies.usesAliases(unit, nexus))];
  const copyPage = (unit: () => LogicalUnit): readonly VpdPage[] =>
    [{ code: THIRD_PARTY_COPY_PAGE, bytes: () => copies.vpdPage(unit()) }];
  if (config.kind === 'disk') {
    const image = await openDisk(ports, config);
    const unit: DiskUnit = new DiskUnit(image, {
      ...common, ...await keptByDisk(ports, image), removable: config.removable,
      extraVpdPages: copyPage(() => unit),
      overwritePace: { clock: ports.clock, ms: OVERWRITE_MS_MIN },
      ...(config.emulated512 ? { physicalBlockBytes: 4096 } : {}),
      commands: (device) => [...rows(device), ...blockCommands(device),
        ...tokenCommands({ rods, operations: copies.operations })],
    });
    return {
      config, unit, notice: () => unit.noticeGrowth(),
      async close() {
        await unit.close();
        await image.close();
      },
    };
  }
  const cartridge = await openCartridge(ports, config);
  const unit: TapeUnit = new TapeUnit({
    ...common, ...await tapeReservations(ports, cartridge), extraVpdPages: copyPage(() => unit),
    identity: cartridge?.label.identity ?? emptyDriveIdentity(targetName, config.name),
    ...(cartridge === undefined ? {} : { cartridge }),
    commands: (device) => [...rows(device), ...streamCommands(device)],
  });
  return { config, unit, close: async () => cartridge?.close() };
}
