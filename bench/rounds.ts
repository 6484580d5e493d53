/**
 * Interleaved rounds: every contender once in each, and every second round backwards, so that
 * neither a slow minute nor the place in the round favours one.
 */
import { type Goal, type Line, reasonOf, type Unit } from './line.ts';

export interface Contender<Sample> {
  readonly name: string;
  measure(): Promise<Sample>;
}

export interface Outcome<Sample> {
  /** By the contender's name, in the order of the rounds. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  /** Those that could not be measured here, and why. */
  readonly missing: ReadonlyMap<string, string>;
}

export interface RoundsOptions {
  readonly count: number;
  readonly signal: AbortSignal;
  /** Told before each sample: who, and which round, from 1. */
  readonly onSample: (name: string, round: number) => void;
}

/** A contender that fails is out, with the reason. Throws: the signal's reason when aborted. */
export async function rounds<Sample>(
  contenders: readonly Contender<Sample>[], options: RoundsOptions): Promise<Outcome<Sample>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  const missing = new Map<string, string>();
  for (let round = 1; round <= options.count; round += 1) {
    for (const { name, measure } of round % 2 === 1 ? contenders : contenders.toReversed()) {
      const taken = samples.get(name);
      if (taken === undefined) continue;
      options.onSample(name, round);
      try {
        taken.push(await measure());
      } catch (error) {
        options.signal.throwIfAborted();
        samples.delete(name);
        missing.set(name, reasonOf(error));
      }
    }
  }
  return { samples, missing };
}

export interface Comparison<Sample> {
  readonly row: string;
  readonly what: string;
  readonly unit: Unit;
  /** Names of contenders. */
  readonly ours: string;
  readonly other?: string;
  readonly goal?: Goal;
  readonly figureOf: (sample: Sample) => number;
}

/** The line that sets two contenders side by side. */
export function compare<Sample>(
  { samples, missing }: Outcome<Sample>, comparison: Comparison<Sample>): Line {
  const { row, what, unit, goal, figureOf } = comparison;
  const side = (key: 'ours' | 'other') => {
    const name = comparison[key];
    const taken = name === undefined ? undefined : samples.get(name);
    return taken === undefined ? {} : { [key]: { name, samples: taken.map(figureOf) } };
  };
  const reasons = [comparison.ours, comparison.other ?? '']
    .flatMap((name) => (missing.has(name) ? [`${name}: ${missing.get(name)}`] : []));
  return {
    row, what, unit, ...side('ours'), ...side('other'), ...(goal ? { goal } : {}),
    ...(reasons.length > 0 ? { missing: reasons.join('; ') } : {}),
  };
}
