import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rung } from '../src/ports/mover.ts';
import type { Context } from './context.ts';
import { type CopyTime, timeExtendedCopy } from './extended-copy.ts';
import { type CopyEvent, TargetProcess } from './target-process.ts';
import { undoing } from './undo.ts';

export interface TapeCopy extends CopyTime {
  /** What the target said of it. */
  readonly event: CopyEvent;
}

/** Copies a disk to a blank tape in `folder` by one EXTENDED COPY to a new target. */
export const copyToTape = (
  { host, signal }: Context, disk: string, diskBytes: number, folder: string, rung: Rung,
): Promise<TapeCopy> => undoing(async (undo) => {
  const cartridge = join(folder, 'tape');
  undo.add(() => rm(cartridge, { recursive: true, force: true }));
  const target = await TargetProcess.start({
    units: ['--disk', `disk=${disk}`, '--tape', `tape=${cartridge}`], rung }, undo);
  const urls = { disk: target.url(0), tape: target.url(1) };
  const time = await timeExtendedCopy(host, urls, diskBytes, () => target.cpuSeconds(), signal);
  const [event] = await target.close();
  // A figure is worth nothing if the bytes took another way.
  if (event?.byRung[rung] !== diskBytes) {
    throw new Error(`Cannot measure ${rung}: bytes moved by ${JSON.stringify(event?.byRung)}`);
  }
  return { ...time, event };
});
