/** Damage to bytes, as a seed says, and what memory a process has kept. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { between, pick } from './seeded.ts';

/** Values at the edges of fields. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff];

/** Changes one place, sometimes up to four: a bit, a byte, or a run of bytes. */
export function damage(random: () => number, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  for (let places = random() < 0.7 ? 1 : between(random, 2, 4); places > 0; places -= 1) {
    const at = between(random, 0, bytes.length - 1);
    switch (between(random, 0, 3)) {
      case 0: bytes[at]! ^= 1 << between(random, 0, 7); break;
      case 1: bytes[at] = between(random, 0, 255); break;
      case 2: bytes[at] = pick(random, EDGES); break;
      default: bytes.fill(pick(random, EDGES), at, at + between(random, 2, 8));
    }
  }
}

/** Bytes that are still in use, on the heap and in buffers. */
export function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // the flag has made it
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** More than this is growth, not noise of the runtime. */
export const GROWTH_BYTES_MAX = 24 * 1024 * 1024;

/** How many damaged things to send: all of them where nobody waits. */
export const fuzzCount = (count: number): number =>
  (process.env.CI === 'true' ? count : count / 20);
