import { describe, expect, it } from 'vitest';
import { CopyManager } from '../../../src/backup/devices/copy-manager.ts';
import type { Answer, Initiator, Request } from '../../../src/initiator/initiator.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { encodeSense, readSense, type Sense } from '../../../src/sense/sense.ts';
import { copyStatus, failedSegmentDetails } from '../../../src/wire/copy/results.ts';

const GOOD: Answer = {
  status: 'good', dataIn: new Uint8Array(0), sense: undefined, senseBytes: new Uint8Array(0) };

const checked = (sense: Sense): Answer => {
  const senseBytes = encodeSense(sense);
  return { ...GOOD, status: 'checkCondition', senseBytes, sense: readSense(senseBytes) };
};

function unitWith(answer: (request: Request) => Promise<Answer> | Answer) {
  const requests: Request[] = [];
  const unit: Initiator = {
    url: 'iscsi://t/iqn/1', close: async () => {},
    traffic: { commands: 0, bytesSent: 0, bytesReceived: 0, dataOutBytes: 0, dataInBytes: 0 },
    execute: async (request) => {
      requests.push(request);
      return answer(request);
    },
  };
  return { unit, requests };
}

/** A clock that moves when the test says so. */
function manualClock() {
  let now = 0;
  const waiting = new Map<object, { atMs: number; callback: () => void }>();
  const clock: Clock = {
    nowMs: () => now, dateMs: () => now,
    at: (atMs, callback) => {
      const key = {};
      waiting.set(key, { atMs, callback });
      return () => waiting.delete(key);
    },
  };
  const advance = async (ms: number): Promise<void> => {
    now += ms;
    for (const [key, { atMs, callback }] of [...waiting]) {
      if (atMs > now) continue;
      waiting.delete(key);
      callback();
    }
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { clock, advance, waiting };
}

const statusData = (fields: { status: number; units: number; count: number }) => copyStatus.encode({
  availableData: 8, heldDataDiscarded: false, status: fields.status, segmentsProcessed: 1,
  transferCountUnits: fields.units, transferCount: fields.count });

describe('CopyManager', () => {
  it('asks for the status of its own list while it runs, and not afterwards', async () => {
    let finish = (_: Answer): void => {};
    let units = 1;
    const { unit, requests } = unitWith(({ cdb }) => (cdb[0] === 0x83
      ? new Promise<Answer>((resolve) => {
        finish = resolve;
      }) : { ...GOOD, dataIn: statusData({ status: 0, units: units++, count: 3 }) }));
    const { clock, advance, waiting } = manualClock();
    const seen: number[] = [];
    const done = new CopyManager(unit, clock).copy({
      doing: 'copy', encode: (identifier) => Uint8Array.of(identifier), signal: undefined,
      onProgress: (byteLength) => seen.push(byteLength) });
    await advance(1000);
    await advance(1000);
    expect(seen).toEqual([3 * 1024, 3 * 1024 ** 2]);
    expect(requests[1]!.cdb[2]).toBe(requests[0]!.dataOut![0]);
    finish(GOOD);
    await done;
    expect(waiting.size).toBe(0);
  });

  it('goes on when the status cannot be had', async () => {
    let finish = (_: Answer): void => {};
    const { unit } = unitWith(({ cdb }) => (cdb[0] === 0x83
      ? new Promise<Answer>((resolve) => {
        finish = resolve;
      }) : checked({ key: 'illegalRequest', additional: 'invalidFieldInCdb' })));
    const { clock, advance } = manualClock();
    const seen: number[] = [];
    const done = new CopyManager(unit, clock).copy({
      doing: 'copy', encode: () => new Uint8Array(16), signal: undefined,
      onProgress: (byteLength) => seen.push(byteLength) });
    await advance(1000);
    finish(GOOD);
    await done;
    expect(seen).toEqual([]);
  });

  it('uses another identifier for each list, none of them 0', async () => {
    const { unit, requests } = unitWith(() => GOOD);
    const manager = new CopyManager(unit, manualClock().clock);
    for (let i = 0; i < 256; i += 1) {
      await manager.copy({
        doing: 'copy', signal: undefined, encode: (identifier) => Uint8Array.of(identifier) });
    }
    const identifiers = requests.map(({ dataOut }) => dataOut![0]);
    expect(new Set(identifiers.slice(0, 255)).size).toBe(255);
    expect(identifiers).not.toContain(0);
    expect(identifiers[255]).toBe(identifiers[0]);
  });

  it('explains a failure by what the devices said, from the details that were kept', async () => {
    const drive = encodeSense({ key: 'mediumError', additional: 'writeError' });
    const kept = encodeSense({
      key: 'copyAborted', additional: 'thirdPartyDeviceFailure', segment: 12, information: 3,
      forwardedSource: { status: 0x08, sense: new Uint8Array(0) },
      forwardedDestination: { status: 0x02, sense: drive } });
    const { unit, requests } = unitWith(({ cdb }) => (cdb[0] === 0x83
      ? checked({ key: 'copyAborted', additional: 'thirdPartyDeviceFailure', segment: 12 })
      : { ...GOOD, dataIn: failedSegmentDetails.encode({ availableData: 56 + kept.length,
        status: 2, senseDataLength: kept.length, senseData: kept }) }));
    const failed = new CopyManager(unit, manualClock().clock).copy({
      doing: 'copy 5 bytes to the tape', signal: undefined, encode: () => Uint8Array.of(9) });
    await expect(failed).rejects.toMatchObject({ name: 'CopyFailed', segment: 12 });
    await expect(failed).rejects.toThrow('Cannot copy 5 bytes to the tape (iscsi://t/iqn/1): '
      + 'COPY ABORTED, THIRD PARTY DEVICE FAILURE (0dh/01h) in segment 12, 3 not written; '
      + 'the copy source answered status 08h; '
      + 'the copy destination answered MEDIUM ERROR, WRITE ERROR (0ch/00h)');
    expect(requests.map(({ cdb }) => [cdb[0], cdb[1]])).toEqual([[0x83, 0], [0x84, 4]]);
  });

  it('explains descriptor format sense, and a refusal before the first segment', async () => {
    const sense: Sense = { key: 'copyAborted', additional: 'thirdPartyDeviceFailure', segment: 1,
      forwardedDestination: { status: 2, sense: encodeSense(
        { key: 'volumeOverflow', additional: 'endOfPartitionDetected' }, 'descriptor') } };
    const senseBytes = encodeSense(sense, 'descriptor');
    const answers: Answer[] = [
      { ...GOOD, status: 'checkCondition', senseBytes, sense: readSense(senseBytes) },
      checked({ key: 'illegalRequest', additional: 'tooManySegmentDescriptors' })];
    const { unit } = unitWith(({ cdb }) => (cdb[0] === 0x83 ? answers.shift()!
      : checked({ key: 'illegalRequest', additional: 'invalidFieldInCdb' })));
    const manager = new CopyManager(unit, manualClock().clock);
    const copy = () => manager.copy({
      doing: 'copy', signal: undefined, encode: () => Uint8Array.of(9) });
    await expect(copy()).rejects
      .toThrow(/segment 1; the copy destination answered VOLUME OVERFLOW/);
    await expect(copy()).rejects.toThrow(/ILLEGAL REQUEST, TOO MANY SEGMENT DESCRIPTORS/);
  });

  it('says that there is no copy manager, and what to do', async () => {
    const { unit } = unitWith(() =>
      checked({ key: 'illegalRequest', additional: 'invalidCommandOperationCode' }));
    await expect(new CopyManager(unit, manualClock().clock).operatingParameters())
      .rejects.toThrow(/iscsi:\/\/t\/iqn\/1 has none; use --mover host/);
  });
});
