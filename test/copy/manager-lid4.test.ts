import { describe, expect, it } from 'vitest';
import { encodeSense, readSense } from '../../src/sense/sense.ts';
import { broken } from '../../src/copy/rules.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { COPY_OPERATION_STATUS, readLid4Results } from '../../src/wire/copy/lid4-results.ts';
import { copyStatus } from '../../src/wire/copy/results.ts';
import { MemoryDisk, MemoryTape, nexusOf, unitOf } from '../support/copy-devices.ts';
import { cscdOf, diskToDisk, lid4ListOf, listOf, toTape } from '../support/copy-lists.ts';
import { turns } from '../support/turns.ts';
import { dataOf, Fixture, host } from './manager-fixture.ts';

const other = nexusOf('other');
const ID = 0x0102_0304;
const STATUS = 0x05;
const { completed, completedWithErrors, inBackground, inForeground, residualData, terminated } =
  COPY_OPERATION_STATUS;

/** The second segment names a CSCD descriptor that is not there. */
const WRONG = [
  toTape(0, 10, 512, { from: 1, to: 2 }), toTape(10, 10, 512, { from: 9, to: 2 })];

function setUp(options: ConstructorParameters<typeof Fixture>[1] = {}) {
  const disk = new MemoryDisk('disk', 512, new Uint8Array(512 * 100).fill(7));
  const tape = new MemoryTape('tape');
  const units = [unitOf('disk', 1, disk), unitOf('tape', 2, tape)];
  const fixture = new Fixture(units, options);
  const cscds = units.map((unit) => cscdOf(unit));
  const segments = [0, 10].map((lba) => toTape(lba, 10, 512, { from: 1, to: 2 }));
  const list = (rest: Parameters<typeof lid4ListOf>[2] = {}): Uint8Array =>
    lid4ListOf(cscds, segments, { listIdentifier: ID, ...rest });
  const status = async (listIdentifier = ID) => readLid4Results(
    dataOf(await fixture.receiveLid4(units[0]!, STATUS, listIdentifier))).head;
  return { fixture, disk, tape, units, unit: units[0]!, cscds, list, status };
}
type Made = ReturnType<typeof setUp>;

/** Holds every move until `go` is called; `begun` resolves when the first one waits. */
function hold({ mover }: Fixture) {
  const [begun, gate] = [deferred<void>(), deferred<void>()];
  mover.before = () => {
    begun.resolve();
    return gate.promise;
  };
  return { begun: begun.promise, go: gate.resolve };
}

const errorOf = (outcome: { sense: Uint8Array | undefined }) => {
  const { key, additional } = readSense(outcome.sense!);
  return [key, additional];
};
/** The sense key specific bytes of fixed format. */
const pointerOf = (sense: Uint8Array): number[] => [...sense.subarray(15, 18)];
const unknown = ['illegalRequest', 'invalidFieldInCdb'];

/** A copy in the background that waits in its first move. */
async function inTheBackground(made: Made, rest: Parameters<Made['list']>[0] = {}) {
  const held = hold(made.fixture);
  const outcome = await made.fixture.copyLid4(made.unit, made.list({ immed: true, ...rest }));
  await held.begun;
  return { ...held, outcome };
}

describe('EXTENDED COPY(LID4)', () => {
  it('copies, and is told of by the status with 32-bit identifiers as often as asked', async () => {
    const { fixture, unit, list, tape, status } = setUp();
    expect(await fixture.copyLid4(unit, list()))
      .toMatchObject({ status: 'good', sense: undefined });
    expect(tape.contents()).toHaveLength(20);
    for (let i = 0; i < 3; i += 1) {
      expect(await status()).toMatchObject({
        responseToServiceAction: 1, status: completed, completionStatus: 0,
        statusUpdateDelay: 0xffff_fffe, transferCountUnits: 0, transferCount: 10240n,
        segmentsProcessed: 2 });
    }
    expect((await status()).operationCounter).toBeGreaterThan(0);
  });

  it('does nothing for a list of no bytes', async () => {
    const { fixture, unit } = setUp();
    expect(await fixture.copyLid4(unit, new Uint8Array(0))).toMatchObject({ status: 'good' });
    expect(fixture.reports).toEqual([]);
  });

  it('returns the count of segments with GOOD if G_SENSE is 1', async () => {
    const { fixture, unit, list } = setUp();
    const { status, sense } = await fixture.copyLid4(unit, list({ gSense: true }));
    expect(status).toBe('good');
    expect(sense).toEqual(encodeSense({
      key: 'completed', additional: 'extendedCopyInformationAvailable', commandSpecific: 2 }));
    expect([...sense!.subarray(8, 14)]).toEqual([0, 0, 0, 2, 0x00, 0x20]);
  });

  it('is in progress in the foreground until its command has ended', async () => {
    const { fixture, unit, list, status } = setUp();
    const { begun, go } = hold(fixture);
    const copy = fixture.copyLid4(unit, list());
    await begun;
    expect(await status()).toMatchObject({
      status: inForeground, segmentsProcessed: 1, transferCount: 0n, completionStatus: 0 });
    expect((await status()).statusUpdateDelay).toBeLessThan(10_000);
    go();
    await copy;
    expect((await status()).status).toBe(completed);
  });

  it('keeps the sense data of an error, padded to whole words', async () => {
    const { fixture, unit, cscds } = setUp();
    const { sense } = await fixture.copyLid4(
      unit, lid4ListOf(cscds, WRONG, { listIdentifier: ID }));
    const data = dataOf(await fixture.receiveLid4(unit, STATUS, ID));
    const told = readLid4Results(data);
    expect(told.head).toMatchObject({ status: completedWithErrors, completionStatus: 2 });
    expect(told.sense).toEqual(sense);
    expect(data.length % 4).toBe(0);
    expect(data).toHaveLength(32 + Math.ceil(sense!.length / 4) * 4);
  });

  it('tells that residual data was dropped at the end', async () => {
    const { fixture, unit, cscds, status } = setUp();
    const segment = toTape(0, 3, 1024, { from: 1, to: 2, cat: true });
    await fixture.copyLid4(unit, lid4ListOf(cscds, [segment], { listIdentifier: ID }));
    expect(await status()).toMatchObject({ status: residualData, transferCount: 1024n });
  });
});

describe('IMMED', () => {
  it('returns GOOD while the copy goes on', async () => {
    const made = setUp();
    const { outcome, go } = await inTheBackground(made);
    expect(outcome).toMatchObject({ status: 'good', sense: undefined, dataIn: [] });
    expect(await made.status()).toMatchObject({ status: inBackground, segmentsProcessed: 1 });
    expect(made.fixture.reports).toEqual([]);
    go();
    await turns(3);
    expect(await made.status()).toMatchObject({ status: completed, transferCount: 10240n });
    expect(made.tape.contents()).toHaveLength(20);
    expect(made.fixture.reports).toMatchObject([{ status: 'good', serviceAction: 1 }]);
  });

  it('is not stopped by the abort of a task that has ended', async () => {
    const made = setUp();
    const controller = new AbortController();
    const { begun, go } = hold(made.fixture);
    await made.fixture.copyLid4(made.unit, made.list({ immed: true }), host, controller.signal);
    await begun;
    controller.abort(new Error('aborted'));
    await made.unit.tasks.abortAll(host);
    go();
    await turns(3);
    expect((await made.status()).status).toBe(completed);
  });

  it('refuses a list before it returns GOOD', async () => {
    const { fixture, unit, list } = setUp();
    const cut = list({ immed: true }).subarray(0, 60);
    expect(errorOf(await fixture.copyLid4(unit, cut)))
      .toEqual(['illegalRequest', 'parameterListLengthError']);
    expect(errorOf(await fixture.receiveLid4(unit, STATUS, ID))).toEqual(unknown);
  });

  it.each([
    ['G_SENSE', { gSense: true }], ['no list identifier', { listIdUsage: 3, listIdentifier: 0 }],
  ])('is refused with %s, without a field pointer', async (_, rest) => {
    const { fixture, unit, list } = setUp();
    const { sense } = await fixture.copyLid4(unit, list({ immed: true, ...rest }));
    expect(readSense(sense!)).toMatchObject({ key: unknown[0], additional: unknown[1] });
    expect(pointerOf(sense!)).toEqual([0, 0, 0]);
  });

  it('keeps what the command would have ended with', async () => {
    const made = setUp();
    const list = (rest: object): Uint8Array => lid4ListOf(made.cscds, WRONG, rest);
    const foreground = await made.fixture.copyLid4(made.unit, list({ listIdentifier: 5 }));
    const background = await made.fixture.copyLid4(
      made.unit, list({ listIdentifier: ID, immed: true }));
    expect(background).toMatchObject({ status: 'good', sense: undefined });
    await turns(3);
    const { head, sense } = readLid4Results(
      dataOf(await made.fixture.receiveLid4(made.unit, STATUS, ID)));
    expect(head).toMatchObject({ status: completedWithErrors, completionStatus: 2 });
    expect(sense).toEqual(foreground.sense);
  });

  it('reports a fault of ours, and ends', async () => {
    const made = setUp();
    made.fixture.mover.before = () => {
      throw new TypeError('a bug');
    };
    await made.fixture.copyLid4(made.unit, made.list({ immed: true }));
    await turns(3);
    expect(made.fixture.bugs).toEqual([new TypeError('a bug')]);
    expect(await made.status()).toMatchObject({ status: completedWithErrors });
    expect(made.fixture.manager.runningCount).toBe(0);
  });

  it('outlives its nexus, but without its name', async () => {
    const made = setUp();
    const { go } = await inTheBackground(made);
    await made.unit.tasks.abortAll(host);
    made.fixture.manager.nexusLost(host);
    expect(errorOf(await made.fixture.receiveLid4(made.unit, STATUS, ID))).toEqual(unknown);
    expect(errorOf(await made.fixture.abort(made.unit, ID))).toEqual(unknown);
    go();
    await turns(3);
    expect(made.tape.contents()).toHaveLength(20);
    expect(errorOf(await made.fixture.receiveLid4(made.unit, STATUS, ID))).toEqual(unknown);
  });

  it.each<[string, (made: Made) => Promise<void>]>([
    ['LOGICAL UNIT RESET', ({ unit }) => unit.tasks.reset()],
    ['PREEMPT AND ABORT of its nexus', ({ unit }) =>
      unit.tasks.preempt([host], new AbortController().signal)],
    ['the end of the target', ({ fixture }) => fixture.manager.tearDown()],
  ])('is ended by %s, which waits until nothing of it runs', async (_, event) => {
    const made = setUp();
    const { go } = await inTheBackground(made);
    let hasEnded = false;
    const ended = event(made).then(() => {
      hasEnded = true;
    });
    await turns(2);
    expect(hasEnded).toBe(false);
    go();
    await ended;
    expect(made.fixture.mover.inFlightCount).toBe(0);
    expect(made.fixture.manager.runningCount).toBe(0);
    expect(await made.status()).toMatchObject({
      status: terminated, completionStatus: 0x40, statusUpdateDelay: 0xffff_fffe });
  });

  it('is not ended by PREEMPT AND ABORT of another nexus', async () => {
    const made = setUp();
    const { go } = await inTheBackground(made);
    await made.unit.tasks.preempt([other], new AbortController().signal);
    go();
    await turns(3);
    expect((await made.status()).status).toBe(completed);
  });
});

describe('COPY OPERATION ABORT', () => {
  it('ends a copy in the background once nothing of it runs; its status is kept', async () => {
    const made = setUp();
    const { go } = await inTheBackground(made);
    let outcome: unknown;
    const abort = made.fixture.abort(made.unit, ID).then((result) => {
      outcome = result;
    });
    await turns(2);
    expect(outcome).toBeUndefined();
    expect(made.fixture.mover.inFlightCount).toBe(1);
    go();
    await abort;
    expect(outcome).toMatchObject({ status: 'good' });
    expect(made.fixture.mover.inFlightCount).toBe(0);
    const { head, sense } = readLid4Results(
      dataOf(await made.fixture.receiveLid4(made.unit, STATUS, ID)));
    expect(head).toMatchObject({ status: terminated, completionStatus: 0x40 });
    expect(sense).toHaveLength(0);
    expect(made.fixture.reports).toMatchObject([{ status: 'taskAborted' }]);
  });

  it('ends a command in the foreground with COPY ABORTED, in the segment it had come to',
    async () => {
      const made = setUp();
      const { begun, go } = hold(made.fixture);
      const copy = made.fixture.copyLid4(made.unit, made.list());
      await begun;
      const abort = made.fixture.abort(made.unit, ID);
      go();
      expect((await abort).status).toBe('good');
      const { status, sense } = await copy;
      expect(status).toBe('checkCondition');
      const { additional } = broken('aborted', '').sense;
      expect(readSense(sense!)).toMatchObject({ key: 'copyAborted', additional, segment: 0 });
      expect([...sense!.subarray(12, 14)]).toEqual([0x2f, 0x02]);
      expect(await made.status()).toMatchObject({ status: terminated, completionStatus: 0x40 });
    });

  it('ends a copy with an 8-bit identifier, whose details tell how its command ended', async () => {
    const made = setUp();
    const { begun, go } = hold(made.fixture);
    const copy = made.fixture.copy(made.unit, listOf(made.cscds, [toTape(0, 10, 512)]));
    await begun;
    const abort = made.fixture.abort(made.unit, 1);
    go();
    await abort;
    const { sense } = await copy;
    expect(readSense(sense!).key).toBe('copyAborted');
    const status = copyStatus.read(dataOf(await made.fixture.receive(made.unit, 0, 1)));
    expect(status).toMatchObject({ status: 2 });
    const details = dataOf(await made.fixture.receive(made.unit, 4, 1));
    expect(details[56]).toBe(2);
    expect(details.subarray(60)).toEqual(sense);
  });

  it('stops a copy that waits for its turn', async () => {
    const made = setUp();
    const { go } = await inTheBackground(made);
    // The tape is in use: this one cannot even begin to write.
    const waiting = made.fixture.copyLid4(made.unit, made.list({ listIdentifier: 6 }));
    await turns(1);
    expect((await made.fixture.abort(made.unit, 6)).status).toBe('good');
    expect(readSense((await waiting).sense!).key).toBe('copyAborted');
    go();
    await turns(3);
    expect((await made.status()).status).toBe(completed);
  });

  it('knows copies in progress only, of its own nexus and unit', async () => {
    const made = setUp();
    const { fixture, unit, units, list } = made;
    const { go } = await inTheBackground(made);
    for (const outcome of [
      await fixture.abort(unit, 7), await fixture.abort(unit, ID, other),
      await fixture.abort(units[1]!, ID),
    ]) {
      expect(errorOf(outcome)).toEqual(unknown);
      expect(pointerOf(outcome.sense!)).toEqual([0xc0, 0, 2]);
    }
    go();
    await turns(3);
    expect(errorOf(await fixture.abort(unit, ID))).toEqual(unknown);
    expect((await made.status()).status).toBe(completed);
    expect((await fixture.copyLid4(unit, list())).status).toBe('good');
  });

  it('conflicts with a reservation, as EXTENDED COPY does', async () => {
    const { fixture, unit, list } = setUp();
    unit.reservation.reserve(other);
    expect((await fixture.abort(unit, ID)).status).toBe('reservationConflict');
    expect((await fixture.copyLid4(unit, list())).status).toBe('reservationConflict');
    expect(errorOf(await fixture.receiveLid4(unit, STATUS, ID))).toEqual(unknown);
  });
});

describe('list identifiers of 8 and of 32 bits', () => {
  it('are one: a copy in progress is refused in the other format', async () => {
    const made = setUp();
    const { fixture, unit, list, cscds } = made;
    const { go } = await inTheBackground(made, { listIdentifier: 9 });
    expect(errorOf(await fixture.copyLid4(unit, list({ listIdentifier: 9 }))))
      .toEqual(['illegalRequest', 'operationInProgress']);
    const inOther = await fixture.copy(unit, listOf(cscds, [], { listIdentifier: 9 }));
    expect(errorOf(inOther)).toEqual(['illegalRequest', 'invalidFieldInParameterList']);
    expect(pointerOf(inOther.sense!)).toEqual([0x80, 0, 0]);
    go();
    await turns(3);
    expect((await fixture.copy(unit, listOf(cscds, [], { listIdentifier: 9 }))).status)
      .toBe('good');
    expect((await made.status(9)).responseToServiceAction).toBe(0);
  });

  it('point at the 32-bit field when the copy in progress has 8 bits', async () => {
    const { fixture, unit, list, cscds } = setUp();
    const { begun, go } = hold(fixture);
    const first = fixture.copy(unit, listOf(cscds, [toTape(0, 1, 512)], { listIdentifier: 9 }));
    await begun;
    const inOther = await fixture.copyLid4(unit, list({ listIdentifier: 9 }));
    expect(errorOf(inOther)).toEqual(['illegalRequest', 'invalidFieldInParameterList']);
    expect(pointerOf(inOther.sense!)).toEqual([0x80, 0, 20]);
    go();
    await first;
  });

  it('let the long status read an 8-bit copy, and no 8-bit command a 32-bit one', async () => {
    const made = setUp();
    const { fixture, unit, cscds, list } = made;
    await fixture.copy(unit, listOf(cscds, [diskToDisk(0, 50, 5, { to: 0 })]));
    expect(await made.status(1)).toMatchObject({
      responseToServiceAction: 0, status: completed, transferCount: 2560n });
    await fixture.copyLid4(unit, list({ listIdentifier: 2 }));
    for (const action of [0, 1, 4]) {
      expect(errorOf(await fixture.receive(unit, action, 2))).toEqual(unknown);
    }
  });

  it('are told apart by all 32 bits', async () => {
    const { fixture, unit, list } = setUp();
    await fixture.copyLid4(unit, list({ listIdentifier: 0x0100_0001 }));
    expect(errorOf(await fixture.receiveLid4(unit, STATUS, 1))).toEqual(unknown);
    expect((await fixture.receiveLid4(unit, STATUS, 0x0100_0001)).status).toBe('good');
  });
});
