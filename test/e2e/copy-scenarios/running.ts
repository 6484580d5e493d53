/** Copies that take long: how they are watched and stopped, and what else can go on meanwhile. */
import { expect } from 'vitest';
import { type Client, hexBytes, hexOf } from '../../support/e2e-client.ts';
import { brief, LUN, type Lists, pattern } from '../../support/e2e-lists.ts';
import { CSCD, lid1, lid4 } from '../../support/e2e-hex-lists.ts';
import type { ProgramBench } from '../../support/e2e-program-bench.ts';
import { resetUnit } from '../../support/e2e-task-management.ts';
import { endOf } from './rods.ts';
import {
  blocks, expectBlocks, expectTape, freshTapes, GOOD, type Scenario,
} from './scenario.ts';

const { A, B, C, T, U } = CSCD;

/** 2 GiB: the same 8 MiB of disk A, time and again. */
const LONG = Array.from({ length: 256 }, () =>
  '02 00 0018 0001 0002 0000 4000 0000000000000000 0000000000004000');
const longCopy = (bench: Lists, id: string, flags: string): Uint8Array =>
  bench.list(lid4({ id, flags, cscds: [A(), B()], segments: LONG }));

const statusOf = async (client: Client, id: string): Promise<Buffer> => Buffer.from(
  await client.must(LUN.A, `84 05 ${id} 00000000 00000100 00 00`, { room: 256 }));

/** Starts a copy in the background, and waits until bytes have been written. */
async function started(bench: Lists, client: Client, id: string): Promise<void> {
  expect(await client.copyLid4(LUN.A, longCopy(bench, id, '01'))).toMatchObject(GOOD);
  for (;;) {
    const status = await statusOf(client, id);
    expect(status[5]).toBe(0x12);
    if (status.readBigUInt64BE(16) > 0n) return;
  }
}

const abort = (client: Client, id: string) =>
  client.send(LUN.A, `83 1C ${id} 000000000000000000 00`);

/** Terminated; completion status TASK ABORTED; no sense data. */
function expectTerminated(status: Buffer): void {
  expect([status[5], status[12], status[14]]).toEqual([0x60, 0x40, 0]);
  expect(status.readUInt16BE(24)).toBeLessThan(LONG.length);
}

const background: Scenario = {
  name: 'IMMED, polled until it ends; every answer is further than the one before',
  async run(bench) {
    await freshTapes(bench);
    expect(await bench.client.copyLid4(LUN.T, bench.list(lid4({ id: '00000171', flags: '01',
      cscds: [A(), T()], segments: [
        '00 00 0014 0001 0002 00 010000 0000 4000 0000000000000000',
        '10 00 0008 0000 0002 00 000001'] })))).toMatchObject(GOOD);
    let [segments, bytes] = [0, 0n];
    for (;;) {
      const status = Buffer.from(await bench.client.must(
        LUN.T, '84 05 00000171 00000000 00000100 00 00', { room: 256 }));
      expect(status.readUInt16BE(24)).toBeGreaterThanOrEqual(segments);
      expect(status.readBigUInt64BE(16)).toBeGreaterThanOrEqual(bytes);
      [segments, bytes] = [status.readUInt16BE(24), status.readBigUInt64BE(16)];
      if (status[5] === 0x01) break;
      expect([status[5], status[12]]).toEqual([0x12, 0]);
    }
    expect([segments, bytes]).toEqual([2, BigInt(0x4000 * 512)]);
    await expectTape(bench, 'T', [...Array.from(
      { length: 128 }, (_, i) => blocks(bench, 'A', i * 128, 128)), 'mark']);
  },
};

const failed: Scenario = {
  name: 'IMMED and an error: the sense data that the command would have had',
  async run(bench) {
    expect(await bench.client.copyLid4(LUN.A, bench.list(lid4({ id: '00000172', flags: '01',
      cscds: [A(), B()], segments: [
        '02 00 0018 0001 0002 0000 0001 0000000000000000 0000000000000300',
        '02 00 0018 0001 0002 0000 0002 0000000000007FFF 0000000000000300'] }))))
      .toMatchObject(GOOD);
    const end = await endOf(bench.client, LUN.A, '00000172');
    // Completed with errors; CHECK CONDITION; 37 bytes of sense data in a field of 40.
    expect([end[5], end[12], end[13], end[14]]).toEqual([0x02, 0x02, 40, 37]);
    expect(end.readUInt16BE(24)).toBe(2);
    // ILLEGAL REQUEST, LBA OUT OF RANGE of the source, whose descriptor is at byte 48.
    expect(end.toString('hex', 32, 69)).toBe(
      '70000a000000001d120000010d010080003002' + '70000500000000' + '0a00000000' + '2100' + '00'
      + '000000');
  },
};

const sense: Scenario = {
  name: 'G_SENSE: sense data with GOOD, and a segment count',
  async run(bench) {
    const { told, sense: bytes } = await bench.client.copyLid4(LUN.A, bench.list(lid4({
      id: '00000173', flags: '02', cscds: [A(), B()], segments: [
        '02 00 0018 0001 0002 0000 0001 0000000000000000 0000000000000301',
        '02 00 0018 0001 0002 0000 0001 0000000000000001 0000000000000302'] })));
    expect([told, bytes.slice(16, 24)]).toEqual(['0F/00/20', '00000002']);
    expectBlocks(bench, 'B', 0x301, blocks(bench, 'A', 0, 2));
  },
};

const abortedInBackground: Scenario = {
  name: 'COPY OPERATION ABORT of a copy in the background',
  async run(bench) {
    await started(bench, bench.client, '00000174');
    expect((await abort(bench.another(), '00000174')).told).toBe('05/24/00');
    expect(await abort(bench.client, '00000174')).toMatchObject(GOOD);
    expectTerminated(await statusOf(bench.client, '00000174'));
    expect((await abort(bench.client, '00000174')).told).toBe('05/24/00');
    // Nothing of it writes any more.
    await bench.client.must(LUN.B, '2A 00 00004000 00 0100 00', { out: pattern(101, 0x20000) });
    expect(brief(blocks(bench, 'B', 0x4000, 0x100))).toBe(brief(pattern(101, 0x20000)));
  },
};

const abortedInForeground: Scenario = {
  name: 'COPY OPERATION ABORT of a copy whose command waits for it',
  async run(bench) {
    const copying = bench.client.copyLid4(LUN.A, longCopy(bench, '00000175', '00'));
    let status: Buffer;
    do {
      status = await statusOf(bench.client, '00000175');
    } while (status.readBigUInt64BE(16) === 0n);
    expect(status[5]).toBe(0x11);
    // Its name is taken.
    expect((await bench.client.copyLid4(LUN.A, longCopy(bench, '00000175', '00'))).told)
      .toBe('05/00/16');
    expect(await abort(bench.client, '00000175')).toMatchObject(GOOD);
    expect((await copying).told).toBe('0A/2F/02');
    expectTerminated(await statusOf(bench.client, '00000175'));
  },
};

const sideBySide: Scenario = {
  name: 'copies side by side, from two sessions, with the same list identifiers',
  async run(bench) {
    await freshTapes(bench);
    const other = bench.another();
    const toDisk = (i: number, id: string) => {
      const [from, over, to] = [i * 0x400, 0x2000 + i * 0x400, 0x400 + i * 0x80]
        .map((lba) => hexOf(lba, 8));
      return lid1({ id, cscds: [A(), B(), C()], segments: [
        `02 00 0018 0000 0001 0000 0400 ${from} ${over}`,
        `02 00 0018 0001 0002 0000 0400 ${over} ${to}`] });
    };
    const toTape = (tape: string) => lid1({ id: 'F0', cscds: [A(), tape], segments: [
      '00 00 0014 0000 0001 00 008000 0000 1000 0000000000001000'] });
    const sent = [bench.client, other].flatMap((client, half) => [
      ...[0, 1, 2, 3].map((i) => client.copy(LUN.A,
        bench.list(toDisk(4 * half + i, `8${i}`)))),
      client.copy(LUN.A, bench.list(toTape(half === 0 ? T() : U())))]);
    for (const answer of await Promise.all(sent)) expect(answer).toMatchObject(GOOD);
    const all = blocks(bench, 'A', 0, 8 * 0x400);
    expectBlocks(bench, 'B', 0x2000, all);
    expectBlocks(bench, 'C', 0x400, all);
    const records = Array.from({ length: 64 }, (_, i) => blocks(bench, 'A', 0x1000 + i * 64, 64));
    await expectTape(bench, 'T', records);
    await expectTape(bench, 'U', records);
    for (const client of [bench.client, other]) {
      const data = Buffer.from(await client.must(
        LUN.A, '84 00 82 00000000000000 00000020 00 00', { room: 32 }));
      expect(data.toString('hex')).toBe('00000008' + '01' + '0002' + '00' + '00100000');
    }
  },
};

/** Two copies to one tape: each one's records are there in order, whoever wrote in between. */
const oneTape: Scenario = {
  name: 'two copies to one tape: neither loses a record',
  async run(bench) {
    await freshTapes(bench);
    const other = bench.another();
    const backup = (lba: number) => bench.list(lid1({ id: 'F1', cscds: [A(), T()], segments: [
      `00 00 0014 0000 0001 00 004000 0000 0800 ${hexOf(lba, 8)}`,
      '10 01 0008 0000 0001 00 000001'] }));
    const answers = await Promise.all([
      bench.client.copy(LUN.T, backup(0)), other.copy(LUN.T, backup(0x800))]);
    for (const answer of answers) expect(answer).toMatchObject(GOOD);
    const objects = await bench.tape('T');
    expect(objects.filter((one) => one === 'mark').length).toBe(2);
    const found = brief(objects);
    for (const lba of [0, 0x800]) {
      const records = Array.from({ length: 64 }, (_, i) =>
        String(brief(blocks(bench, 'A', lba + i * 32, 32))));
      expect((found as string[]).filter((one) => records.includes(one))).toEqual(records);
    }
  },
};

const KEY = '00000000000000B1';
const OTHER_KEY = '00000000000000B2';
const reserveOut = (client: Client, action: string, keys: string) =>
  client.must(LUN.A, `5F ${action} 05 0000 00000018 00`,
    { out: hexBytes(`${keys} 00000000 00 00 0000`) });

/** The copy's initiator holds the reservation, until it is preempted. */
const preempted: Scenario = {
  name: 'PREEMPT AND ABORT of the initiator that has sent a copy',
  async run(bench) {
    const other = bench.another();
    const none = '0000000000000000';
    await reserveOut(bench.client, '06', `${none} ${KEY}`);
    await reserveOut(other, '06', `${none} ${OTHER_KEY}`);
    await reserveOut(bench.client, '01', `${KEY} ${none}`);
    await started(bench, bench.client, '00000176');
    await reserveOut(other, '05', `${OTHER_KEY} ${KEY}`);
    expectTerminated(await statusOf(bench.client, '00000176'));
    await reserveOut(other, '03', `${OTHER_KEY} ${none}`);
  },
};

const reset: Scenario = {
  name: 'LOGICAL UNIT RESET: the copy is stopped, and its results are gone',
  async run(bench) {
    const other = bench.another();
    await started(bench, other, '00000177');
    await resetUnit(bench.portal, bench.target.iqn, LUN.A);
    const ask = () => other.send(
      LUN.A, '84 05 00000177 00000000 00000100 00 00', { room: 256, seesUnitAttention: true });
    expect((await ask()).told).toMatch(/^06\/29\//);
    expect((await ask()).told).toBe('05/24/00');
    expect(await reported(bench, 0x177)).toMatchObject({ status: 'taskAborted' });
  },
};

/** What the program prints of a copy, once it has. */
async function reported({ client, target: { events } }: ProgramBench, id: number) {
  for (;;) {
    const found = events.find((event) =>
      (event as { listIdentifier?: number }).listIdentifier === id);
    if (found !== undefined) return found;
    await client.must(LUN.A, '00 00 00 00 00 00');
  }
}

/** It goes on when its nexus is lost, and nobody can ask for it any more. */
const loggedOut: Scenario = {
  name: 'a logout: the copy goes on in the background, unheard',
  async run(bench) {
    const other = bench.another();
    expect(await other.copyLid4(LUN.A, bench.list(lid4({ id: '00000178', flags: '01',
      cscds: [A(), B()], segments: LONG.slice(0, 24) })))).toMatchObject(GOOD);
    await other.close();
    expect(await reported(bench, 0x178)).toMatchObject(
      { status: 'good', segmentsProcessed: 24, transferBytes: 24 * 0x4000 * 512 });
    expectBlocks(bench, 'B', 0x4000, blocks(bench, 'A', 0, 0x4000));
    expect((await bench.client.send(LUN.A, '84 05 00000178 00000000 00000100 00 00',
      { room: 256 })).told).toBe('05/24/00');
  },
};

export const RUNNING: readonly Scenario[] = [
  background, failed, sense, abortedInBackground, abortedInForeground, sideBySide, oneTape,
  preempted, reset, loggedOut,
];
