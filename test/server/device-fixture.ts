import { DiskImage } from '../../src/media/disk-image.ts';
import { Cartridge } from '../../src/media/cartridge.ts';
import type { CartridgeOptions } from '../../src/media/tape-types.ts';
import type { Files } from '../../src/ports/files.ts';
import type { ItNexus, Outcome } from '../../src/sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../../src/sam/logical-unit.ts';
import { perform } from '../../src/sam/perform.ts';
import { type ReadSense, readSense } from '../../src/sense/sense.ts';
import { concat } from '../../src/bytes/concat.ts';
import { parseHex } from '../../src/bytes/hex.ts';
import { blockCommands } from '../../src/server/block-commands.ts';
import { type DiskOptions, DiskUnit } from '../../src/server/disk.ts';
import { primaryCommands } from '../../src/server/primary-commands.ts';
import { streamCommands } from '../../src/server/stream-commands.ts';
import { type TapeOptions, TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { randomFrom } from '../support/seeded-random.ts';
import { seeded } from '../support/seeded.ts';

export const nexusOf = (name: string): ItNexus => ({
  initiatorName: `iqn.test:${name}`, isid: '400000000001', targetName: 'iqn.test:t',
  portalGroupTag: 1,
});

export const ALICE = nexusOf('alice');
export const BOB = nexusOf('bob');

/** Every nexus reaches these, by LUN. */
export function unitsOf(...units: LogicalUnit[]): LogicalUnits {
  return { reachable: () => new Map(units.entries()) };
}

export const random = randomFrom(seeded(7));

export interface DiskFixture extends Partial<DiskOptions> {
  readonly files?: Files;
  readonly blockCount?: number;
  readonly blockBytes?: number;
  readonly readonly?: boolean;
}

export async function makeDisk(options: DiskFixture = {}): Promise<DiskUnit> {
  const { files = memoryFiles(), blockCount = 1024, blockBytes = 512, readonly, ...rest } = options;
  const byteLength = blockCount * blockBytes;
  if (readonly) {
    const made = await DiskImage.open(files, random, '/disk', { byteLength, blockBytes });
    await made.close();
  }
  const image = await DiskImage.open(files, random, '/disk',
    { blockBytes, byteLength, ...(readonly ? { readonly } : {}) });
  return new DiskUnit(image, {
    name: 'disk0',
    commands: (disk) => [...primaryCommands(disk, unitsOf(disk)), ...blockCommands(disk)],
    ...rest,
  });
}

export interface TapeFixture extends Partial<TapeOptions> {
  readonly files?: Files;
  readonly options?: Partial<CartridgeOptions>;
  readonly readonly?: boolean;
  readonly empty?: boolean;
}

const IDENTITY = { naa: parseHex('3000000000000001'), serialNumber: '000000000000001' };

export async function makeCartridge(
  files: Files, folder: string, options: Partial<CartridgeOptions> = {}, readonly = false,
): Promise<Cartridge> {
  await Cartridge.create(files, random, folder,
    { barcode: 'T00001L8', capacityBytes: 16 * 1024 * 1024, ...options });
  return Cartridge.open(files, random, folder, { readonly });
}

export async function makeTape(fixture: TapeFixture = {}): Promise<TapeUnit> {
  const { files = memoryFiles(), options, readonly, empty, ...rest } = fixture;
  const cartridge = empty ? undefined : await makeCartridge(files, '/tape', options, readonly);
  return new TapeUnit({
    name: 'tape0', identity: IDENTITY, ...(cartridge === undefined ? {} : { cartridge }),
    commands: (tape) => [...primaryCommands(tape, unitsOf(tape)), ...streamCommands(tape)],
    ...rest,
  });
}

export interface Sent {
  readonly nexus?: ItNexus;
  readonly out?: Uint8Array;
  /** In place of `out` as one part. */
  readonly parts?: readonly Uint8Array[];
  readonly expectedOut?: number;
  readonly expectedIn?: number;
  readonly signal?: AbortSignal;
}

/** What came back, with the sense data read. */
export interface Answer extends Omit<Outcome, 'sense'> {
  readonly data: Uint8Array;
  readonly sense: ReadSense | undefined;
  readonly rawSense: Uint8Array | undefined;
}

/** Runs a CDB given as bytes or hexadecimal text. A bug in the unit fails the test. */
export async function send(
  unit: LogicalUnit, cdb: string | Uint8Array, sent: Sent = {}): Promise<Answer> {
  const dataOut = sent.parts ?? (sent.out === undefined ? [] : [sent.out]);
  const outcome = await perform(unit, {
    nexus: sent.nexus ?? ALICE, cdb: typeof cdb === 'string' ? parseHex(cdb) : cdb,
    attribute: 'simple', dataOut,
    expectedOutBytes: sent.expectedOut ?? dataOut.reduce((sum, part) => sum + part.length, 0),
    expectedInBytes: sent.expectedIn ?? 1 << 30,
    signal: sent.signal ?? new AbortController().signal,
  }, (error) => {
    throw error;
  });
  const { sense, ...rest } = outcome;
  return {
    ...rest, data: concat(outcome.dataIn), rawSense: sense,
    sense: sense === undefined ? undefined : readSense(sense) };
}

/** Sends once for its unit attention, which is expected to be that of the start. */
export async function meet(unit: LogicalUnit, nexus: ItNexus = ALICE): Promise<void> {
  unit.attentions.meet(nexus);
  unit.attentions.take(nexus);
}

/** Quicker than `toEqual` for many bytes. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** `05/21/00`, or `good` and the like. */
export function told(answer: Answer): string {
  const { sense, status } = answer;
  if (sense === undefined) return status;
  const digits = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase();
  const raw = answer.rawSense!;
  const key = (raw[0]! & 0x7e) === 0x72 ? raw[1]! : raw[2]! & 0x0f;
  return [key, sense.code >>> 8, sense.code & 0xff].map(digits).join('/');
}
