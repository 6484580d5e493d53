import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sense } from '../../src/sense/sense.ts';
import { readSense } from '../../src/sense/sense.ts';
import { MemoryDisk } from '../support/copy-devices.ts';
import { MemoryMover } from '../support/memory-mover.ts';
import { seeded } from '../support/seeded.ts';
import { Model, type ModelDevice, type ModelEnd } from './model.ts';
import { run } from './run.ts';
import {
  inlineOf, listFor, memoryDevices, modelDevices, type Scenario, scenarios, unitsOf,
} from './scenario.ts';

const runs = process.env.CI === 'true' ? 2000 : 400;

/** Bytes, tape structure and tape positions, in one form for both. */
const stateOf = (devices: readonly (ModelDevice | MemoryDisk | object)[]): unknown[] =>
  devices.map((device) => {
    if (device instanceof MemoryDisk) {
      return digest(device.file.slice(0, device.blockCount * device.blockBytes));
    }
    if ('bytes' in device) return digest(device.bytes as Uint8Array); // a model's disk
    const tape = device as { position: number; objects: unknown[]; contents?: () => unknown[] };
    const records = (tape.contents?.() ?? tape.objects) as (Uint8Array | null)[];
    return { position: tape.position, objects: records.map((one) => one && digest(one)) };
  });

const digest = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What the model says of sense data. */
function expected(end: ModelEnd): object {
  const { additional, segment, pointer, information } = end;
  return {
    key: 'copyAborted', additional, segment, information,
    fieldPointer: pointer === undefined ? undefined
      : 'cscd' in pointer ? { in: 'parameterList', byte: 16 + 32 * pointer.cscd }
        : { in: 'segment', byte: pointer.byte },
  };
}

function expectAnswer(sense: Sense, { side, answer }: ModelEnd): void {
  const { forwardedSource, forwardedDestination } = sense;
  const forwarded = side === 'source' ? forwardedSource : forwardedDestination;
  expect(side === 'source' ? forwardedDestination : forwardedSource).toBeUndefined();
  if (answer === undefined) {
    expect(forwarded).toBeUndefined();
    return;
  }
  expect(forwarded!.status).toBe(0x02);
  const { information, ...rest } = answer;
  const read = readSense(forwarded!.sense);
  expect(read).toMatchObject(rest);
  if (information !== undefined) expect(read.information).toBe(BigInt(information));
}

async function check(scenario: Scenario, seed: number, sliceBytes: number): Promise<void> {
  const model = new Model(modelDevices(scenario), scenario.cscds, inlineOf(scenario));
  model.run(scenario.segments);
  const devices = memoryDevices(scenario);
  const units = unitsOf(devices);
  const mover = new MemoryMover(seeded(seed));
  const { progress, error } = await run(listFor(scenario, units), units, { mover, sliceBytes });
  if (model.end === undefined) expect(error?.message).toBeUndefined();
  else {
    expect(error).toBeDefined();
    const { key, additional, segment, information, fieldPointer } = error!.sense;
    expect({ key, additional, segment, information, fieldPointer }).toEqual(expected(model.end));
    expectAnswer(error!.sense, model.end);
  }
  expect(stateOf(devices)).toEqual(stateOf(model.devices));
  expect(progress.segmentsProcessed).toBe(model.segmentsProcessed);
  expect(progress.transferBytes).toBe(model.transferBytes);
  expect(mover.inFlightCount).toBe(0);
}

describe('a copy', () => {
  it('does what the standard’s model does, whatever the list and the order of moves', async () => {
    await fc.assert(fc.asyncProperty(
      scenarios, fc.integer({ min: 1, max: 1 << 30 }), fc.constantFrom(512, 1536, 5000, 1 << 25),
      check), { numRuns: runs });
  }, 120_000);
});
