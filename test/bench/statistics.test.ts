import { describe, expect, it } from 'vitest';
import { median, pairedRatio } from '../../bench/statistics.ts';

describe('median', () => {
  it('takes the middle one of an odd count, in number order', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it('takes the mean of the two middle ones of an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('leaves the samples as they were', () => {
    const samples = [3, 1, 2];
    median(samples);
    expect(samples).toEqual([3, 1, 2]);
  });

  it('refuses to speak of nothing', () => {
    expect(() => median([])).toThrow('there are no samples');
  });
});

describe('pairedRatio', () => {
  it('is not moved by a pair of which both are slow', () => {
    expect(pairedRatio([2, 2, 20], [4, 4, 40])).toBe(0.5);
  });

  it('is the median of ratios, not the ratio of medians', () => {
    expect(pairedRatio([1, 10, 100], [1, 100, 10])).toBe(1);
    expect(pairedRatio([1, 2, 90], [10, 1, 45])).toBe(2);
  });

  it('refuses a sample without a partner', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('2 samples with 1');
  });
});
