/** Disks and tapes in memory with all commands of a copy manager, as rules are broken there. */
import { crc32c } from '../../../src/bytes/crc32c.ts';
import { aliasCommands } from '../../../src/copy/names/alias-commands.ts';
import { TargetNames } from '../../../src/copy/names/target-names.ts';
import { TransportMap } from '../../../src/copy/names/transport-map.ts';
import type { CopySettings } from '../../../src/copy/settings.ts';
import type { Outcome } from '../../../src/sam/command.ts';
import { CommandTable } from '../../../src/sam/command-table.ts';
import { deferred } from '../../../src/sam/deferred.ts';
import type { LogicalUnit } from '../../../src/sam/logical-unit.ts';
import type { SenseFormat } from '../../../src/sense/sense.ts';
import type { ListFormat } from '../../../src/wire/copy/parameter-list.ts';
import { MemoryDisk, MemoryTape, type TapeOptions, unitOf } from '../../support/copy-devices.ts';
import { cscdOf, filemarks, lid4ListOf, listOf } from '../../support/copy-lists.ts';
import { bytes as fromHex } from '../../support/vectors.ts';
import { dataOf, Fixture } from '../manager-fixture.ts';
import type { Offence, Place, Provocation } from './offence.ts';

/** IDs of a world's CSCD descriptors in a LID1 list. */
export const ID = {
  disk: 0, tape: 1, otherDisk: 2, otherTape: 3, largeDisk: 4, changer: 5, added: 6,
} as const;
/** The logical unit that has received the list. */
export const RECEIVER = 0xffff;

/** Bytes of 32 each behind the header. */
export const cscdAt = (id: number, format: ListFormat = 'LID1'): number =>
  (format === 'LID1' ? 16 : 48) + 32 * id;

/** A segment that is in nobody's way, so that the one that fails is not the first. */
export const BEFORE = filemarks(1, { to: ID.otherTape });

type Rest = Parameters<typeof lid4ListOf>[2] & { readonly cscds?: readonly Uint8Array[] };

export interface WorldOptions extends CopySettings {
  readonly tape?: TapeOptions;
}

function devicesOf(tape: TapeOptions) {
  const content = new Uint8Array(100 * 512).map((_, i) => (i * 7 + (i >> 9)) & 0xff);
  const disks = [new MemoryDisk('disk', 512, content),
    new MemoryDisk('other disk', 512, new Uint8Array(100 * 512)),
    new MemoryDisk('large disk', 4096, new Uint8Array(20 * 4096))] as const;
  const tapes = [new MemoryTape('tape', tape), new MemoryTape('other tape')] as const;
  for (let i = 0; i < 4; i += 1) tapes[0].put(content.subarray(i * 1024, (i + 1) * 1024));
  tapes[0].position = 0;
  return { disks, tapes, media: [disks[0], tapes[0], disks[1], tapes[1], disks[2], undefined] };
}

/** A world whose logical units give sense data in a format. */
export class World {
  readonly fixture: Fixture;
  readonly disks: ReturnType<typeof devicesOf>['disks'];
  readonly tapes: ReturnType<typeof devicesOf>['tapes'];
  /** By CSCD descriptor ID. */
  readonly units: readonly LogicalUnit[];
  readonly cscds: readonly Uint8Array[];

  constructor(senseFormat: SenseFormat, { tape = {}, ...settings }: WorldOptions = {}) {
    const { disks, tapes, media } = devicesOf(tape);
    this.disks = disks;
    this.tapes = tapes;
    this.units = media.map((medium, i) => ({ ...unitOf(`unit ${i}`, i + 1, medium), senseFormat }));
    const names = new TargetNames({ map: new TransportMap([]), own: () => [] });
    this.fixture = new Fixture(this.units, { ...settings, names });
    const rows = aliasCommands(names.aliases, (unit, nexus) =>
      this.fixture.manager.usesAliases(unit, nexus));
    for (const unit of this.units) {
      Object.assign(unit, { table: new CommandTable([...unit.table.entries, ...rows]) });
    }
    this.cscds = this.units.map((unit) => cscdOf(unit));
  }

  /** Takes the lists, if nothing else is said. */
  get receiver(): LogicalUnit {
    return this.units[ID.disk]!;
  }

  list(format: ListFormat, segments: readonly Uint8Array[], rest: Rest = {}): Uint8Array {
    const make = format === 'LID1' ? listOf : lid4ListOf;
    return make(rest.cscds ?? this.cscds, segments, rest);
  }

  /** Where a LID1 or LID4 list of this world has a segment descriptor. */
  segmentAt(
    format: ListFormat, before: readonly Uint8Array[], cscdCount: number = ID.added): number {
    return before.reduce((at, { length }) => at + length, cscdAt(cscdCount, format));
  }

  /** Everything that commands can change, as it is now. */
  async state(): Promise<unknown> {
    const report = async (cdb: string): Promise<string> =>
      String(dataOf(await this.fixture.send(this.receiver, fromHex(cdb))));
    return {
      disks: this.disks.map(({ file }) => crc32c(file.bytes)),
      tapes: this.tapes.map((tape) => [tape.position, tape.contents().map((one) =>
        (one === null ? 'filemark' : crc32c(one)))]),
      aliases: await report('A3 0B 00000000 00010000 00 00'),
      tokens: await report('84 08 00000000 00000000 00010000 00 00'),
    };
  }

  /** A command that breaks a rule, whatever it is. */
  offence(send: () => Promise<Outcome>, place: Place = {}, end?: Offence['end']): Offence {
    return { send, place, state: () => this.state(), ...(end === undefined ? {} : { end }) };
  }

  /** A list that breaks a rule; the place may say its format. */
  breaks(list: Uint8Array, place: Place = {}): Offence {
    return this.offence(() => this.sendList(place.format ?? 'LID1', list), place);
  }

  /** A LID1 list whose second segment breaks a rule, if nothing else is said. */
  fails(segments: readonly Uint8Array[], place: Place = {}, rest: Rest = {}): Offence {
    return this.breaks(this.list('LID1', [BEFORE, ...segments], rest), { segment: 1, ...place });
  }

  sendList(format: ListFormat, list: Uint8Array, unit = this.receiver): Promise<Outcome> {
    return format === 'LID1' ? this.fixture.copy(unit, list) : this.fixture.copyLid4(unit, list);
  }

  /** Starts a copy, which waits in its first move until `end` is called. */
  async waiting(format: ListFormat, list: Uint8Array) {
    const [begun, gate] = [deferred<void>(), deferred<void>()];
    this.fixture.mover.before = () => {
      begun.resolve();
      return gate.promise;
    };
    const outcome = this.sendList(format, list);
    await begun.promise;
    const go = gate.resolve;
    return { outcome, go, end: async () => {
      go();
      await outcome;
    } };
  }
}

type InWorld = (world: World) => Offence | Promise<Offence>;

/** A rule that is broken in a world. */
export const inWorld = (provoke: InWorld, options: WorldOptions = {}): Provocation =>
  (sense) => provoke(new World(sense, options));

/** The same with a list of each format. */
export const inBoth = (
  provoke: (world: World, format: ListFormat) => Offence | Promise<Offence>,
  options: WorldOptions = {}): readonly [Provocation, Provocation] => [
  inWorld((world) => provoke(world, 'LID1'), options),
  inWorld((world) => provoke(world, 'LID4'), options),
];
