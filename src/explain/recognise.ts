import type { Format } from './format.ts';
import { FORMATS } from './registry.ts';
import { findingsOf, sectionOf } from './section.ts';

/** What weighs against a format: an error more than any likely number of warnings. */
const WEIGHTS = { error: 16, warning: 1, note: 0 } as const;
/** Bytes left over say that the structure is another one. */
const SURPLUS_WEIGHT = 16;

/** The formats that the bytes may have, the likeliest first. Never throws. */
export function recognise(bytes: Uint8Array): Format[] {
  const likely = FORMATS.filter((one) => one.recognise(bytes))
    .map((format) => ({ format, weight: weightOf(format, bytes) }))
    .sort((a, b) => a.weight - b.weight);
  return likely.filter(({ weight }) => weight < likely[0]!.weight + SURPLUS_WEIGHT)
    .map(({ format }) => format);
}

const weightOf = (format: Format, bytes: Uint8Array): number =>
  findingsOf(sectionOf(format, bytes))
    .reduce((sum, { severity, rule }) =>
      sum + (rule === 'surplus' ? SURPLUS_WEIGHT : WEIGHTS[severity]), 0);
