import type { Command, Result } from '../sam/command.ts';
import { SenseError } from '../sense/sense.ts';
import type { DiskUnit } from './disk.ts';
import type { MediumWork } from './medium-operation.ts';

/** Begins work on the whole medium, that no restart ends. Throws: SenseError. */
export async function beginWork(disk: DiskUnit, work: MediumWork): Promise<void> {
  disk.assertMayErase(); // two that arrive together are one too many
  await disk.operation.start(work);
}

/**
 * What the command answers that began the work: at once with IMMED, else when the work has ended.
 * Its own end, by an abort or a lost nexus, leaves the work going on.
 */
export async function endOfWork(
  disk: DiskUnit, { signal }: Command, immed: boolean, wantedBytes: number): Promise<Result> {
  if (immed) return { wantedBytes };
  await settledOrAborted(disk.operation.ended, signal);
  const { sense } = disk.operation;
  if (sense?.key === 'mediumError') {
    throw new SenseError(sense.key, sense.additional, `Cannot erase ${disk.name}: it has failed`);
  }
  return { wantedBytes };
}

async function settledOrAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let giveUp = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
