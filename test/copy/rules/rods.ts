/** RODs in a parameter list. */
import { diskToDisk, imageOfDisk, listOf } from '../../support/copy-lists.ts';
import { zeroToken } from '../rod/token-fixture.ts';
import type { Offence, Place, Provocation, ProvocationsOf } from './offence.ts';
import { populateMany, populateOne, rodOf } from './rod-lists.ts';
import { BEFORE, cscdAt, ID, inBoth, inWorld, type World } from './world.ts';

const REFERENCE = 0x0001_0000;
const POINT_IN_TIME = 0x0080_0000;
const F800 = 0xf800;
const ROD = ID.added;

/** A list with a ROD CSCD descriptor that is wrong, of either format. */
const withRod = (rod: Uint8Array, rest: object = {}) => inBoth((world, format) =>
  world.breaks(world.list(format, [BEFORE], { cscds: [...world.cscds, rod], ...rest }),
    { format, base: cscdAt(ROD, format) }));

/** The segments behind the first one; the last of them is wrong. */
const segments = (
  rodType: number, all: readonly Uint8Array[], place: Place = {}, rest: object = {}): Provocation =>
  inWorld((world) => world.breaks(
    world.list('LID1', [BEFORE, ...all], { cscds: [...world.cscds, rodOf(rodType)], ...rest }),
    { base: world.segmentAt('LID1', [BEFORE, ...all.slice(0, -1)], ROD + 1), ...place }));

/** The same with a ROD by reference and COPY ABORTED. */
const aborts = (all: readonly Uint8Array[], byte?: number, rod = rodOf(REFERENCE)): Provocation =>
  inWorld((world): Offence => world.fails(all,
    { segment: all.length, ...(byte === undefined ? {} : { byte }) },
    { cscds: [...world.cscds, rod] }));

const fromRod = diskToDisk(0, 0, 1, { from: ROD, to: ID.otherDisk });
const toRod = diskToDisk(0, 0, 1, { from: ID.disk, to: ROD });
const TOKEN = { inlineData: zeroToken() };
const block = (lba: number, blockCount = 2) => ({ lba, blockCount });

/** The tape has received the list: FFFFh is no disk. */
const toTape = (world: World): Offence => {
  const { fixture, units, cscds } = world;
  const list = listOf([...cscds, rodOf(REFERENCE)], [BEFORE, populateOne(0, 1)]);
  return world.offence(() => fixture.copy(units[ID.tape]!, list),
    { base: world.segmentAt('LID1', [BEFORE], ROD + 1) });
};

export const rods: ProvocationsOf<'RODs in a list'> = {
  rTokenWithoutIdentifier: withRod(
    rodOf(REFERENCE, { rToken: true }), { listIdUsage: 3, listIdentifier: 0 }),
  rodType: [...withRod(rodOf(0x1234_5678)), ...withRod(rodOf(0xffff_0001))],
  rodLifetime: withRod(rodOf(REFERENCE, { rToken: true, lifetime: 24 * 3600 + 1 })),
  rodInactivity: withRod(rodOf(REFERENCE, { rToken: true, inactivityTimeout: 3601 })),
  rodProducer: withRod(rodOf(REFERENCE, { producerId: F800 })),
  remoteTokenUse: withRod(rodOf(0, { producerId: ID.otherDisk }), TOKEN),
  remoteTokenCreation: withRod(rodOf(REFERENCE, { producerId: ID.otherDisk })),
  rodTokenOffset: [...withRod(rodOf(0)), ...withRod(rodOf(0, { tokenOffset: 1 }), TOKEN)],
  populateSource: [
    segments(REFERENCE, [populateOne(0, 1, { from: ID.disk })]),
    segments(REFERENCE, [BEFORE, populateMany([block(0)], { from: ID.disk })]), inWorld(toTape),
  ],
  populateDestination: [
    segments(REFERENCE, [populateOne(0, 1, { to: ID.otherDisk })]),
    segments(0, [BEFORE, populateMany([block(0)])], {}, TOKEN),
  ],
  populateSameLba: [
    segments(REFERENCE, [populateOne(0, 2), populateOne(1, 2)], { byte: 8 }),
    segments(REFERENCE, [populateMany([block(4), block(0), block(5)])], { byte: 48 }),
    segments(REFERENCE, [populateOne(2, 2), populateMany([block(0), block(3)])], { byte: 32 }),
  ],
  pointInTimeDestination: [
    segments(POINT_IN_TIME, [populateOne(0, 1), toRod]), segments(0, [toRod], {}, TOKEN),
    segments(POINT_IN_TIME, [imageOfDisk(0, 0, 1, { from: ID.disk, to: ROD })]),
  ],
  unpopulatedRod: [
    aborts([fromRod], 4), aborts([toRod], 6), aborts([populateOne(0, 0), fromRod], 4),
  ],
  rodInUse: [
    aborts([populateOne(0, 1), fromRod, populateOne(2, 1)]),
    aborts([populateOne(0, 1), toRod, populateMany([block(2)])]),
  ],
  rodDeviceType: [aborts([populateOne(0, 1)], undefined, rodOf(REFERENCE, {
    peripheralDeviceType: 1,
    device: { format: 'sequential', pad: false, fixed: false, streamBlockLength: 0 } }))],
};
