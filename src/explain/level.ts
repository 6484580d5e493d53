/** Which version of the standard bytes are read at. */
import { levelName, NEWEST_LEVEL, SPC_LEVELS, type SpcLevel } from '../wire/copy/levels.ts';
import type { Format } from './format.ts';
import { formatById } from './registry.ts';
import { findingsOf, type Section, sectionOf } from './section.ts';

/**
 * The structure at `at`, read at the level asked for or, without one, at the newest that fits: the
 * one with the fewest errors, among equals with the fewest warnings, among those the newest.
 *
 * PDUs, and structures in which no version differs, have no level. Never throws.
 */
export function sectionAtLevel(
  format: Format, bytes: Uint8Array, at: number, end: number, asked?: SpcLevel): Section {
  if (format.kind === 'PDU' && asked === undefined) return sectionOf(format, bytes, at, end);
  const read = (level: SpcLevel): Section => sectionOf(format, bytes, at, end, level);
  const first = read(asked ?? NEWEST_LEVEL);
  if (!dependsOnLevel(first)) return first;
  if (asked !== undefined) return { ...first, level: levelName(asked) };
  let best = { section: first, level: NEWEST_LEVEL, weight: weightOf(first) };
  for (const level of SPC_LEVELS.toReversed()) {
    if (best.weight === 0) break;
    if (level === NEWEST_LEVEL) continue;
    const section = read(level);
    const weight = weightOf(section);
    if (weight < best.weight) best = { section, level, weight };
  }
  return { ...best.section, level: levelName(best.level) };
}

const dependsOnLevel = ({ format, sections }: Section): boolean =>
  (format !== undefined && formatById(format)?.layout.hasLevels === true)
  || sections.some(dependsOnLevel);

/** No number of warnings counts as much as an error. */
const ERROR_WEIGHT = 2 ** 32;

const weightOf = (section: Section): number =>
  findingsOf(section).reduce((sum, { severity }) =>
    sum + (severity === 'error' ? ERROR_WEIGHT : severity === 'warning' ? 1 : 0), 0);
