/** Copies of every kind, as programs that we did not write decode them, and as `explain` does. */
import { beforeAll, describe, expect, it } from 'vitest';
import { captureFindings, decode, senseCodes } from '../../src/explain/library.ts';
import { outputOf } from '../support/e2e-program.ts';
import { type FrameFields, MALFORMED, tsharkFields } from '../support/e2e-tshark.ts';
import { requires } from '../support/requires.ts';
import { type Recorded, recordCopies, type Told } from './copy-recording.ts';

const wireshark = requires('tshark');
const sg = requires('sg_decode_sense');

let recorded: Recorded;
beforeAll(async () => {
  if (!wireshark.isMissing || !sg.isMissing) recorded = await recordCopies();
});

/** The value of a part of a command, as `explain --json` has it. */
const jsonOf = ({ parts }: Told, what: string) => parts.find((one) => one.what === what)?.value;
const numbers = (fields: FrameFields, name: string): number[] => fields.get(name)!.map(Number);
const numberOf = (bytes: string): number => Number.parseInt(bytes.replaceAll(' ', ''), 16);

describe.skipIf(wireshark.isMissing)(`tshark and explain${wireshark.why}`, () => {
  it('find nothing malformed', async () => {
    expect([...await tsharkFields(recorded.pcap, MALFORMED, ['_ws.expert.message'])]).toEqual([]);
    const bad = [...captureFindings(recorded.report)]
      .filter(({ finding: { severity } }) => severity !== 'note');
    expect(bad).toEqual([]);
  });

  it('see the same copies, with the same descriptors', async () => {
    const names = ['list_id', 'xcopy_param_list_id_usage', 'xcopy_param_priority', 'cscd_list_len',
      'seg_desc_list_len', 'inline_data_len', 'per_dev_type', 'disk_block_len', 'seg_desc_type',
      'seg_desc_cat', 'seg_desc_src_id', 'seg_desc_dest_id'];
    const fields = names.map((name) => `scsi.extcopy.${name}`);
    const frames = await tsharkFields(recorded.pcap, 'scsi.extcopy.list_id', fields);
    let compared = 0;
    for (const command of recorded.commands) {
      const list = jsonOf(command, 'parameter data') as List | undefined;
      const frame = frames.get(command.frames[0]);
      if (command.name !== 'EXTENDED COPY(LID1)' || frame === undefined) continue;
      // Some frames hold several commands.
      if (frame.get('scsi.extcopy.list_id')!.length > 1) continue;
      const { cscds, segments } = list!; // tshark has found it
      const of = (name: string): number[] => numbers(frame, `scsi.extcopy.${name}`);
      expect([of('list_id'), of('xcopy_param_list_id_usage'), of('xcopy_param_priority')])
        .toEqual([[list!.listIdentifier], [list!.listIdUsage], [list!.priority]]);
      expect([of('cscd_list_len'), of('seg_desc_list_len'), of('inline_data_len')])
        .toEqual([[list!.cscdListLength], [list!.segmentListLength], [list!.inlineDataLength]]);
      expect(of('seg_desc_type')).toEqual(segments.map(({ type }) => type));
      expect(of('seg_desc_cat')).toEqual(segments.map(({ cat }) => Number(cat ?? false)));
      expect(of('per_dev_type')).toEqual(
        cscds.map(({ peripheralDeviceType }) => peripheralDeviceType));
      compared += 1;
    }
    expect(compared).toBeGreaterThan(50);
  });

  it('see the same limits', async () => {
    const fields = {
      max_cscd_desc_count: 'maximumCscdCount', max_seg_desc_count: 'maximumSegmentCount',
      max_desc_list_len: 'maximumDescriptorListLength', max_seg_len: 'maximumSegmentLength',
      max_inline_data_len: 'maximumInlineDataLength', max_held_data_limit: 'heldDataLimit',
      total_con_copies: 'totalConcurrentCopies', max_con_copies: 'maximumConcurrentCopies',
    } as const;
    const frames = await tsharkFields(recorded.pcap, 'scsi.recv_copy.max_cscd_desc_count',
      Object.keys(fields).map((name) => `scsi.recv_copy.${name}`));
    const asked = recorded.commands.filter(
      ({ name, status }) => name === 'RECEIVE COPY OPERATING PARAMETERS' && status === 'GOOD');
    expect(asked.length).toBe(7);
    for (const command of asked) {
      const value = jsonOf(command, 'answer')!;
      const frame = frames.get(command.frames[1])!;
      for (const [theirs, ours] of Object.entries(fields)) {
        expect([theirs, numbers(frame, `scsi.recv_copy.${theirs}`)])
          .toEqual([theirs, [value[ours]]]);
      }
    }
  });

  it('see the same sense data', async () => {
    const fields = [
      'scsi.sns.key', 'scsi.sns.ascascq', 'scsi.sns.info', 'scsi.sns.sks_info'];
    const COMMAND_SPECIFIC = 'scsi.sns.command_specific_information';
    const frames = await tsharkFields(
      recorded.pcap, 'scsi.sns.errtype == 0x70', [...fields, COMMAND_SPECIFIC]);
    let compared = 0;
    for (const command of recorded.commands) {
      const sense = jsonOf(command, 'sense data');
      // tshark does not look for sense data with GOOD, which G_SENSE asks for.
      if (sense?.responseCode !== 0x70 || command.status === 'GOOD') continue;
      const frame = frames.get(command.frames[1])!; // it is in fixed format
      expect(fields.map((name) => Number(frame.get(name)![0]))).toEqual([
        sense.senseKey, sense.additionalSense, sense.information,
        numberOf(String(sense.senseKeySpecific)) & 0x7f_ffff]);
      expect(numberOf(frame.get(COMMAND_SPECIFIC)![0]!)).toBe(sense.commandSpecific);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(30);
  });
});

describe.skipIf(sg.isMissing)(`sg_decode_sense and explain${sg.why}`, () => {
  it('name the same errors', async () => {
    expect(recorded.senses.length).toBeGreaterThan(30);
    for (const sense of recorded.senses) {
      const told = await outputOf('sg_decode_sense', sense.match(/../g)!);
      const format = /^[7f]0/.test(sense) ? 'fixed' : 'descriptor';
      const { value, findings } = decode(
        `sense/${format}-sense`, new Uint8Array(Buffer.from(sense, 'hex')));
      expect(findings).toEqual([]);
      const key = senseCodes.senseKeyOf(Number(value.senseKey))!; // we have sent it
      const additional = senseCodes.additionalSenseOf(Number(value.additionalSense))!;
      const named = told.toUpperCase();
      expect(named).toContain(`${format.toUpperCase()} FORMAT, CURRENT; SENSE KEY: ${
        senseCodes.SENSE_KEYS[key][1]}`);
      expect(named).toContain(
        `ADDITIONAL SENSE: ${senseCodes.ADDITIONAL_SENSE[additional][1]}`);
      expect(named).not.toMatch(/UNKNOWN|TRUNCATED|ILLEGAL LENGTH|TOO SHORT|MALFORMED/);
    }
  });
});

interface List {
  readonly listIdentifier: number;
  readonly listIdUsage: number;
  readonly priority: number;
  readonly cscdListLength: number;
  readonly segmentListLength: number;
  readonly inlineDataLength: number;
  readonly cscds: readonly { readonly type: number; readonly peripheralDeviceType: number }[];
  readonly segments: readonly { readonly type: number; readonly cat?: boolean }[];
}
