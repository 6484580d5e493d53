/** The bench's results as a table for people and as JSON for machines. */
import { table } from '../src/app/terminal.ts';
import {
  formatFigure, formatGoal, formatRatio, isMet, type Line, ratioOf, type Side,
} from './line.ts';
import type { Machine } from './machine.ts';
import type { Sizes } from './sizes.ts';
import { median } from './statistics.ts';

export interface Results {
  readonly machine: Machine;
  readonly parameters: Sizes & { readonly pairs: number };
  readonly lines: readonly Line[];
}

const HEAD = ['', 'ours', 'other', '', 'ratio', 'goal', 'met'];

/** Aligned lines, a group for each row, and below them what could not be measured. */
export function tableLines({ machine, lines }: Results): string[] {
  const cells = table([HEAD, ...lines.map(cellsOf)]);
  const grouped = lines.flatMap((line, i) => (
    i > 0 && line.row !== lines[i - 1]!.row ? ['', cells[i + 1]!] : [cells[i + 1]!]));
  const missing = [...new Set(lines.flatMap((line) => line.missing ?? []))];
  return [
    `${machine.processor}, ${machine.processorCount} cores; Linux ${machine.kernel}, Node.js `
      + `${machine.node}, ${machine.fileSystem}; load ${machine.loadBefore.toFixed(1)} before, `
      + `${machine.loadAfter.toFixed(1)} after`,
    'Medians of interleaved rounds; a ratio is the median of the ratios of all rounds',
    '', cells[0]!, ...grouped,
    ...(missing.length > 0 ? ['', 'Not measured:', ...missing.map((text) => `  ${text}`)] : []),
  ];
}

function cellsOf(line: Line): string[] {
  const ratio = ratioOf(line);
  const met = isMet(line);
  return [
    line.what, sideText(line, line.ours), sideText(line, line.other), line.other?.name ?? '',
    ratio === undefined ? '' : formatRatio(ratio), formatGoal(line),
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

const sideText = ({ unit }: Line, side: Side | undefined): string =>
  (side === undefined ? '-' : formatFigure(median(side.samples), unit));

/** Everything that was measured, each sample, so that others can take their own medians. */
export const asJson = ({ machine, parameters, lines }: Results): unknown => ({
  format: 'serverfree-bench-1', machine, parameters,
  lines: lines.map((line) => ({
    ...line,
    ...(line.ours ? { ours: { ...line.ours, median: median(line.ours.samples) } } : {}),
    ...(line.other ? { other: { ...line.other, median: median(line.other.samples) } } : {}),
    ratio: ratioOf(line) ?? null, met: isMet(line) ?? null,
  })),
});
