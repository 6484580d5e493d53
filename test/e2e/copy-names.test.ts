/** Copies whose lists name devices as other transports do, or by aliases. */
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Client, hexBytes } from '../support/e2e-client.ts';
import { E2eFolder } from '../support/e2e-folder.ts';
import { pattern } from '../support/e2e-lists.ts';
import type { TargetProcess } from '../support/target-process.ts';

const folder = new E2eFolder();
const clients: Client[] = [];

const clientOf = ({ portal, iqn }: TargetProcess): Client => {
  const client = new Client(`iscsi://${portal}/${iqn}`);
  clients.push(client);
  return client;
};
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

const LUN_0 = '0000000000000000';
const LUN_1 = '0001000000000000';
const DISK = '00 000200';
/** 4 KiB from the first CSCD to the second. */
const list = (source: string, destination: string): Uint8Array => hexBytes(`
  01 00 0040 00000000 0000001C 00000000
  ${source} ${destination}
  02 00 0018 0000 0001 0000 0008 0000000000000000 0000000000000010`);
const fcName = (name: string, lun: string): string =>
  `E0 00 0000 ${lun} ${name} 0000000000000000 ${DISK}`;
const PARALLEL_5 = `E3 00 0000 ${LUN_0} 00 05 ${'00'.repeat(14)} ${DISK}`;
const alias = (value: string, lun: string): string =>
  `E6 00 0000 ${lun} ${value} 0000000000000000 ${DISK}`;

const data = pattern(7, 1 << 20);
const flags = (): string[] => {
  writeFileSync(folder.file('a'), data);
  return ['--disk', `first=${folder.file('a')}`, '--disk', `second=${folder.file('b')},size=1M`];
};
/** The 8 blocks that a copy has written. */
const copied = (client: Client): Promise<Uint8Array> =>
  client.must(1, '28 00 00000010 00 0008 00', { room: 4096 });

describe('names on other transports', () => {
  it('are those that --transport gives', async () => {
    const client = clientOf(await folder.target(...flags(),
      '--transport', 'fc:50:06:01:60:41:e0:a1:b2', '--transport', 'scsi:5=second'));
    const copy = list(fcName('5006016041E0A1B2', LUN_0), PARALLEL_5);
    expect(await client.copy(0, copy)).toMatchObject({ told: 'good' });
    expect(Buffer.from(await copied(client)).equals(data.subarray(0, 4096))).toBe(true);
  });

  it('may stand in the configuration', async () => {
    writeFileSync(folder.file('config'), JSON.stringify({
      transport: ['sas:5000c50012345678=second@1,first', 'scsi:5=second'] }));
    const client = clientOf(await folder.target(...flags(), '--config', folder.file('config')));
    const sas = `E9 00 0000 0002000000000000 5000C50012345678 ${'00'.repeat(8)} ${DISK}`;
    expect(await client.copy(0, list(sas, PARALLEL_5))).toMatchObject({ told: 'good' });
    expect(Buffer.from(await copied(client)).equals(data.subarray(0, 4096))).toBe(true);
  });

  it('reach nothing unless they are given', async () => {
    const client = clientOf(await folder.target(
      ...flags(), '--transport', 'scsi:5=second', '--transport', 'fc:5006016041e0a1b3'));
    const copy = list(fcName('5006016041E0A1B2', LUN_0), PARALLEL_5);
    const { told, sense } = await client.copy(0, copy);
    expect(told).toBe('0A/0D/02');
    // The first byte of the first CSCD descriptor.
    expect(sense.slice(30, 36)).toBe('800010');
  });

  it('are not supported on transports on which none is given', async () => {
    const client = clientOf(await folder.target(...flags(), '--transport', 'scsi:5=second'));
    const { told, sense } = await client.copy(
      0, list(fcName('5006016041E0A1B2', LUN_0), PARALLEL_5));
    expect(told).toBe('05/26/07');
    expect(sense.slice(30, 36)).toBe('800010');
  });
});

describe('aliases', () => {
  it('stand for the target on the nexus that has made them', async () => {
    const target = await folder.target(...flags());
    const client = clientOf(target);
    const name = Buffer.from(target.iqn);
    const length = Math.ceil((name.length + 1) / 4) * 4;
    const entry = `A1A1A1A1A1A1A1A1 05 0000 00 0000 ${length.toString(16).padStart(4, '0')} ${
      name.toString('hex').padEnd(2 * length, '0')}`;
    const change = hexBytes(`${(length + 20).toString(16).padStart(8, '0')} 00000000 ${entry}`);
    await client.must(0, `A4 0B 00000000 ${change.length.toString(16).padStart(8, '0')} 00 00`,
      { out: change });
    expect(Buffer.from(await client.must(0, 'A3 0B 00000000 00000200 00 00', { room: 512 }))
      .toString('hex')).toBe(`${(length + 20).toString(16).padStart(8, '0')}00000001${
      entry.replaceAll(' ', '').toLowerCase()}`);

    const copy = list(alias('A1A1A1A1A1A1A1A1', LUN_0), alias('A1A1A1A1A1A1A1A1', LUN_1));
    expect(await client.copy(0, copy)).toMatchObject({ told: 'good' });
    expect(Buffer.from(await copied(client)).equals(data.subarray(0, 4096))).toBe(true);
    // Each logical unit has a list of its own, and so has each nexus.
    expect(await client.copy(1, copy)).toMatchObject({ told: '0A/0D/02' });
    expect(await clientOf(target).copy(0, copy)).toMatchObject({ told: '0A/0D/02' });
  });
});
