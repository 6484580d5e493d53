import { describe, expect, it } from 'vitest';
import {
  decodeDescription, encodeDescription, type SetHeader,
} from '../../../src/backup/tape/description.ts';
import { decodeFrame, encodeFrame } from '../../../src/backup/tape/frame.ts';
import {
  encodeFileLabel, encodeVolumeLabel, fileLabelKind, readVolumeLabel,
} from '../../../src/backup/tape/labels.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('labels', () => {
  it('are the 80 characters of ECMA-13', () => {
    expect(text(encodeVolumeLabel('TAPE01'))).toBe(
      `VOL1TAPE01 ${' '.repeat(13)}SERVERFREE   ${' '.repeat(42)}4`);
    const label = encodeFileLabel({
      kind: 'EOF1', set: '20250131-154500-7f3a', volume: 'TAPE01', sequence: 5,
      createdMs: Date.UTC(2025, 1, 1), blockCount: 1_234_567 });
    expect(text(label)).toBe(
      'EOF120250131-154500-7TAPE0100010005000100025032 00000 234567SERVERFREE          ');
  });

  it('are known again, and those of others are not', () => {
    expect(readVolumeLabel(encodeVolumeLabel('AB'))).toBe('AB');
    expect(readVolumeLabel(Buffer.from(`VOL1${'X'.repeat(76)}`))).toBeUndefined();
    expect(readVolumeLabel(new Uint8Array(79))).toBeUndefined();
    expect(fileLabelKind(encodeVolumeLabel('AB'))).toBeUndefined();
    const label = { set: 's', volume: 'v', sequence: 1, createdMs: 0, blockCount: 0 };
    expect(fileLabelKind(encodeFileLabel({ kind: 'HDR1', ...label }))).toBe('HDR1');
    expect(fileLabelKind(encodeFileLabel({ kind: 'EOF1', ...label }))).toBe('EOF1');
  });
});

describe('frames', () => {
  it('say what is wrong with them', () => {
    const frame = encodeFrame('map', 3, Uint8Array.of(1, 2, 3), 8);
    expect(frame.length).toBe(24);
    expect([...decodeFrame('map', 3, frame)]).toEqual([1, 2, 3]);
    expect(() => decodeFrame('map', 2, frame)).toThrow('it is part 3, expected part 2');
    expect(() => decodeFrame('header', 3, frame)).toThrow('it does not begin with SFHD');
    expect(() => decodeFrame('map', 3, frame.subarray(0, 15))).toThrow('it has 15 bytes');
    expect(() => decodeFrame('map', 3, frame.subarray(0, 18))).toThrow('it announces 3 bytes');
    frame[17]! ^= 1;
    expect(() => decodeFrame('map', 3, frame)).toThrow('its CRC is wrong');
  });
});

describe('descriptions', () => {
  const header: SetHeader = {
    format: 1, set: 's', label: 'l', volume: 'v', tapeFile: 1, startedMs: 5, mover: 'xcopy',
    recordBytes: 4096, source: { vendor: 'V', product: 'P', serial: 'S', designator: '00',
      blockBytes: 512, blockCount: 9 } };
  const read = (value: unknown) =>
    decodeDescription('header', encodeDescription('header', value as SetHeader, 4));

  it('come back as they were', () => {
    expect(read(header)).toEqual(header);
  });

  it.each([
    [{ ...header, format: 2 }, /has format 2, this program reads format 1/],
    [{ ...header, set: 5 }, /field 'set' is 5/],
    [{ ...header, startedMs: -1 }, /field 'startedMs' is -1/],
    [{ ...header, recordBytes: 700 }, /records have 700 bytes/],
    [{ ...header, recordBytes: 2 ** 24 }, /records have 16777216 bytes/],
    [{ ...header, mover: 'magic' }, /mover is 'magic'/],
    [{ ...header, source: undefined }, /field 'vendor' is missing/],
    [{ ...header, fileSystem: 'ext4' }, /field 'type' is missing/],
    ['text', /holds no description/],
  ])('that are wrong are refused: %#', (value, message) => {
    expect(() => read(value)).toThrow(message);
  });
});
