/** Disks with the token commands, sent through `perform`. */
import { concat } from '../../../src/bytes/concat.ts';
import { writeU16, writeU32, writeU64 } from '../../../src/bytes/big-endian.ts';
import { copyCommands } from '../../../src/copy/copy-commands.ts';
import { CopyManager } from '../../../src/copy/copy-manager.ts';
import type { CopyLimits } from '../../../src/copy/limits.ts';
import { TargetNames } from '../../../src/copy/names/target-names.ts';
import { TransportMap } from '../../../src/copy/names/transport-map.ts';
import { ROD_TYPE_SUPPORT } from '../../../src/copy/rod/rod-types.ts';
import { RodStore } from '../../../src/copy/rod/rod-store.ts';
import { rodReportCommands, tokenCommands } from '../../../src/copy/rod/token-commands.ts';
import { copyLimitsOf } from '../../../src/copy/settings.ts';
import { PortableMover } from '../../../src/io/portable-mover.ts';
import { DiskImage, type DiskImageOptions } from '../../../src/media/disk-image.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Files } from '../../../src/ports/files.ts';
import type { Mover } from '../../../src/ports/mover.ts';
import type { ItNexus } from '../../../src/sam/command.ts';
import type { CommandEntry } from '../../../src/sam/command-table.ts';
import type { LogicalUnit, LogicalUnits } from '../../../src/sam/logical-unit.ts';
import { blockCommands } from '../../../src/server/block-commands.ts';
import { DiskUnit } from '../../../src/server/disk.ts';
import {
  COPY_OPERATION_STATUS, type Lid4Results, readLid4Results, rodTokenDescriptor,
} from '../../../src/wire/copy/lid4-results.ts';
import { ALICE, type Answer, nexusOf, send } from '../../server/device-fixture.ts';
import { memoryFiles } from '../../support/memory-files.ts';
import { randomFrom } from '../../support/seeded-random.ts';
import { seeded } from '../../support/seeded.ts';

export const MANAGER = nexusOf('copy-manager');

/** Time that stands still until it is moved. */
export class TestClock implements Clock {
  now = 1000;
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();

  get timerCount(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.now;
  }

  dateMs(): number {
    return this.now;
  }

  at(atMs: number, run: () => void): () => void {
    const timer = { atMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on by so many seconds, without what is due. */
  pass(seconds: number): void {
    this.now += seconds * 1000;
  }

  /** Calls what is due. */
  ring(): void {
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.now) continue;
      this.#timers.delete(timer);
      timer.run();
    }
  }
}

export interface DiskSpec extends DiskImageOptions {
  readonly blockCount?: number;
  /** Files of the host have to be in a folder. */
  readonly path?: string;
}

export interface FixtureOptions {
  readonly disks?: readonly DiskSpec[];
  readonly limits?: Partial<CopyLimits>;
  readonly files?: Files;
  readonly mover?: Mover;
  readonly seed?: number;
}

export interface Range {
  readonly lba: number | bigint;
  readonly blockCount: number;
}

export const concatRanges = (ranges: readonly Range[]): Uint8Array =>
  concat(ranges.map(({ lba, blockCount }) => {
    const bytes = new Uint8Array(16);
    writeU64(bytes, 0, BigInt(lba));
    writeU32(bytes, 8, blockCount);
    return bytes;
  }));

export interface PopulateFields {
  readonly rodType?: number;
  readonly immed?: boolean;
  readonly inactivity?: number;
}

export function populateList(ranges: readonly Range[], fields: PopulateFields = {}): Uint8Array {
  const head = new Uint8Array(16);
  writeU16(head, 0, 14 + 16 * ranges.length);
  head[2] = (fields.rodType === undefined ? 0 : 2) | (fields.immed ? 1 : 0);
  writeU32(head, 4, fields.inactivity ?? 0);
  writeU32(head, 8, fields.rodType ?? 0);
  writeU16(head, 14, 16 * ranges.length);
  return concat([head, concatRanges(ranges)]);
}

export interface WriteFields {
  readonly offset?: number | bigint;
  readonly delTkn?: boolean;
  readonly immed?: boolean;
}

export function writeList(
  token: Uint8Array, ranges: readonly Range[], fields: WriteFields = {}): Uint8Array {
  const head = new Uint8Array(536);
  writeU16(head, 0, 534 + 16 * ranges.length);
  head[2] = (fields.delTkn ? 2 : 0) | (fields.immed ? 1 : 0);
  writeU64(head, 8, BigInt(fields.offset ?? 0));
  head.set(token, 16);
  writeU16(head, 534, 16 * ranges.length);
  return concat([head, concatRanges(ranges)]);
}

export function cdbOf(
  serviceAction: number, listIdentifier: number, length: number, opcode = 0x83): Uint8Array {
  const cdb = new Uint8Array(16);
  cdb[0] = opcode;
  cdb[1] = serviceAction;
  writeU32(cdb, 6, listIdentifier);
  writeU32(cdb, 10, length);
  return cdb;
}

/** First 8 bytes of a block device zero token, and zeros. */
export function zeroToken(): Uint8Array {
  const token = new Uint8Array(512);
  token.set([0xff, 0xff, 0x00, 0x01, 0x00, 0x00, 0x01, 0xf8]);
  return token;
}

export class TokenFixture {
  readonly clock = new TestClock();
  readonly limits: CopyLimits;
  readonly rods: RodStore;
  readonly manager: CopyManager;
  readonly disks: DiskUnit[] = [];
  /** Logical units that a nexus cannot reach, by its name. */
  readonly hidden = new Map<string, LogicalUnit>();
  readonly #rows: readonly CommandEntry[];
  #lastIdentifier = 0x100;

  private constructor({ limits, mover = new PortableMover(), seed = 77 }: FixtureOptions) {
    this.limits = copyLimitsOf(limits);
    const { clock } = this;
    const units: LogicalUnits = { reachable: (nexus) => new Map([...this.disks.entries()]
      .filter(([, unit]) => this.hidden.get(nexus.initiatorName) !== unit)) };
    this.rods = new RodStore({
      units, clock, random: randomFrom(seeded(seed)), limits: this.limits, ownNexus: MANAGER });
    const sliceBytes = 64 * 1024;
    this.manager = new CopyManager({
      units, clock, mover, ownNexus: MANAGER, rods: this.rods, rodTypes: ROD_TYPE_SUPPORT,
      limits: this.limits, sliceBytes,
      names: new TargetNames({ map: new TransportMap([]), own: () => [] }) });
    this.#rows = [
      ...copyCommands(this.manager), ...rodReportCommands(this.rods),
      ...tokenCommands({ rods: this.rods, operations: this.manager.operations, sliceBytes })];
  }

  static async open(options: FixtureOptions = {}): Promise<TokenFixture> {
    const fixture = new TokenFixture(options);
    const { files = memoryFiles(), disks = [{}, {}] } = options;
    for (const [i, { blockCount = 4096, path = `/disk${i}`, ...disk }] of disks.entries()) {
      const image = await DiskImage.open(files, randomFrom(seeded(i + 1)), path, {
        byteLength: blockCount * (disk.blockBytes ?? 512), ...disk });
      fixture.disks.push(new DiskUnit(image, { name: `disk${i}`,
        port: { targetName: MANAGER.targetName, portalGroupTag: 1 },
        commands: (unit) => [...fixture.#rows, ...blockCommands(unit)] }));
    }
    return fixture;
  }

  async close(): Promise<void> {
    this.rods.close();
    for (const { image } of this.disks) await image.close();
  }

  nextIdentifier(): number {
    this.#lastIdentifier += 1;
    return this.#lastIdentifier;
  }

  /** Sends a list; the identifier is a new one unless it is given. */
  send(
    disk: number, serviceAction: number, list: Uint8Array,
    { identifier = this.nextIdentifier(), nexus = ALICE }: {
      readonly identifier?: number; readonly nexus?: ItNexus } = {}): Promise<Answer> {
    const unit = this.disks[disk]!;
    unit.attentions.meet(nexus);
    while (unit.attentions.take(nexus) !== undefined);
    return send(unit, cdbOf(serviceAction, identifier, list.length), { out: list, nexus });
  }

  /** RECEIVE ROD TOKEN INFORMATION. */
  async information(
    disk: number, identifier: number, nexus = ALICE): Promise<Required<Lid4Results>> {
    const cdb = cdbOf(0x07, 0, 1 << 16, 0x84);
    writeU32(cdb, 2, identifier);
    const { status, data } = await send(this.disks[disk]!, cdb, { nexus });
    if (status !== 'good') throw new Error('the operation is not known');
    return readLid4Results(data);
  }

  /** POPULATE TOKEN, and the token. */
  async populate(
    disk: number, ranges: readonly Range[], fields: PopulateFields = {},
    nexus = ALICE): Promise<Uint8Array> {
    const identifier = this.nextIdentifier();
    const answer = await this.send(
      disk, 0x10, populateList(ranges, fields), { identifier, nexus });
    if (answer.status !== 'good') throw new Error(`populate: ${answer.sense?.code.toString(16)}`);
    const { data } = await this.#ended(disk, identifier, nexus);
    return rodTokenDescriptor.read(data).token;
  }

  /** What is told of an operation once it is not in progress any more. */
  async #ended(disk: number, identifier: number, nexus: ItNexus): Promise<Required<Lid4Results>> {
    for (;;) {
      const told = await this.information(disk, identifier, nexus);
      if (told.head.status !== COPY_OPERATION_STATUS.inBackground) return told;
      await new Promise(setImmediate);
    }
  }

  use(
    disk: number, token: Uint8Array, ranges: readonly Range[], fields: WriteFields = {},
    sent: { readonly identifier?: number; readonly nexus?: ItNexus } = {}): Promise<Answer> {
    return this.send(disk, 0x11, writeList(token, ranges, fields), sent);
  }

  /** EXTENDED COPY(LID1). */
  copy(disk: number, list: Uint8Array): Promise<Answer> {
    return this.send(disk, 0x00, list, { identifier: 0 });
  }

  async read(disk: number, lba: number, blockCount: number): Promise<Uint8Array> {
    const { image } = this.disks[disk]!;
    const bytes = new Uint8Array(blockCount * image.blockBytes);
    await image.read(lba, bytes);
    return bytes;
  }

  async write(disk: number, lba: number, bytes: Uint8Array): Promise<void> {
    await this.disks[disk]!.write(lba, [bytes]);
  }
}

/** Bytes that tell where they come from. */
export function pattern(byteLength: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let i = 0; i < byteLength; i += 1) bytes[i] = (i * 7 + (i >> 8) * 13 + seed * 31) & 0xff;
  return bytes;
}

export const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
