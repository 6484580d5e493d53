/** Holds what the copy manager did against what the model says. */
import { expect } from 'vitest';
import type { Progress } from '../../src/copy/progress.ts';
import type { Sense } from '../../src/sense/sense.ts';
import { readSense } from '../../src/sense/sense.ts';
import { MemoryDisk, MemoryTape } from '../support/copy-devices.ts';
import { isSame } from '../support/same-bytes.ts';
import type { Model } from './model/copy.ts';
import type { ModelDisk, ModelTape } from './model/devices.ts';
import type { ModelEnd } from './model/stop.ts';
import type { RunResult } from './run.ts';
import type { MemoryDevice } from './scenario/devices.ts';

/** Records as text, so that differences can be read; the data follows as a digest. */
const show = (objects: readonly (Uint8Array | null)[]): string[] =>
  objects.map((one) => (one === null ? 'filemark' : `${one.length}: ${Buffer.from(
    one.subarray(0, 8)).toString('hex')}`));

export const diskBytes = (disk: MemoryDisk): Uint8Array =>
  disk.file.slice(0, disk.blockCount * disk.blockBytes);

/**
 * Bytes, tape structure and positions.
 *
 * How far a tape has been read when the write of what was read fails is nobody's to say: reads of
 * one segment may run ahead of its writes.
 */
export function expectDevices(found: readonly MemoryDevice[], model: Model): void {
  const readTape = model.end?.side === 'destination' ? model.readTape : undefined;
  for (const [i, device] of found.entries()) {
    const expected = model.devices[i]!; // both are made from one scenario
    if (device instanceof MemoryDisk) {
      expectDisk(i, device, expected as ModelDisk);
      continue;
    }
    const tape = expected as ModelTape;
    expectTape(i, device, tape);
    if (readTape?.tape === tape && device.position >= readTape.from
      && device.position <= tape.objects.length) continue;
    if (device.position !== tape.position) expect(device.position, `tape ${i}`).toBe(tape.position);
  }
}

export function expectDisk(
  i: number, disk: MemoryDevice | undefined, { bytes }: ModelDisk): void {
  if (!(disk instanceof MemoryDisk)) expect.fail(`device ${i} is no disk`);
  const found = diskBytes(disk);
  if (isSame(found, bytes)) return;
  const at = found.findIndex((byte, index) => byte !== bytes[index]);
  expect.fail(`disk ${i} is not what the model says, from byte ${at} on`);
}

/** What stands on a tape; not its position. */
export function expectTape(i: number, device: MemoryDevice | undefined, tape: ModelTape): void {
  if (!(device instanceof MemoryTape)) expect.fail(`device ${i} is no tape`);
  const contents = device.contents();
  const isEqual = contents.length === tape.objects.length && contents.every((one, at) => {
    const other = tape.objects[at]!; // as long
    return one === null || other === null ? one === other : isSame(one, other);
  });
  if (!isEqual) expect(show(contents), `tape ${i}`).toEqual(show(tape.objects));
  if (!isEqual) expect.fail(`tape ${i} has other bytes than the model says`);
}

/** While a copy runs: the segments before the one in progress have been written. */
export function expectProgress(
  { segmentsProcessed, transferBytes }: Progress, { bytesBefore }: Model): void {
  const before = bytesBefore[segmentsProcessed - 1] ?? 0;
  if (before <= transferBytes) return;
  expect.fail(`segment ${segmentsProcessed} is in progress after ${transferBytes} bytes, `
    + `the ones before it have ${before}`);
}

/** Status, sense data, segment counts, held data. */
export function expectOutcome(found: RunResult, model: Model): void {
  const { error, progress } = found;
  if (model.end === undefined) expect(error?.message).toBeUndefined();
  else expectSense(error?.sense, model.end);
  expect(progress.segmentsProcessed).toBe(model.segmentsProcessed);
  expect(progress.transferBytes).toBe(model.state.transferBytes);
  expectHeld(found, model);
  if (model.end === undefined) expect(found.leftOver).toBe(model.isLeftOver);
}

/** How much was processed before a write fails that follows reads of a tape is as open. */
function expectHeld({ held }: RunResult, model: Model): void {
  const bytes = Buffer.concat(held.parts);
  const last = model.state.held.all.length;
  const isOpen = model.end?.side === 'destination' && model.readTape !== undefined;
  let count = last;
  const isHeld = (): boolean => bytes.equals(model.state.held.after(count));
  while (isOpen && count > model.heldBefore && !isHeld()) count -= 1;
  if (!bytes.equals(model.state.held.after(count))) {
    expect.fail(`${bytes.length} bytes are held, not what is last of ${last}`);
  }
  expect(held.isDiscarded).toBe(count > held.limitBytes);
}

function expectSense(sense: Sense | undefined, end: ModelEnd): void {
  expect(sense, `no error, expected ${JSON.stringify(end)}`).toBeDefined();
  const { key, additional, segment, information, fieldPointer } = sense!; // just seen
  expect({ key, additional, segment, information, fieldPointer }).toEqual({
    key: 'copyAborted', additional: end.additional, segment: end.segment,
    information: end.information, fieldPointer: end.pointer });
  expectAnswer(sense!, end);
}

/** The device's own status and sense data. */
function expectAnswer(sense: Sense, { side, answer }: ModelEnd): void {
  const { forwardedSource, forwardedDestination } = sense;
  const forwarded = side === 'source' ? forwardedSource : forwardedDestination;
  expect(side === 'source' ? forwardedDestination : forwardedSource).toBeUndefined();
  if (answer === undefined) {
    expect(forwarded).toBeUndefined();
    return;
  }
  const { information, conflict, ...rest } = answer;
  expect(forwarded?.status).toBe(conflict ? 0x18 : 0x02);
  if (conflict) return;
  const read = readSense(forwarded!.sense); // has a status, so it is there
  expect(read).toMatchObject(rest);
  if (information !== undefined) expect(read.information).toBe(BigInt(information));
}
