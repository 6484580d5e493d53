import { describe, expect, it } from 'vitest';
import { hexBytes, parseHex } from '../../src/bytes/hex.ts';
import type { LogicalUnit } from '../../src/sam/logical-unit.ts';
import { SenseError } from '../../src/sense/sense.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import { isSame } from '../support/same-bytes.ts';
import { turns } from '../support/turns.ts';
import { dataOf, Fixture } from './manager-fixture.ts';

/** Bytes as in a hex dump: offsets in front. */
const dump = (text: string): Uint8Array =>
  parseHex(text.split('\n').map((line) => line.trim().replace(/^[0-9A-F]{4} {2}/, '')).join(' '));

const COPY_DISKS = dump(`
  0000  2A 01 00 40 00 00 00 00 00 00 00 1C 00 00 00 00
  0010  E4 00 00 00 01 03 00 10 60 00 00 00 00 00 A0 01
  0020  00 00 00 00 00 00 00 01 00 00 00 00 00 00 02 00
  0030  E4 00 00 00 01 03 00 10 60 00 00 00 00 00 B0 01
  0040  00 00 00 00 00 00 00 02 00 00 00 00 00 00 02 00
  0050  02 00 00 18 00 00 00 01 00 00 01 00 00 00 00 00
  0060  00 00 10 00 00 00 00 00 00 00 20 00`);
const BACKUP = dump(`
  0000  2B 01 00 40 00 00 00 00 00 00 00 24 00 00 00 00
  0010  E4 00 00 00 01 03 00 10 60 00 00 00 00 00 A0 01
  0020  00 00 00 00 00 00 00 01 00 00 00 00 00 00 02 00
  0030  E4 01 00 00 01 03 00 08 30 00 00 00 00 00 00 71
  0040  00 00 00 00 00 00 00 00 00 00 00 00 05 00 80 00
  0050  00 00 00 14 00 00 00 01 00 00 00 02 00 00 01 2C
  0060  00 00 00 00 00 00 40 00 10 00 00 08 00 00 00 01
  0070  00 00 00 01`);
const RESTORE = dump(`
  0000  2C 01 00 40 00 00 00 00 00 00 00 18 00 00 00 00
  0010  E4 01 00 00 01 03 00 08 30 00 00 00 00 00 00 71
  0020  00 00 00 00 00 00 00 00 00 00 00 00 05 00 80 00
  0030  E4 00 00 00 01 03 00 10 60 00 00 00 00 00 A0 01
  0040  00 00 00 00 00 00 00 01 00 00 00 00 00 00 02 00
  0050  01 00 00 14 00 00 00 01 00 00 00 02 00 00 01 2C
  0060  00 00 00 00 00 00 40 00`);
const LABEL = dump(`
  0000  2D 01 00 20 00 00 00 00 00 00 00 20 00 00 00 50
  0010  E4 01 00 00 01 03 00 08 30 00 00 00 00 00 00 71
  0020  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  0030  04 00 00 10 00 00 00 00 00 00 00 50 00 00 00 00
  0040  00 00 00 50 10 00 00 08 00 00 00 00 00 00 00 01
  0050  56 4F 4C 31 45 58 4D 50 4C 30 31 20 20 20 20 20
  0060  20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20
  0070  20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20
  0080  20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20
  0090  20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20`);
const FAILED_SENSE = dump(`
  0000  F0 00 0A 00 00 00 04 1D 00 12 00 00 0D 01 00 80
  0010  00 30 02 F0 00 03 00 00 00 02 0A 00 00 00 00 0C
  0020  00 00 00 00 00`);

/** The units of the examples, with their designators. */
function makeUnits(recordBytes = 32768) {
  const data = new Uint8Array(512 * 0x4200);
  for (let i = 0; i < data.length; i += 1) data[i] = (i >> 9) ^ i;
  const [diskA, diskB] = [
    new MemoryDisk('A', 512, data), new MemoryDisk('B', 512, new Uint8Array(512 * 0x2200))];
  const tape = new MemoryTape('T', { blockBytes: recordBytes });
  const named = (unit: LogicalUnit, hex: string): LogicalUnit => ({
    ...unit, designators: [{ codeSet: 1, association: 0, type: 3, bytes: parseHex(hex) }] });
  const fixture = new Fixture([
    named(unitOf('A', 1, diskA), '60 00 00 00 00 00 A0 01 00 00 00 00 00 00 00 01'),
    named(unitOf('B', 2, diskB), '60 00 00 00 00 00 B0 01 00 00 00 00 00 00 00 02'),
    named(unitOf('T', 3, tape), '30 00 00 00 00 00 00 71'),
  ]);
  return { fixture, unit: fixture.units[0]!, data, diskA, diskB, tape };
}

const blocks = (disk: MemoryDisk, lba: number, count: number): Uint8Array =>
  disk.file.slice(lba * 512, count * 512);

describe('the worked examples of the lists', () => {
  it('copies 256 blocks from one disk to another', async () => {
    const { fixture, unit, data, diskB } = makeUnits();
    expect(await fixture.copy(unit, COPY_DISKS)).toMatchObject({ status: 'good' });
    expect(isSame(blocks(diskB, 0x2000, 256), data.slice(512 * 0x1000, 512 * 0x1100))).toBe(true);
    expect(isSame(blocks(diskB, 0, 0x2000), new Uint8Array(512 * 0x2000))).toBe(true);
  });

  it('backs 300 blocks up to six padded tape blocks and a filemark', async () => {
    const { fixture, unit, data, tape } = makeUnits();
    expect(await fixture.copy(unit, BACKUP)).toMatchObject({ status: 'good' });
    const whole = new Uint8Array(6 * 32768);
    whole.set(data.subarray(512 * 0x4000, 512 * 0x4000 + 153600));
    const records = tape.contents();
    expect(records.map((one) => one?.length ?? null)).toEqual([...Array(6).fill(32768), null]);
    expect(isSame(Buffer.concat(records.slice(0, 6) as Uint8Array[]), whole)).toBe(true);
  });

  it('stops before the short transfer if the tape may not be padded', async () => {
    const { fixture, unit, tape } = makeUnits();
    const list = BACKUP.slice();
    list[0x4c] = 0x01;
    const outcome = await fixture.copy(unit, list);
    expect(outcome.sense?.subarray(0, 14)).toEqual(
      parseHex('F0 00 0A 00 00 00 00 0A 00 00 00 00 26 0A'));
    expect(tape.contents()).toHaveLength(4);
  });

  it('lets residue survive the filemark segment with CAT, and drops it at the end', async () => {
    const { fixture, unit, tape } = makeUnits();
    const list = BACKUP.slice();
    list[0x4c] = 0x01;
    list[0x51] = 0x01;
    expect(await fixture.copy(unit, list)).toMatchObject({ status: 'good' });
    expect(tape.contents().map((one) => one?.length ?? null))
      .toEqual([...Array(4).fill(32768), null]);
  });

  it('restores them, and leaves the tape before the filemark', async () => {
    const { fixture, unit, data, diskA, tape } = makeUnits();
    await fixture.copy(unit, BACKUP);
    diskA.file.put(512 * 0x4000, new Uint8Array(153600));
    tape.position = 0;
    expect(await fixture.copy(unit, RESTORE)).toMatchObject({ status: 'good' });
    expect(isSame(blocks(diskA, 0x4000, 300), data.slice(512 * 0x4000, 512 * 0x412c))).toBe(true);
    expect(tape.position).toBe(6);
  });

  it('has written all blocks, and still fails, if no PAD allows the rest of the tape block',
    async () => {
      const { fixture, unit, tape } = makeUnits();
      await fixture.copy(unit, BACKUP);
      tape.position = 0;
      const list = RESTORE.slice();
      list[0x2c] = 0x01;
      const { sense } = await fixture.copy(unit, list);
      expect(sense?.subarray(0, 14)).toEqual(
        parseHex('F0 00 0A 00 00 00 00 0A 00 00 00 00 26 0A'));
    });

  it('writes a label from inline data as one block, then a filemark', async () => {
    const { fixture, unit, tape } = makeUnits(0);
    expect(await fixture.copy(unit, LABEL)).toMatchObject({ status: 'good' });
    expect(tape.contents()).toEqual([LABEL.slice(0x50), null]);
  });
});

describe('the worked examples of sense data and results', () => {
  async function failedBackup() {
    const made = makeUnits();
    // The second transfer cannot be written: the tape's storage fails there.
    made.tape.file.faults.push({ kind: 'write', offset: 65536, byteLength: 1, code: 'EIO' });
    return { ...made, outcome: await made.fixture.copy(made.unit, BACKUP) };
  }

  it('reports a tape that fails at its second transfer', async () => {
    const { outcome, tape } = await failedBackup();
    expect(outcome.status).toBe('checkCondition');
    expect(hexBytes(outcome.sense!)).toBe(hexBytes(FAILED_SENSE));
    expect(tape.contents().map((one) => one?.length)).toEqual([32768, 32768]);
    expect(tape.position).toBe(2);
  });

  it('tells the status and the details of that copy', async () => {
    const { fixture, unit } = await failedBackup();
    expect(dataOf(await fixture.receive(unit, 0x00, 0x2b, 12)))
      .toEqual(parseHex('00 00 00 08 02 00 01 00 00 01 00 00'));
    const details = dataOf(await fixture.receive(unit, 0x04, 0x2b, 512));
    expect(hexBytes(details)).toBe(hexBytes(Uint8Array.from([
      ...parseHex('00 00 00 5D'), ...new Uint8Array(52), ...parseHex('02 00 00 25'),
      ...FAILED_SENSE])));
  });

  it('reports filemarks that meet the end of the medium, in descriptor format', async () => {
    const { fixture, unit, tape } = makeUnits();
    Object.assign(unit, { senseFormat: 'descriptor' });
    tape.filemarkError = new SenseError('volumeOverflow', 'endOfPartitionDetected', 'full',
      { eom: true, information: 1 });
    const { sense } = await fixture.copy(unit, BACKUP);
    expect(hexBytes(sense!)).toBe(hexBytes(dump(`
      0000  72 0A 0D 01 00 00 00 2A 01 0A 00 00 00 00 00 01
      0010  00 00 00 00 02 06 00 00 80 00 30 00 0C 14 02 02
      0020  F0 00 4D 00 00 00 01 0A 00 00 00 00 00 02 00 00
      0030  00 00`)));
  });

  it('refuses a segment type that is not supported, with its place', async () => {
    const { fixture, unit } = makeUnits();
    const list = COPY_DISKS.slice();
    list[0x50] = 0x17;
    expect((await fixture.copy(unit, list)).sense).toEqual(
      parseHex('70 00 05 00 00 00 00 0A 00 00 00 00 26 09 00 80 00 50'));
  });
});

const BACKGROUND = dump(`
  0000  01 01 00 20 00 00 00 00 00 00 00 00 00 00 00 01
  0010  FF 00 00 00 00 00 01 01 00 00 00 00 00 00 00 00
  0020  00 00 00 00 00 00 00 00 00 00 00 40 00 1C 00 00
  0030  E4 00 00 00 01 03 00 10 60 00 00 00 00 00 A0 01
  0040  00 00 00 00 00 00 00 01 00 00 00 00 00 00 02 00
  0050  E4 00 00 00 01 03 00 10 60 00 00 00 00 00 B0 01
  0060  00 00 00 00 00 00 00 02 00 00 00 00 00 00 02 00
  0070  02 00 00 18 00 01 00 02 00 00 01 00 00 00 00 00
  0080  00 00 10 00 00 00 00 00 00 00 20 00`);
const STATUS = parseHex('84 05 00 00 01 01 00 00 00 00 00 00 00 40 00 00');

describe('the worked examples of copies in the background', () => {
  it('tell how a copy of 256 blocks ended', async () => {
    const { fixture, unit } = makeUnits();
    expect((await fixture.copyLid4(unit, BACKGROUND)).status).toBe('good');
    await turns(4);
    const status = dataOf(await fixture.send(unit, STATUS));
    status.fill(0, 6, 8); // how many commands there were is our own affair
    expect(hexBytes(status)).toBe(hexBytes(dump(`
      0000  00 00 00 1C 01 01 00 00 FF FF FF FE 00 00 00 00
      0010  00 00 00 00 00 02 00 00 00 01 00 00 00 00 00 00`)));
  });

  it('tell that the destination could not be reached', async () => {
    const { fixture, unit } = makeUnits();
    const list = BACKGROUND.slice();
    list[0x67] = 0x99; // another name
    expect((await fixture.copyLid4(unit, list)).status).toBe('good');
    await turns(4);
    const status = dataOf(await fixture.send(unit, STATUS));
    status.fill(0, 6, 8);
    expect(hexBytes(status)).toBe(hexBytes(dump(`
      0000  00 00 00 30 01 02 00 00 FF FF FF FE 02 14 12 00
      0010  00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00
      0020  70 00 0A 00 00 00 00 0A 00 00 00 00 0D 02 00 80
      0030  00 50 00 00`)));
  });
});
