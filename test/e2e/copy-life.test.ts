/** Copies from their command to the last that is told of them, through the program. */
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { operatingParameters } from '../../src/wire/copy/results.ts';
import { readLid4Results } from '../../src/wire/copy/lid4-results.ts';
import { Client, hexBytes, hexOf } from '../support/e2e-client.ts';
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

const data = pattern(3, 1 << 20);
const disks = (): string[] => {
  writeFileSync(folder.file('a'), data);
  return ['--disk', `first=${folder.file('a')}`, '--disk', `second=${folder.file('b')},size=1M`];
};

/** 256 blocks from the first disk to the second; `flags` is byte 15: G_SENSE and IMMED. */
const list = (source: string, destination: string, flags: string): Uint8Array => hexBytes(`
  01 00 0020 ${'00'.repeat(11)} ${flags} FF 000000 00000101 ${'00'.repeat(18)} 0040 001C 0000
  E4 00 0000 01 03 00 08 ${source} ${'00'.repeat(12)} 00 000200
  E4 00 0000 01 03 00 08 ${destination} ${'00'.repeat(12)} 00 000200
  02 00 0018 0001 0002 0000 0100 0000000000000000 0000000000000100`);
const copyLid4 = async (client: Client, flags: string) => {
  const bytes = list(await client.naa(0), await client.naa(1), flags);
  return client.send(0, `83 01 0000000000000000 ${hexOf(bytes.length, 4)} 00 00`, { out: bytes });
};
const STATUS = '84 05 00000101 00000000 00000100 00 00';
const ABORT = '83 1C 00000101 000000000000000000 00';

describe('a copy with a 32-bit identifier', () => {
  it('goes on in the background with IMMED, and is told of until it has ended', async () => {
    const client = clientOf(await folder.target(...disks()));
    expect(await copyLid4(client, '01')).toMatchObject({ told: 'good', sense: '' });
    const asked = async () => readLid4Results(await client.must(0, STATUS, { room: 256 })).head;
    let head = await asked();
    while (head.status === 0x12) head = await asked();
    expect(head).toMatchObject({
      responseToServiceAction: 1, status: 0x01, completionStatus: 0, transferCount: 131_072n,
      segmentsProcessed: 1 });
    const copied = await client.must(1, '28 00 00000100 00 0100 00', { room: 131_072 });
    expect(Buffer.from(copied).equals(data.subarray(0, 131_072))).toBe(true);
    expect((await client.send(0, ABORT)).told).toBe('05/24/00');
  });

  it('returns sense data with GOOD if G_SENSE asks for it', async () => {
    const client = clientOf(await folder.target(...disks()));
    const { told, sense } = await copyLid4(client, '02');
    expect(told).toBe('0F/00/20');
    expect(sense.slice(16, 24)).toBe('00000001');
  });
});

describe('--copy', () => {
  it('sets limits, and they are told', async () => {
    const client = clientOf(await folder.target(
      ...disks(), '--copy', 'cscdCountMax=1', '--copy', 'noListIdentifier=refused'));
    const told = operatingParameters.read(
      await client.must(0, '84 03 0000000000000000 00000400 00 00', { room: 1024 }));
    expect(told).toMatchObject({ maximumCscdCount: 1, snlid: false });
    expect((await copyLid4(client, '00')).told).toBe('05/26/06');
  });

  it('may stand in the configuration, where a flag comes before it', async () => {
    writeFileSync(folder.file('config'), JSON.stringify({
      copy: ['cscdCountMax=1', 'segmentCountMax=7'] }));
    const client = clientOf(await folder.target(
      ...disks(), '--config', folder.file('config'), '--copy', 'cscdCountMax=9'));
    const told = operatingParameters.read(
      await client.must(1, '84 03 0000000000000000 00000400 00 00', { room: 1024 }));
    expect(told).toMatchObject({ maximumCscdCount: 9, maximumSegmentCount: 7 });
  });
});
