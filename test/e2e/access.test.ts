/** What an initiator reaches where access rules say so: by command, by copy, by discovery. */
import { afterEach, describe, expect, it } from 'vitest';
import { parseAccessSpec } from '../../src/app/access-specs.ts';
import { connect, discover } from '../../src/initiator/connect.ts';
import type { InitiatorPorts } from '../../src/initiator/session.ts';
import { SystemClock } from '../../src/io/clock.ts';
import { Assembled, diskConfig } from '../support/e2e-assembled.ts';
import { type Client, hexBytes } from '../support/e2e-client.ts';
import { pattern } from '../support/e2e-lists.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { randomFrom } from '../support/seeded-random.ts';
import { seeded } from '../support/seeded.ts';

const FULL = 'iqn.2020-01.test:full';
const MASKED = 'iqn.2020-01.test:masked';
const STRANGER = 'iqn.2020-01.test:stranger';
const DISK_BYTES = 256 * 1024;

let target: Assembled | undefined;
afterEach(async () => {
  await target?.close();
  target = undefined;
});

/** Disks a, b, c as LUN 0, 1, 2; one initiator has c as LUN 0 and b as LUN 5. */
async function open(): Promise<{ full: Client; masked: Client }> {
  target = await Assembled.open(
    { files: memoryFiles(), random: randomFrom(seeded(3)) },
    ['a', 'b', 'c'].map((name) => diskConfig(name, `/${name}`, { byteLength: DISK_BYTES })),
    { access: [parseAccessSpec(FULL), parseAccessSpec(`${MASKED}=0:c,5:b`)] });
  const [full, masked] = [FULL, MASKED].map((initiatorName) => target!.client({ initiatorName }));
  return { full: full!, masked: masked! };
}

const READY = '00 00 00 00 00 00';
const REPORT_LUNS = 'A0 00 00 000000 00000100 00 00';
const lunsOf = async (client: Client, lun = 0): Promise<number[]> => {
  const data = await client.must(lun, REPORT_LUNS, { room: 256 });
  return Array.from({ length: (data.length - 8) / 8 }, (_, i) => data[8 + 8 * i + 1]!);
};
const write = (client: Client, lun: number, bytes: Uint8Array): Promise<Uint8Array> =>
  client.must(lun, `2A 00 00000000 00 ${(bytes.length / 512).toString(16).padStart(4, '0')} 00`,
    { out: bytes });
const read = (client: Client, lun: number): Promise<Uint8Array> =>
  client.must(lun, '28 00 00000000 00 0008 00', { room: 4096 });
/** Eight blocks from one disk to another, named by their designators. */
const copyList = (source: string, destination: string): Uint8Array => hexBytes(`
  01 00 0040 00000000 0000001C 00000000
  E4 00 0000 01 03 00 08 ${source.padEnd(40, '0')} 00 000200
  E4 00 0000 01 03 00 08 ${destination.padEnd(40, '0')} 00 000200
  02 00 0018 0000 0001 0000 0008 0000000000000000 0000000000000000`);

describe('an initiator with a LUN mask', () => {
  it('is told of its own LUNs, wherever it asks', async () => {
    const { full, masked } = await open();
    expect(await lunsOf(full)).toEqual([0, 1, 2]);
    expect(await lunsOf(masked)).toEqual([0, 5]);
    expect(await lunsOf(masked, 1)).toEqual([0, 5]);
    expect(await masked.naa(0)).toBe(await full.naa(2));
    expect(await masked.naa(5)).toBe(await full.naa(1));
  });

  it('finds nothing where another has a unit', async () => {
    const { full, masked } = await open();
    await write(full, 0, pattern(1, 4096));
    for (const lun of [1, 2]) {
      expect((await masked.send(lun, READY)).told).toBe('05/25/00');
      expect((await masked.must(lun, '12 00 00 0024 00', { room: 36 }))[0]).toBe(0x7f);
    }
    await write(masked, 0, pattern(2, 4096));
    expect(Buffer.from(await read(full, 0)).equals(pattern(1, 4096))).toBe(true);
    expect(Buffer.from(await read(full, 2)).equals(pattern(2, 4096))).toBe(true);
  });

  it('copies between what it reaches, and nothing else', async () => {
    const { full, masked } = await open();
    const [a, b, c] = [await full.naa(0), await full.naa(1), await full.naa(2)];
    await write(full, 0, pattern(1, 4096));
    await write(full, 1, pattern(2, 4096));
    expect((await masked.copy(0, copyList(b, c))).told).toBe('good');
    expect(Buffer.from(await read(full, 2)).equals(pattern(2, 4096))).toBe(true);
    // Neither from the hidden disk nor to it; the same lists work for one that reaches it.
    for (const [from, to] of [[a, c], [c, a]] as const) {
      expect((await masked.copy(0, copyList(from, to))).told).toMatch(/^0a\/0d\/02$/i);
    }
    expect(Buffer.from(await read(full, 0)).equals(pattern(1, 4096))).toBe(true);
    expect((await full.copy(2, copyList(a, c))).told).toBe('good');
    expect(Buffer.from(await read(masked, 0)).equals(pattern(1, 4096))).toBe(true);
  });
});

const portsOf = ({ ports: { network } }: Assembled): InitiatorPorts =>
  ({ network, clock: new SystemClock(), random: randomFrom(seeded(9)) });

describe('an initiator without a rule', () => {
  it('may not log in', async () => {
    await open();
    const { host, port } = target!.target.address;
    await expect(connect(
      portsOf(target!), `iscsi://${host}:${port}/${target!.target.name}/0`,
      { initiatorName: STRANGER }))
      .rejects.toThrow('the initiator may not use this target (status 0202h)');
  });

  it('discovers nothing', async () => {
    await open();
    const { address } = target!.target;
    const found = (initiatorName: string) => discover(portsOf(target!),
      `iscsi://${address.host}:${address.port}`, { initiatorName });
    expect(await found(STRANGER)).toEqual([]);
    expect(await found(MASKED)).toHaveLength(1);
  });
});
