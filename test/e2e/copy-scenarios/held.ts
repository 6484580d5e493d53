/** Segments 0Bh to 0Fh: what is held for the application client, and how it gets it. */
import { expect } from 'vitest';
import { brief, cut, LUN } from '../../support/e2e-lists.ts';
import { CSCD, lid1, lid4 } from '../../support/e2e-hex-lists.ts';
import {
  blocks, expectBlocks, expectTape, freshTapes, GOOD, mustCopy, type Scenario, status,
} from './scenario.ts';
import type { Lists } from '../../support/e2e-lists.ts';

const { A, B, T, U } = CSCD;
const HELD_BYTES_MAX = 1024 * 1024;

/** The IDs of A, T, B and U are those from `first` on. */
const segments = (first: number): string[] => {
  const [a, t, b, u] = [0, 1, 2, 3].map((i) => (first + i).toString(16).padStart(4, '0'));
  return [
    `0B 00 0014 ${a} ${t} 00 000200 0000 0003 0000000000000004 ; 3 blocks to tape`,
    `0D 00 0018 ${a} ${b} 0000 0002 0000000000000008 0000000000000240 ; 2 to disk`,
    `12 00 0008 0000 ${t} 00000000`,
    `0C 00 0014 ${t} ${b} 00 000200 0000 0001 0000000000000242 ; the first record to disk`,
    `0E 00 0010 ${t} ${u} 00 000200 00 000100 00000200 ; the second to the other tape`,
    `0F 00 000C ${t} 0000 00 000200 00000200 ; the third is only held`,
  ];
};

async function expectWritten(bench: Lists): Promise<Uint8Array> {
  const data = blocks(bench, 'A', 4, 6);
  const [three, two] = [data.subarray(0, 1536), data.subarray(2048, 3072)];
  expectBlocks(bench, 'B', 0x240, cut([two, three], 0, 1536));
  await expectTape(bench, 'U', [three.subarray(512, 768), three.subarray(768, 1024)]);
  return cut([three, two, three], 0, 4096);
}

const byByteIdentifier: Scenario = {
  name: 'held data, once, by RECEIVE COPY DATA(LID1)',
  async run(bench) {
    await freshTapes(bench);
    await mustCopy(bench, 'T', lid1(
      { id: '31', cscds: [A(), T(), B(), U()], segments: segments(0) }));
    const expected = await expectWritten(bench);
    const receive = (room: number) => bench.client.send(
      LUN.T, `84 01 31 00000000000000 ${room.toString(16).padStart(8, '0')} 00 00`, { room });
    const whole = [Uint8Array.of(0, 0, 0x10, 0), expected];
    expect(brief((await receive(100)).data)).toBe(brief(cut(whole, 0, 100)));
    expect(brief((await receive(8192)).data)).toBe(brief(cut(whole, 0, 4100)));
    expect((await receive(8192)).told).toBe('05/24/00');
    // Held data and status are kept apart: 1536 + 1024 + 512 + 512 bytes were written.
    expect(await status(bench, 'T', '31')).toBe('01' + '0006' + '00' + '00000e00');
  },
};

const byLongIdentifier: Scenario = {
  name: 'held data by RECEIVE COPY DATA(LID4)',
  async run(bench) {
    await freshTapes(bench);
    expect(await bench.client.copyLid4(LUN.T, bench.list(lid4({ id: '00000132',
      cscds: [A(), T(), B(), U()], segments: segments(1) })))).toMatchObject(GOOD);
    const expected = await expectWritten(bench);
    const data = await bench.client.must(
      LUN.T, '84 06 00000132 00000000 00002000 00 00', { room: 8192 });
    // AVAILABLE DATA, LID4, completed; neither sense data nor what is left to be told.
    expect(Buffer.from(data.subarray(0, 6)).toString('hex')).toBe('00001020' + '01' + '01');
    expect(Buffer.from(data.subarray(32, 36)).toString('hex')).toBe('00001000');
    expect(brief(data.subarray(36))).toBe(brief(expected));
  },
};

/** 1000h blocks are 2 MiB; 1 MiB is kept. */
const tooMuch: Scenario = {
  name: 'the newest of more data than can be held, and HDD',
  async run(bench) {
    await mustCopy(bench, 'A', lid1({ id: '33', cscds: [A(), B()], segments: [
      '0D 00 0018 0000 0001 0000 1000 0000000000000000 0000000000001000'] }));
    expect(await status(bench, 'A', '33')).toBe('81' + '0001' + '00' + '00200000');
    const data = await bench.client.must(
      LUN.A, '84 01 33 00000000000000 00200000 00 00', { room: 2 * HELD_BYTES_MAX });
    expect(brief(data.subarray(4))).toBe(brief(blocks(bench, 'A', 0x800, 0x800)));
    expectBlocks(bench, 'B', 0x1000, blocks(bench, 'A', 0, 0x1000));
  },
};

export const HELD: readonly Scenario[] = [byByteIdentifier, byLongIdentifier, tooMuch];
