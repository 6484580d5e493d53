import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import { COPY_LIMITS } from '../../src/copy/limits.ts';
import { RESULT_AGE_MAX_MS, RESULT_COUNT_MAX } from '../../src/copy/results.ts';
import { transferCountOf } from '../../src/copy/results-data.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { readSense } from '../../src/sense/sense.ts';
import { copyStatus } from '../../src/wire/copy/results.ts';
import { MemoryDisk, MemoryTape, nexusOf, unitOf } from '../support/copy-devices.ts';
import { cscdOf, listOf, toTape } from '../support/copy-lists.ts';
import { cdb83, cdb84, dataOf, Fixture, host } from './manager-fixture.ts';

const other = nexusOf('other');

function setUp(options: ConstructorParameters<typeof Fixture>[1] = {}) {
  const disk = new MemoryDisk('disk', 512, new Uint8Array(512 * 100).fill(7));
  const tape = new MemoryTape('tape');
  const units = [unitOf('disk', 1, disk), unitOf('tape', 2, tape)];
  const fixture = new Fixture(units, options);
  const cscds = units.map((unit) => cscdOf(unit));
  const list = (listIdentifier: number, rest: object = {}): Uint8Array =>
    listOf(cscds, [toTape(0, 10, 512), toTape(10, 10, 512)], { listIdentifier, ...rest });
  return { fixture, disk, tape, units, unit: units[0]!, cscds, list };
}

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
const unknown = ['illegalRequest', 'invalidFieldInCdb'];
const statusOf = async (made: ReturnType<typeof setUp>, listIdentifier: number) =>
  copyStatus.read(dataOf(await made.fixture.receive(made.unit, 0, listIdentifier)));

describe('EXTENDED COPY', () => {
  it('does nothing for a list of no bytes', async () => {
    const { fixture, unit } = setUp();
    expect(await fixture.send(unit, cdb83(0))).toMatchObject({ status: 'good', wantedBytes: 0 });
    expect(fixture.reports).toEqual([]);
  });

  it('does nothing for a list of no descriptors, and keeps its result', async () => {
    const made = setUp();
    expect(await made.fixture.copy(made.unit, listOf([], []))).toMatchObject({ status: 'good' });
    expect(await statusOf(made, 1)).toMatchObject(
      { status: 1, segmentsProcessed: 0, transferCount: 0 });
  });

  it('refuses a list that is longer than what was sent', async () => {
    const { fixture, unit, list } = setUp();
    const outcome = await fixture.send(unit, cdb83(5000), list(1));
    expect(outcome.status).toBe('good');
    const short = await fixture.send(unit, cdb83(5000), list(1).subarray(0, 100));
    expect(errorOf(short)).toEqual(['illegalRequest', 'parameterListLengthError']);
  });

  it('refuses reserved bits and service actions that it lacks', async () => {
    const { fixture, unit, list } = setUp();
    const cdb = cdb83(list(1).length);
    cdb[5] = 0x10;
    expect(errorOf(await fixture.send(unit, cdb, list(1)))).toEqual(unknown);
    for (const start of ['83 02', '83 1F', '84 02', '84 09']) {
      const outcome = await fixture.send(unit, parseHex(`${start} ${'00 '.repeat(14)}`));
      expect(errorOf(outcome)).toEqual(unknown);
    }
  });

  it('conflicts with a reservation of the unit that receives it; asking about copies does not',
    async () => {
      const { fixture, unit, list } = setUp();
      unit.reservation.reserve(other);
      expect((await fixture.copy(unit, list(1))).status).toBe('reservationConflict');
      expect((await fixture.send(unit, cdb84(3, 0, 100))).status).toBe('good');
    });
});

describe('list identifiers', () => {
  it('are in use until the copy has ended, for the same nexus and unit', async () => {
    const made = setUp();
    const { fixture, unit, units, list } = made;
    const { begun, go } = hold(fixture);
    const first = fixture.copy(unit, list(9));
    await begun;
    expect(errorOf(await fixture.copy(unit, list(9))))
      .toEqual(['illegalRequest', 'operationInProgress']);
    const rest = [fixture.copy(unit, list(9), other), fixture.copy(units[1]!, list(9)),
      fixture.copy(unit, list(8))];
    go();
    for (const outcome of await Promise.all([first, ...rest])) expect(outcome.status).toBe('good');
    expect(await fixture.copy(unit, list(9))).toMatchObject({ status: 'good' });
  });

  it('hide the results of others', async () => {
    const { fixture, unit, units, list } = setUp();
    await fixture.copy(unit, list(9));
    expect(errorOf(await fixture.receive(unit, 0, 8))).toEqual(unknown);
    expect(errorOf(await fixture.receive(unit, 0, 9, 12, other))).toEqual(unknown);
    expect(errorOf(await fixture.receive(units[1]!, 0, 9))).toEqual(unknown);
    expect((await fixture.receive(unit, 0, 9)).status).toBe('good');
  });

  it('point at the byte of the CDB when they are not known', async () => {
    const { fixture, unit } = setUp();
    const { sense } = await fixture.receive(unit, 0, 8);
    expect(sense?.subarray(15)).toEqual(parseHex('C0 00 02'));
  });

  it('are not kept with usage 11b, and kept with usage 10b', async () => {
    const { fixture, unit, list } = setUp();
    expect((await fixture.copy(unit, list(0, { listIdUsage: 3 }))).status).toBe('good');
    expect(errorOf(await fixture.receive(unit, 0, 0))).toEqual(unknown);
    expect(fixture.reports[0]).toMatchObject({ listIdentifier: undefined });
    expect((await fixture.copy(unit, list(5, { listIdUsage: 2 }))).status).toBe('good');
    expect((await fixture.receive(unit, 0, 5)).status).toBe('good');
  });

  it('without usage may be used by many copies at once', async () => {
    const { fixture, unit, list } = setUp();
    const outcomes = await Promise.all(
      [0, 0, 0].map((id) => fixture.copy(unit, list(id, { listIdUsage: 3 }))));
    expect(outcomes.map(({ status }) => status)).toEqual(['good', 'good', 'good']);
  });
});

describe('results', () => {
  it('tell a running copy as often as they are asked for', async () => {
    const made = setUp();
    const { begun, go } = hold(made.fixture);
    const copy = made.fixture.copy(made.unit, made.list(1));
    await begun;
    for (let i = 0; i < 3; i += 1) {
      expect(await statusOf(made, 1)).toMatchObject(
        { status: 0, segmentsProcessed: 1, transferCount: 0 });
    }
    expect(errorOf(await made.fixture.receive(made.unit, 4, 1))).toEqual(unknown);
    expect(made.fixture.manager.runningCount).toBe(1);
    go();
    await copy;
    expect(await statusOf(made, 1)).toMatchObject(
      { status: 1, segmentsProcessed: 2, transferCountUnits: 0, transferCount: 20 * 512 });
    expect(made.fixture.manager.runningCount).toBe(0);
  });

  it('are given once in full, and any number of times in part', async () => {
    const { fixture, unit, list } = setUp();
    await fixture.copy(unit, list(1));
    expect(dataOf(await fixture.receive(unit, 0, 1, 11))).toHaveLength(11);
    expect(dataOf(await fixture.receive(unit, 0, 1, 0))).toHaveLength(0);
    expect(dataOf(await fixture.receive(unit, 0, 1, 12))).toHaveLength(12);
    expect(errorOf(await fixture.receive(unit, 0, 1, 12))).toEqual(unknown);
    // The details are kept on their own; nothing has failed.
    expect(dataOf(await fixture.receive(unit, 4, 1))).toEqual(new Uint8Array(4));
    expect(errorOf(await fixture.receive(unit, 4, 1))).toEqual(unknown);
  });

  it('are discarded by an allocation length of 0 if they are failure details', async () => {
    const { fixture, unit, list } = setUp();
    await fixture.copy(unit, list(1));
    expect((await fixture.receive(unit, 4, 1, 0)).status).toBe('good');
    expect(errorOf(await fixture.receive(unit, 4, 1))).toEqual(unknown);
    expect((await fixture.receive(unit, 0, 1)).status).toBe('good');
  });

  it.each([
    ['a new copy of that name', async ({ fixture, unit, list }: ReturnType<typeof setUp>) => {
      await fixture.copy(unit, list(1));
      await fixture.receive(unit, 0, 1);
    }],
    ['LOGICAL UNIT RESET', ({ fixture, unit }: ReturnType<typeof setUp>) =>
      fixture.manager.reset(unit)],
    ['the loss of the nexus', ({ fixture }: ReturnType<typeof setUp>) =>
      fixture.manager.nexusLost(host)],
    ['time', ({ fixture }: ReturnType<typeof setUp>) => {
      fixture.clock.now += RESULT_AGE_MAX_MS;
    }],
    ['many others', async ({ fixture, unit, cscds }: ReturnType<typeof setUp>) => {
      for (let i = 0; i < RESULT_COUNT_MAX; i += 1) {
        await fixture.copy(
          unit, listOf(cscds, [], { listIdentifier: 2 + i % 250 }), nexusOf(`nexus ${i}`));
      }
    }],
  ])('are discarded by %s', async (_, event) => {
    const made = setUp();
    await made.fixture.copy(made.unit, made.list(1));
    await event(made);
    expect(errorOf(await made.fixture.receive(made.unit, 0, 1))).toEqual(unknown);
  });

  it('are kept for a minute at least, and through events of others', async () => {
    const { fixture, units, unit, list } = setUp();
    await fixture.copy(unit, list(1));
    fixture.clock.now += 60_000;
    fixture.manager.reset(units[1]!);
    fixture.manager.nexusLost(other);
    expect((await fixture.receive(unit, 0, 1)).status).toBe('good');
  });

  it('lose their name with their nexus although the copy goes on', async () => {
    const { fixture, unit, list, tape } = setUp();
    const { begun, go } = hold(fixture);
    const copy = fixture.copy(unit, list(1));
    await begun;
    fixture.manager.nexusLost(host);
    go();
    expect((await copy).status).toBe('good');
    expect(tape.contents()).toHaveLength(20);
    expect(errorOf(await fixture.receive(unit, 0, 1))).toEqual(unknown);
  });

  it.each([
    [0xffff_ffff, { units: 0, count: 0xffff_ffff }], [0x1_0000_0000, { units: 1, count: 4194304 }],
    [2 ** 52 + 5, { units: 3, count: 4194304 }], [2 ** 50 - 1, { units: 2, count: 2 ** 30 - 1 }],
  ])('count %i bytes in the smallest unit', (byteLength, expected) => {
    expect(transferCountOf(byteLength)).toEqual(expected);
  });

  it('are told to a listener, with the bytes by their way', async () => {
    const { fixture, unit, list } = setUp();
    await fixture.copy(unit, list(1));
    expect(fixture.reports).toEqual([{
      unit, nexus: host, serviceAction: 0, listIdentifier: 1, status: 'good', segmentsProcessed: 2,
      transferBytes: 10240, durationMs: 0,
      byRung: { reflink: 0, direct: 10240, kernel: 0, portable: 0, hole: 0 } }]);
  });
});

describe('how many', () => {
  const limits = { ...COPY_LIMITS, concurrentCopiesMax: 3, identifiedCopiesMax: 2 };

  it('copies run at once: more are busy', async () => {
    const { fixture, unit, list } = setUp({ limits });
    const { begun, go } = hold(fixture);
    const named = [fixture.copy(unit, list(1)), fixture.copy(unit, list(2))];
    await begun;
    expect((await fixture.copy(unit, list(3))).status).toBe('busy');
    const anonymous = fixture.copy(unit, list(0, { listIdUsage: 3 }));
    expect((await fixture.copy(unit, list(0, { listIdUsage: 3 }))).status).toBe('busy');
    go();
    const outcomes = await Promise.all([...named, anonymous]);
    expect(outcomes.map(({ status }) => status)).toEqual(['good', 'good', 'good']);
    expect((await fixture.copy(unit, list(3))).status).toBe('good');
  });

  it('must be sayable: limits that fit no field are refused', () => {
    expect(() => setUp({ limits: { concurrentCopiesMax: 300, identifiedCopiesMax: 256 } }))
      .toThrow('identifiedCopiesMax 256');
  });
});

describe('the end of a copy from outside', () => {
  it('comes once nothing of it runs, with status TASK ABORTED, and is kept', async () => {
    const made = setUp();
    const { begun, go } = hold(made.fixture);
    const controller = new AbortController();
    const copy = made.fixture.copy(made.unit, made.list(1), host, controller.signal);
    await begun;
    controller.abort(new Error('aborted'));
    expect(made.fixture.mover.inFlightCount).toBe(1);
    go();
    expect((await copy).status).toBe('taskAborted');
    expect(made.fixture.mover.inFlightCount).toBe(0);
    expect(made.tape.contents()).toEqual([]);
    expect(await statusOf(made, 1)).toMatchObject({ status: 2, transferCount: 0 });
    const details = dataOf(await made.fixture.receive(made.unit, 4, 1));
    expect(details[56]).toBe(0x40);
    expect(details).toHaveLength(60);
    // The tape is free again.
    expect((await made.fixture.copy(made.unit, made.list(1))).status).toBe('good');
  });

  it('is tearDown: it ends all copies, and no more begin', async () => {
    const { fixture, unit, list } = setUp();
    const { begun, go } = hold(fixture);
    const copies = [fixture.copy(unit, list(1)), fixture.copy(unit, list(2))];
    await begun;
    const down = fixture.manager.tearDown();
    go();
    await down;
    expect(fixture.mover.inFlightCount).toBe(0);
    for (const outcome of await Promise.all(copies)) expect(outcome.status).toBe('taskAborted');
    expect((await fixture.copy(unit, list(3))).status).toBe('busy');
    await fixture.manager.tearDown();
  });

  it('is our own fault if a mover breaks its word', async () => {
    const made = setUp();
    made.fixture.mover.before = () => {
      throw new TypeError('a bug');
    };
    const outcome = await made.fixture.copy(made.unit, made.list(1));
    expect(errorOf(outcome)).toEqual(['hardwareError', 'internalTargetFailure']);
    expect(made.fixture.bugs).toEqual([new TypeError('a bug')]);
    expect(await statusOf(made, 1)).toMatchObject({ status: 2 });
  });
});
