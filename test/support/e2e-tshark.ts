/** What tshark reads in a capture. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from './e2e-program.ts';

/** What it says of its own accord that it does not understand. */
export const MALFORMED = '_ws.malformed or _ws.expert.severity == error';

/** Values of a field in a frame, in their order. */
export type FrameFields = ReadonlyMap<string, readonly string[]>;

/**
 * Fields of the frames that a display filter lets through, by the number of the frame.
 *
 * Data of a command that come in several PDUs are put together. `port` is the target's.
 */
export async function tsharkFields(
  pcap: Uint8Array, filter: string, fields: readonly string[], port = 3260,
): Promise<Map<number, FrameFields>> {
  const folder = mkdtempSync(join(tmpdir(), 'serverfree-tshark-'));
  const file = join(folder, 'pcap');
  try {
    writeFileSync(file, pcap);
    const out = await outputOf('tshark', ['-n', '-r', file, '-o', 'scsi.defragment:TRUE',
      '-d', `tcp.port==${port},iscsi`, '-Y', filter, '-T', 'fields', '-E', 'separator=|',
      ...['frame.number', ...fields].flatMap((field) => ['-e', field])]);
    return new Map(out.split('\n').filter((line) => line !== '').map((line) => {
      const [number, ...values] = line.split('|');
      return [Number(number), new Map(fields.map((field, i) =>
        [field, values[i] === '' ? [] : values[i]!.split(',')]))];
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
