import { expect, it } from 'vitest';

import { SystemClock } from '../../src/io/clock.ts';
import { SystemRandom } from '../../src/io/random.ts';

const clock = new SystemClock();

it('calls back at or after the time, in order, and not once cancelled', async () => {
  const calls: string[] = [];
  const now = clock.nowMs();
  await new Promise<void>((resolve) => {
    clock.at(now + 8, () => {
      calls.push(`late ${clock.nowMs() >= now + 8}`);
      resolve();
    });
    clock.at(now - 1000, () => calls.push('past'));
    clock.at(now + 4, () => calls.push(`early ${clock.nowMs() >= now + 4}`));
    clock.at(now + 5, () => calls.push('cancelled'))();
  });
  expect(calls).toEqual(['past', 'early true', 'late true']);
});

it('waits longer than a timer of the host can', () => {
  const cancel = clock.at(clock.nowMs() + 2 ** 40, () => {
    throw new Error('Cannot be: that is in 35 years');
  });
  cancel();
});

it('tells calendar time', () => {
  expect(clock.dateMs()).toBeGreaterThan(Date.UTC(2020, 0));
});

it('gives as many random bytes as asked, not the same twice', () => {
  const random = new SystemRandom();
  expect(random.bytes(0)).toHaveLength(0);
  expect(random.bytes(32)).toHaveLength(32);
  expect(random.bytes(32)).not.toEqual(random.bytes(32));
});
