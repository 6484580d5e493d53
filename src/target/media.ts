/** Opens what the logical units of a target work on. */
import { join } from 'node:path';
import { labelPath } from '../media/cartridge-label.ts';
import { Cartridge } from '../media/cartridge.ts';
import { DiskImage } from '../media/disk-image.ts';
import type { Files } from '../ports/files.ts';
import type { Random } from '../ports/random.ts';
import type { ReservationKeeper } from '../sam/persistent-reservations.ts';
import { openReservationFile } from '../server/reservation-file.ts';
import type { DiskConfig, TapeConfig } from './target-config.ts';

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
      capacityBytes: config.capacityBytes ?? DEFAULT_CAPACITY_BYTES,
    });
  }
  return Cartridge.open(ports.files, ports.random, path);
}

/** What keeps the reservations of a logical unit over restarts, if anything does. */
export interface KeptReservations {
  readonly reservationKeeper?: ReservationKeeper;
}

/**
 * The file beside an image; none for one that is only read. Closes the image if that fails.
 *
 * Throws: FileError, MediaError (`damaged`).
 */
export async function diskReservations(
  { files }: MediaPorts, image: DiskImage): Promise<KeptReservations> {
  if (image.writeProtected) return {};
  return orClose(image, openReservationFile(
    files, `${image.path}.reservations.json`, image.identity));
}

/** The file in the folder of a cartridge, whose names the drive has. Otherwise as for a disk. */
export async function tapeReservations(
  { files }: MediaPorts, cartridge: Cartridge | undefined): Promise<KeptReservations> {
  if (cartridge === undefined) return {};
  return orClose(cartridge, openReservationFile(
    files, join(cartridge.folder, 'reservations.json'), cartridge.label.identity));
}

async function orClose(
  medium: { close(): Promise<void> }, opened: Promise<ReservationKeeper>,
): Promise<KeptReservations> {
  try {
    return { reservationKeeper: await opened };
  } catch (error) {
    await medium.close();
    throw error;
  }
}
