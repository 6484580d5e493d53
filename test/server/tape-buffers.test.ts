import { beforeEach, describe, expect, it } from 'vitest';
import type { ItNexus } from '../../src/sam/command.ts';
import type { TapeUnit } from '../../src/server/tape.ts';
import { ALICE, BOB, makeTape, meet, nexusOf, send, told } from './device-fixture.ts';

const DATA = 0x02;
const ECHO = 0x0a;

let tape: TapeUnit;

beforeEach(async () => {
  tape = await makeTape();
  for (const nexus of [ALICE, BOB]) await meet(tape, nexus);
});

function cdb(opcode: number, mode: number, offset: number, length: number, id = 0): Buffer {
  const bytes = Buffer.from([opcode, mode, id, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeUIntBE(offset, 3, 3);
  bytes.writeUIntBE(length, 6, 3);
  return bytes;
}

const write = (mode: number, offset: number, out: Uint8Array, nexus: ItNexus = ALICE) =>
  send(tape, cdb(0x3b, mode, offset, out.length), { out, nexus });
const read = (mode: number, offset: number, length: number, nexus: ItNexus = ALICE) =>
  send(tape, cdb(0x3c, mode, offset, length), { nexus });

describe('READ BUFFER and WRITE BUFFER', () => {
  it('tell how large the buffer is, and hold what is written to it', async () => {
    expect([...(await read(0x03, 0, 4)).data]).toEqual([0, 1, 0, 0]);
    expect(told(await write(DATA, 65_530, Buffer.from('abcdef')))).toBe('good');
    expect(Buffer.from((await read(DATA, 65_528, 100, BOB)).data).toString('latin1'))
      .toBe('\0\0abcdef');
    expect((await read(DATA, 65_536, 100)).data).toHaveLength(0);
  });

  it.each([
    ['a write past the end', 0x3b, DATA, 65_530, 7, 0],
    ['a read past it', 0x3c, DATA, 65_537, 1, 0],
    ['another buffer', 0x3c, DATA, 0, 1, 1], ['microcode', 0x3b, 0x04, 0, 7, 0],
    ['an echo that is too long', 0x3b, ECHO, 0, 4097, 0],
  ])('refuse %s', async (_name, opcode, mode, offset, length, id) => {
    const out = opcode === 0x3b ? { out: new Uint8Array(length) } : {};
    expect(told(await send(tape, cdb(opcode, mode, offset, length, id), out))).toBe('05/24/00');
  });

  it('echo to each nexus what it has sent', async () => {
    expect([...(await read(0x0b, 0, 4)).data]).toEqual([0, 0, 0x10, 0]);
    expect(told(await read(ECHO, 0, 4))).toBe('05/2C/00');
    expect(told(await write(ECHO, 0, Buffer.from('alice')))).toBe('good');
    expect(told(await write(ECHO, 0, Buffer.from('bob'), BOB))).toBe('good');
    expect(Buffer.from((await read(ECHO, 0, 9)).data).toString()).toBe('alice');
    tape.nexusLost(ALICE);
    tape.attentions.take(ALICE);
    expect(told(await read(ECHO, 0, 9))).toBe('05/2C/00');
    expect(Buffer.from((await read(ECHO, 0, 9, BOB)).data).toString()).toBe('bob');
  });

  it('keep no more echoes than they have room for', async () => {
    await write(ECHO, 0, Buffer.from('alice'));
    for (let i = 0; i < 64; i += 1) {
      const nexus = nexusOf(`one of many ${i}`);
      await meet(tape, nexus);
      await write(ECHO, 0, Buffer.from('x'), nexus);
    }
    expect(told(await read(ECHO, 0, 9))).toBe('05/2C/00');
  });

  it('take no less data than the CDB tells of', async () => {
    expect(told(await send(tape, cdb(0x3b, DATA, 0, 8), { out: new Uint8Array(7) })))
      .toBe('05/0E/03');
  });
});

describe('RECEIVE DIAGNOSTIC RESULTS', () => {
  it('lists its pages, which is one', async () => {
    expect([...(await send(tape, '1c 01 00 00 ff 00')).data]).toEqual([0, 0, 0, 1, 0]);
    expect(told(await send(tape, '1c 01 40 00 ff 00'))).toBe('05/24/00');
  });
});
