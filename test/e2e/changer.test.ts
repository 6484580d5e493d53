/** A changer and its drives, by commands over iSCSI. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeFiles } from '../../src/io/files.ts';
import { SystemRandom } from '../../src/io/random.ts';
import { Cartridge } from '../../src/media/cartridge.ts';
import { ADDRESS, ChangerClient, changerConfig } from '../support/e2e-changer.ts';
import { Assembled, diskConfig } from '../support/e2e-assembled.ts';
import { type Client, hexBytes } from '../support/e2e-client.ts';

const [DISK, CHANGER, FIRST_DRIVE, SECOND_DRIVE] = [0, 1, 2, 3];
const { slot: SLOT, drive: DRIVE, mail: MAIL } = ADDRESS;
const READY = '00 00 00 00 00 00';
const CONTENT = 'kept on the tape';
const TEXT = new TextEncoder().encode(CONTENT);
const WRITE = `0A 00 0000${TEXT.length.toString(16)} 00`;
const READ = `08 00 0000${TEXT.length.toString(16)} 00`;

let folder = '';
let target: Assembled;
let client: Client;
let changer: ChangerClient;

async function start(): Promise<void> {
  target = await Assembled.open({ files: new NodeFiles() }, [
    diskConfig('disk', join(folder, 'disk'), { byteLength: 1 << 20 }),
    changerConfig('lib', join(folder, 'lib'))]);
  client = target.client();
  changer = new ChangerClient(client, CHANGER);
}

async function restart(): Promise<void> {
  await target.close();
  await start();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'serverfree-changer-'));
  await start();
});

afterEach(async () => {
  await target.close();
  rmSync(folder, { recursive: true });
});

const barcodes = async (): Promise<Record<number, string>> => Object.fromEntries(
  [...await changer.holdings()].map(([address, { barcode }]) => [address, barcode]));

const read = async (lun: number): Promise<string> =>
  new TextDecoder().decode(await client.must(lun, READ, { room: TEXT.length }));

describe('a changer of a target', () => {
  it('stands in front of its drives', async () => {
    const types = [DISK, CHANGER, FIRST_DRIVE, SECOND_DRIVE].map(async (lun) =>
      (await client.must(lun, '12 00 00 00 24 00', { room: 36 }))[0]);
    expect(await Promise.all(types)).toEqual([0, 8, 1, 1]);
    expect(target.target.luns.map(({ config: { kind, name } }) => [kind, name])).toEqual([
      ['disk', 'disk'], ['changer', 'lib'], ['tape', 'lib-drive0'], ['tape', 'lib-drive1']]);
  });

  it('has the blank cartridges that it was made with, and keeps what it has', async () => {
    const made = { [SLOT]: 'LI0001L8', [SLOT + 1]: 'LI0002L8', [SLOT + 2]: 'LI0003L8' };
    expect(await barcodes()).toEqual(made);
    await restart();
    expect(await barcodes()).toEqual(made);
  });

  it('carries what is written from drive to drive, and over a restart', async () => {
    expect(await client.send(FIRST_DRIVE, READY)).toMatchObject({ told: '02/3A/00' });
    expect(await changer.move(SLOT, DRIVE)).toMatchObject({ told: 'good' });
    await client.must(FIRST_DRIVE, WRITE, { out: TEXT });
    expect(await changer.move(DRIVE, DRIVE + 1)).toMatchObject({ told: 'good' });
    expect(await read(SECOND_DRIVE)).toBe(CONTENT);
    await restart();
    expect(await changer.holdings()).toContainEqual(
      [DRIVE + 1, { barcode: 'LI0001L8', source: SLOT }]);
    expect(await read(SECOND_DRIVE)).toBe(CONTENT);
    expect(await changer.move(DRIVE + 1, SLOT)).toMatchObject({ told: 'good' });
    expect(await client.send(SECOND_DRIVE, READY)).toMatchObject({ told: '02/3A/00' });
  });

  it('and its drives keep their names over a restart, each its own', async () => {
    const names = () => Promise.all(
      [CHANGER, FIRST_DRIVE, SECOND_DRIVE].map((lun) => client.naa(lun)));
    const before = await names();
    expect(new Set(before).size).toBe(3);
    await changer.move(SLOT, DRIVE);
    await restart();
    expect(await names()).toEqual(before);
  });

  it('keeps persistent reservations of a drive, whatever is in it', async () => {
    const register = new Uint8Array(24);
    register[15] = 9;
    register[20] = 1; // APTPL
    await client.must(FIRST_DRIVE, '5F 00 00 0000 00000018 00', { out: register });
    await restart();
    const keys = await client.must(FIRST_DRIVE, '5E 00 000000000000 40 00', { room: 64 });
    expect(keys).toHaveLength(16);
    expect(keys[15]).toBe(9);
  });

  it('tells every initiator of a drive that its tape may be another one', async () => {
    const other = target.client();
    await other.send(FIRST_DRIVE, READY);
    await changer.move(SLOT, DRIVE);
    const sees = { seesUnitAttention: true };
    expect(await other.send(FIRST_DRIVE, READY, sees)).toMatchObject({ told: '06/28/00' });
    expect(await other.send(FIRST_DRIVE, READY, sees)).toMatchObject({ told: 'good' });
  });

  it('takes in what an operator puts into its folder', async () => {
    await client.must(CHANGER, READY);
    await Cartridge.create(new NodeFiles(), new SystemRandom(), join(folder, 'lib', 'foreign'),
      { barcode: 'F00001L8', capacityBytes: 1 << 20 });
    await target.target.noticeGrowth();
    expect(await client.send(CHANGER, READY, { seesUnitAttention: true }))
      .toMatchObject({ told: '06/28/01' });
    expect(await barcodes()).toMatchObject({ [MAIL]: 'F00001L8' });
    expect(await changer.exchange(MAIL, SLOT, MAIL)).toMatchObject({ told: 'good' });
    expect(await barcodes()).toMatchObject({ [MAIL]: 'LI0001L8', [SLOT]: 'F00001L8' });
  });

  it('locks its folder, and the tapes in its drives', async () => {
    await changer.move(SLOT, DRIVE);
    const again = Assembled.open({ files: new NodeFiles() },
      [changerConfig('other', join(folder, 'lib'))]);
    await expect(again).rejects.toMatchObject({ code: 'inUse' });
    const tape = Cartridge.open(new NodeFiles(), new SystemRandom(),
      join(folder, 'lib', 'LI0001L8'));
    await expect(tape).rejects.toMatchObject({ code: 'inUse' });
  });

  it('is no source and no destination of a copy', async () => {
    const naa = await client.naa(CHANGER);
    const fill = '00'.repeat(12);
    const cscd = `E4 08 0000 01 03 00 08 ${naa} ${fill} 00000000`;
    const disk = `E4 00 0000 01 03 00 08 ${await client.naa(DISK)} ${fill} 00000200`;
    const segment = '02 00 0018 0000 0001 0000 0001 0000000000000000 0000000000000000';
    const list = hexBytes(`01 00 0040 00000000 0000001C 00000000 ${cscd} ${disk} ${segment}`);
    expect((await client.copy(DISK, list)).told).toBe('0A/26/0C');
  });
});

it('has a drive and a slot at least, and opens nothing otherwise', async () => {
  const wrong = changerConfig('bad', join(folder, 'bad'), { drives: 0 });
  await expect(Assembled.open({ files: new NodeFiles() }, [wrong]))
    .rejects.toThrow('drives 0: it is not from 1 to 64');
  const many = changerConfig('bad', join(folder, 'bad'), { cartridges: 5 });
  await expect(Assembled.open({ files: new NodeFiles() }, [many]))
    .rejects.toThrow('5 cartridges do not fit 4 slots');
});
