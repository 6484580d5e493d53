import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/copy/progress.ts';
import { readSense, type SenseError } from '../../src/sense/sense.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { seeded } from '../support/seeded.ts';
import { copyOf, expectTraces, stageFor } from './check.ts';
import { expectDevices, expectOutcome, expectProgress } from './compare.ts';
import { runCount, runs } from './run-count.ts';
import { modelOf, scenarios } from './scenario/scenario.ts';

const sliceLengths = fc.constantFrom(512, 3000, 1 << 25);

const faults = fc.record({
  device: fc.nat(3), kind: fc.constantFrom('read' as const, 'write' as const),
  offset: fc.nat(6000), byteLength: fc.constantFrom(1, 512, 20_000),
});
type Fault = typeof faults extends fc.Arbitrary<infer T> ? T : never;

/** The medium error of the side that has the fault. */
function expectMediumError({ sense }: SenseError, { kind }: Fault): void {
  expect(sense.additional).toBe('thirdPartyDeviceFailure');
  const forwarded = kind === 'read' ? sense.forwardedSource : sense.forwardedDestination;
  expect(readSense(forwarded!.sense)).toMatchObject({ // a device has failed
    key: 'mediumError', additional: kind === 'read' ? 'unrecoveredReadError' : 'writeError' });
}

describe('a copy', () => {
  it('keeps what was written before storage failed, and says how much it is', async () => {
    let failed = 0;
    await fc.assert(fc.asyncProperty(scenarios, faults, fc.nat(), sliceLengths,
      async (scenario, fault, seed, sliceBytes) => {
        const whole = modelOf(scenario);
        const stage = stageFor(scenario);
        stage.devices[fault.device]!.file.faults.push({ ...fault, code: 'EIO' }); // one of four
        const mover = new MemoryMover(seeded(seed));
        const { progress, error } = await copyOf(scenario, stage, { mover, sliceBytes });
        expect(mover.inFlightCount).toBe(0);
        if (progress.transferBytes === whole.state.transferBytes
          && error?.sense.additional === whole.end?.additional) return;
        failed += 1;
        expectMediumError(error!, fault); // there is one, or all bytes would have arrived
        const { segment } = error!.sense;
        expect(progress.segmentsProcessed).toBe(segment! + 1);
        const stopped = modelOf(scenario, { segment: segment!, bytes: progress.transferBytes });
        expect(stopped.state.transferBytes).toBe(progress.transferBytes);
        // What a segment read last may not be needed for what it writes.
        const isWritten = stopped.end === undefined && stopped.state.written > 0;
        expect(error!.sense.information).toBe(isWritten ? 0 : stopped.end?.information);
        expectTraces(stage, stopped, whole);
      }), runs);
    expect(failed).toBeGreaterThan(runCount / 30);
  }, 600_000);

  it('leaves what it has counted, and nothing that runs, whenever it is aborted', async () => {
    let aborted = 0;
    await fc.assert(fc.asyncProperty(
      scenarios, fc.nat(12), fc.nat(), sliceLengths,
      async (scenario, moveCount, seed, sliceBytes) => {
        const whole = modelOf(scenario);
        const stage = stageFor(scenario);
        const mover = new MemoryMover(seeded(seed));
        const stop = new AbortController();
        const progress = new Progress();
        mover.before = () => {
          expectProgress(progress, whole);
          if (mover.moves.length > moveCount) stop.abort(new Error('stop'));
        };
        const found = await copyOf(
          scenario, stage, { mover, sliceBytes, signal: stop.signal, progress },
        ).catch((reason: unknown) => {
          expect(reason).toBe(stop.signal.reason);
        });
        expect(mover.inFlightCount).toBe(0);
        if (found !== undefined) {
          expectOutcome(found, whole);
          expectDevices(stage.devices, whole);
          return;
        }
        aborted += 1;
        expectProgress(progress, whole);
        const { segmentsProcessed, transferBytes } = progress;
        const stopped = modelOf(
          scenario, { segment: segmentsProcessed - 1, bytes: transferBytes });
        expectTraces(stage, stopped, whole);
      }), runs);
    expect(aborted).toBeGreaterThan(runCount / 10);
  }, 600_000);
});
