import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Client, hexBytes } from '../support/e2e-client.ts';
import { E2eFolder } from '../support/e2e-folder.ts';
import { suiteTests } from '../support/e2e-libiscsi.ts';
import { outputOf } from '../support/e2e-program.ts';
import { Recording } from '../support/e2e-recording.ts';
import { MALFORMED, tsharkFields } from '../support/e2e-tshark.ts';
import { requires } from '../support/requires.ts';
import type { TargetProcess } from '../support/target-process.ts';

const sg = requires('sg_vpd', 'sg_inq', 'sg_decode_sense');
const wireshark = requires('tshark', 'iscsi-test-cu');
const folder = new E2eFolder();
const DISK = 0;
const OTHER = 1;
const TAPE = 2;

const clientOf = ({ portal, iqn }: TargetProcess): Client => new Client(`iscsi://${portal}/${iqn}`);

/** 8 blocks from the first disk to the tape as records of 1000 bytes, PAD on the tape. */
const backup = (disk: string, tape: string, type = '00'): Uint8Array => hexBytes(`
  01 01 0040 00000000 00000024 00000000
  E4 00 0000 01 03 00 08 ${disk} 000000000000000000000000 00 000200
  E4 01 0000 01 03 00 08 ${tape} 000000000000000000000000 04 000000
  ${type} 00 0014 0000 0001 00 0003E8 0000 0008 0000000000000010
  10 00 0008 0000 0001 00 000001`);

describe.skipIf(sg.isMissing)(`sg3_utils${sg.why}`, () => {
  const decode = async (program: string, bytes: Uint8Array, ...flags: string[]) => {
    writeFileSync(folder.file('hex'), Buffer.from(bytes).toString('hex').replace(/../g, '$& '));
    return outputOf(program, [`--inhex=${folder.file('hex')}`, ...flags]);
  };

  it('reads standard INQUIRY data', async () => {
    const target = await folder.disksAndTape();
    const client = clientOf(target);
    for (const [lun, type] of [[DISK, 'PDT=0'], [TAPE, 'PDT=1']] as const) {
      const bytes = await client.must(lun, '12 00 00 00FF 00', { room: 255 });
      const told = await decode('sg_inq', bytes);
      expect(told).toContain(type);
      expect(told).toMatch(/3PC=1/);
      expect(told).toContain('Vendor identification: SRVFREE');
    }
    await client.close();
    await target.stop();
  });

  it('reads the names of all logical units, which differ', async () => {
    const target = await folder.disksAndTape();
    const client = clientOf(target);
    const names = new Set<string>();
    for (const lun of [DISK, OTHER, TAPE]) {
      const told = await decode('sg_vpd',
        await client.must(lun, '12 01 83 00FF 00', { room: 255 }), '--page=di');
      expect(told).not.toMatch(/truncated|bad|error/i);
      names.add(/0x([0-9a-f]{16})/.exec(told)![1]!);
      expect(told).toContain((await client.naa(lun)).slice(0, 16));
    }
    expect(names.size).toBe(3);
    await client.close();
    await target.stop();
  });

  it('reads the limits of copies and of blocks', async () => {
    const target = await folder.disksAndTape();
    const client = clientOf(target);
    for (const lun of [DISK, TAPE]) {
      const page = await client.must(lun, '12 01 8F 03FF 00', { room: 1023 });
      const told = await decode('sg_vpd', page, '--page=tpc');
      expect(told).toContain('Extended copy(LID1)');
      expect(told).toContain('block -> stream [0x0]');
      expect(told).toContain('CSCD: Identification Descriptor [0xe4]');
      expect(told).not.toMatch(/truncated|bad|error|unexpected/i);
    }
    const limits = await client.must(DISK, '12 01 B0 00FF 00', { room: 255 });
    const told = await decode('sg_vpd', limits, '--page=bl');
    expect(told).toMatch(/Maximum compare and write length: [1-9]/);
    await client.close();
    await target.stop();
  });

  it('names the sense data of a copy that was refused, and of one that was aborted', async () => {
    const target = await folder.disksAndTape();
    const client = clientOf(target);
    const tape = await client.naa(TAPE);
    const disk = await client.naa(DISK);
    const told = async (list: Uint8Array) => {
      const { sense } = await client.copy(TAPE, list);
      return outputOf('sg_decode_sense', sense.match(/../g)!);
    };
    const refused = await told(backup(disk, tape, '17'));
    expect(refused).toContain('Illegal Request');
    expect(refused).toContain('Unsupported segment descriptor type code');
    expect(refused).toMatch(/Error in Data parameters: byte 80/i);
    const aborted = await told(backup('3000000000000000', tape));
    expect(aborted).toContain('Copy Aborted');
    expect(aborted).toContain('Copy target device not reachable');
    await client.close();
    await target.stop();
  });
});

describe.skipIf(wireshark.isMissing)(`tshark${wireshark.why}`, () => {
  /** Values of a field in all frames that a filter lets through. */
  const decoded = async (pcap: Uint8Array, filter: string, field: string) =>
    [...(await tsharkFields(pcap, filter, [field])).values()]
      .flatMap((frame) => frame.get(field)!);

  it.each([false, true])('decodes a copy to tape, digests %s', async (digests) => {
    const target = await folder.disksAndTape();
    const recording = await Recording.of(target.portal);
    const client = new Client(`iscsi://${recording.portal}/${target.iqn}`, { digests });
    const [disk, tape] = [await client.naa(DISK), await client.naa(TAPE)];
    expect(await client.copy(TAPE, backup(disk, tape))).toMatchObject({ told: 'good' });
    await client.must(TAPE, '84 00 01 00 00 00 00 00 00 00 00000040 00 00', { room: 64 });
    await client.must(TAPE, '01 00 00 00 00 00');
    const record = await client.must(TAPE, '08 00 0003E8 00', { room: 1000 });
    expect(record.length).toBe(1000);
    await client.close();
    const pcap = await recording.end();
    expect(await decoded(pcap, MALFORMED, '_ws.expert.message')).toEqual([]);
    const commands = await decoded(pcap, 'iscsi.opcode == 0x01', '_ws.col.Info');
    for (const name of [/Inquiry LUN: 0x02/, /Extended Copy LUN: 0x02/]) {
      expect(commands).toContainEqual(expect.stringMatching(name));
    }
    const records = await decoded(pcap, 'iscsi.opcode == 0x25', 'iscsi.datasegmentlength');
    expect(records.at(-1)).toBe('1000');
    await target.stop();
  });

  it('decodes what libiscsi and the target say to each other', async () => {
    const target = await folder.disksAndTape();
    const recording = await Recording.of(target.portal);
    const tests = await suiteTests(
      `iscsi://${recording.portal}/${target.iqn}/${DISK}`, 'SCSI.ReceiveCopyResults');
    expect(tests.every(({ verdict }) => verdict === 'passed')).toBe(true);
    const pcap = await recording.end();
    expect(await decoded(pcap, MALFORMED, '_ws.expert.message')).toEqual([]);
    expect((await decoded(pcap, 'iscsi.opcode == 0x21', 'iscsi.opcode')).length).toBeGreaterThan(5);
    await target.stop();
  });
});
