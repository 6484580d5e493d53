/** A short soak; `npm run soak` does it for as long as asked. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { need } from '../support/requires.ts';
import { soak } from './soak.ts';

const DURATION_MS = 20_000;
const SEED = 4;

const linux = need(existsSync('/proc/self/fd') ? undefined : 'there is no /proc');

it.skipIf(linux.isMissing)(
  `serves four sessions that come and go, and keeps nothing of them (seed ${SEED})${linux.why}`,
  async () => {
    const { problems, tallies, sockets } = await soak(
      { durationMs: DURATION_MS, seed: SEED, progress: () => {} });
    expect(problems).toEqual([]);
    // All that it is to do was done.
    for (const one of ['copies: disk to disk', 'copies: disk to tape', 'copies: tape to disk',
      'disconnects: cut', 'disconnects: logout', 'disconnects: reinstate', 'disconnects: login',
      'faults: abort', 'faults: reset', 'tapes settled']) {
      expect(tallies.of(one), one).toBeGreaterThan(0);
    }
    expect(sockets[1]).toBe(sockets[0]);
  });
