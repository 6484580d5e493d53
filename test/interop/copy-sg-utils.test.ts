/** sg3_utils that want a device, with the answers of the program; VPD pages from a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/explain/library.ts';
import { CSCD, lid1 } from '../support/e2e-hex-lists.ts';
import { LUN, type Name, pattern } from '../support/e2e-lists.ts';
import { outputOf } from '../support/e2e-program.ts';
import { ProgramBench } from '../support/e2e-program-bench.ts';
import { SgReplay } from '../support/e2e-sg-replay.ts';
import { requires } from '../support/requires.ts';

const sg = requires('sg_copy_results', 'sg_inq', 'sg_opcodes', 'sg_vpd', 'cc');
/** What these programs say of what they do not understand. */
const COMPLAINT = /truncated|\bbad\b|error|unexpected|too short|malformed|unknown/i;
const { A, B, T } = CSCD;

describe.skipIf(sg.isMissing)(`sg3_utils${sg.why}`, () => {
  let bench: ProgramBench;
  let replay: SgReplay;
  beforeAll(async () => {
    bench = await ProgramBench.open();
    replay = await SgReplay.open();
  });
  afterAll(async () => {
    replay?.close();
    await bench?.close();
  });

  /** What a program prints of a device; it must not complain. */
  const told = async (name: Name, program: string, ...flags: string[]): Promise<string> => {
    const { status, out, errors } = await replay.run(bench.client, LUN[name], program, ...flags);
    expect([status, errors]).toEqual([0, '']);
    return out;
  };

  it.each(['A', 'C', 'T'] as const)(
    'sg_copy_results prints the operating parameters as explain does (%s)', async (name) => {
      const out = await told(name, 'sg_copy_results', '--params');
      expect(out).not.toMatch(COMPLAINT);
      const { value } = decode('copy/operating-parameters', await bench.client.must(
        LUN[name], '84 03 00000000 00000000 00000400 00 00', { room: 1024 }));
      expect(Object.fromEntries(
        [...out.matchAll(/^ {4}(\w.*?): (\d+)(?: bytes)?$/gm)].map(([, what, n]) =>
          [what, Number(n)]))).toEqual({
        'Maximum target descriptor count': value.maximumCscdCount,
        'Maximum segment descriptor count': value.maximumSegmentCount,
        'Maximum descriptor list length': value.maximumDescriptorListLength,
        'Maximum segment length': value.maximumSegmentLength,
        'Maximum inline data length': value.maximumInlineDataLength,
        'Held data limit': value.heldDataLimit,
        'Maximum stream device transfer size': value.maximumStreamTransferSize,
        'Total concurrent copies': value.totalConcurrentCopies,
        'Maximum concurrent copies': value.maximumConcurrentCopies,
        'Data segment granularity': 1, 'Inline data granularity': 1, 'Held data granularity': 1,
      });
      const codes = [...out.matchAll(/(?:Segment|Target) descriptor 0x(\w\w):/g)]
        .map(([, code]) => code!.toUpperCase());
      expect(codes.join(' ')).toBe(value.implemented);
    });

  it('sg_copy_results prints the status of a copy, what it has held, and why it has failed',
    async () => {
      // The program asks for the list identifier 0.
      await bench.copy('A', lid1({ id: '00', cscds: [A(), B()], segments: [
        '0D 00 0018 0000 0001 0000 0001 0000000000000003 0000000000000300'] }));
      const hex = Buffer.from(bench.disk('A', 3, 1)).toString('hex');
      const received = await told('A', 'sg_copy_results', '--receive');
      expect(received.replaceAll(/^ \w+ {4}|\s/gm, '')).toContain(`00000200${hex}`);
      expect(await told('A', 'sg_copy_results', '--status')).toMatch(new RegExp([
        'Held data discarded: No', 'Operation completed without errors', 'Segments processed: 1',
        'Transfer count units: 0', 'Transfer count: 512'].join('\\s+.*?'), 's'));
      await bench.record('T', [pattern(1, 100), 'mark']);
      await bench.copy('A', lid1({ id: '00', cscds: [T(), B()], segments: [
        '01 00 0014 0000 0001 00 000200 0000 0001 0000000000000000'] }));
      const failed = await told('A', 'sg_copy_results', '--failed');
      expect(failed).toContain('Extended copy command status: 2');
      expect(failed).toContain('Sense key: Copy Aborted');
      expect(failed).toContain('Additional sense: Third party device failure');
    });

  it('sg_opcodes names all commands of copies', async () => {
    for (const [name, actions] of [
      ['A', ['0', '1', '10', '11', '1c']], ['T', ['0', '1', '1c']]] as const) {
      const out = await told(name, 'sg_opcodes');
      const of = (opcode: string): string[] =>
        [...out.matchAll(new RegExp(`^ ${opcode} +(\\w+) +16 `, 'gm'))].map(([, one]) => one!);
      expect(of('83')).toEqual(actions);
      expect(of('84')).toEqual(['0', '1', '3', '4', '5', '6', '7', '8']);
      // What one action takes: all bits of the list length, and no others but CONTROL's.
      const usage = await told(name, 'sg_opcodes', '--opcode=0x83,0');
      expect(usage).toMatch(/Usage data: +83 00 00 00 00 00 00 00 00 00 ff ff ff ff 00 \w\w/);
    }
  });

  it('sg_inq and sg_vpd read every page that a device says it has', async () => {
    for (const name of ['A', 'C', 'T', 'R', 'E'] as const) {
      expect(await told(name, 'sg_inq')).toMatch(/3PC=1/);
      const pages = await told(name, 'sg_vpd', '--all');
      expect(pages).not.toMatch(/truncated|\bbad\b|unexpected|malformed/i);
      expect(pages).toContain('Third party copy VPD page:');
    }
  });

  describe('from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'serverfree-vpd-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const page = async (name: Name, code: string, key: string): Promise<string> => {
      const bytes = await bench.client.must(
        LUN[name], `12 01 ${code} 03FF 00`, { room: 1023 });
      const file = join(folder, code);
      writeFileSync(file, Buffer.from(bytes).toString('hex').replace(/../g, '$& '));
      const out = await outputOf('sg_vpd', [`--inhex=${file}`, `--page=${key}`]);
      expect(out).not.toMatch(/truncated|\bbad\b|unexpected|malformed/i);
      return out;
    };

    it('sg_vpd reads all descriptors of page 8Fh, those of RODs included', async () => {
      const heads = async (name: Name): Promise<string[]> =>
        (await page(name, '8F', 'tpc')).split('\n').filter((line) => /^ \w.*:$/.test(line))
          .map((line) => line.trim());
      const common = ['Supported commands:', 'Parameter data:', 'Supported descriptors:',
        'Supported CSCD IDs (above 0x7ff):', 'ROD token features:',
        'Supported ROD token and ROD types:', 'General copy operations:',
        'Stream copy operations:', 'Held data:'];
      expect(await heads('A')).toEqual(['Block Device ROD Token Limits:', ...common]);
      expect(await heads('T')).toEqual(common);
      const types = [...(await page('A', '8F', 'tpc')).matchAll(/ROD type: .*\[0x(\w+)\]/g)];
      expect(types.map(([, type]) => type)).toEqual(
        ['10000', '800000', '800001', '800002', '80ffff', 'ffff0001']);
    });

    it('sg_vpd reads names, block limits and provisioning', async () => {
      for (const name of ['A', 'C', 'T'] as const) {
        expect(await page(name, '83', 'di')).toContain(await bench.client.naa(LUN[name]));
      }
      for (const name of ['A', 'C'] as const) {
        expect(await page(name, 'B0', 'bl')).toMatch(/Maximum compare and write length: [1-9]/);
        expect(await page(name, 'B2', 'lbpv')).toContain('Unmap command supported (LBPU): 1');
      }
    });
  });
});
