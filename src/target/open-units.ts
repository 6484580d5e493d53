/** Opens media and makes the logical units on them. */
import { tokenCommands } from '../copy/rod/token-commands.ts';
import { blockCommands } from '../server/block-commands.ts';
import { DiskUnit } from '../server/disk.ts';
import { keptByDisk, keptByTape, openCartridge, openDisk } from './media.ts';
import { openChanger } from './open-changer.ts';
import { placeIdentity } from './place-identity.ts';
import type { DiskConfig, TapeConfig, UnitConfig } from './target-config.ts';
import {
  commonOptions, copyPage, copyRows, type OpenUnit, type SharedByUnits, tapeUnit, type UnitPorts,
} from './unit-parts.ts';

/**
 * SANITIZE that overwrites takes no less: initiators poll for its end, as they have to with a disk
 * that takes hours, and must be able to see it at work on a small image, too.
 */
const OVERWRITE_MS_MIN = 7000;

/** What a configured unit consists of: a changer has drives. Throws: MediaError, FileError. */
export async function openUnits(
  ports: UnitPorts, config: UnitConfig, shared: SharedByUnits): Promise<OpenUnit[]> {
  switch (config.kind) {
    case 'disk': return [await openDiskUnit(ports, config, shared)];
    case 'tape': return [await openTapeUnit(ports, config, shared)];
    default: return openChanger(ports, config, shared);
  }
}

async function openDiskUnit(
  ports: UnitPorts, config: DiskConfig, shared: SharedByUnits): Promise<OpenUnit> {
  const { rods, copies } = shared;
  const image = await openDisk(ports, config);
  const unit: DiskUnit = new DiskUnit(image, {
    ...commonOptions(config.name, shared), ...await keptByDisk(ports, image),
    removable: config.removable, extraVpdPages: copyPage(shared, () => unit),
    overwritePace: { clock: ports.clock, ms: OVERWRITE_MS_MIN },
    ...(config.emulated512 ? { physicalBlockBytes: 4096 } : {}),
    commands: (device) => [...copyRows(device, shared), ...blockCommands(device),
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

async function openTapeUnit(
  ports: UnitPorts, config: TapeConfig, shared: SharedByUnits): Promise<OpenUnit> {
  const cartridge = await openCartridge(ports, config);
  const unit = tapeUnit(config.name, shared, {
    cartridge, clock: ports.clock, generation: config.generation,
    ...await keptByTape(ports, cartridge),
    // An empty drive has no medium to keep its names; its place makes them.
    identity: cartridge?.label.identity ?? placeIdentity(`${shared.targetName}/${config.name}`),
  });
  return { config, unit, close: async () => cartridge?.close() };
}
