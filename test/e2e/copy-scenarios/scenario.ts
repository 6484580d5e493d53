/** Copies whose lists and results are worked out by hand, for any target with the same devices. */
import { expect } from 'vitest';
import type { Answered } from '../../support/e2e-client.ts';
import { hexOf } from '../../support/e2e-client.ts';
import { LUN, type Lists, type Name, brief } from '../../support/e2e-lists.ts';
import type { ProgramBench } from '../../support/e2e-program-bench.ts';

export interface Scenario {
  readonly name: string;
  /** Throws if something is not as the standard has it. */
  run(bench: ProgramBench): Promise<void>;
}

export const BLOCK_BYTES = { A: 512, B: 512, C: 4096, R: 512 } as const;
export type Disk = keyof typeof BLOCK_BYTES;

export const GOOD = { told: 'good', sense: '' };

/** Sends a list that must end well. */
export async function mustCopy(bench: Lists, to: Name, list: string): Promise<void> {
  expect(await bench.copy(to, list)).toMatchObject(GOOD);
}

export const blocks = (bench: Lists, disk: Disk, lba: number, count: number): Uint8Array =>
  bench.disk(disk, lba, count, BLOCK_BYTES[disk]);

/** WRITE(10) of whole blocks. */
export async function fill(
  bench: Lists, disk: Disk, lba: number, bytes: Uint8Array): Promise<void> {
  await bench.client.must(LUN[disk],
    `2A 00 ${hexOf(lba, 4)} 00 ${hexOf(bytes.length / BLOCK_BYTES[disk], 2)} 00`, { out: bytes });
}

export const expectBlocks = (
  bench: Lists, disk: Disk, lba: number, expected: Uint8Array): void =>
  expect(brief(blocks(bench, disk, lba, expected.length / BLOCK_BYTES[disk])))
    .toEqual(brief(expected));

export const expectTape = async (
  bench: Lists, tape: 'T' | 'U', expected: readonly (Uint8Array | 'mark')[]): Promise<void> =>
  expect(brief(await bench.tape(tape))).toEqual(brief(expected));

/** Tapes at their beginning, in variable mode. What is on them is gone with the next write. */
export async function freshTapes(bench: Lists): Promise<void> {
  for (const tape of ['T', 'U'] as const) {
    await bench.rewind(tape);
    await bench.blockLength(tape, 0);
  }
}

/** RECEIVE COPY STATUS(LID1), without its first four bytes, in hexadecimal. */
export async function status(bench: Lists, to: Name, id: string): Promise<string> {
  const data = await bench.client.must(
    LUN[to], `84 00 ${id} 00000000000000 00000020 00 00`, { room: 32 });
  return Buffer.from(data.subarray(4)).toString('hex');
}

/** Bytes in which some have been written over. */
export function written(bytes: Uint8Array, at: number, over: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(over, at);
  return copy;
}

interface Aborted {
  /** ASC and ASCQ. */
  readonly codes: string;
  readonly segment: number;
  /** SENSE KEY SPECIFIC. */
  readonly pointer?: string;
  /** INFORMATION. */
  readonly residual?: number;
  /** Status and sense data that are forwarded. */
  readonly source?: string;
  readonly destination?: string;
}

/** COPY ABORTED in fixed format, where it forwards one answer at the most. SPC-4 5.17.7.4. */
export function expectAborted({ told, sense }: Answered, expected: Aborted): void {
  const { codes, segment, pointer = '000000', residual, source, destination } = expected;
  const forwarded = (source ?? destination ?? '').replaceAll(/\s/g, '').toLowerCase();
  expect(told.slice(0, 2)).toBe('0A');
  expect(sense).toBe([
    residual === undefined ? '70' : 'f0', '000a', hexOf(residual ?? 0, 4),
    hexOf(10 + forwarded.length / 2, 1), source === undefined ? '00' : '12',
    destination === undefined ? '00' : '12', hexOf(segment, 2), codes, '00', pointer, forwarded,
  ].join('').toLowerCase());
}
