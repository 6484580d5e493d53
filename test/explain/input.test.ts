import { describe, expect, it } from 'vitest';
import { hexBytes } from '../../src/bytes/hex.ts';
import { bytesOfText, isText } from '../../src/explain/input.ts';
import { INPUT_BYTES_MAX } from '../../src/explain/input-dump.ts';

const BYTES = Array.from({ length: 38 }, (_, i) => (i * 7 + 0x20) & 0xff);
const pairs = (from: number, to: number): string[] =>
  BYTES.slice(from, to).map((byte) => byte.toString(16).padStart(2, '0'));
const ascii = (from: number, to: number): string => BYTES.slice(from, to)
  .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
const lines = (line: (from: number, to: number) => string): string =>
  [0, 16, 32].map((from) => line(from, Math.min(from + 16, BYTES.length))).join('\n');
const offset = (at: number, digits: number): string => at.toString(16).padStart(digits, '0');
const fours = (from: number, to: number): string =>
  pairs(from, to).join('').replaceAll(/(.{4})(?=.)/g, '$1 ');

const LAYOUTS: Readonly<Record<string, string>> = {
  'plain pairs': pairs(0, 38).join(' '),
  'upper case without blanks': pairs(0, 38).join('').toUpperCase(),
  'groups over several lines': lines((from, to) => fours(from, to)),
  'colons between pairs': pairs(0, 38).join(':'),
  xxd: lines((from, to) =>
    `${offset(from, 8)}: ${fours(from, to).padEnd(39)}  ${ascii(from, to)}`),
  'hexdump -C': `${lines((from, to) => `${offset(from, 8)}  ${
    [pairs(from, Math.min(to, from + 8)).join(' '), pairs(from + 8, to).join(' ')].join('  ')
      .padEnd(48)}  |${ascii(from, to)}|`)}\n00000026\n`,
  'tshark -x': lines((from, to) =>
    `${offset(from, 4)}  ${pairs(from, to).join(' ').padEnd(47)}   ${ascii(from, to)}`),
  'od -A x -t x1': `${lines((from, to) => `${offset(from, 6)} ${pairs(from, to).join(' ')}`)}
000026
`,
  'a sheet with offsets': lines((from, to) =>
    `${offset(from, 4)}  ${pairs(from, to).join(' ').toUpperCase()}`),
  'a C array': `/* 0xff is no data */
static const unsigned char list[] = {
${lines((from, to) => pairs(from, to).map((pair) => `0x${pair},`).join(' '))} // 0xff neither
};`,
  'od -t x1': `${lines((from, to) =>
    `${from.toString(8).padStart(7, '0')} ${pairs(from, to).join(' ')}`)}\n0000046\n`,
  'sg_raw and sg_logs': `${lines((from, to) => ` ${offset(from, 2)}     ${
    [pairs(from, Math.min(to, from + 8)).join(' '), pairs(from + 8, to).join(' ')].join('  ')
      .padEnd(48)}    ${ascii(from, to)}`)}\n`,
  'sg_raw -v with what it says beside': `SCSI Status: Good

Received 38 bytes of data:
${lines((from, to) => ` ${offset(from, 2)}     ${
    [pairs(from, Math.min(to, from + 8)).join(' '), pairs(from + 8, to).join(' ')].join('  ')
      .padEnd(48)}    ${ascii(from, to)}`)}
`,
  'Format-Hex of PowerShell': `

           Path: C:\\list.bin

           00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F

${lines((from, to) =>
    `${offset(from, 8).toUpperCase()}   ${pairs(from, to).join(' ').padEnd(47)}  ${
      ascii(from, to)}`)}


`,
  'a C array of Wireshark': `/* Frame (38 bytes) */
unsigned char bytes[] = {
${lines((from, to) => pairs(from, to).map((pair) => `0x${pair}`).join(', '))}
};`,
  'an escaped string of Wireshark': lines((from, to) =>
    `"${pairs(from, to).map((pair) => `\\x${pair}`).join('')}" \\`),
  'elements of C one by one': BYTES.map((byte, i) =>
    `cdb[${i}] = 0x${byte.toString(16)};`).join('\n'),
  'bytes of Python': `data = b'${BYTES.map((byte) => (byte >= 0x20 && byte < 0x7f
    ? String.fromCharCode(byte).replace(/['\\]/, '\\$&')
    : `\\x${byte.toString(16).padStart(2, '0')}`)).join('')}'  # don't mind`,
  'a list of numbers': `[${BYTES.join(', ')}]`,
  'a C string': `"${pairs(0, 38).map((pair) => `\\x${pair}`).join('')}"`,
};

describe('bytesOfText', () => {
  it.each(Object.entries(LAYOUTS))('reads %s', (_name, text) => {
    const found = bytesOfText(text);
    expect(found).toHaveLength(1);
    expect(Array.from(found[0]!.bytes)).toEqual(BYTES);
  });

  it('repeats what hexdump leaves out', () => {
    const text = '00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|\n'
      + '00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n'
      + '00000040  ff                                                |.|\n00000041';
    const { bytes } = bytesOfText(text)[0]!;
    expect(bytes.length).toBe(0x41);
    expect(bytes.subarray(16, 64).every((byte) => byte === 0)).toBe(true);
    expect(bytes[64]).toBe(0xff);
  });

  it('reads a dump whose ASCII column looks like hex', () => {
    expect(hexBytes(bytesOfText('00000000: 6162 6364  abcd')[0]!.bytes)).toBe('61 62 63 64');
  });

  it('finds each run in a log', () => {
    const log = `[ 12.1] sd 0:0:0:0: [sda] tag#12 CDB: 28 00 00 00 10 00 00 00 80 00
[ 12.2] nothing here
[ 12.2] sense: 70 00 05 00 00 00 00 0a
        00 00 00 00 24 00 00 c0 00 02`;
    expect(bytesOfText(log).map(({ bytes, line }) => [line, hexBytes(bytes)])).toEqual([
      [1, '28 00 00 00 10 00 00 00 80 00'],
      [3, '70 00 05 00 00 00 00 0A 00 00 00 00 24 00 00 C0 00 02'],
    ]);
  });

  it('passes over times, addresses and codes', () => {
    const log = `2026-11-22 18:20:01 52:54:00 kernel: [ 12345.678901] sd 0:0:0:0: [sda] tag#12 CDB:
Nov 22 18:20:01 host kernel: opcode=0x83 83 00 00 00 00 00 00 00 00 00 00 00 00 6c 00 00
Nov 22 18:20:02 host kernel: opcode=0x84 84 03 00 00 00 00 00 00 00 00 00 00 04 00 00 00
    cdb to send: [83 00 00 00]`;
    expect(bytesOfText(log).map(({ bytes, line }) => [line, hexBytes(bytes)])).toEqual([
      [2, '83 00 00 00 00 00 00 00 00 00 00 00 00 6C 00 00'],
      [3, '84 03 00 00 00 00 00 00 00 00 00 00 04 00 00 00'],
      [4, '83 00 00 00'],
    ]);
  });

  it('finds each dump between other lines', () => {
    const text = `inquiry cdb: [12 00 00 00 24 00]
 00     00 00 06 12 1f 00 00 00  4c 49 4f 2d    ........LIO-
sense buffer:
 00     70 00 05 00 00 00 00 0a  00 00 00 00 24 00 00 c0    p...........$...
 10     00 02                                               ..
done`;
    expect(bytesOfText(text).map(({ bytes, line }) => [line, bytes.length])).toEqual([
      [1, 6], [2, 12], [4, 18]]);
  });

  it.each([
    '0000000 0083 0000 0000 0000\n0000010 1234 5678', '0000000 0083 0000 0000 0000\n0000010\n',
  ])('refuses words of 16 bits: %j', (text) => {
    expect(() => bytesOfText(text)).toThrow('line 1 shows words of 16 bits in the byte order of a '
      + 'machine; print bytes with od -A x -t x1, hexdump -C or xxd');
  });

  it('names the line of a dump that does not go on', () => {
    const text = '0000  00 01 02 03\n0004  04 05 06 07\n0010  08 09';
    expect(() => bytesOfText(text)).toThrow('line 3 begins at byte 16, 8 was expected');
  });

  it('takes no more memory than its bound, whatever an offset says', () => {
    const text = `00000000  00 01 02 03\n*\n${'f'.repeat(10)}  00`;
    expect(() => bytesOfText(text)).toThrow('line 3 does not follow');
    expect(INPUT_BYTES_MAX).toBeLessThan(2 ** 27);
  });

  it.each<[string, string]>([
    ['pairs in one line', '00'.repeat(1_000_000)],
    ['pairs behind an offset', `0000  ${'00 '.repeat(500_000)}`],
    ['pairs in lines of a log', `CDB: 00 00 00 00\n${'00 00 00 00\n'.repeat(100_000)}`],
    ['comments that do not end', `0x00, 0x01 ${'/*'.repeat(500_000)}`],
    ['strings that do not end', `"\\x00${'"\\'.repeat(300_000)}'`],
    ['quotes', `'"'"\\x00"${'"\''.repeat(300_000)}`],
    ['blanks', `00${' '.repeat(1_000_000)}00`],
    ['digits that are no pairs', `x ${'0 '.repeat(500_000)}`],
  ])('reads a million characters at once: %s', (_name, text) => {
    try {
      const count = bytesOfText(text).reduce((sum, { bytes }) => sum + bytes.length, 0);
      expect(count).toBeGreaterThanOrEqual(2);
    } catch (error) {
      expect(error).toMatchObject({ message: expect.stringContaining('Cannot read hex') });
    }
  });

  it.each(['', 'not a byte in sight', '0', 'x'.repeat(1000)])('refuses %j', (text) => {
    expect(() => bytesOfText(text)).toThrow(RangeError);
  });
});

describe('isText', () => {
  it('tells text from bytes', () => {
    expect(isText(new TextEncoder().encode('83 00\r\n\t00'))).toBe(true);
    expect(isText(Uint8Array.of(0x83, 0x00))).toBe(false);
  });
});
