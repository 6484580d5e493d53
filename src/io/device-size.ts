import * as fs from 'node:fs';

const SECTOR_BYTES = 512;

/**
 * Bytes of a block device, whose status tells none: found by reading where it ends.
 *
 * Throws: what node:fs throws.
 */
export function deviceSize(fd: number): Promise<number> {
  return firstAbsent(async (sector) => await readSector(fd, sector) > 0)
    .then((sector) => sector * SECTOR_BYTES);
}

/** The first number for which `isThere` is false, as for all behind it. */
async function firstAbsent(isThere: (at: number) => Promise<boolean>): Promise<number> {
  let behind = 1;
  while (await isThere(behind - 1)) behind *= 2;
  let low = Math.floor(behind / 2);
  for (let high = behind - 1; low < high;) {
    const middle = Math.floor((low + high) / 2);
    if (await isThere(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readSector(fd: number, sector: number): Promise<number> {
  const buffer = new Uint8Array(SECTOR_BYTES);
  return new Promise((resolve, reject) =>
    fs.read(fd, buffer, 0, SECTOR_BYTES, sector * SECTOR_BYTES, (error, count) =>
      error === null ? resolve(count) : reject(error)));
}
