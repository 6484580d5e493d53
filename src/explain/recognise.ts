import type { Format } from './format.ts';
import { FORMATS } from './registry.ts';
import { findingsOf, sectionOf } from './section.ts';

/** What weighs against a format: an error more than any likely number of warnings. */
const WEIGHTS = { error: 16, warning: 1, note: 0 } as const;
/** Lengths that do not fit say that the structure is another one. */
const TELLING_RULES: readonly string[] = ['surplus', 'length'];

/** The formats that the bytes may have, the likeliest first. Never throws. */
export function recognise(bytes: Uint8Array): Format[] {
  const likely = FORMATS.filter((one) => one.recognise(bytes))
    .map((format) => ({ format, weight: weightOf(format, bytes) }))
    .sort((a, b) => a.weight - b.weight);
  return likely.filter(({ weight }) => weight < likely[0]!.weight + WEIGHTS.error)
    .map(({ format }) => format);
}

const weightOf = (format: Format, bytes: Uint8Array): number =>
  findingsOf(sectionOf(format, bytes))
    .reduce((sum, { severity, rule }) =>
      sum + WEIGHTS[TELLING_RULES.includes(rule) ? 'error' : severity], 0);
