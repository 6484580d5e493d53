/** Opens the two devices of a job and chooses how data moves between them. */
import type { Initiator } from '../../initiator/initiator.ts';
import { CopyManager } from '../devices/copy-manager.ts';
import { becomeReady, identify, type Identity } from '../devices/device.ts';
import { Disk } from '../devices/disk.ts';
import { TapeDrive } from '../devices/tape-drive.ts';
import { HostMover } from '../movers/host.ts';
import type { DataMover, MoverName } from '../movers/mover.ts';
import { endsOf } from '../movers/parameter-lists.ts';
import { XcopyMover, type XcopyOptions } from '../movers/xcopy.ts';
import type { Job } from './job.ts';

export interface MoverOptions extends XcopyOptions {
  readonly mover: MoverName;
  /** Which of the two logical units gets the lists: the tape's, as with tape-era copy managers. */
  readonly copyManagerAt?: 'tape' | 'disk';
}

/** A tape for reading and positioning by this client. */
export interface TapeEnd {
  readonly drive: TapeDrive;
  readonly identity: Identity;
}

export interface DiskEnd {
  /** For file-system structures. */
  readonly disk: Disk;
  readonly identity: Identity;
}

export async function openTape(job: Job, unit: Initiator): Promise<TapeEnd> {
  const metered = job.meter.metadata(unit);
  await becomeReady(metered);
  return { drive: new TapeDrive(metered), identity: await identify(metered, 'tape') };
}

export async function openDisk(job: Job, unit: Initiator): Promise<DiskEnd> {
  const metered = job.meter.metadata(unit);
  await becomeReady(metered);
  return { identity: await identify(metered, 'disk'), disk: await Disk.open(metered) };
}

/**
 * The mover that was asked for, never another one.
 *
 * Throws: Error if the copy manager cannot reach both devices or cannot do what is needed.
 */
export async function openMover(
  job: Job, units: { disk: Initiator; tape: Initiator }, disk: DiskEnd, tape: TapeEnd,
  options: MoverOptions): Promise<DataMover> {
  const recordBytesMax = await tape.drive.recordBytesMax();
  if (options.mover === 'host') {
    return new HostMover(
      disk.disk.through(job.meter.data(units.disk)), new TapeDrive(job.meter.data(units.tape)),
      tape.drive, Math.min(recordBytesMax, options.recordBytesMax ?? recordBytesMax));
  }
  checkSameTarget(units.disk.url, units.tape.url);
  const at = options.copyManagerAt === 'disk' ? units.disk : units.tape;
  const manager = new CopyManager(job.meter.metadata(at), job.context.clock);
  const ends = endsOf(disk.identity, tape.identity, disk.disk.blockBytes);
  return XcopyMover.open(manager, ends, recordBytesMax, options);
}

/** A copy manager reaches the logical units of its own target; local devices name no target. */
function checkSameTarget(disk: string, tape: string): void {
  const [diskTarget, tapeTarget] = [targetOf(disk), targetOf(tape)];
  if (diskTarget === tapeTarget) return;
  throw new Error('Cannot copy by EXTENDED COPY: disk and tape are on two targets, '
    + `${diskTarget ?? disk} and ${tapeTarget ?? tape}; use --mover host`);
}

const targetOf = (url: string): string | undefined => /^iscsi:\/\/[^/]+\/([^/]+)\//.exec(url)?.[1];
