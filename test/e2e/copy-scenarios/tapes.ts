/** Segments 07h, and 10h to 13h: what is done with tapes but for their bytes. */
import { expect } from 'vitest';
import { pattern } from '../../support/e2e-lists.ts';
import { CSCD, lid1 } from '../../support/e2e-hex-lists.ts';
import {
  expectAborted, expectBlocks, expectTape, freshTapes, GOOD, mustCopy, type Scenario,
} from './scenario.ts';

const { A, B, E, T, U } = CSCD;

/** Sense data of a tape, after its status; what stands with the key, INFORMATION, ASC and ASCQ. */
const check = (key: string, codes: string, information?: string): string =>
  `02 ${information === undefined ? '70' : 'f0'} 00 ${key} ${information ?? '00000000'} 0a 00000000
   ${codes} 00 000000`;

/** Two marks in a row end the first copy; the second one goes on to the end of data. */
const images: Scenario = {
  name: 'tape images: records of any length, until so many filemarks, until the end of data',
  async run(bench) {
    await freshTapes(bench);
    const first = [pattern(1, 100), pattern(2, 100), pattern(3, 5), 'mark', pattern(4, 65_537)];
    const second = [pattern(5, 1), 'mark', pattern(6, 70_000)] as const;
    await bench.record('T', [...first as Uint8Array[], 'mark', 'mark', ...second]);
    await mustCopy(bench, 'T', lid1({ id: '11', cscds: [T(), U()], segments: [
      '13 00 0008 0000 0001 00000002'] }));
    expect([await bench.position('T'), await bench.position('U')]).toEqual([7, 7]);
    await expectTape(bench, 'U', [...first as Uint8Array[], 'mark', 'mark']);
    // The second mark in a row was the end; the tapes stand where they are.
    await mustCopy(bench, 'T', lid1({ id: '12', cscds: [T(), U()], segments: [
      '13 00 0008 0000 0001 00000000'] }));
    await expectTape(bench, 'U', [...first as Uint8Array[], 'mark', 'mark', ...second]);
    expect(await bench.position('T')).toBe(10);
  },
};

/** FIXED, block lengths, PAD and CAT have no part in an image; neither has the drives' mode. */
const fixedImages: Scenario = {
  name: 'tape images between drives in fixed mode',
  async run(bench) {
    await freshTapes(bench);
    const records = [pattern(7, 512), pattern(8, 512), pattern(9, 512)];
    await bench.record('T', [...records, 'mark']);
    await bench.blockLength('T', 512);
    await bench.blockLength('U', 256);
    await mustCopy(bench, 'U', lid1({ id: '13', cscds: [T('01', '000200'), U('05', '000100')],
      segments: ['13 01 0008 0000 0001 00000001'] }));
    for (const tape of ['T', 'U'] as const) await bench.blockLength(tape, 0);
    await expectTape(bench, 'U', [...records, 'mark']);
  },
};

const positions: Scenario = {
  name: 'filemarks, SPACE over records, filemarks and to the end of data, LOCATE',
  async run(bench) {
    await freshTapes(bench);
    const [a, b, c] = [pattern(11, 512), pattern(12, 512), pattern(13, 512)];
    await bench.record('T', [a, 'mark', b, 'mark', c]);
    await mustCopy(bench, 'T', lid1({ id: '14', cscds: [T(), B()], segments: [
      '11 00 0008 0000 0000 03 000000                            ; the end of data',
      '10 01 0008 0000 0000 01 000002                            ; two marks, IMMED',
      '12 00 0008 0000 0000 00000002                             ; the second record',
      '01 00 0014 0000 0001 00 000200 0000 0001 00000000000001A0',
      '11 00 0008 0000 0000 01 FFFFFF                            ; back over the first mark',
      '11 00 0008 0000 0000 00 FFFFFF                            ; and over the first record',
      '01 00 0014 0000 0001 00 000200 0000 0001 00000000000001A1',
      '11 00 0008 0000 0000 01 000002',
      '01 00 0014 0000 0001 00 000200 0000 0001 00000000000001A2'] }));
    expectBlocks(bench, 'B', 0x1a0, new Uint8Array(Buffer.concat([b, a, c])));
    await expectTape(bench, 'T', [a, 'mark', b, 'mark', c, 'mark', 'mark']);
  },
};

const irregular: Scenario = {
  name: 'a shorter record, a filemark and the end of data inside a segment',
  async run(bench) {
    const read = () => bench.copy('T', lid1({ id: '15', cscds: [T(), B()], segments: [
      '07 00 0008 0000 0000 00 000000',
      '01 00 0014 0000 0001 00 000200 0000 0003 00000000000001B0'] }));
    const ends = [
      [[pattern(16, 500)], check('20', '0000', '0000000c')],
      [['mark'], check('80', '0001', '00000200')], [[], check('08', '0005', '00000200')],
    ] as const;
    for (const [end, source] of ends) {
      await freshTapes(bench);
      await bench.record('T', [pattern(14, 512), pattern(15, 512), ...end]);
      expectAborted(await read(), {
        codes: '0d01', segment: 1, pointer: '800010', residual: 1, source });
      expectBlocks(bench, 'B', 0x1b0, new Uint8Array(
        Buffer.concat([pattern(14, 512), pattern(15, 512)])));
    }
  },
};

/** An empty drive answers INQUIRY, and so is there; it is not ready. */
const verify: Scenario = {
  name: 'verify CSCD, without TUR and with it, of what is ready, empty and not there',
  async run(bench) {
    const of = (cscd: string, tur: string) => bench.copy('T', lid1({ id: '16', cscds: [B(), cscd],
      segments: [`07 00 0008 0001 0000 ${tur} 000000`] }));
    for (const cscd of [A(), T()]) {
      for (const tur of ['00', '01']) expect(await of(cscd, tur)).toMatchObject(GOOD);
    }
    expect(await of(E(), '00')).toMatchObject(GOOD);
    expectAborted(await of(E(), '01'), {
      codes: '0d01', segment: 0, pointer: '800030', source: check('02', '3a00') });
    const absent = `E4 00 0000 01 03 00 08 3123456789ABCDEF${'00'.repeat(12)} 00 000200`;
    expectAborted(await of(absent, '00'), { codes: '0d02', segment: 0, pointer: '800030' });
    // A tape by the name of a disk.
    expectAborted(await of(T().replace('{T}', '{B}'), '00'), {
      codes: '0d03', segment: 0, pointer: '800030' });
  },
};

export const TAPES: readonly Scenario[] = [images, fixedImages, positions, irregular, verify];
