/** Runs a scenario, and holds what was left behind against the model's. */
import { expect } from 'vitest';
import type { Progress } from '../../src/copy/progress.ts';
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { SenseError } from '../../src/sense/sense.ts';
import { MemoryDisk } from '../support/copy-devices.ts';
import type { MemoryMover } from '../support/memory-mover.ts';
import { isSame } from '../support/same-bytes.ts';
import { diskBytes } from './compare.ts';
import type { Model } from './model/copy.ts';
import { ModelDisk } from './model/devices.ts';
import { run, type RunResult } from './run.ts';
import { type MemoryDevice, memoryDevices, unitsOf } from './scenario/devices.ts';
import { listFor } from './scenario/encode.ts';
import type { Scenario } from './scenario/scenario.ts';

/** The copy manager's devices for a scenario, and the units that hold them. */
export interface Stage {
  readonly devices: readonly MemoryDevice[];
  readonly units: readonly LogicalUnit[];
}

export function stageFor(scenario: Scenario): Stage {
  const devices = memoryDevices(scenario.devices);
  return { devices, units: unitsOf(devices) };
}

/** The next commands to a device meet unit attentions, which are no matter of a copy. */
export function disturb({ devices }: Stage, attentionCounts: readonly number[]): void {
  for (const [i, { gate }] of devices.entries()) {
    for (let left = attentionCounts[i] ?? 0; left > 0; left -= 1) {
      gate.errors.push(new SenseError('unitAttention', 'powerOnOrReset', 'Cannot'));
    }
  }
}

export interface Conditions {
  readonly mover: MemoryMover;
  readonly sliceBytes: number;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

export function copyOf(
  scenario: Scenario, { units }: Stage, conditions: Conditions): Promise<RunResult> {
  const { list: { format, receiver, readings }, limits } = scenario;
  return run(listFor(scenario, units), units, {
    ...conditions, format, readings, limits, receiver: units[receiver]! }); // one for each device
}

/**
 * What a copy that was stopped in its middle has left: all that the stopped model has written, and
 * of what it would have written then, whatever happened to be under way.
 */
export function expectTraces({ devices }: Stage, stopped: Model, whole: Model): void {
  for (const [i, device] of devices.entries()) {
    if (device instanceof MemoryDisk) expectTracesOnDisk(i, device, stopped, whole);
    else expectTracesOnTape(i, device, stopped);
  }
}

function expectTracesOnDisk(
  index: number, disk: MemoryDisk, stopped: Model, whole: Model): void {
  const expected = (stopped.devices[index] as ModelDisk).bytes.slice(); // made from one scenario
  const found = diskBytes(disk);
  let toPass = stopped.state.transferBytes;
  for (const { device, at, bytes } of whole.state.writes) {
    const passed = Math.min(toPass, bytes.length);
    toPass -= passed;
    if (device !== whole.devices[index]) continue;
    expected.fill(0, at + passed, at + bytes.length);
    found.fill(0, at + passed, at + bytes.length);
  }
  expect(isSame(found, expected), `disk ${index}`).toBe(true);
}

function expectTracesOnTape(
  index: number, tape: Exclude<MemoryDevice, MemoryDisk>, stopped: Model): void {
  const model = stopped.devices[index]!; // as above
  const contents = tape.contents();
  for (const { device, at } of stopped.state.writes) {
    if (device !== model || model instanceof ModelDisk) continue;
    const record = model.objects[at];
    if (record === null || record === undefined) continue; // written over since
    const found = contents[at];
    if (found && isSame(found, record)) continue;
    expect.fail(`object ${at} of tape ${index} is not what the model says`);
  }
}
