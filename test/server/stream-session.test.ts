import { beforeEach, describe, expect, it } from 'vitest';
import { deferred } from '../../src/sam/deferred.ts';
import {
  type PlacedBytes, ReservationConflict, type StreamSession, type StreamTransfer,
} from '../../src/sam/medium-access.ts';
import { SenseError, senseText } from '../../src/sense/sense.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { ALICE, BOB, makeTape, meet, nexusOf, send, told } from './device-fixture.ts';
import { FileWatch, watchedFiles } from './watched-files.ts';

const MIB = 1024 * 1024;
const variable = (recordBytes: number): StreamTransfer =>
  ({ fixed: false, recordBytes, recordCount: 1 });
const fixed = (recordBytes: number, recordCount: number): StreamTransfer =>
  ({ fixed: true, recordBytes, recordCount });
const { signal } = new AbortController();

let tape: TapeUnit;

beforeEach(async () => {
  tape = await makeTape({ options: { capacityBytes: MIB, earlyWarningBytes: 300_000 } });
  await meet(tape);
});

const within = <T>(work: (session: StreamSession) => Promise<T>): Promise<T> =>
  tape.exclusive(signal, work);

/** Reads and writes places, as a mover would. */
async function bytesAt(places: readonly PlacedBytes[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const { place, byteLength } of places) {
    parts.push(Buffer.alloc(byteLength));
    await place.file.read(parts.at(-1)!, place.offset);
  }
  return Buffer.concat(parts);
}

async function fill(places: readonly PlacedBytes[], value: number): Promise<void> {
  for (const { place, byteLength } of places) {
    await place.file.write(new Uint8Array(byteLength).fill(value), place.offset);
  }
}

async function write(
  session: StreamSession, transfer: StreamTransfer, count: number, value: number): Promise<number> {
  const stretch = await session.reserve(transfer, count, 0);
  await fill(stretch.places, value);
  session.append(transfer, stretch, undefined);
  return stretch.transferCount;
}

describe('reading for a copy', () => {
  beforeEach(() => within(async (session) => {
    await write(session, variable(100), 3, 1);
    await write(session, variable(50), 2, 2);
    await session.writeFilemarks(1, true);
    await session.locate(0);
  }));

  it('gives the places of whole transfers, and what ends them', () => within(async (session) => {
    const stretch = session.readable(variable(100), 10);
    expect([stretch.transferCount, stretch.lastIsDone]).toEqual([3, false]);
    expect(stretch.sense).toMatchObject({ key: 'noSense', ili: true, information: 50 });
    expect(await bytesAt(stretch.places)).toEqual(Buffer.alloc(300, 1));
    expect(session.position).toBe(0);
    session.readDone(variable(100), 3);
    expect(session.position).toBe(3);
    session.readFailed(variable(100));
    expect(session.position).toBe(4);
  }));

  it('gives no more than asked for, and then nothing ends them', () => within(async (session) => {
    const stretch = session.readable(variable(100), 2);
    expect([stretch.transferCount, stretch.sense]).toEqual([2, undefined]);
  }));

  it('keeps transfers of several blocks whole', () => within(async (session) => {
    const stretch = session.readable(fixed(100, 2), 5);
    expect(stretch.transferCount).toBe(1);
    expect(stretch.sense).toMatchObject({ ili: true, information: 1 });
    session.readDone(fixed(100, 2), 1);
    session.readFailed(fixed(100, 2));
    expect(session.position).toBe(4);
  }));

  it('ends at a filemark and at the end of data', () => within(async (session) => {
    await session.locate(5);
    expect(session.readable(variable(50), 1)).toMatchObject(
      { transferCount: 0, sense: { additional: 'filemarkDetected', filemark: true } });
    session.readFailed(variable(50));
    expect(session.position).toBe(6);
    expect(session.readable(variable(50), 1)).toMatchObject(
      { transferCount: 0, sense: { key: 'blankCheck', additional: 'endOfDataDetected' } });
    session.readFailed(variable(50));
    expect(session.position).toBe(6);
  }));
});

describe('writing for a copy', () => {
  it('reserves places, and appends what was put there', async () => {
    await within(async (session) => {
      expect(await write(session, fixed(512, 4), 3, 7)).toBe(3);
      expect(session.position).toBe(12);
      await session.writeFilemarks(1, false);
      await session.locate(0);
    });
    tape.drive.blockBytes = 512;
    expect((await send(tape, '08 01 00 00 0c 00')).data).toEqual(
      Uint8Array.from(Buffer.alloc(12 * 512, 7)));
  });

  it('makes the position the end of data', () => within(async (session) => {
    await write(session, variable(100), 5, 1);
    await session.locate(2);
    await write(session, variable(10), 1, 2);
    expect(tape.drive.cartridge!.endOfData).toBe(3);
  }));

  it('takes reservations in order, and gives back those that were not used', () =>
    within(async (session) => {
      const first = await session.reserve(variable(100), 2, 0);
      const second = await session.reserve(variable(100), 3, 0);
      await fill(first.places, 1);
      session.append(variable(100), first, undefined);
      session.release(second);
      expect(await write(session, variable(30), 1, 2)).toBe(1);
      await session.locate(0);
      const { places } = session.readable(variable(100), 2);
      expect(await bytesAt(places)).toEqual(Buffer.alloc(200, 1));
      expect(tape.drive.cartridge!.endOfData).toBe(3);
    }));

  it('ends with the transfer that reaches early warning, which counts', () =>
    within(async (session) => {
      const stretch = await session.reserve(variable(100_000), 10, 0);
      expect([stretch.transferCount, stretch.lastIsDone]).toEqual([8, true]);
      expect(stretch.sense).toMatchObject({ key: 'noSense', eom: true, information: 0 });
      session.append(variable(100_000), stretch, undefined);
      expect(await session.reserve(variable(100_000), 3, 0))
        .toMatchObject({ transferCount: 1, lastIsDone: true });
    }));

  it('counts what is reserved already', () => within(async (session) => {
    const first = await session.reserve(variable(100_000), 7, 0);
    expect(first).toMatchObject({ transferCount: 7, sense: undefined });
    expect(await session.reserve(variable(100_000), 7, 0))
      .toMatchObject({ transferCount: 1, lastIsDone: true, sense: { key: 'noSense' } });
    const sense = { key: 'volumeOverflow', information: 300_000 };
    expect(await session.reserve(variable(300_000), 1, 0))
      .toMatchObject({ transferCount: 0, lastIsDone: false, sense });
  }));

  it('ends as a full tape when the host is full, with what still fits', async () => {
    tape = await makeTape({
      files: memoryFiles({ spaceBytes: 2 * MIB }), options: { capacityBytes: 100 * MIB } });
    await within(async (session) => {
      const stretch = await session.reserve(variable(300_000), 100, 0);
      expect(stretch).toMatchObject({ transferCount: 6, sense: undefined });
      session.append(variable(300_000), stretch, undefined);
      expect(await session.reserve(variable(300_000), 100, 0)).toMatchObject(
        { transferCount: 0, lastIsDone: false, sense: { key: 'volumeOverflow', eom: true } });
    });
  });

  it('is durable when it ends in unbuffered mode', async () => {
    const watch = new FileWatch();
    tape = await makeTape({ files: watchedFiles(memoryFiles(), watch) });
    await within((session) => write(session, variable(100), 1, 1));
    expect(tape.drive.cartridge!.isDirty).toBe(true);
    tape.drive.isBuffered = false;
    await within((session) => write(session, variable(100), 1, 1));
    expect(tape.drive.cartridge!.isDirty).toBe(false);
  });
});

describe('a session', () => {
  const failure = async (work: () => Promise<unknown> | unknown): Promise<string> => {
    try {
      await work();
      return 'good';
    } catch (error) {
      return error instanceof SenseError ? senseText(error.sense) : String(error);
    }
  };

  it('reports as the commands do', () => within(async (session) => {
    expect(await failure(() => session.space(1, 1))).toBe('BLANK CHECK, END-OF-DATA DETECTED');
    expect(await failure(() => session.locate(5))).toBe('BLANK CHECK, END-OF-DATA DETECTED');
    await write(session, variable(800_000), 1, 1);
    expect(await failure(() => session.writeFilemarks(1, true)))
      .toBe('NO SENSE, END-OF-PARTITION/MEDIUM DETECTED');
    expect(session.position).toBe(2);
  }));

  it('admits nobody against a reservation', async () => {
    await send(tape, '16 00 00 00 00 00');
    await within(async (session) => {
      session.admit('write', ALICE);
      expect(() => session.admit('read', BOB)).toThrow(ReservationConflict);
    });
  });

  it('admits no write to a protected tape, and nothing without a tape', async () => {
    const locked = await makeTape({ readonly: true });
    await locked.exclusive(signal, async (session) => {
      session.admit('read', ALICE);
      expect(await failure(() => session.admit('write', ALICE)))
        .toBe('DATA PROTECT, WRITE PROTECTED');
    });
    const empty = await makeTape({ empty: true });
    await empty.exclusive(signal, async (session) => {
      expect(await failure(() => session.admit('read', ALICE)))
        .toBe('NOT READY, MEDIUM NOT PRESENT');
    });
  });

  it('leaves unit attentions to the nexus, but for a tape that may be another one', async () => {
    const carol = nexusOf('carol');
    tape.attentions.meet(carol);
    await within(async (session) => session.admit('read', carol));
    tape.attentions.establish('mediumMayHaveChanged');
    await within(async (session) => {
      expect(await failure(() => session.admit('read', carol)))
        .toBe('UNIT ATTENTION, NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED');
      session.admit('read', carol);
    });
    expect(told(await send(tape, '00 00 00 00 00 00', { nexus: carol }))).toBe('06/29/00');
  });

  it('sees that others wait, and they come when it ends', async () => {
    const seen: boolean[] = [];
    const waiting = deferred<Promise<unknown>>();
    await within(async (session) => {
      seen.push(session.contended);
      waiting.resolve(send(tape, '01 00 00 00 00 00').then(() => seen.push(session.contended)));
      seen.push(session.contended);
    });
    await (await waiting.promise);
    expect(seen).toEqual([false, true, false]);
  });
});
