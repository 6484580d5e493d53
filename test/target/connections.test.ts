/** Sessions of several connections, and what becomes of them. */
import { describe, expect, it } from 'vitest';
import { CONNECTION_COUNT_MAX } from '../../src/iscsi/limits.ts';
import type { KeyValue } from '../../src/wire/iscsi/keys.ts';
import type { ReadPdu } from '../iscsi/support/pdus.ts';
import { Line } from './support/line.ts';
import { PortalBench } from './support/portal-bench.ts';
import { RESERVE, TEST_UNIT_READY, WAIT } from './support/ram-unit.ts';

const NAME = 'iqn.2020-01.test:wide';
const OFFERS: readonly KeyValue[] = [['MaxConnections', '8']];

/** A session of so many connections, with CIDs from 0; its unit attention is taken. */
async function wide(bench: PortalBench, count: number): Promise<Line[]> {
  const first = await Line.login(bench, NAME, {}, OFFERS);
  const lines = [first];
  for (let cid = 1; cid < count; cid += 1) lines.push(await join(bench, first, { cid }));
  await first.command(900, TEST_UNIT_READY, { cmdSn: 100 });
  return lines;
}

const join = (
  bench: PortalBench, first: Line, details: { cid: number; cmdSn?: number }): Promise<Line> =>
  Line.login(bench, NAME, { tsih: first.loginAnswer!.header.tsih, ...details });

const tagsOf = (pdus: readonly ReadPdu[]): number[] =>
  pdus.map(({ header }) => header.initiatorTaskTag);
const responseOf = ([pdu]: readonly ReadPdu[]): number => pdu!.header.response;

describe('connections of one session (RFC 7143 4.2.2)', () => {
  it('belong to one nexus, up to the limit', async () => {
    const bench = await PortalBench.open();
    const lines = await wide(bench, CONNECTION_COUNT_MAX);
    expect(lines.map(({ loginAnswer }) => loginAnswer!.header.status))
      .toEqual(lines.map(() => 0));
    expect(bench.portal.sessionCount).toBe(1);
    const more = await join(bench, lines[0]!, { cid: 99 });
    expect(more.loginAnswer!.header.status).toBe(0x0206);
  });

  it('open no window before they belong to it', async () => {
    const bench = await PortalBench.open();
    const [, second] = await wide(bench, 2);
    expect(second!.loginAnswer!.header).toMatchObject({ status: 0, expCmdSn: 100 });
    expect(second!.loginAnswer!.header.maxCmdSn).toBe(227);
  });

  it('deliver commands in the order of their numbers, each answered where it came', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    expect(await b!.command(3, TEST_UNIT_READY, { cmdSn: 103 })).toEqual([]);
    expect(await a!.command(2, TEST_UNIT_READY, { cmdSn: 102 })).toEqual([]);
    expect(tagsOf(await b!.command(1, TEST_UNIT_READY, { cmdSn: 101 }))).toEqual([1, 3]);
    expect(tagsOf(await a!.answers())).toEqual([2]);
    expect(bench.bugs).toEqual([]);
  });

  it('share tags, and task management reaches all of them', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    await a!.command(1, WAIT, { cmdSn: 101 });
    expect((await b!.command(1, WAIT, { cmdSn: 102 }))[0]).toMatchObject(
      { opcode: 0x3f, header: { reason: 7 } });
    expect(responseOf(await b!.manage(9, 1, { tag: 1, cmdSn: 103 }))).toBe(0);
    expect(bench.unit(0).tasks.count).toBe(0);
  });

  it('wait with a function for the commands that were sent before it', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    expect(await b!.manage(9, 2, { cmdSn: 103 })).toEqual([]);
    await a!.command(1, WAIT, { cmdSn: 101 });
    expect(await b!.answers()).toEqual([]);
    await a!.command(2, WAIT, { cmdSn: 102 });
    expect(responseOf(await b!.answers())).toBe(0);
    expect(bench.unit(0).tasks.count).toBe(0);
  });

  it('do not wait for a command that was aborted before it came', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    expect(await b!.command(2, TEST_UNIT_READY, { cmdSn: 102 })).toEqual([]);
    expect(responseOf((await b!.manage(9, 1, { tag: 1, cmdSn: 103, refCmdSn: 101 }))
      .filter(({ opcode }) => opcode === 0x22))).toBe(0);
    expect(await a!.command(1, WAIT, { cmdSn: 101 })).toEqual([]);
    expect(bench.unit(0).waitingCount).toBe(0);
    expect(tagsOf(await b!.command(3, TEST_UNIT_READY, { cmdSn: 103 }))).toEqual([3]);
  });
});

describe('the end of a connection', () => {
  it('that logs out leaves the others, and takes its own tasks', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    await a!.command(1, RESERVE, { cmdSn: 101 });
    await a!.command(2, WAIT, { cmdSn: 102 });
    await b!.command(3, WAIT, { cmdSn: 103 });
    expect(responseOf(await b!.logout(9, 1, 1))).toBe(0);
    expect([a!.isClosed, b!.isClosed]).toEqual([false, true]);
    expect([bench.unit(0).tasks.count, bench.unit(0).lost]).toEqual([1, []]);
    expect(bench.portal.sessionCount).toBe(1);
    expect(responseOf(await a!.logout(9, 0))).toBe(0);
    expect(bench.portal.sessionCount).toBe(0);
    expect(bench.unit(0).lost).toEqual([NAME]);
  });

  it('can be asked for over another one', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    await b!.command(3, WAIT, { cmdSn: 101 });
    expect(responseOf(await a!.logout(9, 1, 1))).toBe(0);
    expect([a!.isClosed, b!.isClosed]).toEqual([false, true]);
    expect(bench.unit(0).tasks.count).toBe(0);
    expect(responseOf(await a!.logout(10, 1, 1))).toBe(1);
    expect(responseOf(await a!.logout(11, 2, 1))).toBe(2);
  });

  it('that is lost ends the session with all of them', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    await a!.command(1, WAIT, { cmdSn: 101 });
    b!.stream.destroy();
    expect(await a!.answers()).toEqual([]);
    expect(a!.isClosed).toBe(true);
    expect([bench.unit(0).tasks.count, bench.unit(0).lost]).toEqual([0, [NAME]]);
    expect(bench.portal.sessionCount).toBe(0);
  });

  it('by reinstatement keeps nexus and reservation, not its tasks', async () => {
    const bench = await PortalBench.open();
    const [a] = await wide(bench, 1);
    await a!.command(1, RESERVE, { cmdSn: 101 });
    await a!.command(2, WAIT, { cmdSn: 102 });
    const again = await join(bench, a!, { cid: 0, cmdSn: 300 });
    expect(again.loginAnswer!.header).toMatchObject({ status: 0, expCmdSn: 300 });
    expect([a!.isClosed, bench.unit(0).tasks.count, bench.unit(0).lost]).toEqual([true, 0, []]);
    expect(tagsOf(await again.command(1, TEST_UNIT_READY, { cmdSn: 300 }))).toEqual([1]);
    expect(bench.portal.sessionCount).toBe(1);
  });

  it('by reinstatement leaves the other ones as they are', async () => {
    const bench = await PortalBench.open();
    const [a, b] = await wide(bench, 2);
    await a!.command(1, WAIT, { cmdSn: 101 });
    const again = await join(bench, a!, { cid: 1, cmdSn: 102 });
    expect([a!.isClosed, b!.isClosed, bench.unit(0).tasks.count]).toEqual([false, true, 1]);
    expect(tagsOf(await again.command(2, TEST_UNIT_READY, { cmdSn: 102 }))).toEqual([2]);
  });
});

describe('functions of RFC 7144, where both ends have agreed on them', () => {
  const open = async (bench: PortalBench): Promise<Line> =>
    Line.login(bench, NAME, {}, [['iSCSIProtocolLevel', '2']]);

  it('tell whether a task is there, and whether any is', async () => {
    const line = await open(await PortalBench.open());
    await line.command(0, TEST_UNIT_READY);
    await line.command(1, WAIT);
    expect(responseOf(await line.manage(9, 9, { tag: 1 }))).toBe(7);
    expect(responseOf(await line.manage(9, 9, { tag: 2 }))).toBe(0);
    expect(responseOf(await line.manage(9, 10))).toBe(7);
    expect(responseOf(await line.manage(9, 10, { lun: 2 }))).toBe(0);
    expect(responseOf(await line.manage(9, 10, { lun: 1 }))).toBe(2);
  });

  it('tell which unit attention is pending, without taking it', async () => {
    const bench = await PortalBench.open();
    const line = await open(bench);
    const query = async (): Promise<[number, number[]]> => {
      const [pdu] = await line.manage(9, 12);
      return [pdu!.header.response, [...pdu!.header.additionalResponseInformation]];
    };
    expect(await query()).toEqual([7, [0x16, 0x29, 0x00]]);
    expect(await query()).toEqual([7, [0x16, 0x29, 0x00]]);
    await line.command(1, TEST_UNIT_READY);
    expect(await query()).toEqual([0, [0, 0, 0]]);
  });

  it('reset the nexus: its tasks, its reservation, and it is told', async () => {
    const bench = await PortalBench.open();
    const line = await open(bench);
    await line.command(0, TEST_UNIT_READY);
    await line.command(1, WAIT);
    await line.command(2, RESERVE);
    expect(responseOf(await line.manage(9, 11))).toBe(0);
    expect([bench.unit(0).tasks.count, bench.unit(0).lost]).toEqual([0, [NAME]]);
    const [told] = await line.command(3, TEST_UNIT_READY);
    expect([...told!.data.subarray(14, 16)]).toEqual([0x29, 0x07]);
    expect(line.isClosed).toBe(false);
  });
});
