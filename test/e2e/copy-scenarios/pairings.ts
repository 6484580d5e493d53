/** Segments 00h to 06h: every pairing of block, stream, inline, embedded, discard and null. */
import { cut, pattern } from '../../support/e2e-lists.ts';
import { CSCD, lid1 } from '../../support/e2e-hex-lists.ts';
import {
  blocks, expectAborted, expectBlocks, expectTape, fill, freshTapes, mustCopy, type Scenario,
} from './scenario.ts';
import { expect } from 'vitest';

const { A, B, C, T, U } = CSCD;
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** 3 × 512 and 2 × 4096 bytes are 9728: two records of 4864. */
const blocksToStream: Scenario = {
  name: 'blocks of 512 and of 4096 → stream',
  async run(bench) {
    await freshTapes(bench);
    await fill(bench, 'C', 5, pattern(21, 8192));
    await mustCopy(bench, 'T', lid1({ id: '01', cscds: [A(), C(), T()], segments: [
      '00 01 0014 0000 0002 00 001000 0000 0003 000000000000000A',
      '00 00 0014 0001 0002 00 001300 0000 0002 0000000000000005'] }));
    const stream = [blocks(bench, 'A', 10, 3), pattern(21, 8192)];
    await expectTape(bench, 'T', [cut(stream, 0, 4864), cut(stream, 4864, 9728)]);
  },
};

/** 1024 of the first 5000, 8192 of the rest and the next, 512 of what is left: 272 are dropped. */
const streamToBlocks: Scenario = {
  name: 'stream → blocks of 512 and of 4096',
  async run(bench) {
    await freshTapes(bench);
    const records = [pattern(31, 5000), pattern(32, 5000), pattern(33, 5000)];
    await bench.record('T', records);
    await mustCopy(bench, 'A', lid1({ id: '02', cscds: [T(), B(), C()], segments: [
      '01 01 0014 0000 0001 00 001388 0000 0002 0000000000000064',
      '01 01 0014 0000 0002 00 001388 0000 0002 0000000000000003',
      '01 01 0014 0000 0001 00 001388 0000 0001 00000000000000C8'] }));
    expectBlocks(bench, 'B', 100, cut(records, 0, 1024));
    expectBlocks(bench, 'C', 3, cut(records, 1024, 9216));
    expectBlocks(bench, 'B', 200, cut(records, 9216, 9728));
    expect(await bench.position('T')).toBe(2);
  },
};

const blocksToBlocks: Scenario = {
  name: 'blocks → blocks of the other length, by the source\'s and the destination\'s count',
  async run(bench) {
    await mustCopy(bench, 'B', lid1({ id: '03', cscds: [A(), C(), B()], segments: [
      '02 00 0018 0000 0001 0000 0010 0000000000000030 0000000000000010 ; 16 of 512: 2 of 4096',
      '02 02 0018 0000 0001 0000 0001 0000000000000050 0000000000000012 ; 1 of 4096: 8 of 512',
      '02 00 0018 0001 0002 0000 0003 0000000000000010 0000000000000120 ; 3 of 4096: 24 of 512',
      '02 03 0018 0001 0002 0000 0005 0000000000000010 0000000000000140 ; 5 of 512: 1536 left',
      '02 02 0018 0001 0002 0000 0003 0000000000000012 0000000000000145 ; those',
    ] }));
    const image = cut([blocks(bench, 'A', 0x30, 16), blocks(bench, 'A', 0x50, 8)], 0, 3 * 4096);
    expectBlocks(bench, 'C', 0x10, image);
    expectBlocks(bench, 'B', 0x120, image);
    expectBlocks(bench, 'B', 0x140, image.subarray(0, 4096));
  },
};

/** 2800 of 3000 bytes as records of 700; the filemark keeps 200, inline data make 250 of them. */
const streamToStream: Scenario = {
  name: 'variable stream → variable stream, a filemark, inline data behind the residue',
  async run(bench) {
    await freshTapes(bench);
    const records = [pattern(41, 1000), pattern(42, 1000), pattern(43, 1000)];
    await bench.record('T', records);
    await mustCopy(bench, 'U', lid1({ id: '04', cscds: [T(), U()], inline: '31'.repeat(50),
      segments: [
        '03 01 0010 0000 0001 00 0003E8 00 0002BC 00000BB8',
        '10 00 0008 0000 0001 00 000001',
        '04 00 0010 0000 0001 00 0000FA 00000000 00000032'] }));
    await expectTape(bench, 'U', [
      ...[0, 700, 1400, 2100].map((at) => cut(records, at, at + 700)), 'mark',
      cut([...records, ascii('1'.repeat(50))], 2800, 3050)]);
    expect(await bench.position('T')).toBe(3);
  },
};

/** Transfer lengths of tapes with FIXED are counts of tape blocks. */
const fixedStreams: Scenario = {
  name: 'fixed stream → variable stream → fixed stream of another block length',
  async run(bench) {
    await freshTapes(bench);
    const records = Array.from({ length: 12 }, (_, i) => pattern(50 + i, 100));
    await bench.record('T', records);
    await bench.blockLength('T', 100);
    await mustCopy(bench, 'T', lid1({ id: '05', cscds: [T('01', '000064'), U()], segments: [
      '03 00 0010 0000 0001 00 000004 00 000190 000004B0 ; 1200 bytes, reads of 4, records of 400',
    ] }));
    const stream = cut(records, 0, 1200);
    await expectTape(bench, 'U', [0, 400, 800].map((at) => stream.subarray(at, at + 400)));
    await bench.rewind('U');
    await bench.rewind('T');
    await bench.blockLength('T', 60);
    await mustCopy(bench, 'T', lid1({ id: '06', cscds: [U(), T('01', '00003C')], segments: [
      '03 00 0010 0000 0001 00 000190 00 000005 000004B0 ; writes of 5 × 60'] }));
    await bench.blockLength('T', 0);
    await expectTape(bench, 'T', Array.from(
      { length: 20 }, (_, i) => stream.subarray(i * 60, (i + 1) * 60)));
  },
};

/** `HDR1` and six more bytes, in records of 5; then 7 embedded bytes padded to 10. */
const inlineAndEmbedded: Scenario = {
  name: 'inline and embedded data → stream, with and without padding',
  async run(bench) {
    await freshTapes(bench);
    await mustCopy(bench, 'T', lid1({ id: '07', cscds: [T(), T('04')],
      inline: '58585858 48445231303132333435 5858', segments: [
        '04 00 0010 0000 0000 00 000005 00000004 0000000A',
        '05 00 0014 0000 0001 00 00000A 0007 0000 41424344454647 00',
        '05 00 000C 0000 0001 00 00000A 0000 0000 ; nothing'] }));
    await expectTape(bench, 'T', [ascii('HDR10'), ascii('12345'), ascii('ABCDEFG\0\0\0')]);
    const inexact = await bench.copy('T', lid1({ id: '08', cscds: [T()], segments: [
      '05 00 0010 0000 0000 00 000003 0004 0000 41424344'] }));
    // One byte is left over; the segment would have written 3, and has.
    expectAborted(inexact, { codes: '260a', segment: 0, residual: 0 });
  },
};

/** Of a record of 1000: 488 are dropped, 512 go to the disk without another read. */
const discard: Scenario = {
  name: 'stream → discard',
  async run(bench) {
    await freshTapes(bench);
    await bench.record('T', [pattern(61, 1000), pattern(62, 1000)]);
    await mustCopy(bench, 'T', lid1({ id: '09', cscds: [T(), B()], segments: [
      '06 01 000C 0000 0000 00 0003E8 000001E8',
      '01 00 0014 0000 0001 00 0003E8 0000 0001 0000000000000180'] }));
    expectBlocks(bench, 'B', 0x180, pattern(61, 1000).subarray(488));
    expect(await bench.position('T')).toBe(1);
  },
};

/** Null devices take and give residues, and no command is sent to them. */
const nullDevices: Scenario = {
  name: 'null devices on both sides of residues',
  async run(bench) {
    await freshTapes(bench);
    await mustCopy(bench, 'T', lid1({ id: '0A', cscds: [A(), T(), B()], inline: '61626364',
      segments: [
        '00 01 0014 0000 C001 00 FFFFFF 0000 0003 0000000000000014 ; 1536 wait, none is written',
        '04 01 0010 0000 C001 00 FFFFFF 00000000 00000004          ; and 4 of inline data',
        '05 01 0010 0000 C001 00 FFFFFF 0004 0000 65666768         ; and 4 that are embedded',
        '00 01 0014 C000 0001 00 000400 0000 0000 0000000000000000 ; 1024 of them to the tape',
        '02 03 0018 C000 0002 0000 0001 0000000000000000 0000000000000190 ; 512 to a disk',
        '03 00 0010 C001 0001 00 000001 00 000008 00000000         ; the 8 to the tape',
      ] }));
    const stream = [blocks(bench, 'A', 20, 3), ascii('abcdefgh')];
    expectBlocks(bench, 'B', 0x190, cut(stream, 1024, 1536));
    await expectTape(bench, 'T', [cut(stream, 0, 1024), ascii('abcdefgh')]);
  },
};

const nullCommands: Scenario = {
  name: 'null devices that a command would have to be sent to',
  async run(bench) {
    await freshTapes(bench);
    const abort = async (segment: string, pointer: string) => expectAborted(
      await bench.copy('T', lid1({ id: '0B', cscds: [A(), T()], segments: [segment] })),
      { codes: '0d02', segment: 0, pointer });
    await abort('00 00 0014 C000 0001 00 000200 0000 0001 0000000000000000', 'a00004');
    await abort('00 00 0014 0000 C001 00 000200 0000 0001 0000000000000000', 'a00006');
    await abort('06 00 000C C001 0000 00 000200 00000001', 'a00004');
    await abort('10 00 0008 0000 C001 00 000001', 'a00006');
  },
};

export const PAIRINGS: readonly Scenario[] = [
  blocksToStream, streamToBlocks, blocksToBlocks, streamToStream, fixedStreams, inlineAndEmbedded,
  discard, nullDevices, nullCommands,
];
