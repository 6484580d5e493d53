/** Segments 14h and 15h: copies to a tape that another initiator has reserved. */
import { expect } from 'vitest';
import { type Client, hexBytes, hexOf } from '../../support/e2e-client.ts';
import { LUN, type Lists, pattern } from '../../support/e2e-lists.ts';
import { CSCD, lid1 } from '../../support/e2e-hex-lists.ts';
import {
  blocks, expectAborted, expectTape, freshTapes, mustCopy, type Scenario,
} from './scenario.ts';

const { A, T } = CSCD;

const NO_KEY = '0000000000000000';
const KEY = '00000000000000A1';
const MANAGER_KEY = '00000000000000C9';
const EXCLUSIVE_REGISTRANTS_ONLY = '06';

/** PERSISTENT RESERVE OUT with a list of 24 bytes. */
const reserveOut = (client: Client, action: string, type: string, keys: string) =>
  client.must(LUN.T, `5F ${action} ${type} 0000 00000018 00`,
    { out: hexBytes(`${keys} 00000000 00 00 0000`) });

async function reserved(bench: Lists, client: Client, work: () => Promise<void>): Promise<void> {
  await freshTapes(bench);
  await reserveOut(client, '06', '00', `${NO_KEY} ${KEY}`);
  await reserveOut(client, '01', EXCLUSIVE_REGISTRANTS_ONLY, `${KEY} ${NO_KEY}`);
  try {
    await work();
  } finally {
    await reserveOut(client, '03', '00', `${KEY} ${NO_KEY}`);
  }
}

interface Registered {
  readonly key: string;
  readonly isHolder: boolean;
  readonly transportId: Uint8Array;
}

/** PERSISTENT RESERVE IN, READ FULL STATUS. Source: SPC-4 6.15.5. */
async function registered(client: Client): Promise<Registered[]> {
  const data = Buffer.from(
    await client.must(LUN.T, '5E 03 0000000000 0400 00', { room: 1024 }));
  const found: Registered[] = [];
  for (let at = 8; at < 8 + data.readUInt32BE(4);) {
    const length = data.readUInt32BE(at + 20);
    found.push({
      key: data.toString('hex', at, at + 8).toUpperCase(), isHolder: (data[at + 12]! & 1) === 1,
      transportId: data.subarray(at + 24, at + 24 + length) });
    at += 24 + length;
  }
  return found;
}

const WRITE = '00 00 0014 0000 0001 00 000200 0000 0002 0000000000000010';
/** The copy manager registers, with its old key and its new one. */
const register = (old: string, now: string): string =>
  `14 00 0018 0000 0001 ${old} ${now} 00000000`;

const conflict: Scenario = {
  name: 'a reserved tape: RESERVATION CONFLICT is forwarded, as a status alone',
  async run(bench) {
    await freshTapes(bench);
    await bench.record('T', [pattern(91, 100)]);
    await reserved(bench, bench.another(), async () => {
      for (const segments of [[WRITE], [register(KEY, MANAGER_KEY)]]) {
        expectAborted(await bench.copy('A', lid1({ id: '41', cscds: [A(), T()], segments })),
          { codes: '0d01', segment: 0, pointer: '800030', destination: '18' });
      }
    });
    await expectTape(bench, 'T', [pattern(91, 100)]);
  },
};

const registers: Scenario = {
  name: 'a reserved tape, once the copy manager is registered',
  async run(bench) {
    const holder = bench.another();
    await reserved(bench, holder, async () => {
      await mustCopy(bench, 'A', lid1({ id: '42', cscds: [A(), T()], segments: [
        register(NO_KEY, MANAGER_KEY), WRITE] }));
      expect((await registered(holder)).map(({ key }) => key)).toEqual([KEY, MANAGER_KEY]);
      await mustCopy(bench, 'A', lid1({ id: '43', cscds: [A(), T()], segments: [
        register(MANAGER_KEY, NO_KEY)] }));
    });
    const data = blocks(bench, 'A', 16, 2);
    await expectTape(bench, 'T', [data.subarray(0, 512), data.subarray(512)]);
  },
};

/** REGISTER AND MOVE gives the reservation to the copy manager, and segment 15h gives it back. */
const gives: Scenario = {
  name: 'a reservation that is moved to the copy manager and given back, also after an error',
  async run(bench) {
    const holder = bench.another();
    const register14 = lid1({ id: '44', cscds: [A(), T()], segments: [
      register(NO_KEY, MANAGER_KEY)] });
    await reserved(bench, holder, async () => {
      for (const write of [WRITE, '04 00 0010 0000 0001 00 000001 00000000 00000001']) {
        await mustCopy(bench, 'A', register14);
        const [own, manager] = await registered(holder);
        await holder.must(LUN.T, `5F 07 ${EXCLUSIVE_REGISTRANTS_ONLY} 0000 ${
          hexOf(24 + manager!.transportId.length, 4)} 00`, { out: hexBytes(`${KEY} ${MANAGER_KEY}
            00 00 0001 ${hexOf(manager!.transportId.length, 4)} ${hex(manager!.transportId)}`) });
        expect((await registered(holder)).map(({ isHolder }) => isHolder)).toEqual([false, true]);
        const id = hex(own!.transportId);
        const back = `15 00 ${hexOf(28 + id.length / 2, 2)} 0000 0001 ${MANAGER_KEY} ${KEY}
          00 02 0001 ${hexOf(id.length / 2, 4)} ${id}`;
        const told = (await bench.copy('A', lid1({ id: '45', cscds: [A(), T()], segments: [
          back, write] }))).told;
        expect(told).toBe(write === WRITE ? 'good' : '0A/26/0B');
        // UNREG was 1: the copy manager is not registered any more.
        expect((await registered(holder)).map(({ key, isHolder }) => [key, isHolder]))
          .toEqual([[KEY, true]]);
      }
    });
  },
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const RESERVATIONS: readonly Scenario[] = [conflict, registers, gives];
