/** COPY ABORTED in descriptor format: what a device has said, residuals and segment pointers. */
import { expect } from 'vitest';
import { hexBytes } from '../../support/e2e-client.ts';
import { LUN, type Lists, pattern } from '../../support/e2e-lists.ts';
import { CSCD, lid1 } from '../../support/e2e-hex-lists.ts';
import { freshTapes, type Scenario } from './scenario.ts';

const { A, B, E, T } = CSCD;

/** D_SENSE of the Control mode page of disk A, which takes the lists. */
async function descriptorSense(bench: Lists, isOn: boolean): Promise<void> {
  const page = await bench.client.must(LUN.A, '1A 08 0A 00 FF 00', { room: 255 });
  const flags = page[6]!;
  const out = Uint8Array.from([0, 0, 0, 0, ...page.subarray(4)]);
  out[6] = isOn ? flags | 0x04 : flags & ~0x04;
  await bench.client.must(
    LUN.A, `15 10 00 00 ${out.length.toString(16).padStart(2, '0')} 00`, { out });
}

/** Descriptors of sense data: INFORMATION, command-specific, sense key specific, forwarded. */
const information = (bytes: number): string =>
  `00 0a 80 00 ${bytes.toString(16).padStart(16, '0')}`;
const segment = (index: string): string => `01 0a 00 00 0000 ${index} 00000000`;
const pointer = (bytes: string): string => `02 06 0000 ${bytes} 00`;
const forwarded = (from: '01' | '02', sense: string): string => `0c 14 ${from} 02 ${sense}`;

const told: readonly {
  readonly codes: string; readonly cscds: readonly string[]; readonly segments: readonly string[];
  readonly descriptors: readonly string[];
}[] = [
  {
    codes: '0d01', cscds: [A(), E()],
    segments: ['00 00 0014 0000 0001 00 000200 0000 0001 0000000000000000'],
    descriptors: [segment('0000'), pointer('800030'),
      forwarded('02', '70 00 02 00000000 0a 00000000 3a00 00 000000')],
  },
  {
    // The tape has two records of 512 bytes, and a filemark.
    codes: '0d01', cscds: [T(), B()], segments: [
      '07 00 0008 0000 0000 00 000000',
      '01 00 0014 0000 0001 00 000200 0000 0003 0000000000000310'],
    descriptors: [information(1), segment('0001'), pointer('800010'),
      forwarded('01', 'f0 00 80 00000200 0a 00000000 0001 00 000000')],
  },
  {
    codes: '2600', cscds: [A(), T()],
    segments: ['08 00 0018 0000 0001 00 000001 00000001 0000000000000000 0000 0200'],
    descriptors: [segment('0000'), pointer('a0001a')],
  },
];

const inDescriptors: Scenario = {
  name: 'COPY ABORTED in descriptor format',
  async run(bench) {
    await freshTapes(bench);
    await bench.record('T', [pattern(95, 512), pattern(96, 512), 'mark']);
    await descriptorSense(bench, true);
    try {
      for (const { codes, cscds, segments, descriptors } of told) {
        const { sense } = await bench.copy('A', lid1({ id: '91', cscds, segments }));
        const behind = Buffer.from(hexBytes(descriptors.join('')));
        const length = behind.length.toString(16).padStart(2, '0');
        expect(sense).toBe(`720a${codes}000000${length}${behind.toString('hex')}`);
      }
    } finally {
      await descriptorSense(bench, false);
    }
  },
};

export const SENSES: readonly Scenario[] = [inDescriptors];
