import { describe, expect, it } from 'vitest';
import { answerAbsent } from '../../src/target/portal-absent-unit.ts';
import type { Initiator } from '../../src/initiator/initiator.ts';
import type { Outcome } from '../../src/sam/command.ts';
import { readSense } from '../../src/sense/sense.ts';
import { nopOut } from '../../src/wire/iscsi/nop.ts';
import { encodeLun } from '../../src/wire/spc/lun.ts';
import { settled } from '../initiator/support/memory-network.ts';
import { pduBytes, type ReadPdu } from '../iscsi/support/pdus.ts';
import { Line } from './support/line.ts';
import { PortalBench } from './support/portal-bench.ts';
import { readCdb, RESERVE, TEST_UNIT_READY, WAIT } from './support/ram-unit.ts';

const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 };
const NO_TAG = 0xffff_ffff;

const statusOf = async (unit: Initiator, cdb = TEST_UNIT_READY): Promise<string> => {
  const { status, sense } = await unit.execute({ cdb, seesUnitAttention: true });
  return sense?.additional ?? status;
};

describe('sessions of a portal', () => {
  it('are several at once, each with its own unit attentions', async () => {
    const bench = await PortalBench.open();
    const [a, b] = [await bench.open(0), await bench.open(0)];
    expect(bench.portal.sessionCount).toBe(2);
    expect([await statusOf(a), await statusOf(b)]).toEqual(['powerOnOrReset', 'powerOnOrReset']);
    expect([await statusOf(a), await statusOf(b)]).toEqual(['good', 'good']);
    await Promise.all([a.close(), b.close()]);
  });

  it('end with their connection: tasks, reservation, nexus', async () => {
    const bench = await PortalBench.open();
    const [a, b] = [await bench.open(0), await bench.open(0)];
    await a.execute({ cdb: RESERVE });
    await statusOf(b);
    expect(await statusOf(b)).toBe('reservationConflict');
    const waiting = expect(a.execute({ cdb: WAIT })).rejects.toThrow('Cannot use');
    await settled();
    bench.network.connected[0]!.destroy();
    await waiting;
    await settled();
    expect(bench.unit(0).tasks.count).toBe(0);
    expect(bench.unit(0).lost).toHaveLength(1);
    expect(await statusOf(b)).toBe('good');
    await b.close();
    expect(bench.bugs).toEqual([]);
  });

  it('are reinstated at once for an initiator that comes back', async () => {
    const bench = await PortalBench.open();
    const old = await Line.login(bench);
    await old.command(1, WAIT);
    await old.command(2, RESERVE);
    const fresh = await Line.login(bench);
    expect(fresh.loginAnswer!.header).toMatchObject({ status: 0, nextStage: 3 });
    expect(fresh.loginAnswer!.header.tsih).not.toBe(old.loginAnswer!.header.tsih);
    expect(old.isClosed).toBe(true);
    expect(bench.portal.sessionCount).toBe(1);
    expect(bench.unit(0).tasks.count).toBe(0);
    expect(bench.unit(0).lost).toEqual(['iqn.2020-01.test:raw']);
  });

  it.each([
    ['an unknown session', { tsih: 4711 }, 0x020a],
    ['a second connection', { cid: 5 }, 0x0206],
  ])('refuse %s', async (_what, details, status) => {
    const bench = await PortalBench.open();
    const first = await Line.login(bench);
    const { tsih } = first.loginAnswer!.header;
    const second = await Line.login(bench, undefined, { tsih, ...details });
    expect(second.loginAnswer!.header.status).toBe(status);
    expect([first.isClosed, second.isClosed]).toEqual([false, true]);
  });

  it('go on over a new connection with the same CID', async () => {
    const bench = await PortalBench.open();
    const first = await Line.login(bench);
    const { tsih } = first.loginAnswer!.header;
    const second = await Line.login(bench, undefined, { tsih });
    expect(second.loginAnswer!.header).toMatchObject({ status: 0, tsih });
    expect(first.isClosed).toBe(true);
  });

  it('that never begin are cut off', async () => {
    const bench = await PortalBench.open();
    const line = await Line.open(bench);
    bench.clock.advance(15_000);
    await settled();
    expect(line.isClosed).toBe(true);
    expect(bench.log).toEqual([expect.stringContaining('the login takes too long')]);
  });
});

describe('task management at a portal', () => {
  const responseTo = (pdus: readonly ReadPdu[]): number =>
    pdus.find(({ opcode }) => opcode === 0x22)!.header.response;
  const ua = async (line: Line, lun = 0): Promise<string | undefined> => {
    const [pdu] = await line.command(999, TEST_UNIT_READY, { lun });
    return pdu!.header.status === 0 ? 'good' : readSense(pdu!.data.subarray(2)).additional;
  };
  const ready = async (bench: PortalBench, name: string): Promise<Line> => {
    const line = await Line.login(bench, `iqn.2020-01.test:${name}`);
    await ua(line);
    await ua(line, 2);
    return line;
  };

  it('aborts a task, which is then not answered', async () => {
    const line = await ready(await PortalBench.open(), 'a');
    expect(await line.command(1, WAIT)).toEqual([]);
    const pdus = await line.manage(8, 1, { tag: 1 });
    expect(pdus).toHaveLength(1);
    expect(responseTo(pdus)).toBe(0);
    expect(responseTo(await line.manage(9, 1, { tag: 1 }))).toBe(1);
  });

  it('aborts the tasks of one nexus only, or of all, which are told', async () => {
    const bench = await PortalBench.open();
    const [a, b] = [await ready(bench, 'a'), await ready(bench, 'b')];
    await a.command(1, WAIT);
    await b.command(1, WAIT);
    expect(responseTo(await a.manage(8, 2))).toBe(0);
    expect(bench.unit(0).tasks.count).toBe(1);
    expect(responseTo(await a.manage(9, 4))).toBe(0);
    expect(bench.unit(0).tasks.count).toBe(0);
    expect([await ua(a), await ua(b)]).toEqual(['good', 'commandsClearedByAnotherInitiator']);
  });

  it('resets a logical unit, and tells every nexus', async () => {
    const bench = await PortalBench.open();
    const [a, b] = [await ready(bench, 'a'), await ready(bench, 'b')];
    await b.command(1, WAIT);
    await b.command(2, RESERVE);
    expect(responseTo(await a.manage(8, 5))).toBe(0);
    expect([await ua(a), await ua(b)]).toEqual(['deviceReset', 'deviceReset']);
    expect([await ua(a), await ua(a, 2)]).toEqual(['good', 'good']);
    expect(bench.unit(0).tasks.count).toBe(0);
  });

  it('resets all logical units (warm), and ends all sessions (cold)', async () => {
    const bench = await PortalBench.open();
    const [a, b] = [await ready(bench, 'a'), await ready(bench, 'b')];
    expect(responseTo(await a.manage(8, 6))).toBe(0);
    expect([await ua(b), await ua(b, 2)]).toEqual(['deviceReset', 'deviceReset']);
    expect(responseTo(await a.manage(9, 7))).toBe(0);
    expect([a.isClosed, b.isClosed]).toEqual([true, true]);
    expect(bench.portal.sessionCount).toBe(0);
  });

  it.each([6, 7])('does not let one that reaches a part reset all (function %i)', async (code) => {
    const bench = await PortalBench.open({ seesAll: () => false });
    const [a, b] = [await ready(bench, 'a'), await ready(bench, 'b')];
    await b.command(1, WAIT);
    expect(responseTo(await a.manage(8, code))).toBe(6);
    expect([bench.unit(0).tasks.count, bench.unit(0).resetCount]).toEqual([1, 0]);
    expect([a.isClosed, b.isClosed]).toEqual([false, false]);
  });

  it.each([[3, 0, 5], [8, 0, 4], [9, 0, 5], [10, 0, 5], [11, 0, 5], [12, 5, 5], [77, 0, 5],
    [5, 1, 2], [1, 1, 2]])(
    'answers function %i for LUN %i with %i', async (code, lun, response) => {
      const line = await ready(await PortalBench.open(), 'a');
      expect(responseTo(await line.manage(8, code, { lun }))).toBe(response);
    });
});

describe('a LUN without logical unit', () => {
  const cdb = (...bytes: number[]): Uint8Array => {
    const whole = new Uint8Array(16);
    whole.set(bytes);
    return whole;
  };
  const data = (outcome: Outcome): number[] => outcome.dataIn.flatMap((part) => [...part]);

  it('tells INQUIRY that nothing is there', () => {
    const outcome = answerAbsent(cdb(0x12, 0, 0, 0, 96), [0]);
    expect([outcome.status, data(outcome)[0], data(outcome).length]).toEqual(['good', 0x7f, 36]);
    expect(data(answerAbsent(cdb(0x12, 0, 0, 0, 5), [0]))).toHaveLength(5);
    expect(data(answerAbsent(cdb(0x12, 1, 0, 0, 96), [0]))).toEqual([0x7f, 0, 0, 1, 0]);
    expect(answerAbsent(cdb(0x12, 1, 0x83, 0, 96), [0]).status).toBe('checkCondition');
  });

  it('lists the LUNs that there are', () => {
    expect(data(answerAbsent(cdb(0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0), [0, 300]))).toEqual(
      [0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0x2c, 0, 0, 0, 0, 0, 0]);
    expect(answerAbsent(cdb(0xa0, 0, 0x11, 0, 0, 0, 0, 0, 1), [0]).status).toBe('checkCondition');
  });

  it.each([['READ(10)', 0x28], ['TEST UNIT READY', 0x00]])('refuses %s', (_name, opcode) => {
    expect(readSense(answerAbsent(cdb(opcode), [0]).sense!).additional)
      .toBe('logicalUnitNotSupported');
  });

  it('tells REQUEST SENSE the same as data', () => {
    const outcome = answerAbsent(cdb(0x03, 0, 0, 0, 252), [0]);
    expect(outcome.status).toBe('good');
    expect(readSense(outcome.dataIn[0]!).additional).toBe('logicalUnitNotSupported');
  });

  it('is reached through the portal', async () => {
    const line = await Line.login(await PortalBench.open());
    const [pdu] = await line.command(1, TEST_UNIT_READY, { lun: 7 });
    expect(readSense(pdu!.data.subarray(2)).additional).toBe('logicalUnitNotSupported');
  });
});

describe('the end of a portal', () => {
  it('asks initiators to log out, and waits for them', async () => {
    const bench = await PortalBench.open();
    const unit = await bench.open(0);
    await statusOf(unit);
    const waiting = unit.execute({ cdb: TEST_UNIT_READY });
    await bench.portal.close();
    expect((await waiting).status).toBe('good');
    await expect(unit.execute({ cdb: TEST_UNIT_READY })).rejects.toThrow('asked to log out');
    await unit.close();
    await expect(bench.open(0)).rejects.toThrow('connection refused');
  });

  it('cuts off those that do not', async () => {
    const bench = await PortalBench.open();
    const line = await Line.login(bench);
    await line.command(1, WAIT);
    const closed = bench.portal.close(2_000);
    expect(await line.answers()).toMatchObject([{ opcode: 0x32, header: { event: 1 } }]);
    const late = await Line.login(bench, 'iqn.2020-01.test:late');
    expect(late.loginAnswer!.header.status).toBe(0x0301);
    bench.clock.advance(2_000);
    await closed;
    expect(line.isClosed).toBe(true);
    expect(bench.unit(0).tasks.count).toBe(0);
    await settled();
    expect(bench.clock.pendingCount).toBe(0);
  });

  it('refuses a name that is none', async () => {
    await expect(PortalBench.open({ targetName: 'disk' })).rejects.toThrow(
      "Cannot open a portal: 'disk' is not an iSCSI name");
  });
});

describe('an initiator that does not read', () => {
  it('is not read from either, and holds no more than it has asked for', async () => {
    const bench = await PortalBench.open();
    const line = await Line.login(bench);
    await line.command(0, TEST_UNIT_READY);
    line.stream.pause();
    const pings = Array.from({ length: 2_000 }, (_, i) => pduBytes(nopOut.encode({
      immediate: true, opcode: 0, final: true, ...LENGTHS, lun: encodeLun(0),
      initiatorTaskTag: i, targetTransferTag: NO_TAG, cmdSn: 101, expStatSn: 0,
    }), new Uint8Array(4_096)));
    for (const ping of pings) line.stream.send([ping]);
    await settled();
    const near = bench.network.connected[0]!;
    expect(near.waitingBytes).toBeLessThan(pings.length * 4_096);
    expect(near.peer!.waitingBytes).toBeGreaterThan(0);
    line.stream.resume();
    let answered = 0;
    for (let i = 0; i < 200 && answered < pings.length; i += 1) {
      answered += (await line.answers()).length;
    }
    expect(answered).toBe(pings.length);
  });

  it('gets what it has asked for when it reads again', async () => {
    const bench = await PortalBench.open();
    const line = await Line.login(bench);
    await line.command(0, TEST_UNIT_READY);
    line.stream.pause();
    for (let i = 1; i < 20; i += 1) await line.command(i, readCdb(0, 512), { bytes: 262_144 });
    line.stream.resume();
    let done = 0;
    for (let i = 0; i < 100 && done < 19; i += 1) {
      done += (await line.answers()).filter(({ header }) => header.hasStatus).length;
    }
    expect(done).toBe(19);
  });
});
