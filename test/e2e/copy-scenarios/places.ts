/** Segments 08h to 0Ah and 16h: byte offsets, and images of disks. */
import { cut, pattern } from '../../support/e2e-lists.ts';
import { CSCD, lid1 } from '../../support/e2e-hex-lists.ts';
import {
  blocks, expectAborted, expectBlocks, expectTape, fill, freshTapes, mustCopy, type Scenario,
  written,
} from './scenario.ts';

const { A, B, C, T } = CSCD;

const offsetToStream: Scenario = {
  name: 'blocks with offset → stream',
  async run(bench) {
    await freshTapes(bench);
    await fill(bench, 'C', 0x20, pattern(71, 8192));
    await mustCopy(bench, 'T', lid1({ id: '21', cscds: [A(), C(), T()], segments: [
      '08 00 0018 0000 0002 00 0001F4 000005DC 0000000000000014 0000 0064 ; 1500 from byte 100',
      '08 00 0018 0001 0002 00 0000C8 000000C8 0000000000000020 0000 0FA0 ; 200 from byte 4000',
      '08 00 0018 0001 0002 00 0000C8 00000000 0000000000000020 0000 0FFF ; none'] }));
    const stream = blocks(bench, 'A', 20, 4).subarray(100);
    await expectTape(bench, 'T', [
      ...[0, 500, 1000].map((at) => stream.subarray(at, at + 500)),
      pattern(71, 8192).subarray(4000, 4200)]);
  },
};

const streamToOffset: Scenario = {
  name: 'stream → blocks with offset, and what is around them stays',
  async run(bench) {
    await freshTapes(bench);
    const [small, large] = [pattern(72, 4 * 512), pattern(73, 3 * 4096)];
    await fill(bench, 'B', 0x200, small);
    await fill(bench, 'C', 0x28, large);
    const records = [pattern(74, 1000), pattern(75, 4100)];
    await bench.record('T', records);
    await mustCopy(bench, 'B', lid1({ id: '22', cscds: [T(), B(), C()], segments: [
      '09 00 0018 0000 0001 00 0003E8 000003E8 0000000000000201 0000 0011',
      '09 00 0018 0000 0002 00 001004 00001004 0000000000000028 0000 0FFF'] }));
    expectBlocks(bench, 'B', 0x200, written(small, 512 + 17, records[0]!));
    expectBlocks(bench, 'C', 0x28, written(large, 4095, records[1]!));
  },
};

const offsetToOffset: Scenario = {
  name: 'blocks with offset → blocks with offset, of any length, and onto themselves',
  async run(bench) {
    const [small, large] = [pattern(76, 4 * 512), pattern(77, 2 * 4096)];
    await fill(bench, 'B', 0x210, small);
    await fill(bench, 'C', 0x30, large);
    await mustCopy(bench, 'C', lid1({ id: '23', cscds: [A(), B(), C()], segments: [
      '0A 00 001C 0000 0002 00000402 0000000000000028 0000000000000030 01FF 0FA0',
      '0A 00 001C 0002 0001 00000003 0000000000000031 0000000000000210 0000 01FE',
      '0A 00 001C 0001 0001 000002BC 0000000000000211 0000000000000211 0000 0064 ; onto itself',
    ] }));
    const image = written(large, 4000, blocks(bench, 'A', 40, 4).subarray(511, 511 + 1026));
    expectBlocks(bench, 'C', 0x30, image);
    const before = written(small, 510, image.subarray(4096, 4099));
    expectBlocks(bench, 'B', 0x210, written(before, 612, cut([before], 512, 1212)));
  },
};

const offsetsBeyond: Scenario = {
  name: 'offsets that are not within a block',
  async run(bench) {
    const abort = async (segment: string, pointer: string) => expectAborted(
      await bench.copy('T', lid1({ id: '24', cscds: [A(), C(), T()], segments: [segment] })),
      { codes: '2600', segment: 0, pointer });
    await abort('08 00 0018 0000 0002 00 000001 00000001 0000000000000000 0000 0200', 'a0001a');
    await abort('09 00 0018 0002 0001 00 000001 00000001 0000000000000000 0000 1000', 'a0001a');
    await abort('0A 00 001C 0000 0001 00000001 0000000000000000 0000000000000000 0200 0000',
      'a0001c');
    await abort('0A 00 001C 0000 0001 00000001 0000000000000000 0000000000000000 01FF 1000',
      'a0001e');
  },
};

/** Disk B has 8000h blocks. */
const images: Scenario = {
  name: 'disk images: so many blocks, as many as there are, never of another length',
  async run(bench) {
    await mustCopy(bench, 'A', lid1({ id: '25', cscds: [A(), B(), C()], segments: [
      '16 00 0018 0000 0001 0000000000000100 0000000000000220 00000005',
      '16 00 0018 0000 0001 0000000000000200 0000000000007FFD 00000000',
      '16 00 0018 0000 0001 0000000000007FFF 0000000000000226 00000009'] }));
    expectBlocks(bench, 'B', 0x220, blocks(bench, 'A', 0x100, 5));
    expectBlocks(bench, 'B', 0x7ffd, blocks(bench, 'A', 0x200, 3));
    expectBlocks(bench, 'B', 0x226, blocks(bench, 'A', 0x7fff, 1));
    expectAborted(await bench.copy('A', lid1({ id: '26', cscds: [A(), C()], segments: [
      '16 00 0018 0000 0001 0000000000000000 0000000000000000 00000001'] })),
    { codes: '0d03', segment: 0, pointer: '800030' });
  },
};

export const PLACES: readonly Scenario[] = [
  offsetToStream, streamToOffset, offsetToOffset, offsetsBeyond, images,
];
