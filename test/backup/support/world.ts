/** What jobs need from outside, chosen by the test: time that stands still, countable chance. */
import type { JobContext } from '../../../src/backup/jobs/job.ts';

export function testContext(over: Partial<JobContext> = {}): JobContext {
  let drawn = 0;
  const draw = (): number => {
    drawn += 17;
    return drawn & 0xff;
  };
  return {
    clock: { nowMs: () => 1000, dateMs: () => Date.UTC(2025, 0, 31, 15, 45), at: () => () => {} },
    random: { bytes: (count) => Uint8Array.from({ length: count }, draw) },
    cpuMs: () => 0,
    ...over,
  };
}

/** Bytes that differ from place to place and from seed to seed. */
export function patternBytes(byteLength: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let state = seed * 2_654_435_761 >>> 0;
  for (let i = 0; i < byteLength; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
