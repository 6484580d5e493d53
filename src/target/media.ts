/** Opens what the logical units of a target work on. */
import { join } from 'node:path';
import { labelPath } from '../media/cartridge-label.ts';
import { Cartridge } from '../media/cartridge.ts';
import { DiskImage } from '../media/disk-image.ts';
import { Magazine } from '../media/magazine.ts';
import type { Files } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import type { ReservationKeeper } from '../sam/persistent-reservations.ts';
import { DEFAULT_GENERATION, densityOfGeneration } from '../server/densities.ts';
import type { DiskState } from '../server/disk-state.ts';
import { openDiskStateFile } from '../server/disk-state-file.ts';
import { openReservationFile } from '../server/reservation-file.ts';
import type { StateKeeper } from '../server/state-store.ts';
import type { DriveState } from '../server/tape-state.ts';
import { openDriveStateFile } from '../server/tape-state-file.ts';
import type { ChangerConfig, DiskConfig, TapeConfig } from './target-config.ts';

export interface MediaPorts {
  readonly files: Files;
  readonly random: Random;
}

/** Throws: MediaError, FileError; Error that says how to make an image that is not there. */
export async function openDisk(ports: MediaPorts, config: DiskConfig): Promise<DiskImage> {
  const { path, byteLength, blockBytes, readonly } = config;
  if (byteLength === undefined && !await ports.files.exists(path)) {
    throw new Error(`Cannot open disk image ${path}: there is no such file; give its size to have `
      + `it made (--disk ${config.name}=${path},size=4G)`);
  }
  return DiskImage.open(ports.files, ports.random, path, {
    blockBytes, readonly, ...(byteLength === undefined ? {} : { byteLength }),
  });
}

const DEFAULT_CAPACITY_BYTES = 100 * 1024 ** 3;

/** A barcode from a name: upper case letters and digits, at most 32. */
export const barcodeFor = (name: string): string =>
  name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '').slice(0, 32) || 'TAPE';

/** Opens the cartridge, after making it if there is none. Throws: MediaError, FileError. */
export async function openCartridge(
  ports: MediaPorts, config: TapeConfig): Promise<Cartridge | undefined> {
  const { path } = config;
  if (path === undefined) return undefined;
  // A folder without a label may be what a crash left of a cartridge that was being made.
  if (!await ports.files.exists(labelPath(path))) {
    await Cartridge.create(ports.files, ports.random, path, {
      barcode: barcodeFor(config.name),
      capacityBytes: config.capacityBytes ?? DEFAULT_CAPACITY_BYTES, ...densityFor(config),
    });
  }
  return Cartridge.open(ports.files, ports.random, path);
}

/** Two characters of the library's name, a number of four digits, and the generation of LTO. */
const blankBarcode = (name: string, index: number, generation: number): string =>
  `${barcodeFor(name).slice(0, 2).padEnd(2, '0')}${String(index + 1).padStart(4, '0')}`
  + `L${generation}`;

/** Of a cartridge that is to be made for a drive: its own generation. */
function densityFor(
  { generation = DEFAULT_GENERATION }: Pick<TapeConfig, 'generation'>): { densityCode?: number } {
  const density = densityOfGeneration(generation);
  return density === undefined ? {} : { densityCode: density.code };
}

/** Opens the magazine, after making it if there is none. Throws: MediaError, FileError. */
export function openMagazine(
  { files, random }: MediaPorts, config: ChangerConfig): Promise<Magazine> {
  const { path, name, drives, slots, mailSlots, cartridges = 0 } = config;
  const { generation = DEFAULT_GENERATION } = config;
  const capacityBytes = config.capacityBytes ?? DEFAULT_CAPACITY_BYTES;
  return Magazine.open(files, random, path, {
    layout: {
      drives, ...(slots === undefined ? {} : { slots }),
      ...(mailSlots === undefined ? {} : { mailSlots }),
    },
    blanks: Array.from({ length: cartridges },
      (_, i) => ({ barcode: blankBarcode(name, i, generation), capacityBytes,
        ...densityFor({ generation }) })),
  });
}

/** What keeps the reservations of a logical unit over restarts, if anything does. */
export interface KeptReservations {
  readonly reservationKeeper?: ReservationKeeper;
}

/** What a disk keeps over restarts: nothing, if its image is only read. */
export interface KeptByDisk extends KeptReservations {
  readonly stateKeeper?: StateKeeper<DiskState>;
}

/**
 * The files beside an image. Closes the image if that fails.
 *
 * Throws: FileError, MediaError (`damaged`).
 */
export async function keptByDisk(
  { files }: MediaPorts, image: DiskImage): Promise<KeptByDisk> {
  const { path, identity, writeProtected } = image;
  if (writeProtected) return {};
  return orClose(image, async () => ({
    reservationKeeper: await openReservationFile(files, `${path}.reservations.json`, identity),
    stateKeeper: await openDiskStateFile(files, `${path}.state.json`, identity),
  }));
}

/** What a tape drive keeps over restarts: nothing, if it was empty at the start. */
export interface KeptByTape extends KeptReservations {
  readonly stateKeeper?: StateKeeper<DriveState>;
}

/** The files in the folder of a cartridge, whose names the drive has. Otherwise as for a disk. */
export async function keptByTape(
  { files }: MediaPorts, cartridge: Cartridge | undefined): Promise<KeptByTape> {
  if (cartridge === undefined) return {};
  const { folder, label: { identity } } = cartridge;
  return orClose(cartridge, async () => ({
    reservationKeeper: await openReservationFile(
      files, join(folder, 'reservations.json'), identity),
    stateKeeper: await openDriveStateFile(files, join(folder, 'drive.json'), identity),
  }));
}

async function orClose<T>(
  medium: { close(): Promise<void> }, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    await medium.close();
    throw error;
  }
}
