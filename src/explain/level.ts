/** Which version of the standard bytes are read at. */
import { isAt } from '../codec/levels.ts';
import { levelName, SPC_LEVELS, type SpcLevel } from '../wire/copy/levels.ts';
import type { Format } from './format.ts';
import { formatById } from './registry.ts';
import { findingsOf, type Section, sectionOf } from './section.ts';

/**
 * The structure at `at`, read at the level asked for or, without one, at the newest that fits: of
 * those that have the structure the one with the fewest errors, among equals with the fewest
 * warnings, among those the newest.
 *
 * PDUs, and structures in which no version differs, have no level. Never throws.
 */
export function sectionAtLevel(
  format: Format, bytes: Uint8Array, at: number, end: number, asked?: SpcLevel): Section {
  const levels = asked !== undefined ? [asked] : format.kind === 'PDU' ? []
    : SPC_LEVELS.filter((level) => isAt(format.layout.levels, level)).toReversed();
  let best: { section: Section; level: SpcLevel; weight: number } | undefined;
  for (const level of levels) {
    const section = sectionOf(format, bytes, at, end, level);
    if (best === undefined && !dependsOnLevel(section)) return section;
    const weight = weightOf(section);
    if (best === undefined || weight < best.weight) best = { section, level, weight };
    if (weight === 0) break;
  }
  return best === undefined ? sectionOf(format, bytes, at, end)
    : { ...best.section, level: levelName(best.level) };
}

const dependsOnLevel = ({ format, sections }: Section): boolean =>
  (format !== undefined && formatById(format)?.layout.hasLevels === true)
  || sections.some(dependsOnLevel);

/** No number of warnings counts as much as an error. */
const ERROR_WEIGHT = 2 ** 32;

const weightOf = (section: Section): number =>
  findingsOf(section).reduce((sum, { severity }) =>
    sum + (severity === 'error' ? ERROR_WEIGHT : severity === 'warning' ? 1 : 0), 0);
