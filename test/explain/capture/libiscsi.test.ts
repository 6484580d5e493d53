/**
 * libiscsi-lio.pcap: loopback traffic of libiscsi's test suites ExtendedCopy and ReceiveCopyResults
 * against the Linux kernel's target, port 13261. Frames without data and those of 1500 bytes or
 * more (block writes and reads) were left out, so that it is small, and has holes.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hexBytes } from '../../../src/bytes/hex.ts';
import { explainCapture } from '../../../src/explain/capture/capture.ts';
import { renderCapture } from '../../../src/explain/capture/render.ts';
import type { CopyCommand } from '../../../src/explain/capture/report.ts';
import { toJson } from '../../../src/explain/encode-json.ts';
import { findingsOf, type Section } from '../../../src/explain/section.ts';
import { run } from '../../support/e2e-program.ts';
import { requires } from '../../support/requires.ts';

const FILE = 'test/explain/capture/libiscsi-lio.pcap';
const report = explainCapture(readFileSync(FILE));

const partOf = (command: CopyCommand, what: string) =>
  command.parts.find((part) => part.what === what);

const dumpsIn = (section: Section): string[] => [
  ...section.dump === undefined ? [] : [section.title], ...section.sections.flatMap(dumpsIn)];

describe('a recording of libiscsi and Linux', () => {
  it('holds these commands', () => {
    const names = report.copies.map(({ name, status }) => `${name}: ${status}`);
    const count = (name: string): number => names.filter((one) => one === name).length;
    expect(names).toHaveLength(17);
    expect(count('EXTENDED COPY(LID1): GOOD')).toBe(4);
    expect(count('EXTENDED COPY(LID1): CHECK CONDITION')).toBe(9);
    expect(count('RECEIVE COPY OPERATING PARAMETERS: GOOD')).toBe(2);
    expect(count('RECEIVE COPY STATUS(LID1): CHECK CONDITION')).toBe(2);
    expect(report.connections.map(({ others }) => others.get('INQUIRY'))).toEqual([14, 1]);
  });

  it('has no part that is not understood', () => {
    for (const { parts } of report.copies) {
      for (const part of parts) {
        const section = part.section();
        expect(part.format, part.what).toBeDefined();
        expect(findingsOf(section).map(({ rule }) => rule)).not.toContain('type');
        expect(dumpsIn(section)).toEqual([]);
      }
    }
  });

  it('has longer parameter lists over several segments', () => {
    const lengths = report.copies.map((one) => partOf(one, 'parameter data')?.bytes.length ?? 0);
    expect(Math.max(...lengths)).toBe(1064);
    const text = [...renderCapture(report)].join('\n');
    expect(text).toContain('naa.60014055ea1ab1000004000800000000');
  });
});

const tshark = requires('tshark');

describe.skipIf(tshark.isMissing)(`tshark agrees${tshark.why}`, () => {
  const rows = async (filter: string, ...fields: string[]): Promise<string[][]> => {
    const { status, out, errors } = await run('tshark', ['-n', '-r', FILE,
      '-d', 'tcp.port==13261,iscsi', '-o', 'scsi.defragment:TRUE', '-Y', filter, '-T', 'fields',
      ...fields.flatMap((field) => ['-e', field])]);
    if (status !== 0) throw new Error(errors);
    return out.split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
  };

  it('on which commands there are', async () => {
    const commands = (await rows('iscsi.opcode == 0x01', 'frame.number', '_ws.col.Info'))
      .filter(([, info]) => /(?:Extended|Receive) Copy/.test(info!));
    expect(commands).toHaveLength(report.copies.length);
    for (const [i, [frame]] of commands.entries()) {
      expect(report.copies[i]!.frames).toContain(Number(frame));
    }
  });

  it('on their parameter data', async () => {
    const payloads = new Map((await rows('tcp.len > 0', 'frame.number', 'tcp.payload'))
      .map(([frame, payload]) => [Number(frame), payload!.replaceAll(':', '')]));
    const lists = report.copies.flatMap((one) => {
      const part = partOf(one, 'parameter data');
      return part === undefined ? [] : [[one, part.bytes] as const];
    });
    expect(lists).toHaveLength(12);
    for (const [{ frames }, bytes] of lists) {
      const sent = frames.map((frame) => payloads.get(frame)!).join('');
      expect(sent).toContain(hexBytes(bytes).replaceAll(' ', '').toLowerCase());
    }
  });

  it('on status and sense', async () => {
    const answers = await rows('iscsi.opcode == 0x21 && scsi.sns.key',
      'frame.number', 'scsi.sns.key', 'scsi.sns.ascascq');
    const senses = report.copies.flatMap((one) => {
      const part = partOf(one, 'sense data');
      if (part?.format === undefined) return [];
      const { senseKey, additionalSense } = toJson(part.format, part.bytes);
      return [[one.frames.at(-1), senseKey, additionalSense]];
    });
    expect(senses).toHaveLength(11);
    const theirs = answers.map((row) => row.map(Number));
    for (const sense of senses) expect(theirs).toContainEqual(sense);
  });
});
