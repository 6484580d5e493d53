import { HELD } from './held.ts';
import { PAIRINGS } from './pairings.ts';
import { PLACES } from './places.ts';
import { RESERVATIONS } from './reservations.ts';
import { RODS } from './rods.ts';
import type { Scenario } from './scenario.ts';
import { SENSES } from './senses.ts';
import { TAPES } from './tapes.ts';

/** All types of segments, by whatever way bytes are moved. */
export const SEGMENTS: readonly Scenario[] = [
  ...PAIRINGS, ...TAPES, ...PLACES, ...HELD, ...RESERVATIONS, ...RODS, ...SENSES,
];
