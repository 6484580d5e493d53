import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import { FileError, type Files } from '../../src/ports/files.ts';
import { nexusKey } from '../../src/sam/command.ts';
import { NOTHING_REGISTERED, type PersistentState } from '../../src/sam/persistent-state.ts';
import { openReservationFile } from '../../src/server/reservation-file.ts';
import { persistentReserveOutList } from '../../src/wire/spc/persistent-reserve.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { ALICE, BOB, makeDisk, meet, send, told } from './device-fixture.ts';

const PATH = '/disk.reservations.json';
const UNIT = { naa: parseHex('3000000000000001'), serialNumber: '000000000000001' };
const OTHER = { naa: parseHex('3000000000000002'), serialNumber: '000000000000002' };

const STATE: PersistentState = {
  generation: 7, aptpl: true,
  registrations: new Map([
    [nexusKey(ALICE), { nexus: ALICE, key: 0xffff_ffff_ffff_ffffn, allTargetPorts: false }],
    [nexusKey(BOB), { nexus: BOB, key: 2n, allTargetPorts: true }]]),
  held: { type: 5, holder: nexusKey(ALICE) },
};

async function keptAfter(state: PersistentState | undefined, files = memoryFiles()) {
  await (await openReservationFile(files, PATH, UNIT)).keep(state);
  return (await openReservationFile(files, PATH, UNIT)).kept;
}

async function changed(change: (json: Record<string, unknown>) => void): Promise<Files> {
  const files = memoryFiles();
  await keptAfter(STATE, files);
  const json = JSON.parse(new TextDecoder().decode(await files.readFile(PATH)));
  change(json);
  await files.replaceFile(PATH, new TextEncoder().encode(JSON.stringify(json)));
  return files;
}

describe('a reservation file', () => {
  it('gives back what was kept, and counts anew', async () => {
    expect(await keptAfter(STATE)).toEqual({ ...STATE, generation: 0 });
    const all = { ...STATE, held: { type: 8, holder: undefined } };
    expect(await keptAfter(all)).toEqual({ ...all, generation: 0 });
    const none = { ...STATE, held: undefined };
    expect(await keptAfter(none)).toEqual({ ...none, generation: 0 });
  });

  it('is not there while nothing is to be kept', async () => {
    const files = memoryFiles();
    expect(await keptAfter(undefined, files)).toBeUndefined();
    await keptAfter(STATE, files);
    expect(await files.exists(PATH)).toBe(true);
    expect(await keptAfter(undefined, files)).toBeUndefined();
    expect(await files.exists(PATH)).toBe(false);
  });

  it('of another logical unit, come with a copied medium, is not ours', async () => {
    const files = memoryFiles();
    await keptAfter(STATE, files);
    expect((await openReservationFile(files, PATH, OTHER)).kept).toBeUndefined();
  });

  it.each([
    ['key', (json: Record<string, unknown>) => {
      json['registrations'] = [{ ...ALICE, key: '0000000000000000', allTargetPorts: 0 }];
    }],
    ['version', (json: Record<string, unknown>) => {
      json['version'] = 2;
    }],
    ['holder', (json: Record<string, unknown>) => {
      json['registrations'] = [];
    }],
    ['type', (json: Record<string, unknown>) => {
      json['type'] = 4;
    }],
    ['format', (json: Record<string, unknown>) => {
      json['format'] = 'another';
    }],
  ])('with a wrong %s is refused: nobody gets in by it', async (_what, change) => {
    await expect(openReservationFile(await changed(change), PATH, UNIT))
      .rejects.toThrow(`Cannot read ${PATH}`);
  });
});

function registration(aptpl: boolean, key: bigint, newKey: bigint): Uint8Array {
  return persistentReserveOutList.encode({
    key, serviceActionKey: newKey, specIPt: false, allTgPt: false, aptpl,
    additional: new Uint8Array(0) });
}
const REGISTER = '5f 00 00 00 00 00 00 00 18 00';
const RESERVE_WE = '5f 01 01 00 00 00 00 00 18 00';
const READ_KEYS = '5e 00 00 00 00 00 00 01 00 00';
const CAPABILITIES = '5e 02 00 00 00 00 00 00 08 00';

describe('a disk that keeps its registrations', () => {
  async function start(files: Files) {
    const keeper = await openReservationFile(files, PATH, UNIT);
    const disk = await makeDisk({ reservationKeeper: keeper });
    for (const nexus of [ALICE, BOB]) await meet(disk, nexus);
    return disk;
  }

  it('has them after a restart, once APTPL was set', async () => {
    const files = memoryFiles();
    const first = await start(files);
    expect((await send(first, CAPABILITIES)).data.subarray(2, 4)).toEqual(parseHex('1D C0'));
    await send(first, REGISTER, { out: registration(true, 0n, 1n) });
    await send(first, RESERVE_WE, { out: registration(false, 1n, 0n) });
    expect((await send(first, CAPABILITIES)).data.subarray(2, 4)).toEqual(parseHex('1D C1'));
    const second = await start(files);
    expect((await send(second, READ_KEYS)).data)
      .toEqual(parseHex('00000000 00000008 0000000000000001'));
    expect(told(await send(second, '0a 00 00 00 01 00', { nexus: BOB })))
      .toBe('reservationConflict');
    expect((await send(second, CAPABILITIES)).data.subarray(2, 4)).toEqual(parseHex('1D C1'));
  });

  it('has none after a restart, once a registration came without APTPL', async () => {
    const files = memoryFiles();
    const first = await start(files);
    await send(first, REGISTER, { out: registration(true, 0n, 1n) });
    await send(first, REGISTER, { out: registration(false, 1n, 2n) });
    expect((await (await start(files)).reservation.persistent).state).toEqual(NOTHING_REGISTERED);
  });

  it('changes nothing, and says so, when they cannot be kept', async () => {
    const files = memoryFiles();
    const disk = await start(files);
    files.replaceFile = async (path) => {
      throw new FileError('ENOSPC', path, 'Cannot write: no space is left');
    };
    expect(told(await send(disk, REGISTER, { out: registration(true, 0n, 1n) })))
      .toBe('04/44/00');
    expect(disk.reservation.persistent.state).toEqual(NOTHING_REGISTERED);
    expect(told(await send(disk, REGISTER, { out: registration(false, 0n, 1n) }))).toBe('good');
  });
});
