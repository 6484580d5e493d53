import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { OpenFile } from '../ports/files.ts';
import { RUNGS, type Rung } from '../ports/mover.ts';
import { NodeFiles } from './files.ts';
import { createMover, type MoverOptions } from './mover.ts';
import { RungRefused } from './native-mover.ts';

/** Whether a rung can be had between files of a folder, and if not, why. */
export interface RungReport {
  readonly rung: Rung;
  readonly isAvailable: boolean;
  readonly reason?: string;
}

const PROBE_BYTES = 64 * 1024;

/**
 * Tries each rung between two small files that it makes in `folder` and removes again.
 *
 * Throws: FileError if no file can be made there.
 */
export async function reportRungs(
  folder: string, options: Pick<MoverOptions, 'addon'> = {},
): Promise<RungReport[]> {
  const files = new NodeFiles();
  const name = join(folder, `.serverfree-probe-${randomBytes(6).toString('hex')}`);
  const paths = [`${name}-source`, `${name}-destination`] as const;
  const opened: OpenFile[] = [];
  try {
    for (const path of paths) opened.push(await files.open(path, 'create'));
    const [source, destination] = opened as [OpenFile, OpenFile];  // one for each path
    await source.write(Buffer.alloc(PROBE_BYTES, 1), 0);
    const reports: RungReport[] = [];
    for (const rung of RUNGS) reports.push(await tryRung(rung, source, destination, options));
    return reports;
  } finally {
    for (const file of opened) {
      await file.close();
      await files.remove(file.path);
    }
  }
}

async function tryRung(
  rung: Rung, source: OpenFile, destination: OpenFile, options: Pick<MoverOptions, 'addon'>,
): Promise<RungReport> {
  try {
    const mover = createMover({ ...options, rung });
    try {
      const places = [source, destination].map((file) => ({ file, offset: 0 }));
      const { byRung } = await mover.move(places[0]!, places[1]!, PROBE_BYTES);
      if (byRung[rung] > 0) return { rung, isAvailable: true };
      return { rung, isAvailable: false, reason: 'another rung had to take the bytes' };
    } finally {
      await mover.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = error instanceof RungRefused ? error.refusal : error.message;
    return { rung, isAvailable: false, reason };
  }
}
