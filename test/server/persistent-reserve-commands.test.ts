import { describe, expect, it } from 'vitest';
import { concat } from '../../src/bytes/concat.ts';
import { hexBytes, parseHex } from '../../src/bytes/hex.ts';
import type { ItNexus } from '../../src/sam/command.ts';
import { REGISTRATION_COUNT_MAX, type WhenReserved } from '../../src/sam/persistent-state.ts';
import type { Device } from '../../src/server/device.ts';
import {
  persistentReserveOutList, registerAndMoveList,
} from '../../src/wire/spc/persistent-reserve.ts';
import { RESERVATION_TYPE_NAMES } from '../../src/wire/spc/reservation-type.ts';
import { turns } from '../support/turns.ts';
import {
  ALICE, type Answer, BOB, makeDisk, makeTape, meet, nexusOf, send, type Sent, told,
} from './device-fixture.ts';

const CAROL = nexusOf('carol');
const SA = { register: 0, reserve: 1, release: 2, clear: 3, preempt: 4, preemptAndAbort: 5,
  ignore: 6, move: 7 } as const;

const devices = [['disk', makeDisk], ['tape', makeTape]] as const;

async function known(make: () => Promise<Device>): Promise<Device> {
  const device = await make();
  for (const nexus of [ALICE, BOB, CAROL]) await meet(device, nexus);
  return device;
}

interface Out {
  readonly key?: bigint;
  readonly newKey?: bigint;
  readonly type?: number;
  readonly scope?: number;
  readonly flags?: Partial<{ specIPt: boolean; allTgPt: boolean; aptpl: boolean }>;
  readonly additional?: Uint8Array;
}

const cdbOf = (action: number, byteLength: number, { type = 0, scope = 0 }: Out = {}) =>
  Uint8Array.of(0x5f, action, scope * 16 + type, 0, 0, 0, 0, byteLength >>> 8, byteLength, 0);

function out(device: Device, nexus: ItNexus, action: number, fields: Out = {}): Promise<Answer> {
  const list = persistentReserveOutList.encode({
    key: fields.key ?? 0n, serviceActionKey: fields.newKey ?? 0n, specIPt: false, allTgPt: false,
    aptpl: false, ...fields.flags, additional: fields.additional ?? new Uint8Array(0) });
  return send(device, cdbOf(action, list.length, fields), { nexus, out: list });
}

const read = async (device: Device, action: number, sent: Sent = {}): Promise<string> =>
  hexBytes((await send(device, Uint8Array.of(0x5e, action, 0, 0, 0, 0, 0, 0xff, 0xff, 0), sent))
    .data).replaceAll(' ', '');

/** Alice has key 1 and holds a reservation of the type, Bob has key 2, Carol none. */
async function reserved(make: () => Promise<Device>, type = 1): Promise<Device> {
  const device = await known(make);
  await out(device, ALICE, SA.register, { newKey: 1n });
  await out(device, BOB, SA.register, { newKey: 2n });
  expect(told(await out(device, ALICE, SA.reserve, { key: 1n, type }))).toBe('good');
  return device;
}

/** `iqn.test:bob,i,0x400000000001` and the like, as RFC 7143 and SPC-4 7.6.4.6 write it. */
function transportId(name: string, format = 1): Uint8Array {
  const text = Buffer.from(format === 1 ? `iqn.test:${name},i,0x400000000001` : `iqn.test:${name}`);
  const field = Buffer.alloc(Math.max(20, 4 * Math.ceil((text.length + 1) / 4)));
  text.copy(field);
  return concat([Uint8Array.of(format * 64 + 5, 0, 0, field.length), field]);
}

/** Where the sense data points: `cdb 2.3` is bit 3 of byte 2. */
function place({ rawSense }: Answer): string | undefined {
  const flags = rawSense?.[15] ?? 0;
  if ((flags & 0x80) === 0) return undefined;
  const bit = (flags & 0x08) === 0 ? '' : `.${flags & 7}`;
  return `${flags & 0x40 ? 'cdb' : 'list'} ${rawSense![16]! * 256 + rawSense![17]!}${bit}`;
}

const specified = (...ids: Uint8Array[]): Out => {
  const list = concat(ids);
  return { newKey: 5n, flags: { specIPt: true },
    additional: concat([Uint8Array.of(0, 0, list.length >>> 8, list.length), list]) };
};

describe.each(devices)('PERSISTENT RESERVE IN of a %s', (_name, make) => {
  it('reads keys, the reservation and the full status', async () => {
    const device = await known(make);
    expect(await read(device, 0)).toBe('0000000000000000');
    expect(await read(device, 1)).toBe('0000000000000000');
    expect(await read(device, 3)).toBe('0000000000000000');
    await out(device, ALICE, SA.register, { newKey: 0x0123456789abcdefn });
    await out(device, BOB, SA.register, { newKey: 2n, flags: { allTgPt: true } });
    await out(device, ALICE, SA.reserve, { key: 0x0123456789abcdefn, type: 5 });
    expect(await read(device, 0)).toBe('00000002000000100123456789ABCDEF0000000000000002');
    expect(await read(device, 1)).toBe('00000002000000100123456789ABCDEF0000000000050000');
    const alice = hexBytes(transportId('alice')).replaceAll(' ', '');
    const bob = hexBytes(transportId('bob')).replaceAll(' ', '');
    expect(await read(device, 3, { nexus: CAROL })).toBe('00000002' + '00000078'
      + '0123456789ABCDEF000000000105000000000001' + '00000024' + alice
      + '0000000000000002000000000200000000000001' + '00000024' + bob);
  });

  it('hides the key of a reservation that all registrants hold', async () => {
    expect(await read(await reserved(make, 7), 1)).toBe(
      '00000002000000100000000000000000' + '0000000000070000');
  });

  it('reports what it can do, and that nothing is kept over restarts', async () => {
    expect(await read(await known(make), 2)).toBe('00081CC0EA010000');
  });

  it('cuts data to the allocation length, and knows no fifth service action', async () => {
    const device = await reserved(make);
    const cut = await send(device, '5e 00 00 00 00 00 00 00 08 00');
    expect(hexBytes(cut.data)).toBe('00 00 00 02 00 00 00 10');
    for (let action = 4; action < 0x20; action += 1) {
      const answer = await send(device, Uint8Array.of(0x5e, action, 0, 0, 0, 0, 0, 1, 0, 0));
      expect(told(answer)).toBe('05/24/00');
    }
  });
});

describe.each(devices)('PERSISTENT RESERVE OUT of a %s', (_name, make) => {
  it('wants 24 bytes', async () => {
    const device = await reserved(make);
    for (const action of [0, 1, 2, 3, 4, 5, 6]) {
      for (const byteLength of [0, 8, 23, 25, 28, 32]) {
        const answer = await send(device, cdbOf(action, byteLength, { type: 1 }),
          { out: new Uint8Array(byteLength) });
        expect(told(answer)).toBe('05/1A/00');
      }
    }
    expect(told(await send(device, cdbOf(SA.move, 23), { out: new Uint8Array(23) })))
      .toBe('05/1A/00');
  });

  it('takes nothing from an initiator that sends less than it says', async () => {
    const device = await known(make);
    expect(told(await send(device, cdbOf(SA.register, 24), { out: new Uint8Array(16) })))
      .toBe('05/0E/03');
    expect(await read(device, 0)).toBe('0000000000000000');
  });

  it('refuses REPLACE LOST RESERVATION and what is reserved', async () => {
    const device = await known(make);
    for (let action = 8; action < 0x20; action += 1) {
      const answer = await out(device, ALICE, action, { type: 1 });
      expect([told(answer), place(answer)]).toEqual(['05/24/00', 'cdb 1.4']);
    }
  });

  it('conflicts for a wrong key, and for whoever is not registered', async () => {
    const device = await reserved(make);
    for (const action of [0, 1, 2, 3, 4, 5]) {
      for (const [nexus, key] of [[ALICE, 2n], [BOB, 1n], [CAROL, 1n]] as const) {
        const answer = await out(device, nexus, action, { key, newKey: 2n, type: 1 });
        expect(told(answer)).toBe('reservationConflict');
      }
    }
    expect(await read(device, 0)).toBe('000000020000001000000000000000010000000000000002');
  });

  it('names scope or type of RESERVE that there are not', async () => {
    const device = await known(make);
    await out(device, ALICE, SA.register, { newKey: 1n });
    for (const [type, scope, bit] of [[0, 0, 3], [2, 0, 3], [15, 0, 3], [1, 1, 7]] as const) {
      const answer = await out(device, ALICE, SA.reserve, { key: 1n, type, scope });
      expect([told(answer), place(answer)]).toEqual(['05/24/00', `cdb 2.${bit}`]);
    }
  });

  it('refuses the release of another type', async () => {
    const device = await reserved(make);
    expect(told(await out(device, ALICE, SA.release, { key: 1n, type: 3 }))).toBe('05/26/04');
    expect(told(await out(device, BOB, SA.release, { key: 2n, type: 3 }))).toBe('good');
    expect(told(await out(device, ALICE, SA.release, { key: 1n, type: 1 }))).toBe('good');
  });

  it('refuses APTPL that it cannot keep', async () => {
    const device = await known(make);
    for (const action of [SA.register, SA.ignore]) {
      const answer = await out(device, ALICE, action, { newKey: 1n, flags: { aptpl: true } });
      expect([told(answer), place(answer)]).toEqual(['05/26/00', 'list 20.0']);
    }
    expect(told(await out(device, ALICE, SA.ignore, { newKey: 1n }))).toBe('good');
    const ignored = await out(device, ALICE, SA.reserve,
      { key: 1n, type: 1, flags: { aptpl: true } });
    expect(told(ignored)).toBe('good');
  });

  it('tells those whom it concerns, and nobody else', async () => {
    const device = await reserved(make, 5);
    await out(device, ALICE, SA.release, { key: 1n, type: 5 });
    const next = async (nexus: ItNexus): Promise<string> =>
      told(await send(device, '00 00 00 00 00 00', { nexus }));
    expect([await next(BOB), await next(BOB)]).toEqual(['06/2A/04', 'good']);
    expect([await next(ALICE), await next(CAROL)]).toEqual(['good', 'good']);
    await out(device, BOB, SA.preempt, { key: 2n, newKey: 1n, type: 1 });
    expect([await next(ALICE), await next(BOB)]).toEqual(['06/2A/05', 'good']);
    await out(device, ALICE, SA.register, { newKey: 1n });
    await out(device, BOB, SA.clear, { key: 2n });
    expect([await next(ALICE), await next(BOB), await next(CAROL)])
      .toEqual(['06/2A/03', 'good', 'good']);
  });

  it('goes on over resets and lost nexuses, and ends neither', async () => {
    const device = await reserved(make);
    device.reset();
    // Each is told of the reset, and of its loss if it has not been told of the same already.
    for (const nexus of [ALICE, BOB]) {
      device.nexusLost(nexus);
      await meet(device, nexus);
      await meet(device, nexus);
    }
    expect(await read(device, 1)).toBe('000000020000001000000000000000010000000000010000');
    const write = Uint8Array.of(0x0a, 0, 0, 0, 0, 0);
    expect(told(await send(device, write, { nexus: BOB }))).toBe('reservationConflict');
  });

  it('conflicts during a RESERVE, and RESERVE while anybody is registered', async () => {
    const device = await known(make);
    await send(device, '16 00 00 00 00 00');
    for (const nexus of [ALICE, BOB]) {
      expect(told(await out(device, nexus, SA.register, { newKey: 1n })))
        .toBe('reservationConflict');
      expect(told(await send(device, '5e 00 00 00 00 00 00 00 08 00', { nexus })))
        .toBe('reservationConflict');
    }
    await send(device, '17 00 00 00 00 00');
    await out(device, ALICE, SA.register, { newKey: 1n });
    for (const opcode of [0x16, 0x17]) {
      expect(told(await send(device, Uint8Array.of(opcode, 0, 0, 0, 0, 0))))
        .toBe('reservationConflict');
    }
  });

  it('ends at its limit of registrations', async () => {
    const device = await known(make);
    for (let i = 0; i < REGISTRATION_COUNT_MAX; i += 1) {
      await meet(device, nexusOf(`n${i}`));
      expect(told(await out(device, nexusOf(`n${i}`), SA.register, { newKey: 1n }))).toBe('good');
    }
    expect(told(await out(device, ALICE, SA.register, { newKey: 1n }))).toBe('05/55/04');
    expect((await read(device, 3)).slice(8, 16)).not.toBe('00000000');
  });
});

describe.each(devices)('SPEC_I_PT of a %s', (_name, make) => {
  const keys = async (device: Device): Promise<number> =>
    ((await read(device, 0)).length - 16) / 16;

  it('registers the ports that are named, and a device\'s that are known', async () => {
    const device = await known(make);
    await meet(device, { ...BOB, isid: '400000000002' });
    const answer = await out(device, ALICE, SA.register,
      specified(transportId('zoe'), transportId('bob', 0)));
    expect([told(answer), await keys(device)]).toEqual(['good', 4]);
    expect(await read(device, 3)).toContain(hexBytes(transportId('zoe')).replaceAll(' ', ''));
  });

  it('reads names without regard to case', async () => {
    const device = await known(make);
    const shouted = Uint8Array.from(transportId('bob'), (byte, i) =>
      (i > 3 && byte >= 0x61 && byte <= 0x7a && byte !== 0x69 && byte !== 0x78 ? byte - 32 : byte));
    expect(told(await out(device, ALICE, SA.register, specified(shouted)))).toBe('good');
    expect(told(await out(device, BOB, SA.reserve, { key: 5n, type: 1 }))).toBe('good');
  });

  it('registers nobody if one of them cannot be', async () => {
    const device = await known(make);
    await out(device, BOB, SA.register, { newKey: 2n });
    const ids = [transportId('zoe'), transportId('bob')];
    expect(told(await out(device, ALICE, SA.register, specified(...ids)))).toBe('05/26/00');
    expect(await keys(device)).toBe(1);
  });

  it('is for REGISTER only', async () => {
    const device = await reserved(make);
    for (const action of [1, 2, 3, 4, 5, 6]) {
      const answer = await out(device, ALICE, action,
        { key: 1n, newKey: 2n, type: 1, flags: { specIPt: true } });
      expect([told(answer), place(answer)]).toEqual(['05/26/00', 'list 20.3']);
    }
    expect(told(await out(device, ALICE, SA.register,
      { ...specified(transportId('zoe')), key: 1n }))).toBe('05/26/00');
  });

  it('names the byte of a TransportID that is wrong', async () => {
    const device = await known(make);
    const at = async (ids: Uint8Array) =>
      place(await out(device, ALICE, SA.register, specified(ids)));
    const good = transportId('zoe');
    expect(await at(good.with(0, 0x85))).toBe('list 28.7'); // FORMAT CODE 10b
    const sas = good.with(0, 0x46).subarray(0, 24);
    expect(await at(concat([good, sas]))).toBe(`list ${28 + good.length}.3`);
    expect(await at(good.subarray(0, good.length - 4))).toBe('list 28'); // cut off
    expect(await at(good.with(3, 16).subarray(0, 20))).toBe('list 30');
    const nameless = parseHex('45 00 0014 69716E2E746573743A7A6F6500000000 00000000');
    expect(await at(nameless)).toBe('list 32');
    expect(await keys(device)).toBe(0);
  });

  it('wants the bytes that it announces', async () => {
    const device = await known(make);
    const { additional, ...rest } = specified(transportId('zoe'));
    const more = additional!.with(3, additional![3]! + 4);
    expect(told(await out(device, ALICE, SA.register, { ...rest, additional: more })))
      .toBe('05/1A/00');
  });
});

describe.each(devices)('REGISTER AND MOVE of a %s', (_name, make) => {
  function move(device: Device, nexus: ItNexus, fields: object = {}, id = transportId('carol')) {
    const list = registerAndMoveList.encode({
      key: 1n, serviceActionKey: 3n, unreg: false, aptpl: false, relativeTargetPort: 1,
      transportIdLength: id.length, transportId: id, ...fields });
    return send(device, cdbOf(SA.move, list.length), { nexus, out: list });
  }

  it('gives the reservation to the port that is named', async () => {
    const device = await reserved(make);
    expect(told(await move(device, ALICE, { unreg: true }))).toBe('good');
    expect(await read(device, 1)).toBe('000000030000001000000000000000030000000000010000');
    expect(await read(device, 0)).toBe('000000030000001000000000000000020000000000000003');
    expect(told(await out(device, CAROL, SA.release, { key: 3n, type: 1 }))).toBe('good');
  });

  it.each([
    [{ relativeTargetPort: 2 }, '05/26/00', 'list 18'], [{ aptpl: true }, '05/26/00', 'list 17.0'],
    [{ serviceActionKey: 0n }, '05/26/00', 'list 8'],
    [{ transportIdLength: 4096 }, '05/26/00', 'list 20'],
    [{ key: 2n }, 'reservationConflict', undefined],
  ])('refuses %o', async (fields, expected, where) => {
    const answer = await move(await reserved(make), ALICE, fields);
    expect([told(answer), place(answer)]).toEqual([expected, where]);
  });

  it('refuses itself, several ports, and nothing to move', async () => {
    const device = await reserved(make);
    expect(told(await move(device, ALICE, {}, transportId('alice')))).toBe('05/26/00');
    expect(told(await move(device, ALICE, {}, transportId('nobody', 0)))).toBe('05/26/00');
    expect(told(await move(device, ALICE, {}, transportId('bob', 0)))).toBe('good');
    await out(device, BOB, SA.release, { key: 3n, type: 1 });
    expect(told(await move(device, ALICE))).toBe('05/24/00');
  });
});

describe('PREEMPT AND ABORT', () => {
  it('ends when the tasks and copies that it aborts have ended', async () => {
    const disk = await reserved(makeDisk);
    let end = (): void => undefined;
    let aborted = false;
    disk.prevention.prevent(ALICE);
    const copy = disk.tasks.background(ALICE, async (signal) => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      aborted = signal.aborted;
    });
    let answer: Answer | undefined;
    const sent = out(disk, BOB, SA.preemptAndAbort, { key: 2n, newKey: 1n, type: 3 })
      .then((told) => {
        answer = told;
      });
    await turns(2);
    expect(answer).toBeUndefined();
    expect(disk.prevention.isPrevented).toBe(true);
    end();
    await Promise.all([copy, sent]);
    expect([told(answer!), aborted, disk.prevention.isPrevented]).toEqual(['good', true, false]);
    expect(await read(disk, 1, { nexus: BOB }))
      .toBe('000000030000001000000000000000020000000000030000');
  });

  it('of two that meet lets one win, and both end', async () => {
    const disk = await reserved(makeDisk);
    const asTask = (nexus: ItNexus, key: bigint, newKey: bigint) =>
      disk.tasks.run(nexus, 1, 'simple', async ({ signal }) => {
        const list = persistentReserveOutList.encode({
          key, serviceActionKey: newKey, specIPt: false, allTgPt: false, aptpl: false,
          additional: new Uint8Array(0) });
        const { rawSense, ...answer } = await send(
          disk, cdbOf(SA.preemptAndAbort, 24, { type: 3 }), { nexus, out: list, signal });
        return { ...answer, sense: rawSense };
      });
    const both = await Promise.all([asTask(ALICE, 1n, 2n), asTask(BOB, 2n, 1n)]);
    expect(both.map((one) => one?.status)).toEqual(['good', undefined]);
    expect(await read(disk, 0)).toBe('00000003000000080000000000000001');
  });

  it('is PREEMPT without it, which lets them run', async () => {
    const disk = await reserved(makeDisk);
    let end = (): void => undefined;
    const copy = disk.tasks.background(ALICE, async (signal) => {
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return signal.aborted;
    });
    expect(told(await out(disk, BOB, SA.preempt, { key: 2n, newKey: 1n, type: 3 }))).toBe('good');
    end();
    expect(await copy).toBe(false);
  });
});

/** SPC-4, SBC-3 and SSC-4: tables of commands that are allowed in the presence of reservations. */
const CLASSES: Readonly<Record<WhenReserved, readonly string[]>> = {
  allow: ['03', '12', '16', '17', '56', '57', 'a0'],
  query: ['00', '05', '1e', '25', '44', '4d', '9e/10'],
  read: ['01', '08', '11', '1a', '28', '2b', '2f', '34', '5a', '88', '8f', '90', '91 tape', '92',
    '9e/12', 'a3/0c', 'a3/0d', 'a8', 'af', '13', '8c', '37', 'b7'],
  conflict: ['0a', '10', '15', '19', '1b', '1d', '2a', '2e', '35', '41', '42', '55', '80', '89',
    '8a', '8e', '91 disk', '93', 'aa', 'ae', '04', '0b', '82', '8d',
    '48/01', '48/02', '48/03', '48/1f', '8b', '9c', '1c', '3b', '3c', '4c'],
  persistent: ['5e/00', '5e/01', '5e/02', '5e/03', '5f/00', '5f/01', '5f/02', '5f/03', '5f/04',
    '5f/05', '5f/06', '5f/07'],
};

const digits = (value: number): string => value.toString(16).padStart(2, '0');

describe.each(devices)('the command table of a %s', (kind, make) => {
  it('has every command in the class that the standards give it', async () => {
    const { table } = await make();
    const unlisted: string[] = [];
    for (const row of table.entries) {
      const action = row.serviceAction === undefined ? '' : `/${digits(row.serviceAction)}`;
      const name = `${digits(row.opcode)}${action}`;
      const cdb = new Uint8Array(16);
      cdb.set([row.opcode, row.serviceAction ?? 0]);
      const when = row.whenReserved(cdb);
      const isListed = CLASSES[when].includes(name) || CLASSES[when].includes(`${name} ${kind}`);
      if (!isListed) unlisted.push(`${name} ${row.name}: ${when}`);
    }
    expect(unlisted).toEqual([]);
  });

  const types = [...RESERVATION_TYPE_NAMES.keys()];
  it.each(types)('is under type %i checked before all else', async (type) => {
    const device = await reserved(make, type);
    const isExclusive = ![1, 5, 7].includes(type);
    for (const row of device.table.entries) {
      const cdb = new Uint8Array(row.cdb.size);
      cdb.set([row.opcode, row.serviceAction ?? 0]);
      const when = row.whenReserved(cdb);
      if (when === 'allow' || when === 'persistent') continue;
      const conflicts = when === 'conflict' || (when === 'read' && isExclusive);
      for (const [nexus, restricted] of [[CAROL, true], [BOB, type < 5], [ALICE, false]] as const) {
        if (!restricted || !conflicts) continue;
        expect([row.name, told(await send(device, cdb, { nexus }))])
          .toEqual([row.name, 'reservationConflict']);
      }
    }
    for (const nexus of [ALICE, BOB, CAROL]) {
      expect(told(await send(device, '00 00 00 00 00 00', { nexus }))).toBe('good');
    }
    expect(told(await send(device, '1a 00 3f 00 ff 00'))).toBe('good');
  });
});

describe('commands whose class is in a field', () => {
  it('are PREVENT and START STOP UNIT', async () => {
    const disk = await reserved(makeDisk);
    const carol = async (cdb: string) => told(await send(disk, cdb, { nexus: CAROL }));
    expect(await carol('1e 00 00 00 00 00')).toBe('good');
    expect(await carol('1e 00 00 00 01 00')).toBe('reservationConflict');
    expect(await carol('1b 00 00 00 01 00')).toBe('good');
    expect(await carol('1b 00 00 00 00 00')).toBe('reservationConflict');
    expect(await carol('1b 00 00 00 11 00')).toBe('reservationConflict');
  });
});

describe('access by a copy manager', () => {
  it('is that of a command from its own nexus', async () => {
    const disk = await known(makeDisk) as Awaited<ReturnType<typeof makeDisk>>;
    await out(disk, ALICE, SA.register, { newKey: 1n });
    await out(disk, ALICE, SA.reserve, { key: 1n, type: 5 });
    disk.admit('read', BOB);
    expect(() => disk.admit('write', BOB)).toThrow('another I_T nexus');
    await out(disk, BOB, SA.register, { newKey: 9n });
    disk.admit('write', BOB);
    await out(disk, ALICE, SA.release, { key: 1n, type: 5 });
    await out(disk, ALICE, SA.reserve, { key: 1n, type: 3 });
    expect(() => disk.admit('read', BOB)).toThrow('another I_T nexus');
  });
});
