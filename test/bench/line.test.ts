import { describe, expect, it } from 'vitest';
import { formatFigure, formatGoal, formatRatio, isMet, type Line, ratioOf } from
  '../../bench/line.ts';

const line = (more: Partial<Line>): Line => ({
  row: 'copy', what: 'a copy', unit: 'bytesPerSecond',
  ours: { name: 'direct', samples: [90, 80] }, other: { name: 'cp', samples: [100, 100] }, ...more,
});
const alone = ({ other: _, ...rest }: Line): Line => rest;

describe('a line', () => {
  it('meets a goal of its ratio, or does not', () => {
    const goal = (value: number) => ({ of: 'ratio', bound: 'atLeast', value }) as const;
    expect(ratioOf(line({}))).toBeCloseTo(0.85);
    expect(isMet(line({ goal: goal(0.8) }))).toBe(true);
    expect(isMet(line({ goal: goal(0.9) }))).toBe(false);
  });

  it('meets a goal of its own figure, at the bound only if that is allowed', () => {
    const goal = (bound: 'atMost' | 'below') => ({ of: 'ours', bound, value: 85 }) as const;
    expect(isMet(alone(line({ goal: goal('atMost') })))).toBe(true);
    expect(isMet(alone(line({ goal: goal('below') })))).toBe(false);
  });

  it('leaves open what cannot be told', () => {
    const goal = { of: 'ratio', bound: 'atLeast', value: 1 } as const;
    expect(isMet(line({}))).toBeUndefined();
    expect(isMet(alone(line({ goal })))).toBeUndefined();
    expect(ratioOf(line({ other: { name: 'cp', samples: [0, 1] } }))).toBeUndefined();
  });
});

describe('figures as text', () => {
  it.each([
    [3_670_016, 'bytes', '3.50 MiB'], [1024 ** 3 * 1.25, 'bytesPerSecond', '1.25 GiB/s'],
    [42, 'milliseconds', '42 ms'], [45_200, 'perSecond', '45 200/s'], [999, 'perSecond', '999/s'],
    [5_100_000, 'perSecond', '5.10 million/s'], [5_000_000, 'perSecond', '5 million/s'],
    [0.151, 'cpuSecondsPerGib', '0.15 s/GiB'], [0.0123, 'cpuSecondsPerGib', '0.012 s/GiB'],
  ] as const)('writes %d %s as %s', (value, unit, text) => {
    expect(formatFigure(value, unit)).toBe(text);
  });

  it('keeps small ratios apart from zero', () => {
    expect([0, 0.00042, 0.9, 12.345].map(formatRatio))
      .toEqual(['0.00', '0.00042', '0.90', '12.35']);
  });

  it('writes a goal in the unit of what it bounds', () => {
    expect(formatGoal(line({ goal: { of: 'ratio', bound: 'atLeast', value: 0.9 } })))
      .toBe('≥ 0.90');
    expect(formatGoal(line({
      unit: 'milliseconds', goal: { of: 'ours', bound: 'below', value: 100 } }))).toBe('< 100 ms');
    expect(formatGoal(line({}))).toBe('');
  });
});
