/**
 * Contents that can be told from each other: each sector of 512 bytes that is written has a number
 * of its own, from which its bytes follow. Number 0 is a sector of zeros. A copy moves numbers.
 */
export const SECTOR_BYTES = 512;
const SECTOR_WORDS = SECTOR_BYTES / 4;

/** Gives numbers that no other source with another `owner` (0 to 14) gives. */
export class SectorNumbers {
  #next: number;

  constructor(owner: number) {
    this.#next = (owner + 1) * 0x1000_0000;
  }

  take(count: number): Uint32Array {
    const first = this.#next;
    this.#next += count;
    return Uint32Array.from({ length: count }, (_, i) => first + i);
  }
}

/** The bytes of sectors, cut off at `byteLength`. */
export function sectorBytes(
  numbers: Uint32Array, byteLength = numbers.length * SECTOR_BYTES): Uint8Array {
  const words = new Uint32Array(numbers.length * SECTOR_WORDS);
  for (const [at, number] of numbers.entries()) {
    if (number === 0) continue;
    const start = at * SECTOR_WORDS;
    // The first word tells the number to those who look at a sector that should not be there.
    words[start] = number;
    let state = number;
    for (let i = start + 1; i < start + SECTOR_WORDS; i += 1) {
      state = Math.imul(state, 0x0019_660d) + 0x3c6e_f35f | 0;
      words[i] = state;
    }
  }
  return new Uint8Array(words.buffer, 0, byteLength);
}

export const areEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Which sectors these bytes are; `undefined` where they are none that was ever written. */
export function identify(bytes: Uint8Array): (number | undefined)[] {
  return Array.from({ length: Math.ceil(bytes.length / SECTOR_BYTES) }, (_, i) => {
    const sector = bytes.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES);
    const number = new DataView(sector.buffer, sector.byteOffset).getUint32(0, true);
    const isWhole = areEqual(sector, sectorBytes(Uint32Array.of(number), sector.length));
    return isWhole ? number : undefined;
  });
}
