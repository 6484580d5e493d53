import { describe, expect, it } from 'vitest';
import { Cartridge } from '../../src/media/cartridge.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { ALICE, makeTape, meet, random, send, type TapeFixture, told } from './device-fixture.ts';

async function ready(fixture: TapeFixture = {}): Promise<TapeUnit> {
  const tape = await makeTape(fixture);
  await meet(tape);
  return tape;
}

const readCdb = (action: number, first = 0, partition = 0, allocation = 0x10000): Uint8Array => {
  const cdb = Buffer.alloc(16);
  cdb.set([0x8c, action, 0, 0, 0, 0, 0, partition]);
  cdb.writeUInt16BE(first, 8);
  cdb.writeUInt32BE(allocation, 10);
  return cdb;
};

const item = (id: number, format: number, value: Uint8Array): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt16BE(id, 0);
  head[2] = format;
  head.writeUInt16BE(value.length, 3);
  return Buffer.concat([head, value]);
};

function writeTo(tape: TapeUnit, partition: number, ...items: readonly Buffer[]) {
  const body = Buffer.concat(items);
  const list = Buffer.concat([Buffer.alloc(4), body]);
  list.writeUInt32BE(body.length, 0);
  const cdb = Buffer.alloc(16);
  cdb.set([0x8d, 1, 0, 0, 0, 0, 0, partition]);
  cdb.writeUInt32BE(list.length, 10);
  return send(tape, cdb, { out: list });
}

/** Format byte and value of the first attribute from `id` on, if it is that one. */
async function itemOf(tape: TapeUnit, id: number, partition = 0): Promise<string | undefined> {
  const { data } = await send(tape, readCdb(0, id, partition));
  const bytes = Buffer.from(data);
  if (bytes.length < 9 || bytes.readUInt16BE(4) !== id) return undefined;
  const value = bytes.subarray(9, 9 + bytes.readUInt16BE(7));
  return `${bytes[6]!.toString(16)} ${value.toString('hex')}`;
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('READ ATTRIBUTE', () => {
  it('tells of the tape, of what is not encrypted, and how often it was formatted', async () => {
    const tape = await ready();
    expect(await itemOf(tape, 0x0402)).toBe('80 000003c0');
    expect(await itemOf(tape, 0x0403)).toBe('80 0000007f');
    expect(await itemOf(tape, 0x0224)).toBe(`80 ${'ff'.repeat(8)}`);
    expect(await itemOf(tape, 0x0225)).toBe(`80 ${'00'.repeat(8)}`);
    expect(await itemOf(tape, 0x0007)).toBe('80 0000');
    expect(told(await send(tape, '04 00 00 00 00 00'))).toBe('good');
    expect(await itemOf(tape, 0x0007)).toBe('80 0001');
  });

  it('tells which drives loaded the tape last', async () => {
    const tape = await ready();
    const drive = `81 ${ascii(`SRVFREE ${tape.serialNumber}`.padEnd(40)).toString('hex')}`;
    const nobody = `81 ${'20'.repeat(40)}`;
    for (const expected of [nobody, drive, drive]) {
      expect([await itemOf(tape, 0x020a), await itemOf(tape, 0x020b)]).toEqual([drive, expected]);
      for (const load of [0, 1]) await send(tape, Uint8Array.of(0x1b, 0, 0, 0, load, 0));
      tape.attentions.take(ALICE);
    }
    expect(await itemOf(tape, 0x020d)).toBe(drive);
  });

  it('has a reference that changes with the first change after each load', async () => {
    const tape = await ready();
    const change = async (): Promise<string | undefined> => {
      await send(tape, '10 00 00 00 01 00');
      return itemOf(tape, 0x0009);
    };
    expect([await change(), await change()]).toEqual(['80 00000001', '80 00000001']);
    for (const load of [0, 1]) await send(tape, Uint8Array.of(0x1b, 0, 0, 0, load, 0));
    tape.attentions.take(ALICE);
    expect(await itemOf(tape, 0x0009)).toBe('80 00000001');
    expect([await change(), await change()]).toEqual(['80 00000002', '80 00000002']);
  });

  it('has one that changes when a blank tape is given partitions', async () => {
    const tape = await ready();
    await send(tape, '04 00 00 00 00 00');
    expect(await itemOf(tape, 0x0009)).toBe('80 00000001');
  });

  it('tells of medium and drive what is known of them', async () => {
    const tape = await ready();
    expect(await itemOf(tape, 0x0001)).toBe('80 0000000000000010');
    expect(await itemOf(tape, 0x0003)).toBe('80 0000000000000001');
    expect(await itemOf(tape, 0x0005)).toBe(`81 ${ascii('LTO-CVE ').toString('hex')}`);
    expect(await itemOf(tape, 0x0008)).toBe(`81 ${ascii('T00001L8'.padEnd(32)).toString('hex')}`);
    expect(await itemOf(tape, 0x0405)).toBe('80 5e');
    expect(await itemOf(tape, 0x0806)).toBe(`1 ${ascii('T00001L8'.padEnd(32)).toString('hex')}`);
  });

  it('lists what there is, and what there can be', async () => {
    const tape = await ready();
    const idsOf = async (action: number, first: number): Promise<number[]> => {
      const data = Buffer.from((await send(tape, readCdb(action, first))).data);
      expect(data.readUInt32BE(0)).toBe(data.length - 4);
      return Array.from({ length: (data.length - 4) / 2 }, (_, i) => data.readUInt16BE(4 + 2 * i));
    };
    expect(await idsOf(1, 0x0400)).toEqual([
      0x0400, 0x0401, 0x0402, 0x0403, 0x0404, 0x0405, 0x0407, 0x0408, 0x0409, 0x0806]);
    expect(await idsOf(5, 0x0809)).toEqual([
      0x0809, 0x080a, 0x080b, 0x080c, 0x0820, 0x0821, 0x1623]);
    const bytes = async (action: number) => [...(await send(tape, readCdb(action))).data];
    expect([await bytes(2), await bytes(3)]).toEqual([[0, 2, 0, 1], [0, 2, 0, 1]]);
  });

  it('begins with the next attribute there is, and refuses to where there is none', async () => {
    const tape = await ready();
    const next = Buffer.from((await send(tape, readCdb(0, 0x0406))).data);
    expect(next.readUInt16BE(4)).toBe(0x0407);
    expect(told(await send(tape, readCdb(0, 0x0807)))).toBe('05/24/00');
    expect(told(await send(tape, readCdb(4)))).toBe('05/24/00');
    expect(told(await send(tape, readCdb(0, 0, 1)))).toBe('05/24/00');
  });

  it('tells the whole length though fewer bytes are taken', async () => {
    const tape = await ready();
    const whole = (await send(tape, readCdb(0))).data;
    const cut = (await send(tape, readCdb(0, 0, 0, 10))).data;
    expect(cut).toHaveLength(10);
    expect(Buffer.from(cut).readUInt32BE(0)).toBe(whole.length - 4);
  });

  it('needs a tape', async () => {
    expect(told(await send(await ready({ empty: true }), readCdb(0)))).toBe('02/3A/00');
  });

  it('tells the volume change reference, which the first change moves', async () => {
    const tape = await ready();
    expect(await itemOf(tape, 0x0009)).toBe('80 00000000');
    await send(tape, '0a 00 00 00 01 00', { out: Uint8Array.of(1) });
    await send(tape, '10 00 00 00 00 00');
    expect(await itemOf(tape, 0x0009)).toBe('80 00000001');
    await send(tape, '10 00 00 00 01 00');
    expect(await itemOf(tape, 0x0009)).toBe('80 00000001');
  });
});

describe('WRITE ATTRIBUTE', () => {
  it('keeps what hosts write, durably, for each partition', async () => {
    const files = memoryFiles();
    const tape = await ready({ files });
    await tape.drive.format([8 * 2 ** 20, 8 * 2 ** 20]);
    const coherency = Buffer.alloc(70, 7);
    expect(told(await writeTo(tape, 1, item(0x080c, 0, coherency)))).toBe('good');
    expect(told(await writeTo(tape, 0, item(0x0803, 2, ascii('Märchen'))))).toBe('good');
    expect(await itemOf(tape, 0x080c, 1)).toBe(`0 ${coherency.toString('hex')}`);
    expect(await itemOf(tape, 0x080c, 0)).toBeUndefined();
    const left = await Cartridge.open(files.powerCut(), random, '/tape');
    expect(left.label.attributes.map(({ id, partition = 0 }) => [id, partition]))
      .toEqual([[0x0803, 0], [0x080c, 1]]);
  });

  it('removes an attribute by an empty value, also one that is not there', async () => {
    const tape = await ready();
    await writeTo(tape, 0, item(0x0805, 0, Uint8Array.of(0x81)));
    expect(await itemOf(tape, 0x0805)).toBe('0 81');
    const none = new Uint8Array(0);
    expect(told(await writeTo(tape, 0, item(0x0805, 0, none)))).toBe('good');
    expect(told(await writeTo(tape, 0, item(0x0805, 0, none)))).toBe('good');
    expect(await itemOf(tape, 0x0805)).toBeUndefined();
  });

  it.each([
    ['an unknown attribute', item(0x0850, 0, Uint8Array.of(1))],
    ['one that is read only', item(0x0009, 0, new Uint8Array(4))],
    ['another format', item(0x0805, 1, Uint8Array.of(1))],
    ['another length', item(0x0802, 1, ascii('1.0'))],
    ['a text that is too long', item(0x0803, 2, Buffer.alloc(161))],
  ])('refuses %s, and all that is with it', async (_, wrong) => {
    const tape = await ready();
    expect(told(await writeTo(tape, 0, item(0x0805, 0, Uint8Array.of(1)), wrong)))
      .toBe('05/26/00');
    expect(await itemOf(tape, 0x0805)).toBeUndefined();
  });

  it('refuses lists that are cut off, and volumes and partitions there are not', async () => {
    const tape = await ready();
    const short = item(0x0805, 0, Uint8Array.of(1)).subarray(0, 4);
    expect(told(await writeTo(tape, 0, short))).toBe('05/1A/00');
    expect(told(await writeTo(tape, 1, item(0x0805, 0, Uint8Array.of(1))))).toBe('05/24/00');
    const volume = '8d 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00';
    expect(told(await send(tape, volume))).toBe('05/24/00');
    expect(told(await send(tape, volume.replace('01', '00')))).toBe('good');
  });

  it('is refused on a protected tape', async () => {
    const tape = await ready({ readonly: true });
    expect(told(await writeTo(tape, 0, item(0x0805, 0, Uint8Array.of(1))))).toBe('07/27/00');
  });
});
