/** What logical units of a target are made of, whatever their kind. */
import { copyCommands } from '../copy/copy-commands.ts';
import type { CopyManager } from '../copy/copy-manager.ts';
import { aliasCommands } from '../copy/names/alias-commands.ts';
import type { TargetNames } from '../copy/names/target-names.ts';
import type { RodStore } from '../copy/rod/rod-store.ts';
import { rodReportCommands } from '../copy/rod/token-commands.ts';
import type { Cartridge } from '../media/cartridge.ts';
import type { Identity } from '../media/identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { ItNexus } from '../sam/command.ts';
import type { CommandEntry } from '../sam/command-table.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import type { Device } from '../server/device.ts';
import { primaryCommands } from '../server/primary-commands.ts';
import { streamCommands } from '../server/stream-commands.ts';
import { TapeUnit } from '../server/tape.ts';
import type { VpdPage } from '../server/vpd-pages.ts';
import type { CopyStatistics } from './copy-statistics.ts';
import type { KeptByTape, MediaPorts } from './media.ts';
import type { UnitConfig } from './target-config.ts';

/** The ports that logical units and their media need. */
export interface UnitPorts extends MediaPorts {
  readonly clock: Clock;
}

/** A logical unit, what it was made from, and how its medium is closed. */
export interface OpenUnit {
  readonly config: UnitConfig;
  readonly unit: Device;
  /** Looks whether its medium has changed from outside. */
  notice?(): Promise<void>;
  close(): Promise<void>;
}

/** What the logical units of a target share. */
export interface SharedByUnits {
  readonly targetName: string;
  readonly units: LogicalUnits;
  readonly copies: CopyManager;
  readonly rods: RodStore;
  readonly names: TargetNames;
  readonly statistics: CopyStatistics;
}

export const PORTAL_GROUP_TAG = 1;
const THIRD_PARTY_COPY_PAGE = 0x8f;

/** Options of every logical unit. */
export function commonOptions(name: string, shared: SharedByUnits) {
  const { targetName, copies, names, statistics } = shared;
  return {
    name, port: { targetName, portalGroupTag: PORTAL_GROUP_TAG },
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
}

/** The commands of every logical unit that copies can use. */
export const copyRows = (device: Device, shared: SharedByUnits): readonly CommandEntry[] => {
  const { units, copies, rods, names } = shared;
  return [...primaryCommands(device, units), ...copyCommands(copies), ...rodReportCommands(rods),
    ...aliasCommands(names.aliases, (unit, nexus) => copies.usesAliases(unit, nexus))];
};

/** VPD page 8Fh of a unit that is being made. */
export const copyPage = ({ copies }: SharedByUnits, unit: () => LogicalUnit): readonly VpdPage[] =>
  [{ code: THIRD_PARTY_COPY_PAGE, bytes: () => copies.vpdPage(unit()) }];

/** What one drive has that another has not. */
interface DriveParts extends KeptByTape {
  readonly identity: Identity;
  readonly cartridge: Cartridge | undefined;
  readonly clock: Clock;
  readonly generation: number | undefined;
}

/** A tape drive, perhaps with a cartridge in it, which stays its caller's to close. */
export function tapeUnit(
  name: string, shared: SharedByUnits, { cartridge, generation, ...parts }: DriveParts): TapeUnit {
  const unit: TapeUnit = new TapeUnit({
    ...commonOptions(name, shared), ...parts, extraVpdPages: copyPage(shared, () => unit),
    ...(cartridge === undefined ? {} : { cartridge }),
    ...(generation === undefined ? {} : { generation }),
    commands: (device) => [...copyRows(device, shared), ...streamCommands(device)],
  });
  return unit;
}
