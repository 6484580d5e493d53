import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSense, type SenseError } from '../../src/sense/sense.ts';
import { MemoryDisk } from '../support/copy-devices.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { isSame } from '../support/same-bytes.ts';
import { seeded } from '../support/seeded.ts';
import { Model, type ModelDisk, type ModelTape } from './model.ts';
import { run } from './run.ts';
import {
  inlineOf, listFor, memoryDevices, modelDevices, type Scenario, scenarios, unitsOf,
} from './scenario.ts';

const runs = process.env.CI === 'true' ? 2000 : 400;

const faults = fc.record({
  device: fc.nat(3), kind: fc.constantFrom('read' as const, 'write' as const),
  offset: fc.nat(6000), byteLength: fc.constantFrom(1, 512, 20_000),
});
type Fault = typeof faults extends fc.Arbitrary<infer T> ? T : never;

const modelOf = (scenario: Scenario, stop?: { segment: number; bytes: number }): Model => {
  const model = new Model(modelDevices(scenario), scenario.cscds, inlineOf(scenario), stop);
  model.run(scenario.segments);
  return model;
};

/** The medium error of the side that has the fault. */
function expectMediumError({ sense }: SenseError, { kind }: Fault): void {
  expect(sense.additional).toBe('thirdPartyDeviceFailure');
  const forwarded = kind === 'read' ? sense.forwardedSource : sense.forwardedDestination;
  expect(readSense(forwarded!.sense)).toMatchObject({
    key: 'mediumError', additional: kind === 'read' ? 'unrecoveredReadError' : 'writeError' });
}

/** Bytes that were to be written behind the fault may have been, as several moves run at once. */
function expectDisk(disk: MemoryDisk, index: number, stopped: Model, whole: Model): void {
  const expected = (stopped.devices[index] as ModelDisk).bytes.slice();
  const found = disk.file.slice(0, expected.length);
  for (const { device, at, bytes } of whole.writes.slice(stopped.writes.length)) {
    if (device !== index) continue;
    expected.fill(0, at, at + bytes.length);
    found.fill(0, at, at + bytes.length);
  }
  expect(isSame(found, expected)).toBe(true);
}

it('keeps what was written before storage failed, and says how much it is', async () => {
  let failed = 0;
  await fc.assert(fc.asyncProperty(scenarios, faults, fc.nat(), fc.constantFrom(512, 3000, 1 << 25),
    async (scenario, fault, seed, sliceBytes) => {
      const whole = modelOf(scenario);
      const devices = memoryDevices(scenario);
      devices[fault.device]!.file.faults.push({ ...fault, code: 'EIO' });
      const units = unitsOf(devices);
      const mover = new MemoryMover(seeded(seed));
      const { progress, error } = await run(
        listFor(scenario, units), units, { mover, sliceBytes });
      expect(mover.inFlightCount).toBe(0);
      if (progress.transferBytes === whole.transferBytes
        && error?.sense.additional === whole.end?.additional) return;
      failed += 1;
      expectMediumError(error!, fault);
      const { segment } = error!.sense;
      expect(progress.segmentsProcessed).toBe(segment! + 1);
      const stopped = modelOf(scenario, { segment: segment!, bytes: progress.transferBytes });
      expect(stopped.transferBytes).toBe(progress.transferBytes);
      expect(error!.sense.information).toBe(stopped.end?.information);
      for (const [index, device] of devices.entries()) {
        if (device instanceof MemoryDisk) {
          expectDisk(device, index, stopped, whole);
          continue;
        }
        const { objects } = stopped.devices[index] as ModelTape;
        const contents = device.contents();
        for (const { device: written, at } of stopped.writes) {
          if (written !== index || objects[at] === undefined) continue;
          expect(contents[at]).toEqual(objects[at]);
        }
      }
    }), { numRuns: runs });
  expect(failed).toBeGreaterThan(runs / 30);
}, 120_000);
