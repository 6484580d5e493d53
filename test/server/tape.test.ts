import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/sam/deferred.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import {
  type Answer, ALICE, BOB, makeCartridge, makeTape, meet, sameBytes, send,
  type TapeFixture, told,
} from './device-fixture.ts';

const MIB = 1024 * 1024;
const TEST_UNIT_READY = '00 00 00 00 00 00';
const REWIND = '01 00 00 00 00 00';
const LOAD = '1b 00 00 00 01 00';
const UNLOAD = '1b 00 00 00 00 00';
const FIXED = 1;

const filled = (byteLength: number, value: number): Uint8Array =>
  new Uint8Array(byteLength).fill(value);
const cdb6 = (opcode: number, flags: number, length: number): Uint8Array =>
  Uint8Array.of(opcode, flags, length >>> 16, length >>> 8, length, 0);
const write = (tape: TapeUnit, byteLength: number, value = 1): Promise<Answer> =>
  send(tape, cdb6(0x0a, 0, byteLength), { out: filled(byteLength, value) });
const filemarks = (tape: TapeUnit, count: number, immed = 0): Promise<Answer> =>
  send(tape, cdb6(0x10, immed, count));
const read = (tape: TapeUnit, byteLength: number): Promise<Answer> =>
  send(tape, cdb6(0x08, 0, byteLength));
const facts = (answer: Answer) =>
  [told(answer), answer.sense?.eom ?? false, answer.sense?.information];

async function ready(fixture: TapeFixture = {}): Promise<TapeUnit> {
  const tape = await makeTape(fixture);
  await meet(tape, ALICE);
  await meet(tape, BOB);
  return tape;
}

describe('WRITE(6)', () => {
  it('makes what was behind the position disappear', async () => {
    const tape = await ready();
    for (const value of [1, 2, 3]) await write(tape, 100, value);
    await send(tape, REWIND);
    await read(tape, 100);
    await write(tape, 50, 9);
    expect(facts(await read(tape, 100))).toEqual(['08/00/05', false, 100n]);
    await send(tape, REWIND);
    expect((await read(tape, 100)).data).toEqual(filled(100, 1));
    expect((await read(tape, 50)).data).toEqual(filled(50, 9));
  });

  it('makes records of the block length in fixed mode', async () => {
    const tape = await ready();
    tape.drive.blockBytes = 64;
    const out = Uint8Array.from({ length: 192 }, (_, i) => i);
    const parts = [out.subarray(0, 10), out.subarray(10)];
    expect(told(await send(tape, cdb6(0x0a, FIXED, 3), { parts }))).toBe('good');
    expect(tape.drive.position).toBe(3);
    await send(tape, REWIND);
    expect((await read(tape, 64)).data).toEqual(out.subarray(0, 64));
  });

  it.each([
    ['no bytes', 0, 0, 0, 'good'], ['no blocks', 64, FIXED, 0, 'good'],
    ['blocks in variable mode', 0, FIXED, 1, '05/24/00'],
    ['the longest record', 0, 0, 8 * MIB, 'good'],
    ['a longer one', 0, 0, 8 * MIB + 1, '05/24/00'],
  ])('takes or refuses %s', async (_name, blockBytes, flags, length, expected) => {
    const tape = await ready();
    tape.drive.blockBytes = blockBytes;
    const out = new Uint8Array(flags === FIXED ? length * blockBytes : length);
    expect(told(await send(tape, cdb6(0x0a, flags, length), { out }))).toBe(expected);
  });

  it('tells its limits, which are those it keeps', async () => {
    const { data } = await send(await ready(), '05 00 00 00 00 00');
    expect([...data]).toEqual([0, 0x80, 0, 0, 0, 1]);
    expect((await send(await ready(), '05 01 00 00 00 00')).data).toHaveLength(20);
  });

  it('writes nothing when less data comes than the CDB asks for', async () => {
    const tape = await ready();
    const answer = await send(tape, cdb6(0x0a, 0, 100), { out: filled(50, 1) });
    expect([told(answer), answer.wantedBytes]).toEqual(['05/0E/03', 100]);
    expect(tape.drive.position).toBe(0);
  });

  it('is refused on a protected tape, as is all that changes it', async () => {
    const tape = await ready({ readonly: true });
    for (const cdb of [cdb6(0x0a, 0, 1), cdb6(0x10, 0, 1), cdb6(0x10, 0, 0), cdb6(0x19, 1, 0)]) {
      expect(told(await send(tape, cdb, { out: filled(1, 1) }))).toBe('07/27/00');
    }
    expect(told(await send(tape, REWIND))).toBe('good');
  });
});

describe('the end of the tape', () => {
  const SMALL = { options: { capacityBytes: MIB, earlyWarningBytes: 300_000 } };

  it('is announced once early warning is reached, with everything written', async () => {
    const tape = await ready(SMALL);
    const before = MIB - 300_000;
    expect(facts(await write(tape, before - 1))).toEqual(['good', false, undefined]);
    expect(facts(await write(tape, 1))).toEqual(['00/00/02', true, 0n]);
    expect(facts(await write(tape, 100_000))).toEqual(['00/00/02', true, 0n]);
    expect(facts(await filemarks(tape, 2))).toEqual(['00/00/02', true, 0n]);
    expect(facts(await write(tape, 200_000, 7))).toEqual(['00/00/02', true, 0n]);
    expect(facts(await write(tape, 1))).toEqual(['0D/00/02', true, 1n]);
    expect(tape.drive.position).toBe(6);
    await send(tape, cdb6(0x11, 0, -1));
    expect(sameBytes((await read(tape, 200_000)).data, filled(200_000, 7))).toBe(true);
  });

  it('leaves out a record that does not fit', async () => {
    const tape = await ready(SMALL);
    expect(facts(await write(tape, MIB + 1))).toEqual(['0D/00/02', true, BigInt(MIB + 1)]);
    expect(tape.drive.position).toBe(0);
  });

  it('takes the blocks that fit of a fixed transfer', async () => {
    const tape = await ready(SMALL);
    tape.drive.blockBytes = 100_000;
    const answer = await send(tape, cdb6(0x0a, FIXED, 12), { out: filled(1_200_000, 3) });
    expect(facts(answer)).toEqual(['0D/00/02', true, 2n]);
    expect([answer.wantedBytes, tape.drive.position]).toEqual([1_200_000, 10]);
  });

  it('is what a full host is', async () => {
    const tape = await ready({ files: memoryFiles({ spaceBytes: 2 * MIB }) });
    expect(told(await write(tape, MIB))).toBe('good');
    expect(facts(await write(tape, 4 * MIB))).toEqual(['0D/00/02', true, BigInt(4 * MIB)]);
    await send(tape, REWIND);
    expect(sameBytes((await read(tape, MIB)).data, filled(MIB, 1))).toBe(true);
  });
});

describe('filemarks and erasing', () => {
  it('writes marks, immediately or not', async () => {
    const tape = await ready();
    expect(told(await filemarks(tape, 2))).toBe('good');
    expect(told(await filemarks(tape, 1, 1))).toBe('good');
    expect(told(await filemarks(tape, 0))).toBe('good');
    expect(tape.drive.position).toBe(3);
  });

  it('refuses setmarks', async () => {
    const answer = await filemarks(await ready(), 1, 2);
    expect([told(answer), [...answer.rawSense!.subarray(15, 18)]])
      .toEqual(['05/24/00', [0xc9, 0, 1]]);
  });

  it('writes marks at an explicit address, and nowhere else', async () => {
    const tape = await ready();
    await write(tape, 10);
    const at = (object: number, partition = 0): Uint8Array =>
      Uint8Array.of(0x80, 0, 0, partition, 0, 0, 0, 0, 0, 0, 0, object, 0, 0, 2, 0);
    expect(told(await send(tape, at(0)))).toBe('05/3B/00');
    expect(told(await send(tape, at(1, 1)))).toBe('05/24/00');
    expect(told(await send(tape, at(1)))).toBe('good');
    expect(tape.drive.position).toBe(3);
  });

  it.each([0, 1])('erases from the position on (LONG=%i)', async (long) => {
    const tape = await ready();
    await write(tape, 10);
    await write(tape, 10);
    await send(tape, cdb6(0x11, 0, -1));
    expect(told(await send(tape, cdb6(0x19, long, 0)))).toBe('good');
    expect(told(await read(tape, 10))).toBe('08/00/05');
    expect(tape.drive.cartridge!.endOfData).toBe(1);
  });
});

describe('what is durable', () => {
  it('is everything once WRITE FILEMARKS without IMMED has ended', async () => {
    const tape = await ready();
    await write(tape, 10);
    expect(tape.drive.cartridge!.isDirty).toBe(true);
    await filemarks(tape, 1, 1);
    expect(tape.drive.cartridge!.isDirty).toBe(true);
    await filemarks(tape, 1);
    expect(tape.drive.cartridge!.isDirty).toBe(false);
  });

  it.each([
    ['REWIND', REWIND], ['SPACE', cdb6(0x11, 0, -1)], ['LOCATE', '2b 00 00 00 00 00 00 00 00 00'],
    ['UNLOAD', UNLOAD], ['ERASE', cdb6(0x19, 0, 0)], ['WRITE FILEMARKS of none', cdb6(0x10, 0, 0)],
  ])('is everything written before %s', async (_name, cdb) => {
    const tape = await ready();
    const cartridge = tape.drive.cartridge!;
    await write(tape, 10);
    expect(told(await send(tape, cdb))).toBe('good');
    expect(cartridge.isDirty).toBe(false);
  });

  it('is each record in unbuffered mode', async () => {
    const tape = await ready();
    expect(told(await send(tape, '15 10 00 00 04 00', { out: new Uint8Array(4) }))).toBe('good');
    await write(tape, 10);
    expect(tape.drive.cartridge!.isDirty).toBe(false);
  });

  it('is what MODE SELECT found written', async () => {
    const tape = await ready();
    await write(tape, 10);
    await send(tape, '15 10 00 00 04 00', { out: Uint8Array.of(0, 0, 0x10, 0) });
    expect(tape.drive.cartridge!.isDirty).toBe(false);
  });
});

describe('LOAD UNLOAD', () => {
  it('unloads, loads again at the beginning, and tells everybody once', async () => {
    const tape = await ready();
    await write(tape, 10);
    expect(told(await send(tape, UNLOAD))).toBe('good');
    const READ_POSITION = '34 00 00 00 00 00 00 00 00 00';
    for (const cdb of [TEST_UNIT_READY, REWIND, cdb6(0x08, 0, 10), READ_POSITION]) {
      expect(told(await send(tape, cdb))).toBe('02/3A/00');
    }
    expect(told(await send(tape, UNLOAD))).toBe('good');
    expect(told(await send(tape, LOAD))).toBe('good');
    for (const nexus of [ALICE, BOB]) {
      expect(told(await send(tape, TEST_UNIT_READY, { nexus }))).toBe('06/28/00');
      expect(told(await send(tape, TEST_UNIT_READY, { nexus }))).toBe('good');
    }
    expect((await read(tape, 10)).data).toEqual(filled(10, 1));
  });

  it('rewinds a loaded tape, of which nobody is told', async () => {
    const tape = await ready();
    await write(tape, 10);
    expect(told(await send(tape, LOAD))).toBe('good');
    expect(tape.drive.position).toBe(0);
    expect(told(await send(tape, TEST_UNIT_READY, { nexus: BOB }))).toBe('good');
  });

  it('does not unload while a nexus prevents it', async () => {
    const tape = await ready();
    await send(tape, '1e 00 00 00 01 00', { nexus: BOB });
    expect(told(await send(tape, UNLOAD))).toBe('05/53/02');
    tape.nexusLost(BOB);
    expect(told(await send(tape, UNLOAD))).toBe('good');
  });

  it('finds no tape in an empty drive', async () => {
    const tape = await ready({ empty: true });
    expect(told(await send(tape, LOAD))).toBe('02/3A/00');
    expect(told(await send(tape, UNLOAD))).toBe('good');
    expect(told(await send(tape, TEST_UNIT_READY))).toBe('02/3A/00');
  });

  it('leaves a cartridge that can be taken out, and another put in', async () => {
    const files = memoryFiles();
    const tape = await ready({ files });
    await write(tape, 10);
    const first = await tape.remove(new AbortController().signal);
    expect(first!.isDirty).toBe(false);
    expect(told(await send(tape, TEST_UNIT_READY))).toBe('02/3A/00');
    const second = await makeCartridge(files, '/other');
    tape.insert(second);
    expect(() => tape.insert(first!)).toThrow(RangeError);
    for (const nexus of [ALICE, BOB]) {
      expect(told(await send(tape, TEST_UNIT_READY, { nexus }))).toBe('06/28/00');
      expect(told(await send(tape, TEST_UNIT_READY, { nexus }))).toBe('good');
    }
    expect(told(await read(tape, 10))).toBe('08/00/05');
  });
});

describe('commands on one tape', () => {
  it('run in the order in which they arrived', async () => {
    const tape = await ready();
    const answers = await Promise.all([
      write(tape, 10, 1), write(tape, 10, 2), filemarks(tape, 1), send(tape, REWIND),
      read(tape, 10), read(tape, 10), read(tape, 10)]);
    expect(answers.map(told))
      .toEqual(['good', 'good', 'good', 'good', 'good', 'good', '00/00/01']);
    expect(answers[5]!.data).toEqual(filled(10, 2));
  });

  it('wait for one that holds the medium, but for those that only report', async () => {
    const tape = await ready();
    const end = deferred<void>();
    const holder = tape.exclusive(new AbortController().signal, () => end.promise);
    const waiting = write(tape, 10);
    for (const cdb of ['12 00 00 00 24 00', TEST_UNIT_READY, '03 00 00 00 12 00',
      '34 00 00 00 00 00 00 00 00 00', '05 00 00 00 00 00', '1a 00 3f 00 ff 00',
      '44 00 00 00 00 00 00 10 00 00', '4d 00 40 00 00 00 00 10 00 00']) {
      expect(told(await send(tape, cdb))).toBe('good');
    }
    expect(tape.drive.position).toBe(0);
    end.resolve();
    await holder;
    expect(told(await waiting)).toBe('good');
  });

  it('end when they are aborted while they wait', async () => {
    const tape = await ready();
    const end = deferred<void>();
    const holder = tape.exclusive(new AbortController().signal, () => end.promise);
    const controller = new AbortController();
    const waiting = send(tape, REWIND, { signal: controller.signal });
    controller.abort(new Error('aborted'));
    expect(told(await waiting)).toBe('taskAborted');
    end.resolve();
    await holder;
  });
});

describe('reports of a tape', () => {
  it('describe the densities, or the one of the medium', async () => {
    const tape = await ready();
    const all = (await send(tape, '44 00 00 00 00 00 00 10 00 00')).data;
    expect([all.length, all[0]! * 256 + all[1]!]).toEqual([4 + 2 * 52, 2 + 2 * 52]);
    const one = (await send(tape, '44 01 00 00 00 00 00 10 00 00')).data;
    expect([one.length, one[4]]).toEqual([56, 0x5e]);
    expect(Buffer.from(one.subarray(20, 36)).toString()).toBe('LTO-CVE U-832   ');
    expect(told(await send(await ready({ empty: true }), '44 01 00 00 00 00 00 10 00 00')))
      .toBe('02/3A/00');
  });

  it('count bytes in the log', async () => {
    const tape = await ready();
    await write(tape, 3_000_000);
    await send(tape, REWIND);
    await read(tape, 3_000_000);
    const list = (await send(tape, '4d 00 40 00 00 00 00 10 00 00')).data;
    expect([...list]).toEqual([
      0x80, 0, 0, 15, 0x00, 0x02, 0x03, 0x0c, 0x11, 0x12, 0x14, 0x17, 0x19, 0x1b, 0x2e, 0x30, 0x31,
      0x32, 0x37]);
    const page = Buffer.from((await send(tape, '4d 00 4c 00 00 00 00 10 00 00')).data);
    expect([0, 1, 2, 3].map((i) => Number(page.readBigUInt64BE(8 + 12 * i))))
      .toEqual([3_000_000, 3_000_000, 3_000_000, 3_000_000]);
    expect(page.readUInt32BE(4 + 48 + 4)).toBe(3);
    const capacity = Buffer.from((await send(tape, '4d 00 71 00 00 00 00 10 00 00')).data);
    expect([capacity.readUInt32BE(8), capacity.readUInt32BE(24)]).toEqual([13, 16]);
  });

  it.each([
    ['an unknown log page', '4d 00 44 00 00 00 00 10 00 00'],
    ['a subpage', '4d 00 4c 01 00 00 00 10 00 00'],
    ['a parameter behind the last', '4d 00 4c 00 00 01 01 10 00 00'],
  ])('refuse %s', async (_name, cdb) => {
    expect(told(await send(await ready(), cdb))).toBe('05/24/00');
  });
});
