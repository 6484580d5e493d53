/** What the demo does to its disk: wiping it, and damaging a file. */
import { CommandFailed, type Initiator } from '../../initiator/initiator.ts';
import { write16Cdb, writeSame16Cdb } from '../../wire/sbc/cdbs.ts';
import { blockLimitsPage } from '../../wire/sbc/vpd.ts';
import { inquiry } from '../../backup/devices/device.ts';
import { Disk } from '../../backup/devices/disk.ts';

const BLOCK_LIMITS = 0xb0;
/** For a disk that tells no limit. */
const WIPE_BYTES = 16 * 1024 * 1024;

/** Makes every block of the disk read zeros. Throws: CommandFailed. */
export async function wipe(unit: Initiator): Promise<void> {
  const { blockBytes, blockCount } = await Disk.open(unit);
  const { writeSameMax } = blockLimitsPage.read(await inquiry(unit, BLOCK_LIMITS));
  const step = Number(writeSameMax) || WIPE_BYTES / blockBytes;
  const blank = writeSame16Cdb.decode(new Uint8Array(16)).value;
  for (let lba = 0; lba < blockCount; lba += step) {
    const cdb = writeSame16Cdb.encode({
      ...blank, opcode: 0x93, unmap: true, ndob: true, lba: BigInt(lba),
      blockCount: Math.min(step, blockCount - lba) });
    const answer = await unit.execute({ cdb });
    if (answer.status !== 'good') throw new CommandFailed(`wipe block ${lba}`, answer);
  }
}

/** Overwrites whole blocks with a byte that no text has. Throws: CommandFailed. */
export async function overwrite(
  unit: Initiator, diskOffset: number, byteLength: number): Promise<void> {
  const { blockBytes } = await Disk.open(unit);
  const blank = write16Cdb.decode(new Uint8Array(16)).value;
  const lba = diskOffset / blockBytes;
  const blockCount = byteLength / blockBytes;
  const cdb = write16Cdb.encode({ ...blank, opcode: 0x8a, lba: BigInt(lba), blockCount });
  const answer = await unit.execute({ cdb, dataOut: new Uint8Array(byteLength).fill(0xdb) });
  if (answer.status !== 'good') throw new CommandFailed(`overwrite block ${lba}`, answer);
}
