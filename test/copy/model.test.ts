import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryMover } from '../support/memory-mover.ts';
import { seeded } from '../support/seeded.ts';
import { copyOf, disturb, stageFor } from './check.ts';
import { expectDevices, expectOutcome } from './compare.ts';
import { runs } from './run-count.ts';
import { modelOf, type Scenario, scenarios } from './scenario/scenario.ts';

async function check(
  scenario: Scenario, seed: number, sliceBytes: number, attentions: number[]): Promise<void> {
  const model = modelOf(scenario);
  const stage = stageFor(scenario);
  disturb(stage, attentions);
  const mover = new MemoryMover(seeded(seed));
  const found = await copyOf(scenario, stage, { mover, sliceBytes });
  expectOutcome(found, model);
  expectDevices(stage.devices, model);
  expect(mover.inFlightCount).toBe(0);
}

describe('a copy', () => {
  it('does what the standard’s model does, whatever the list and the order of moves', async () => {
    await fc.assert(fc.asyncProperty(
      scenarios, fc.nat(), fc.constantFrom(512, 1536, 5000, 1 << 25),
      fc.array(fc.nat(3), { maxLength: 4 }), check), runs);
  }, 600_000);
});
