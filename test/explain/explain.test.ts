import { describe, expect, it } from 'vitest';
import { parseHex } from '../../src/bytes/hex.ts';
import { explain } from '../../src/explain/explain.ts';
import { recognise } from '../../src/explain/recognise.ts';
import { FORMATS } from '../../src/explain/registry.ts';
import { renderSection } from '../../src/explain/render.ts';
import { findingsOf } from '../../src/explain/section.ts';
import { bytes, isGood, vectors } from '../support/vectors.ts';

const hexOf = (id: string, name: string): string =>
  vectors(id).vectors.find((one) => one.name === name)!.hex;
const textOf = (hex: string, as?: string): string =>
  explain(parseHex(hex), { isBinary: true, ...(as === undefined ? {} : { as }) })
    .flatMap(({ section }) => renderSection(section)).join('\n');

/** Lines in this order, each with these words in it. */
function expectLines(text: string, expected: readonly (readonly string[])[]): void {
  const lines = text.split('\n');
  let from = 0;
  for (const words of expected) {
    const found = lines.findIndex((line, i) => i >= from && words.every((w) => line.includes(w)));
    expect(found, `${words.join(' … ')} in\n${text}`).toBeGreaterThanOrEqual(0);
    from = found + 1;
  }
}

const LIST = 'copy/parameter-list';
const BACKUP = hexOf(LIST, 'block to stream with fixed tape blocks, then a filemark');
const LABEL = hexOf(LIST, 'a label from inline data, then a filemark');

describe('explain', () => {
  it('shows a parameter list with its descriptors', () => {
    expectLines(textOf(BACKUP), [
      ['EXTENDED COPY(LID1) parameter list (116 bytes, SPC-4 '],
      ['0000h', 'LIST IDENTIFIER', '2Bh'],
      ['0008h', 'SEGMENT DESCRIPTOR LIST LENGTH', '36 bytes'],
      ['0:', 'identification descriptor CSCD descriptor (32 bytes'],
      ['naa.600000000000a0010000000000000001'],
      ['1:', 'identification descriptor'],
      ['004Ch', 'PAD = 1, FIXED = 1, STREAM BLOCK LENGTH = 32768 bytes'],
      ['naa.3000000000000071 (locally assigned)'],
      ['0: block device to stream device segment (24 bytes, SPC-4 6.4.6.2)'],
      ['005Eh', 'BLOCK DEVICE NUMBER OF BLOCKS', '300 blocks'],
      ['0060h', 'BLOCK DEVICE LOGICAL BLOCK ADDRESS', '16384'],
      ['1: write filemarks segment'],
      ['0071h', 'FILEMARK COUNT', '1'],
    ]);
  });

  it('dumps inline data', () => {
    expectLines(textOf(LABEL), [
      ['Inline data (80 bytes)'], ['0050h', '56 4F 4C 31', 'VOL1EXMPL01']]);
  });

  it('explains a parameter list up to wherever it is cut', () => {
    const whole = parseHex(LABEL);
    for (let end = 0; end < whole.length; end += 1) {
      const cut = whole.slice(0, end);
      const [{ section }] = explain(cut, { isBinary: true, as: 'copy/parameter-list' }) as [never];
      const findings = findingsOf(section);
      expect(findings.some(({ at, severity }) => at === end && severity === 'error')).toBe(true);
      const text = renderSection(section).join('\n');
      if (end > 0x30) expect(text).toContain('naa.3000000000000071');
      if (end > 0x34) expect(text).toContain('0: inline data to stream device segment');
    }
  });

  it('shows sense data of both formats with what the tape said', () => {
    const fixed = 'F0000A000000041D001200000D01008000300 2F0000300000002 0A000000000C00 00000000';
    expectLines(textOf(fixed.replaceAll(' ', '')), [
      ['SENSE KEY', 'Ah (COPY ABORTED)'], ['INFORMATION', '4'],
      ['0D01h (THIRD PARTY DEVICE FAILURE)'], ['number of the segment descriptor', '0'],
      ['FIELD POINTER', '0030h'], ['From the copy destination'], ['SCSI status', '02h'],
      ['SENSE KEY', '3h (MEDIUM ERROR)'], ['0C00h (WRITE ERROR)'],
    ]);
    const name = 'COPY ABORTED at segment 1 with what the copy destination said';
    expectLines(textOf(hexOf('sense/descriptor-sense', name)), [
      ['command-specific information'], ['forwarded sense data descriptor'],
      ['SENSE DATA SOURCE', '2h (copy destination)'], ['Dh (VOLUME OVERFLOW)'],
      ['FIELD POINTER', '0030h'], ['number of the segment descriptor', '1'],
    ]);
  });

  it('points into the segment descriptor where SD says so', () => {
    expectLines(textOf('7000 0A000000000A00000000 2600 00 A80008'.replaceAll(' ', '')), [
      ['SD', '1 (from the segment descriptor)'], ['BPV', '1'], ['BIT POINTER', '0'],
      ['FIELD POINTER', '0008h'],
    ]);
  });

  it('shows the descriptors of VPD page 8Fh', () => {
    expectLines(textOf(hexOf('copy/third-party-copy-page', "of a tape's copy manager")), [
      ['Third-party copy VPD page (176 bytes'], ['0: supported commands descriptor'],
      ['MAXIMUM CSCD DESCRIPTOR COUNT', '16'], ['MAXIMUM SEGMENT DESCRIPTOR COUNT', '64'],
      ['2: supported descriptors'], ['3: supported CSCD IDs'], ['TOTAL CONCURRENT COPIES', '8'],
      ['MAXIMUM STREAM DEVICE TRANSFER SIZE', '16777216 bytes'], ['HELD DATA LIMIT', '65536 bytes'],
    ]);
  });

  it('shows results of a copy with the sense data inside', () => {
    expectLines(textOf('000000080200010000010000'), [
      ['RECEIVE COPY STATUS(LID1) parameter data'], ['2h (completed with errors)'],
      ['SEGMENTS PROCESSED', '1'], ['TRANSFER COUNT', '65536'],
    ]);
    expectLines(textOf(hexOf('copy/failed-segment-details', 'a tape that failed')), [
      ['AVAILABLE DATA', '93 bytes'], ['0038h', '02h'], ['THIRD PARTY DEVICE FAILURE'],
      ['WRITE ERROR'],
    ]);
    expectLines(textOf(hexOf('copy/operating-parameters', '18 descriptor types')), [
      ['SNLID', '1'], ['MAXIMUM SEGMENT DESCRIPTOR COUNT', '64'], ['HELD DATA LIMIT', '65536'],
    ]);
  });

  it('shows the CDB in a PDU, sense data in another, text in a third', () => {
    const command = hexOf('iscsi/scsi-command', 'READ(10) of 128 blocks, header alone');
    expectLines(textOf(command), [
      ['SCSI Command PDU (48 bytes, RFC 7143 11.3)'], ['READ(10) CDB'],
      ['LOGICAL BLOCK ADDRESS', '4096'],
    ]);
    const response = hexOf('iscsi/scsi-response', 'CHECK CONDITION with fixed format sense data');
    expectLines(textOf(response), [['SenseLength', '18'], ['2400h (INVALID FIELD IN CDB)']]);
    expectLines(textOf(hexOf('iscsi/text-request', 'SendTargets=All')), [['  SendTargets=All']]);
  });

  it('goes through PDUs one behind another', () => {
    const login = hexOf('iscsi/login-request',
      'operational negotiation to full feature phase, one key');
    const ping = hexOf('iscsi/nop-out', 'a ping with four bytes');
    const explained = explain(bytes(login + ping), { isBinary: true });
    expect(explained.map(({ section }) => [section.format, section.at])).toEqual([
      ['iscsi/login-request', 0], ['iscsi/nop-out', 64],
    ]);
  });

  it('sees digests where they fit', () => {
    // A ping with four bytes; both CRC32C were computed by another program.
    const header = '00800000000000040000000000000000'
      + '0000002AFFFFFFFF000000070000000900000000000000000000000000000000';
    const right = explain(parseHex(`${header}669954BF70696E67E526FAA7`), { isBinary: true });
    expect(findingsOf(right[0]!.section)).toEqual([]);
    expect(right[0]!.section.sections.map(({ title, at }) => [title, at])).toEqual([
      ['header digest', 48], ['data segment', 52], ['data digest', 56],
    ]);
    const wrong = explain(parseHex(`${header}70696E67E526FAA8`), { isBinary: true });
    expect(findingsOf(wrong[0]!.section).map(({ rule, at }) => [rule, at])).toEqual([
      ['surplus', 52]]);
  });

  it('says where, why and what to write instead', () => {
    const text = textOf('00 01 0018 0000 0001 00 010000 0000 0080 0000000000001000'
      .replaceAll(' ', ''), 'copy/block-to-stream');
    expect(text).toContain('error 0002h value: DESCRIPTOR LENGTH is 18h, must be 14h; '
      + 'write 14h (SPC-4 6.4.6.2)');
  });

  it('refuses what it does not know', () => {
    expect(() => textOf('FFFFFFFF')).toThrow('Cannot tell what these 4 bytes are');
    const log = new TextEncoder().encode('seen: ff ff ff ff\nseen: fe fe fe fe fe\n');
    expect(() => explain(log)).toThrow('Cannot tell what any of the 2 runs of bytes are');
    expect(() => textOf('00', 'copy/nothing')).toThrow("Cannot explain as 'copy/nothing'");
  });
});

/** Formats without a field that tells: any bytes could be one. */
const TOLD_BY_NOTHING = FORMATS.filter((format) => !format.recognise(
  bytes(vectors(format.id).vectors.find(isGood)!.hex))).map(({ id }) => id);

describe('recognise', () => {
  const telling = FORMATS.filter(({ id }) => !TOLD_BY_NOTHING.includes(id));

  it.each(telling.map(({ id }) => id))('knows good bytes of %s', (id) => {
    // At the edge, zeros or ones in every field, bytes can be many things.
    for (const { hex } of vectors(id).vectors.filter(({ kind }) => kind === 'good')) {
      expect(recognise(bytes(hex)).map((one) => one.id)).toContain(id);
    }
  });

  it('knows CDBs, PDUs, sense data and EXTENDED COPY lists without being told', () => {
    const kinds = ['CDB', 'PDU', 'sense data', 'parameter list'];
    const unknown = FORMATS.filter(({ id, kind }) =>
      kinds.includes(kind) && TOLD_BY_NOTHING.includes(id)).map(({ id }) => id);
    expect(unknown).toEqual([
      'spc/persistent-reserve-out-list', 'spc/register-and-move-list', 'spc/attribute-list',
      'spc/timestamp-list',
      'sbc/format-short-header', 'sbc/format-long-header', 'sbc/sanitize-overwrite-list',
      'sbc/unmap-list']);
  });
});
