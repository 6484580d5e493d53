import type { Format } from './format.ts';
import { FORMATS } from './registry.ts';
import { findingsOf, sectionOf } from './section.ts';

/** What weighs against a format: an error more than any number of warnings. */
const ERROR_WEIGHT = 16;
/** Lengths that do not fit say that the structure is another one. */
const TELLING_RULES: readonly string[] = ['surplus', 'length'];

/** The formats that the bytes may have, the likeliest first. Never throws. */
export function recognise(bytes: Uint8Array): Format[] {
  const likely = FORMATS.filter((one) => one.recognise(bytes))
    .map((format) => ({ format, weight: weightOf(format, bytes) }))
    .sort((a, b) => a.weight - b.weight);
  return likely.filter(({ weight }) => weight < likely[0]!.weight + ERROR_WEIGHT)
    .map(({ format }) => format);
}

function weightOf(format: Format, bytes: Uint8Array): number {
  let errors = 0;
  let warnings = 0;
  for (const { severity, rule } of findingsOf(sectionOf(format, bytes))) {
    if (severity === 'error' || TELLING_RULES.includes(rule)) errors += 1;
    else if (severity === 'warning') warnings += 1;
  }
  return errors * ERROR_WEIGHT + Math.min(warnings, ERROR_WEIGHT - 1);
}
