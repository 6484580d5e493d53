/** Copies that come to a segment that fails: what they have done by then, and what they say. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { E2eFolder } from '../support/e2e-folder.ts';
import { brief, ListBench, LUN, padded, pattern } from '../support/e2e-lists.ts';

const folder = new E2eFolder();
let bench: ListBench;

beforeEach(async () => {
  bench = await ListBench.open((name) => folder.file(name));
});
afterEach(() => bench.close());

interface Aborted {
  readonly codes: string;
  readonly segment: number;
  /** The three bytes of SENSE KEY SPECIFIC. */
  readonly pointer?: string;
  /** INFORMATION; VALID is 0 without it. */
  readonly residual?: number;
  /** Status and sense data of the source or of the destination, in hexadecimal. */
  readonly source?: string;
  readonly destination?: string;
}

/** COPY ABORTED in fixed format. Source: SPC-4 5.17.7.4, and 18.6 of the worked examples. */
function aborted(what: Aborted): string {
  const { codes, segment, pointer = '000000', residual, source = '', destination = '' } = what;
  const hex = (value: number, bytes: number): string =>
    value.toString(16).padStart(2 * bytes, '0');
  const forwarded = `${source}${destination}`.replaceAll(/\s/g, '');
  return [
    residual === undefined ? '70' : 'f0', '00', '0a', hex(residual ?? 0, 4),
    hex(10 + forwarded.length / 2, 1),
    source === '' ? '00' : '12', destination === '' ? '00' : '12', hex(segment, 2),
    codes, '00', pointer, forwarded,
  ].join('').toLowerCase();
}
/** CHECK CONDITION and the sense data of a device; FILEMARK, EOM and ILI stand with the key. */
const check = (key: string, information: string, codes: string, pointer = '000000'): string =>
  `02 ${information === '' ? '70' : 'f0'} 00 ${key} ${information || '00000000'}
   0a 00000000 ${codes} 00 ${pointer}`;

const DISK_A = 'E4 00 0000 01 03 00 08 {A} 00 000200';
const DISK_B = 'E4 00 0000 01 03 00 08 {B} 00 000200';
const TAPE_T = 'E4 01 0000 01 03 00 08 {T} 00 000000';
/** With a record before and a mark behind: two segments that show how far the copy came. */
const LABEL = '04 01 0010 0000 0001 00 000004 00000000 00000004';
const MARK = '10 00 0008 0000 0001 00 000001';
const label = new Uint8Array(Buffer.from('abcd'));

/** Sends LABEL, a segment, and MARK, for two CSCD descriptors; the second is a tape. */
async function between(segment: string, cscds = `${DISK_A}${TAPE_T}`): Promise<string> {
  const [cscdBytes, segmentBytes] = [cscds, `${LABEL}${segment}${MARK}`]
    .map((text) => bench.list(text).length.toString(16).padStart(8, '0'));
  const { sense } = await bench.copy('T', `01 00 ${cscdBytes!.slice(4)} 00000000 ${segmentBytes}
    00000004 ${cscds} ${LABEL} ${segment} ${MARK} 61626364`);
  return sense;
}

describe('a segment that cannot be carried out', () => {
  it.each(['0002', '0003', '07FF', '0800', 'C002', 'F800', 'FFFE'])(
    'names no device: ID %sh', async (id) => {
      expect(await between(`00 00 0014 ${id} 0001 00 000200 0000 0001 0000000000000000`))
        .toBe(aborted({ codes: '0804', segment: 1, pointer: 'a00004' }));
      expect(await between(`10 00 0008 0000 ${id} 00 000001`))
        .toBe(aborted({ codes: '0804', segment: 1, pointer: 'a00006' }));
      expect(brief(await bench.tape('T'))).toEqual(brief([label, label]));
    });

  it('names a device that is not there', async () => {
    expect(await between('00 00 0014 0000 0001 00 000200 0000 0001 0000000000000000',
      `E4 00 0000 01 03 00 08 3123456789ABCDEF${'00'.repeat(12)} 00 000200 ${TAPE_T}`))
      .toBe(aborted({ codes: '0d02', segment: 1, pointer: '800010' }));
    expect(brief(await bench.tape('T'))).toEqual(brief([label]));
  });

  it('does not mind a descriptor that no segment uses', async () => {
    const { told } = await bench.copy('T', `01 00 0040 00000000 0000000C 00000000
      E4 00 0000 01 03 00 08 3123456789ABCDEF${'00'.repeat(12)} 00 000200 ${TAPE_T} ${MARK}`);
    expect(told).toBe('good');
  });

  it('names a device of another type', async () => {
    expect(await between('00 00 0014 0000 0001 00 000200 0000 0001 0000000000000000',
      `E4 00 0000 01 03 00 08 {U} 00 000200 ${TAPE_T}`))
      .toBe(aborted({ codes: '0d03', segment: 1, pointer: '800010' }));
  });

  it('names a disk with another block length', async () => {
    expect(await between('00 00 0014 0000 0001 00 000200 0000 0001 0000000000000000',
      `E4 00 0000 01 03 00 08 {A} 00 001000 ${TAPE_T}`))
      .toBe(aborted({ codes: '2600', segment: 1, pointer: '80002d' }));
  });

  it.each([
    ['00 00 0014 0001 0001 00 000200 0000 0001 0000000000000000', 'a00004'],
    ['00 00 0014 0000 0000 00 000200 0000 0001 0000000000000000', 'a00006'],
    ['01 00 0014 0001 0001 00 000200 0000 0001 0000000000000000', 'a00006'],
    ['02 00 0018 0001 0000 0000 0001 0000000000000000 0000000000000000', 'a00004'],
    ['04 00 0010 0000 0000 00 000004 00000000 00000004', 'a00006'],
    ['06 00 000C 0000 0000 00 000200 00000001', 'a00004'],
    ['10 00 0008 0000 0000 00 000001', 'a00006'],
    ['11 00 0008 0000 0000 01 000001', 'a00006'],
    ['12 00 0008 0000 0000 00000000', 'a00006'],
  ])('names a device of the wrong class: %s', async (segment, pointer) => {
    expect(await between(segment)).toBe(aborted({ codes: '260c', segment: 1, pointer }));
    expect(brief(await bench.tape('T'))).toEqual(brief([label]));
  });

  it('asks for inline data that is not there, or not at a multiple of four', async () => {
    expect(await between('04 00 0010 0000 0001 00 000002 00000000 00000005'))
      .toMatch(/^70000a000000000a00000001260b00a000(0c|10)$/);
    expect(await between('04 00 0010 0000 0001 00 000002 FFFFFFFC 00000005'))
      .toMatch(/^70000a000000000a00000001260b00a000(0c|10)$/);
    expect(await between('04 00 0010 0000 0001 00 000002 00000002 00000002'))
      .toBe(aborted({ codes: '2600', segment: 1, pointer: 'a0000c' }));
  });

  it('has a stream transfer of nothing, or of too much', async () => {
    const fixed = 'E4 01 0000 01 03 00 08 {T} 01 FFFFFF';
    expect(await between('00 00 0014 0000 0001 00 000000 0000 0001 0000000000000000'))
      .toBe(aborted({ codes: '2600', segment: 1, pointer: 'a00009' }));
    expect(await between(`00 00 0014 0000 0002 00 000002 0000 0001 0000000000000000`,
      `${DISK_A}${TAPE_T}${fixed}`))
      .toBe(aborted({ codes: '2600', segment: 1, pointer: 'a00009' }));
  });
});

describe('a segment that does not come out even', () => {
  const DATA = '00 00 0014 0000 0001 00 0003E8 0000 0005 0000000000000000';

  it('is an error where neither end pads, after what it could write', async () => {
    const sense = await between(DATA);
    expect(sense).toMatch(/^f0000a........0a00000001260a00/);
    const data = bench.disk('A', 0, 5);
    expect(brief(await bench.tape('T'))).toEqual(
      brief([label, data.subarray(0, 1000), data.subarray(1000, 2000)]));
  });

  it('has written everything when only source data is left (18.3)', async () => {
    await bench.record('T', [pattern(3, 1000)]);
    const { sense } = await bench.copy('T', `01 00 0040 00000000 00000018 00000000
      ${TAPE_T} ${DISK_B} 01 00 0014 0000 0001 00 0003E8 0000 0001 0000000000000007`);
    expect(sense).toBe(aborted({ codes: '260a', segment: 0, residual: 0 }));
    expect(brief(bench.disk('B', 7, 1))).toBe(brief(pattern(3, 1000).subarray(0, 512)));
  });

  it('is an error where padding would change what lies behind the blocks (8.4 a)', async () => {
    const { sense } = await bench.copy('C', `01 00 0060 00000000 00000038 00000000
      ${DISK_A} E4 00 0000 01 03 00 08 {C} 04 001000 E4 00 0000 01 03 00 08 {B} 04 000200
      02 01 0018 0000 0001 0000 0009 0000000000000000 0000000000000000
      02 02 0018 0000 0002 0000 0000 0000000000000000 0000000000000000`);
    expect(sense).toBe(aborted({ codes: '260a', segment: 1 }));
  });

  it('drops a discard\'s rest only if its source pads', async () => {
    await bench.record('T', [pattern(3, 1000)]);
    const { sense } = await bench.copy('T', `01 00 0020 00000000 00000010 00000000
      ${TAPE_T} 06 00 000C 0000 0000 00 0003E8 00000064`);
    expect(sense).toBe(aborted({ codes: '260a', segment: 0 }));
  });
});

describe('a device that fails', () => {
  const READ = '01 01 0014 0000 0001 00 000200 0000 0004 0000000000000000';
  const read = async (): Promise<string> => (await bench.copy('T', `01 00 0040 00000000 00000018
    00000000 ${TAPE_T} ${DISK_B} ${READ}`)).sense;
  const records = [pattern(1, 512), pattern(2, 512)];

  it.each([
    ['a shorter record', pattern(4, 200), check('20', '00000138', '0000'), 3],
    ['a longer record', pattern(4, 600), check('20', 'ffffffa8', '0000'), 3],
    ['a filemark', 'mark', check('80', '00000200', '0001'), 3],
    ['end of data', undefined, check('08', '00000200', '0005'), 2],
  ] as const)('meets %s', async (_, object, source, position) => {
    await bench.record('T', object === undefined ? records : [...records, object]);
    expect(await read()).toBe(aborted({
      codes: '0d01', segment: 0, pointer: '800010', residual: 2, source }));
    expect(brief(bench.disk('B', 0, 4))).toBe(brief(padded(records, 2048)));
    expect(await bench.position('T')).toBe(position);
  });

  it('has no cartridge', async () => {
    const { sense } = await bench.copy('A', `01 00 0040 00000000 00000018 00000000 ${DISK_A}
      E4 01 0000 01 03 00 08 {E} 00 000000
      00 00 0014 0000 0001 00 000200 0000 0001 0000000000000000`);
    expect(sense).toBe(aborted({
      codes: '0d01', segment: 0, pointer: '800030', destination: check('02', '', '3a00') }));
  });

  it('is write-protected', async () => {
    const before = brief(bench.disk('R', 0, 2048));
    const { sense } = await bench.copy('A', `01 00 0040 00000000 0000001C 00000000 ${DISK_A}
      E4 00 0000 01 03 00 08 {R} 00 000200
      02 00 0018 0000 0001 0000 0004 0000000000000000 0000000000000000`);
    expect(sense).toBe(aborted({
      codes: '0d01', segment: 0, pointer: '800030', destination: check('07', '', '2700') }));
    expect(brief(bench.disk('R', 0, 2048))).toBe(before);
  });

  it('ends, as early warning says, after the transfer that met it', async () => {
    // Early warning comes somewhere before the end: records of 64 KiB until it does.
    await bench.close();
    bench = await ListBench.open((name) => folder.file(`small-${name}`), 1 << 22);
    const { sense } = await bench.copy('T', `01 00 0040 00000000 00000018 00000000
      ${DISK_A} ${TAPE_T} 00 00 0014 0000 0001 00 010000 0000 4000 0000000000000000`);
    const written = await bench.position('T');
    expect(written).toBeLessThan(64);
    expect(sense).toBe(aborted({ codes: '0d01', segment: 0, pointer: '800030',
      residual: (128 - written) * 65_536, destination: check('40', '00000000', '0002') }));
    expect(brief(await bench.tape('T'))).toEqual(brief(Array.from({ length: written },
      (_, i) => bench.disk('A', 128 * i, 128))));
  });

  it('is reserved by another initiator', async () => {
    const other = bench.target.client();
    await other.must(LUN.T, '16 00 00 00 00 00');
    const { sense } = await bench.copy('A', `01 00 0040 00000000 00000018 00000000
      ${DISK_A} ${TAPE_T} 00 00 0014 0000 0001 00 000200 0000 0001 0000000000000000`);
    expect(sense).toBe(aborted({
      codes: '0d01', segment: 0, pointer: '800030', destination: '18' }));
    await other.must(LUN.T, '17 00 00 00 00 00');
  });

  it.each(['04', '05', '07', '0F'])('cannot space by code %s', async (code) => {
    await bench.record('T', [pattern(1, 100), 'mark', pattern(2, 100)]);
    const { sense } = await bench.copy('T', `01 00 0020 00000000 0000000C 00000000 ${TAPE_T}
      11 00 0008 0000 0000 ${code} 000001`);
    expect(sense).toBe(aborted({ codes: '0d01', segment: 0, pointer: '800010',
      destination: check('05', '', '2400', 'cb0001') }));
    expect(await bench.position('T')).toBe(0);
  });

  it('has no such object to locate', async () => {
    const { sense } = await bench.copy('T', `01 00 0020 00000000 0000000C 00000000 ${TAPE_T}
      12 00 0008 0000 0000 00000001`);
    expect(sense).toBe(aborted({ codes: '0d01', segment: 0, pointer: '800010',
      destination: check('08', '', '0005') }));
  });

  it('has no such blocks to read', async () => {
    const { sense } = await bench.copy('A', `01 00 0040 00000000 00000018 00000000
      ${DISK_A} ${TAPE_T} 00 00 0014 0000 0001 00 000200 0000 0002 0000000000007FFF`);
    expect(sense).toBe(aborted({
      codes: '0d01', segment: 0, pointer: '800010', source: check('05', '', '2100') }));
    expect(brief(await bench.tape('T'))).toEqual([]);
  });
});

it('keeps the failure for who asks, as it was told', async () => {
  const sense = await between('10 00 0008 0000 0005 00 000001');
  const status = await bench.client.must(
    LUN.T, '84 00 01 00000000000000 00000020 00 00', { room: 32 });
  // Completed with errors; two segments, the failed one included; four bytes were written.
  expect(Buffer.from(status).toString('hex')).toBe('00000008' + '02' + '0002' + '00' + '00000004');
  const details = await bench.client.must(
    LUN.T, '84 04 01 00000000000000 00000100 00 00', { room: 256 });
  const length = sense.length / 2;
  expect(Buffer.from(details).toString('hex')).toBe([
    (56 + length).toString(16).padStart(8, '0'), '00'.repeat(52), '02', '00',
    length.toString(16).padStart(4, '0'), sense].join(''));
});
