/** Commands about copies, aliases, and tokens. */
import { writeU16 } from '../../../src/bytes/big-endian.ts';
import { Rod } from '../../../src/copy/rod/rod.ts';
import { FileError } from '../../../src/ports/files.ts';
import { BOB } from '../../server/device-fixture.ts';
import { diskToDisk, listOf } from '../../support/copy-lists.ts';
import { bytes as fromHex } from '../../support/vectors.ts';
import {
  cdbOf, pattern, populateList, type Range, type TokenFixture, writeList, zeroToken,
} from '../rod/token-fixture.ts';
import { altered, type Place, type Provocation, type ProvocationsOf } from './offence.ts';
import { amongDisks, populateOne, rodOf } from './rod-lists.ts';
import { cscdAt, ID, inWorld, type World, type WorldOptions } from './world.ts';

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

/** Nothing is known of the list identifier. */
const unknown = (send: (world: World) => ReturnType<World['offence']>['send']): Provocation =>
  inWorld((world) => world.offence(send(world)));

const HEADER = '00000000 00000000';
/** A Fibre Channel name, if nothing else is said. */
const alias = (value: number, codes = '00 0000 00 0000', designation = '5006016041E0A1B2') =>
  `${hex(value, 16)} ${codes} ${hex(fromHex(designation).length, 4)} ${designation}`;

const changeAliases = ({ fixture, receiver }: World, list: string, length?: number) => {
  const data = fromHex(list);
  const cdb = `A4 0B 00000000 ${hex(length ?? data.length, 8)} 00 00`;
  return fixture.send(receiver, fromHex(cdb), data);
};
const aliases = (list: string, place: Place = {}, length?: number): Provocation =>
  inWorld((world) => world.offence(() => changeAliases(world, list, length), place));
/** The second entry of a list, at byte 32. */
const secondAlias = (codes: string, byte: number, designation?: string): Provocation =>
  aliases(`${HEADER} ${alias(1)} ${alias(2, codes, designation)}`, { byte: 32 + byte });

/** A copy that waits has an alias in its list. */
const aliasesInUse = inWorld(async (world) => {
  const byAlias = altered(world.cscds[ID.disk]!, 0, 0xe6);
  const segment = diskToDisk(0, 0, 1, { from: ID.disk, to: ID.otherDisk });
  const { end } = await world.waiting(
    'LID1', world.list('LID1', [segment], { cscds: [...world.cscds, byAlias] }));
  return world.offence(() => changeAliases(world, `${HEADER} ${alias(1)}`), {}, end);
});

const POPULATE = 0x10;
const WRITE = 0x11;
const ranges = (...all: readonly (readonly [lba: number, blockCount: number])[]): Range[] =>
  all.map(([lba, blockCount]) => ({ lba, blockCount }));

/** A list of a token command, to a disk whose data nobody keeps. */
const listTo = (
  serviceAction: number, list: Uint8Array, place: Place = {}, options: WorldOptions = {},
): Provocation => inWorld((world) => {
  const cdb = cdbOf(serviceAction, 7, list.length);
  return world.offence(() => world.fixture.send(world.receiver, cdb, list), place);
}, options);

const populating = (list: readonly Range[], fields = {}) => populateList(list, fields);
const writing = (list: readonly Range[]) => writeList(zeroToken(), list);

/** The same ranges in both lists, which have them at byte 16 and at byte 536. */
const inRanges = (list: readonly Range[], byte: number, options: WorldOptions = {}) => [
  listTo(POPULATE, populating(list), { byte: 16 + byte }, options),
  listTo(WRITE, writing(list), { byte: 536 + byte }, options)] as const;

function with16(list: Uint8Array, at: number, value: number): Uint8Array {
  const copy = list.slice();
  writeU16(copy, at, value);
  return copy;
}

const ALL = ranges([0, 8]);
const TOKEN_AT = 16;
/** A token that something happens to before it is used on disk 1, in a list and in a command. */
const token = (
  happens: (fixture: TokenFixture, token: Uint8Array) => Promise<Uint8Array> | Promise<void>,
  byte: number, fields = {}): readonly [Provocation, Provocation] => {
  const made = async (fixture: TokenFixture): Promise<Uint8Array> => {
    const bytes = await fixture.populate(0, ALL, fields);
    return await happens(fixture, bytes) ?? bytes;
  };
  return [
    amongDisks(async (fixture) => {
      const bytes = await made(fixture);
      return () => fixture.use(1, bytes, ALL);
    }, { byte: TOKEN_AT + byte }),
    // Inline data behind the one CSCD descriptor.
    amongDisks(async (fixture) => {
      const list = listOf([rodOf(0)], [], { inlineData: await made(fixture) });
      return () => fixture.copy(1, list);
    }, { byte: cscdAt(1) + byte }),
  ];
};

/** A token of another target device: the type, and the names that it has. */
async function foreign(bytes: Uint8Array, rodType = 0x02): Promise<Uint8Array> {
  const other = altered(bytes, 3, rodType);
  other.set(new TextEncoder().encode('iqn.other:x'), 132);
  return other.fill(7, 256);
}

const unreadable = (fixture: TokenFixture): void => {
  const { file } = fixture.disks[0]!.image;
  file.read = () => Promise.reject(new FileError('EIO', file.path, 'Cannot read'));
};

/** A token for what a disk has when it is read. */
async function byReference(fixture: TokenFixture): Promise<Uint8Array> {
  const unit = fixture.disks[0]!;
  const rod = new Rod(0x0001_0000, unit, unit);
  await rod.populate([{ lba: 0, blockCount: 8 }]);
  return fixture.rods.tokens.create(rod, { lifetimeS: 100, inactivityS: 100 });
}

export const commands: ProvocationsOf<'Commands and tokens'> = {
  unknownIdentifier: [
    unknown(({ fixture, receiver }) => () => fixture.abort(receiver, 9)),
    ...[0x00, 0x01, 0x04].map((action) => unknown(({ fixture, receiver }) => () =>
      fixture.receive(receiver, action, 9))),
    ...[0x05, 0x06, 0x07].map((action) => unknown(({ fixture, receiver }) => () =>
      fixture.receiveLid4(receiver, action, 9))),
  ],
  aliasListTruncated: [
    aliases('00'), aliases(`${HEADER} ${alias(1)}`, {}, 31),
    aliases(`${HEADER} ${alias(1)} ${alias(2)}`, {}, 48),
  ],
  aliasFormat: [
    secondAlias('10 0000 00 0000', 8), secondAlias('06 0000 00 0000', 8),
    secondAlias('00 0000 02 0000', 11), secondAlias('80 0000 01 0000', 11),
  ],
  aliasDesignationLength: [
    secondAlias('00 0000 00 0000', 14, '00'.repeat(12)),
    secondAlias('80 0000 00 0000', 14, '00'.repeat(4)),
    secondAlias('05 0000 00 0000', 14, '616200'),
    secondAlias('05 0000 02 0000', 14, `${'61'.repeat(484)} 0000 0CBC 0000 0006`),
  ],
  aliasesInUse: [aliasesInUse],
  aliasRoom: [aliases(
    `${HEADER} ${Array.from({ length: 65 }, (_, i) => alias(i)).join('')}`)],
  tokenListTruncated: [
    listTo(POPULATE, populating(ALL).subarray(0, 15)),
    listTo(WRITE, writing(ALL).subarray(0, 535)),
    listTo(POPULATE, populating(ALL).subarray(0, -1)),
    listTo(WRITE, with16(writing(ALL), 534, 32)),
  ],
  tokenDataLength: [
    listTo(POPULATE, with16(populating(ALL), 0, 0x1d)),
    listTo(WRITE, with16(writing(ALL), 0, 0x225)),
  ],
  rangesLength: [
    listTo(POPULATE, with16(populating(ALL), 14, 15), { byte: 14 }),
    listTo(WRITE, with16(writing(ALL), 534, 0), { byte: 534 }),
  ],
  tooManyRanges: inRanges(ranges([0, 1], [1, 1], [2, 1]), -2, { limits: { rangeCountMax: 2 } }),
  sameLba: inRanges(ranges([4, 2], [0, 1], [5, 1]), 32),
  tokenTransferTooLong: inRanges(ranges([0, 4], [4, 4]), 0, { limits: { tokenBlocksMax: 7 } }),
  rangeOutOfDevice: inRanges(ranges([0, 4], [99, 2]), 16),
  inactivityTimeout: [listTo(POPULATE, populating(ALL, { inactivity: 3601 }))],
  populateType: [
    listTo(POPULATE, populating(ALL, { rodType: 0x0001_0000 })),
    listTo(POPULATE, populating(ALL, { rodType: 0x0080_0003 })),
  ],
  offsetIntoRod: [amongDisks(async (fixture) => {
    const bytes = await fixture.populate(0, ALL);
    return () => fixture.use(1, bytes, ALL, { offset: 8 });
  })],
  rodResources: [
    listTo(POPULATE, populating(ALL)),
    inWorld((world) => world.breaks(world.list('LID1', [populateOne(0, 1)],
      { cscds: [...world.cscds, rodOf(0x0080_0002)] }))),
  ],
  tokenResources: [
    listTo(POPULATE, populating(ALL), {}, { limits: { tokenCountMax: 0 } }),
    amongDisks(async (fixture) => {
      await fixture.populate(0, ALL);
      return () => fixture.send(0, POPULATE, populating(ALL));
    }, {}, { limits: { tokenCountMax: 1 } }),
  ],
  tokenLength: token(async (_fixture, bytes) => altered(bytes, 7, 0xf0), 6),
  tokenCorrupt: [
    ...token(async (_fixture, bytes) => altered(bytes, 511, bytes[511]! ^ 1), 0),
    ...token(async (_fixture, bytes) => altered(bytes, 20, bytes[20]! ^ 1), 0),
  ],
  tokenType: token((_fixture, bytes) => foreign(bytes, 0x09), 0),
  tokenRemote: token((_fixture, bytes) => foreign(bytes), 128),
  tokenExpired: token(async (fixture) => fixture.clock.pass(300), 8),
  tokenCancelled: [
    // Found when the data are read, and known from then on.
    amongDisks(async (fixture) => {
      const bytes = await fixture.populate(0, ALL);
      unreadable(fixture);
      return () => fixture.use(1, bytes, ALL);
    }, { byte: TOKEN_AT + 8 }, { losesToken: true }),
    ...token(async (fixture, bytes) => {
      unreadable(fixture);
      await fixture.use(1, bytes, ALL);
    }, 8),
  ],
  tokenRevoked: token((fixture) => fixture.write(0, 3, pattern(512, 2)), 8, { rodType: 0x80_0001 }),
  tokenDeleted: token(async (fixture, bytes) => {
    await fixture.use(1, bytes, ALL, { delTkn: true });
  }, 8),
  tokenUnknown: [
    // Of a token that has ended a record is kept for as long as one can last.
    ...token(async ({ clock }) => {
      clock.pass(300);
      clock.ring();
      clock.pass(24 * 3600 + 1);
    }, 8),
    amongDisks(async (fixture) => {
      const bytes = await fixture.populate(0, ALL);
      fixture.hidden.set(BOB.initiatorName, fixture.disks[0]!);
      return () => fixture.use(1, bytes, ALL, {}, { nexus: BOB });
    }, { byte: TOKEN_AT + 8 }),
  ],
  tokenSource: [
    amongDisks(async (fixture) => {
      const bytes = await byReference(fixture);
      fixture.disks[0]!.eject();
      return () => fixture.use(1, bytes, ALL);
    }, { forwards: { side: 'source', status: 2, answer: [2, 0x3a00] } }),
    amongDisks(async (fixture) => {
      const bytes = await byReference(fixture);
      const { file } = fixture.disks[0]!.image;
      file.nextData = () => Promise.reject(new FileError('EIO', file.path, 'Cannot read'));
      return () => fixture.use(1, bytes, ALL);
    }, { forwards: { side: 'source', status: 2, answer: [3, 0x1100] } }),
  ],
};
