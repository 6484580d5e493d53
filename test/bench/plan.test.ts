import { expect, it } from 'vitest';
import { benchPlan, scattered } from '../../bench/plan.ts';

it('makes extents that ascend, with a gap before each', () => {
  let end = -1;
  let count = 0;
  for (const { offset, byteLength } of scattered(500)) {
    expect(offset).toBeGreaterThan(end);
    expect(byteLength % 4096).toBe(0);
    expect(byteLength).toBeGreaterThan(0);
    end = offset + byteLength;
    count += 1;
  }
  expect(count).toBe(500);
});

it('plans all of them, in as many lists as their count asks for', async () => {
  const { lists } = await benchPlan(10_000);
  expect(lists).toBeGreaterThanOrEqual(Math.ceil(10_000 / 2048));
});
