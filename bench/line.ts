/** One line of the bench's table: what was measured, against what, and what it must reach. */
import { formatDuration, formatSize } from '../src/app/units.ts';
import { median, pairedRatio } from './statistics.ts';

/** What a figure counts; `perSecond` and `bytesPerSecond` are rates. */
export type Unit =
  | 'bytes' | 'bytesPerSecond' | 'milliseconds' | 'perSecond' | 'cpuSecondsPerGib'
  | 'cpuMicrosecondsEach';

/** A bound of our figure itself, or of its ratio to the other's. */
export interface Goal {
  readonly of: 'ours' | 'ratio';
  readonly bound: 'atLeast' | 'atMost' | 'below';
  readonly value: number;
}

export interface Side {
  readonly name: string;
  readonly samples: readonly number[];
}

export interface Line {
  /** Name of the row that made it. */
  readonly row: string;
  readonly what: string;
  readonly unit: Unit;
  readonly ours?: Side;
  readonly other?: Side;
  readonly goal?: Goal;
  /** Why it, or its other side, was not measured. */
  readonly missing?: string;
}

/** Ours to the other's; undefined if one of them is missing, or the other is 0. */
export function ratioOf({ ours, other }: Line): number | undefined {
  if (ours === undefined || other === undefined || other.samples.includes(0)) return undefined;
  return pairedRatio(ours.samples, other.samples);
}

/** Undefined if there is no goal, or not what it needs. */
export function isMet(line: Line): boolean | undefined {
  const { goal, ours } = line;
  if (goal === undefined || ours === undefined) return undefined;
  const value = goal.of === 'ratio' ? ratioOf(line) : median(ours.samples);
  if (value === undefined) return undefined;
  switch (goal.bound) {
    case 'atLeast': return value >= goal.value;
    case 'atMost': return value <= goal.value;
    case 'below': return value < goal.value;
  }
}

export function formatFigure(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes': return formatSize(value);
    case 'bytesPerSecond': return `${formatSize(Math.round(value))}/s`;
    case 'milliseconds': return formatDuration(value);
    case 'perSecond': return `${formatCount(value)}/s`;
    case 'cpuMicrosecondsEach': return `${formatRatio(value)} µs`;
    case 'cpuSecondsPerGib': return `${formatRatio(value)} s/GiB`;
  }
}

/** `5.10 million`, `45 200`. */
export function formatCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2).replace(/\.00$/, '')} million`;
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** Two digits behind the point, or as many as it takes to show two that count. */
export const formatRatio = (value: number): string =>
  (value === 0 || value >= 0.1 ? value.toFixed(2) : value.toPrecision(2));

const BOUNDS = { atLeast: '≥', atMost: '≤', below: '<' } as const;

export function formatGoal({ goal, unit }: Line): string {
  if (goal === undefined) return '';
  const value = goal.of === 'ratio' ? formatRatio(goal.value) : formatFigure(goal.value, unit);
  return `${BOUNDS[goal.bound]} ${value}`;
}

/** What is told of something that cannot be measured. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error));
