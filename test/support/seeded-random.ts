import type { Random } from '../../src/ports/random.ts';
import { between } from './seeded.ts';

/** The `Random` port over a seeded generator. */
export const randomFrom = (random: () => number): Random => ({
  bytes: (count) => Uint8Array.from({ length: count }, () => between(random, 0, 255)),
});
