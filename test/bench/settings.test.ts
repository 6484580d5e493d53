import { describe, expect, it } from 'vitest';
import { ROWS } from '../../bench/rows.ts';
import { BENCH_ROWS, benchSettings } from '../../src/app/commands/bench.ts';

describe('serverfree bench', () => {
  it('offers the rows that the bench has', () => {
    expect(ROWS.map(({ name }) => name)).toEqual([...BENCH_ROWS]);
  });

  it('measures everything unless it is told otherwise', () => {
    expect(benchSettings({})).toMatchObject({ quick: false, pairs: 5, only: undefined });
    expect(benchSettings({ quick: true, only: 'copy,plan' }))
      .toMatchObject({ quick: true, pairs: 2, only: ['copy', 'plan'] });
    expect(benchSettings({ quick: true, pairs: '7' })).toMatchObject({ pairs: 7 });
  });

  it.each([
    { pairs: '0' }, { pairs: '1.5' }, { pairs: 'x' }, { only: 'copy,copies' }, { only: '' },
  ])('refuses %j', (options) => {
    expect(() => benchSettings(options)).toThrow(/^Cannot use --(pairs|only)/);
  });
});
