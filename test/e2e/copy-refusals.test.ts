/** Lists that must be refused before their first segment, with the sense data of the standard. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hexBytes } from '../support/e2e-client.ts';
import { brief, ListBench, LUN } from '../support/e2e-lists.ts';

let folder: string;
let bench: ListBench;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'serverfree-e2e-'));
  bench = await ListBench.open((name) => join(folder, name));
});
afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true });
});

/** ILLEGAL REQUEST in fixed format: codes, then SKSV, C/D, BPV, bit pointer, field pointer. */
const illegal = (codes: string, pointer = '000000'): string =>
  `70000500000000 0a 00000000 ${codes} 00 ${pointer}`.replaceAll(' ', '').toLowerCase();
/** A byte of the parameter list. */
const byte = (at: number): string => `80${at.toString(16).padStart(4, '0')}`;

const DISK = 'E4 00 0000 01 03 00 08 {A} 00 000200';
const TAPE = 'E4 01 0000 01 03 00 08 {T} 00 000000';
/** A first segment that would write, were it reached, and a mark behind it. */
const WRITE = '04 00 0010 0000 0001 00 000004 00000000 00000004';
const MARK = '10 00 0008 0000 0001 00 000001';

/** A header in front of descriptors, with the lengths that they have. */
function listOf(cscds: string, segments: string, id = '01 00', inline = '61626364'): string {
  const [cscdBytes, segmentBytes, inlineBytes] = [cscds, segments, inline]
    .map((text) => bench.list(text).length.toString(16).padStart(8, '0'));
  return `${id} ${cscdBytes!.slice(4)} 00000000 ${segmentBytes} ${inlineBytes}
    ${cscds} ${segments} ${inline}`;
}

const FIRST_CSCD = 16;
const SECOND_CSCD = 48;
/** Of a list with two CSCD descriptors. */
const FIRST_SEGMENT = 80;
const SECOND_SEGMENT = 100;

const cases: readonly (readonly [string, () => string, string])[] = [
  ['LIST ID USAGE 01b', () => listOf(`${DISK}${TAPE}`, WRITE, '01 08'), illegal('2600', '8c0001')],
  ['LIST ID USAGE 11b with an identifier', () => listOf(`${DISK}${TAPE}`, WRITE, '01 18'),
    illegal('2600', byte(0))],
  ['a CSCD list of 33 bytes', () => listOf(`${DISK}00`, WRITE), illegal('2600', byte(2))],
  ['65 CSCD descriptors', () => listOf(DISK.repeat(65), WRITE), illegal('2606', byte(2))],
  ['2049 segment descriptors', () => listOf(`${DISK}${TAPE}`, MARK.repeat(2049)),
    illegal('2608', byte(8))],
  ['more descriptors than the limit has bytes',
    () => listOf(`${DISK}${TAPE}`, '00'.repeat(128 * 1024)), illegal('1A00', byte(8))],
  ['more inline data than the limit', () => listOf(
    `${DISK}${TAPE}`, WRITE, '01 00', '00'.repeat(1024 * 1024 + 4)), illegal('260B', byte(12))],
  ...['EC', 'ED', 'FD', 'FF', '00', 'C0'].map((type) =>
    [`a CSCD descriptor of type ${type}h`,
      () => listOf(`${DISK}${TAPE.replace('E4', type)}`, WRITE),
      illegal('2607', byte(SECOND_CSCD))] as const),
  ['a designator of 21 bytes', () => listOf(`${DISK.replace('08 {', '15 {')}${TAPE}`, WRITE),
    illegal('2600', byte(FIRST_CSCD + 7))],
  ...['17', '18', '19', '1A', 'BD', 'C0', 'E4', 'FF'].map((type) =>
    [`a segment descriptor of type ${type}h (18.8)`,
      () => listOf(`${DISK}${TAPE}`, `${WRITE}${MARK.replace('10', type)}`),
      illegal('2609', byte(SECOND_SEGMENT))] as const),
  ['a segment descriptor that says too much',
    () => listOf(`${DISK}${TAPE}`, `${WRITE.replace('0010', '0014')}00000000`),
    illegal('2600', byte(FIRST_SEGMENT + 2))],
  ['a segment descriptor that says too little',
    () => listOf(`${DISK}${TAPE}`, `${WRITE}${MARK.replace('0008', '0004')}`),
    illegal('2600', byte(SECOND_SEGMENT + 2))],
  ['a segment descriptor that passes the end of the list',
    () => listOf(`${DISK}${TAPE}`, `${WRITE}${MARK.slice(0, -6)}`),
    illegal('2600', byte(SECOND_SEGMENT + 2))],
  ['a stump of a segment descriptor', () => listOf(`${DISK}${TAPE}`, `${WRITE}1000`),
    illegal('2600', byte(SECOND_SEGMENT + 2))],
];

it.each(cases)('refuses %s', async (_, text, sense) => {
  expect((await bench.copy('T', text())).sense).toBe(sense);
  expect(brief(await bench.tape('T'))).toEqual([]);
});

it.each([
  ['without FIXED and with a STREAM BLOCK LENGTH', '00 000200'],
  ['with FIXED and without a STREAM BLOCK LENGTH', '01 000000'],
])('refuses a tape %s', async (_, parameters) => {
  const tape = TAPE.replace('00 000000', parameters);
  const { sense, told } = await bench.copy('T', listOf(`${DISK}${tape}`, WRITE));
  expect(told).toBe('05/26/00');
  const pointer = Number.parseInt(sense.slice(32, 36), 16);
  expect(pointer).toBeGreaterThanOrEqual(SECOND_CSCD + 28);
  expect(pointer).toBeLessThan(SECOND_CSCD + 32);
  expect(brief(await bench.tape('T'))).toEqual([]);
});

it('refuses a list that is cut anywhere', async () => {
  const whole = bench.list(listOf(`${DISK}${TAPE}`, `${WRITE}${MARK}`));
  for (let length = 1; length < whole.length; length += 1) {
    const { told, sense } = await bench.client.copy(LUN.T, whole.subarray(0, length));
    expect(`${length}: ${told}`).toBe(`${length}: 05/1A/00`);
    expect(sense.slice(0, 14)).toBe('70000500000000');
  }
  expect(brief(await bench.tape('T'))).toEqual([]);
  expect((await bench.client.copy(LUN.T, whole)).told).toBe('good');
  expect(brief(await bench.tape('T'))).toEqual(brief([hexBytes('61626364'), 'mark']));
  await bench.rewind('T');
  await bench.client.must(LUN.T, '19 00 00 00 00 00'); // ERASE, short: the tape is blank again
});

it('refuses service actions that it does not have', async () => {
  for (const command of ['83 02', '83 10', '83 1F', '84 02', '84 09']) {
    const { sense } = await bench.client.send(
      LUN.T, `${command} 00000000 00000000 00000000 00 00`);
    expect(sense.slice(0, 28)).toBe('70000500000000' + '0a' + '00000000' + '2400');
    // C/D: the CDB's second byte, of which bit 4 is the highest of the field.
    expect(sense.slice(30)).toBe('cc0001');
  }
});

it('knows no list that it was not given', async () => {
  for (const action of ['00', '04']) {
    expect((await bench.client.send(
      LUN.T, `84 ${action} 77 00000000000000 00000040 00 00`, { room: 64 })).sense)
      .toBe(illegal('2400', 'c00002'));
  }
});
