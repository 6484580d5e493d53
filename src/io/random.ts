import { randomBytes } from 'node:crypto';

import type { Random } from '../ports/random.ts';

/** The host's cryptographic random numbers. */
export class SystemRandom implements Random {
  bytes(count: number): Uint8Array {
    return randomBytes(count);
  }
}
