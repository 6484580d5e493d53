/** One EXTENDED COPY of a whole disk to tape, timed from its start to its status. */
import { becomeReady, identify } from '../src/backup/devices/device.ts';
import { endsOf } from '../src/backup/movers/parameter-lists.ts';
import { planBackup } from '../src/backup/plan/backup-plan.ts';
import { RECORD_BYTES, SEGMENT_BLOCKS_MAX } from '../src/backup/plan/limits.ts';
import type { Host } from '../src/app/host.ts';
import { Initiators } from '../src/initiator/connect.ts';
import { CommandFailed, type Initiator } from '../src/initiator/initiator.ts';
import { TcpNetwork } from '../src/io/network.ts';
import { extendedCopyCdb } from '../src/wire/copy/cdbs.ts';
import { encodeParameterList } from '../src/wire/copy/parameter-list.ts';
import { blockToStream, writeFilemarks } from '../src/wire/copy/segments.ts';

const BLOCK_BYTES = 512;
const [DISK, TAPE] = [0, 1];

export interface CopyUrls {
  readonly disk: string;
  readonly tape: string;
}

export interface CopyTime {
  readonly seconds: number;
  /** By the target. */
  readonly cpuSeconds: number;
}

/**
 * Copies a disk of so many bytes.
 *
 * `cpuOfTarget` tells the target's processor time so far, in seconds. Throws: CommandFailed; what
 * the connection throws.
 */
export async function timeExtendedCopy(
  host: Host, urls: CopyUrls, diskBytes: number, cpuOfTarget: () => number, signal: AbortSignal,
): Promise<CopyTime> {
  const initiators = new Initiators({ network: new TcpNetwork(), ...host });
  const disk = await initiators.open(urls.disk);
  const tape = await initiators.open(urls.tape);
  try {
    const dataOut = await wholeDiskList(disk, tape, diskBytes);
    const cdb = extendedCopyCdb.encode({
      opcode: 0x83, serviceAction: 0x00, parameterListLength: dataOut.length, control: 0 });
    const cpuBefore = cpuOfTarget();
    const start = performance.now();
    const answer = await tape.execute({ cdb, dataOut, signal });
    const seconds = (performance.now() - start) / 1000;
    const cpuSeconds = cpuOfTarget() - cpuBefore;
    if (answer.status !== 'good') throw new CommandFailed('copy the disk to the tape', answer);
    return { seconds, cpuSeconds };
  } finally {
    await tape.close();
    await disk.close();
  }
}

/**
 * The disk in segments as long as they may be, in whole records, then a filemark with W_IMMED=0:
 * the status says that the tape is durable.
 */
async function wholeDiskList(
  disk: Initiator, tape: Initiator, diskBytes: number): Promise<Uint8Array> {
  await becomeReady(disk);
  await becomeReady(tape);
  const { cscds } = endsOf(await identify(disk, 'disk'), await identify(tape, 'tape'), BLOCK_BYTES);
  const limits = {
    segmentCountMax: Number.POSITIVE_INFINITY, listBytesMax: Number.MAX_SAFE_INTEGER,
    segmentBytesMax: SEGMENT_BLOCKS_MAX * BLOCK_BYTES,
  };
  const segments: Uint8Array[] = [];
  const wholeDisk = [{ offset: 0, byteLength: diskBytes }];
  for await (const list of planBackup(wholeDisk, limits, RECORD_BYTES)) {
    segments.push(...list.pieces.map(({ offset, byteLength }, i) => blockToStream.encode({
      type: 0x00, cat: i < list.pieces.length - 1, length: 0x14, sourceCscd: DISK,
      destinationCscd: TAPE, streamTransferLength: RECORD_BYTES,
      blockCount: byteLength / BLOCK_BYTES, lba: BigInt(offset / BLOCK_BYTES),
    })));
  }
  segments.push(writeFilemarks.encode({
    type: 0x10, cat: false, length: 0x08, destinationCscd: TAPE, wsmk: false, immediate: false,
    filemarkCount: 1 }));
  return encodeParameterList({ listIdentifier: 1, cscds, segments });
}
