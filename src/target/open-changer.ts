import { join } from 'node:path';
import type { Cartridge } from '../media/cartridge.ts';
import { type ElementName, elementsOf } from '../media/magazine-elements.ts';
import type { Magazine } from '../media/magazine.ts';
import { ChangerUnit } from '../server/changer.ts';
import { changerCommands, toleratingLun } from '../server/changer-commands.ts';
import { primaryCommands } from '../server/primary-commands.ts';
import { openReservationFile } from '../server/reservation-file.ts';
import { openDriveStateFile } from '../server/tape-state-file.ts';
import type { TapeUnit } from '../server/tape.ts';
import { openMagazine } from './media.ts';
import { placeIdentity } from './place-identity.ts';
import { type ChangerConfig, drivesOf } from './target-config.ts';
import {
  commonOptions, type OpenUnit, type SharedByUnits, tapeUnit, type UnitPorts,
} from './unit-parts.ts';

/**
 * Opens a magazine; its changer comes first, then its drives, with what the magazine has in them.
 *
 * Throws: MediaError, FileError; nothing stays open then.
 */
export async function openChanger(
  ports: UnitPorts, config: ChangerConfig, shared: SharedByUnits): Promise<OpenUnit[]> {
  const magazine = await openMagazine(ports, config);
  const loaded = new Map<ElementName, Cartridge>();
  try {
    const configs = drivesOf(config);
    const drives: TapeUnit[] = [];
    for (const [i, element] of elementsOf(magazine.layout, 'drive').entries()) {
      if (magazine.contents.has(element)) {
        loaded.set(element, await magazine.openCartridge(element));
      }
      const identity = driveIdentity(magazine, element);
      drives.push(tapeUnit(configs[i]!.name, shared, { // as many as the magazine has
        identity, cartridge: loaded.get(element),
        reservationKeeper: await openReservationFile(ports.files,
          join(magazine.folder, `${element}.reservations.json`), identity),
        stateKeeper: await openDriveStateFile(ports.files,
          join(magazine.folder, `${element}.drive.json`), identity),
        clock: ports.clock, generation: config.generation,
      }));
    }
    const unit = await changerUnit(ports, config, shared, { magazine, drives });
    return [
      {
        config, unit, notice: () => unit.takeStock(new AbortController().signal),
        close: () => unit.close(),
      },
      ...drives.map((drive, i) =>
        ({ config: configs[i]!, unit: drive, close: () => Promise.resolve() })),
    ];
  } catch (error) {
    for (const cartridge of loaded.values()) await cartridge.close();
    await magazine.close();
    throw error;
  }
}

/** A drive has no medium of its own; its names follow from those of its library. */
const driveIdentity = ({ identity }: Magazine, element: ElementName) =>
  placeIdentity(`${identity.serialNumber}/${element}`);

async function changerUnit(
  { files }: UnitPorts, config: ChangerConfig, shared: SharedByUnits,
  parts: { readonly magazine: Magazine; readonly drives: readonly TapeUnit[] },
): Promise<ChangerUnit> {
  const { folder, identity } = parts.magazine;
  return new ChangerUnit({
    ...commonOptions(config.name, shared), ...parts,
    reservationKeeper: await openReservationFile(
      files, join(folder, 'reservations.json'), identity),
    commands: (unit) =>
      toleratingLun([...primaryCommands(unit, shared.units), ...changerCommands(unit)]),
  });
}
