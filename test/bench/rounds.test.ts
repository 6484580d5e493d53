import { describe, expect, it } from 'vitest';
import { compare, rounds } from '../../bench/rounds.ts';

const never = new AbortController().signal;

function contender(name: string, values: readonly (number | Error)[]) {
  const left = [...values];
  return {
    name,
    async measure(): Promise<number> {
      const value = left.shift()!; // a test gives enough
      if (value instanceof Error) throw value;
      return value;
    },
  };
}

async function play(
  contenders: readonly ReturnType<typeof contender>[], count: number, signal = never) {
  const order: string[] = [];
  const outcome = await rounds(contenders, {
    count, signal, onSample: (name, round) => order.push(`${name}${round}`) });
  return { order: order.join(' '), outcome };
}

describe('rounds', () => {
  it('measures everyone in each round, every second round backwards', async () => {
    const { order, outcome } = await play(
      [contender('a', [1, 2, 3]), contender('b', [4, 5, 6]), contender('c', [7, 8, 9])], 3);
    expect(order).toBe('a1 b1 c1 c2 b2 a2 a3 b3 c3');
    expect([...outcome.samples.values()]).toEqual([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
    expect(outcome.missing.size).toBe(0);
  });

  it('goes on without one that fails, and keeps the reason but no sample of it', async () => {
    const { order, outcome } = await play(
      [contender('a', [1, new Error('no such tool')]), contender('b', [4, 5, 6])], 3);
    expect(order).toBe('a1 b1 b2 a2 b3');
    expect([...outcome.samples]).toEqual([['b', [4, 5, 6]]]);
    expect([...outcome.missing]).toEqual([['a', 'no such tool']]);
  });

  it('ends at once when it is interrupted', async () => {
    const controller = new AbortController();
    const stopping = {
      name: 'a',
      async measure(): Promise<number> {
        controller.abort(new Error('Interrupted by SIGINT'));
        throw new Error('killed');
      },
    };
    await expect(play([stopping, contender('b', [1])], 1, controller.signal))
      .rejects.toThrow('Interrupted by SIGINT');
  });
});

describe('compare', () => {
  const comparison = {
    row: 'copy', what: 'a against b', unit: 'perSecond', ours: 'a', other: 'b',
    figureOf: (sample: number) => sample * 10,
  } as const;

  it('sets the figures of both side by side', async () => {
    const { outcome } = await play([contender('a', [1, 2]), contender('b', [3, 4])], 2);
    expect(compare(outcome, comparison)).toEqual({
      row: 'copy', what: 'a against b', unit: 'perSecond',
      ours: { name: 'a', samples: [10, 20] }, other: { name: 'b', samples: [30, 40] },
    });
  });

  it('says which side is missing, and why', async () => {
    const { outcome } = await play(
      [contender('a', [1]), contender('b', [new Error('no root')])], 1);
    expect(compare(outcome, comparison)).toEqual({
      row: 'copy', what: 'a against b', unit: 'perSecond',
      ours: { name: 'a', samples: [10] }, missing: 'b: no root',
    });
  });
});
