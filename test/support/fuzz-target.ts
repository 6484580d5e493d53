/** A target on files in memory that is to be treated badly: two disks and two tapes. */
import { PortableMover } from '../../src/io/portable-mover.ts';
import { Assembled, diskConfig, tapeConfig } from './e2e-assembled.ts';
import type { Client } from './e2e-client.ts';
import { hexBytes } from './e2e-client.ts';
import { memoryFiles } from './memory-files.ts';
import { randomFrom } from './seeded-random.ts';
import { seeded } from './seeded.ts';

export const FUZZ_LUNS = { disk: 0, other: 1, tape: 2, empty: 3, absent: 4 } as const;
const DISK_BYTES = 256 * 1024;

export const openFuzzTarget = (): Promise<Assembled> =>
  Assembled.open(
    { files: memoryFiles(), random: randomFrom(seeded(5)), mover: new PortableMover() }, [
      diskConfig('disk', '/disk', { byteLength: DISK_BYTES }),
      diskConfig('other', '/other', { byteLength: DISK_BYTES, blockBytes: 4096, removable: true }),
      tapeConfig('tape', '/tape', 2 * 1024 * 1024), tapeConfig('empty', undefined),
    ]);

/** Brings all logical units back to work, whatever was done to them; each must answer for it. */
export async function recover(client: Client): Promise<void> {
  const { disk, other, tape } = FUZZ_LUNS;
  await client.must(other, '1B 00 00 00 03 00');                    // START STOP UNIT: load
  await client.must(tape, '1B 00 00 00 01 00');                     // LOAD UNLOAD: load
  for (const lun of [disk, other, tape]) {
    const control = hexBytes(`00000000 0A0A ${'00'.repeat(10)}`);
    await client.send(lun, '15 10 00 00 10 00', { out: control });  // no software write protection
  }
  await client.must(tape, '15 10 00 00 0C 00', { out: hexBytes('00001008 00000000 00000000') });
  await client.must(tape, '01 00 00 00 00 00');
  await client.must(tape, '19 00 00 00 00 00');                     // ERASE: blank again
  for (const lun of [disk, other]) await client.must(lun, '35 00 00000000 00 0000 00');
  for (const lun of [disk, other, tape]) await client.must(lun, '00 00 00 00 00 00');
}
