/** Copy sources and destinations that are not as their segment needs them. */
import { ReservationConflict } from '../../../src/sam/medium-access.ts';
import { SenseError } from '../../../src/sense/sense.ts';
import {
  bytesToTape, cscdOf, diskToDisk, imageOfDisk, imageOfTape, longCscdOf, spaceOver,
  tapeToTape, toDisk, toTape, verify,
} from '../../support/copy-lists.ts';
import {
  altered, type Place, type Provocation, type ProvocationsOf,
} from './offence.ts';
import { cscdAt, ID, inWorld, RECEIVER, type World, type WorldOptions } from './world.ts';

const NULL_BLOCK = 0xc000;
const NULL_STREAM = 0xc001;

/** The second segment fails; the CSCD descriptors may be others. */
const aborts = (
  segment: Uint8Array, place: Place, cscds?: (world: World) => readonly Uint8Array[],
  options: WorldOptions = {}): Provocation =>
  inWorld((world) =>
    world.fails([segment], place, cscds === undefined ? {} : { cscds: cscds(world) }), options);

const replaced = (id: number, cscd: (world: World) => Uint8Array) => (world: World) =>
  world.cscds.map((one, i) => (i === id ? cscd(world) : one));
const added = (cscd: (world: World) => Uint8Array) => (world: World) =>
  [...world.cscds, cscd(world)];

/** One block from one device to another. */
const block = (from: number, to: number): Uint8Array => diskToDisk(0, 0, 1, { from, to });
const record = (from: number, to: number): Uint8Array => toTape(0, 1, 512, { from, to });
const base = (id: number): Place => ({ base: cscdAt(id) });

/** A device that refuses an access as `refuse` says. */
const refused = (
  segment: Uint8Array, place: Place, refuse: (world: World) => void): Provocation =>
  inWorld((world) => {
    refuse(world);
    return world.fails([segment], place);
  });
const noMedium = new SenseError('notReady', 'mediumNotPresent', 'Cannot use it');
const isProtected = new SenseError('dataProtect', 'writeProtected', 'Cannot write');

/** Blocks of the drive are not those of its CSCD descriptor. */
const fixedTape = (drive: number, said: number, segment: Uint8Array): Provocation =>
  aborts(segment, base(ID.tape),
    replaced(ID.tape, ({ units }) => cscdOf(units[ID.tape]!, { blockBytes: said })),
    { tape: { blockBytes: drive } });

export const ends: ProvocationsOf<'Copy sources and destinations'> = {
  unreachableId: [
    aborts(block(99, ID.otherDisk), { byte: 4 }), aborts(block(ID.disk, 0xf800), { byte: 6 }),
    aborts(verify({ from: 0x0800 }), { byte: 4 }), aborts(spaceOver(0, 1, { to: 6 }), { byte: 6 }),
  ],
  extensionId: [
    aborts(block(ID.added + 1, ID.otherDisk), { byte: 4 },
      added(({ units }) => longCscdOf(units[ID.disk]!))),
    // The header of a LID4 list has the place of ID 0.
    inWorld((world) => world.breaks(world.list('LID4', [block(1, 0)]),
      { format: 'LID4', segment: 0, byte: 6 })),
  ],
  extensionType: [aborts(block(ID.added, ID.otherDisk), base(ID.added),
    added(({ units }) => longCscdOf(units[ID.disk]!, { extension: 0x00 })))],
  notReachable: [
    aborts(block(ID.disk, ID.otherDisk), base(ID.otherDisk),
      replaced(ID.otherDisk, ({ cscds }) => altered(cscds[ID.otherDisk]!, 23, 0x77))),
    aborts(verify({ from: ID.added }), base(ID.added),
      added(({ units }) => longCscdOf(units[ID.disk]!))),
  ],
  nullDevice: [
    aborts(block(NULL_BLOCK, ID.otherDisk), { inSegment: 4 }),
    aborts(record(ID.disk, NULL_STREAM), { inSegment: 6 }),
    aborts(verify({ from: NULL_BLOCK }), { inSegment: 4 }),
    aborts(imageOfTape(0, { from: ID.tape, to: NULL_STREAM }), { inSegment: 6 }),
    aborts(block(ID.disk, ID.otherDisk), base(ID.otherDisk),
      replaced(ID.otherDisk, ({ units }) => cscdOf(units[ID.otherDisk]!, { nul: true })),
      { readings: { nul: 'null-device' } }),
  ],
  wrongDeviceType: [
    aborts(block(ID.disk, ID.tape), base(ID.tape),
      replaced(ID.tape, ({ units }) => cscdOf(units[ID.tape]!, { deviceType: 0 }))),
    aborts(verify({ from: ID.changer }), base(ID.changer),
      replaced(ID.changer, ({ units }) => cscdOf(units[ID.changer]!, { deviceType: 3 }))),
  ],
  wrongClass: [
    aborts(block(ID.tape, ID.otherDisk), { byte: 4 }),
    aborts(record(ID.disk, ID.otherDisk), { byte: 6 }),
    aborts(block(ID.changer, ID.otherDisk), { byte: 4 }),
    aborts(toDisk(0, 1, 512, { from: NULL_BLOCK, to: ID.disk }), { byte: 4 }),
  ],
  diskBlockLength: [aborts(block(ID.otherDisk, ID.disk), base(ID.otherDisk),
    replaced(ID.otherDisk, ({ units }) => cscdOf(units[ID.otherDisk]!, { blockBytes: 4096 })))],
  imageBlockLength: [
    aborts(imageOfDisk(0, 0, 1, { from: ID.disk, to: ID.largeDisk }), base(ID.largeDisk)),
    aborts(imageOfDisk(0, 0, 1, { from: ID.largeDisk, to: RECEIVER }), { inSegment: 6 }),
  ],
  deviceFailure: [
    refused(block(ID.otherDisk, ID.disk),
      { ...base(ID.otherDisk), forwards: { side: 'source', status: 2, answer: [2, 0x3a00] } },
      ({ disks }) => { disks[1].gate.refusals.read = noMedium; }),
    refused(record(ID.disk, ID.tape),
      { ...base(ID.tape), forwards: { side: 'destination', status: 2, answer: [7, 0x2700] } },
      ({ tapes }) => { tapes[0].gate.refusals.write = isProtected; }),
    refused(block(ID.disk, ID.otherDisk),
      { ...base(ID.otherDisk), forwards: { side: 'destination', status: 0x18 } },
      ({ disks }) => { disks[1].gate.always = new ReservationConflict(); }),
    refused(block(RECEIVER, ID.otherDisk),
      { inSegment: 4, forwards: { side: 'source', status: 2, answer: [2, 0x3a00] } },
      ({ disks }) => { disks[0].gate.refusals.read = noMedium; }),
    refused(block(ID.disk, ID.otherDisk),
      { ...base(ID.otherDisk), forwards: { side: 'destination', status: 2, answer: [3, 0x0c00] } },
      ({ disks: [, { file }] }) => {
        file.faults.push({ kind: 'write', offset: 0, byteLength: 1, code: 'EIO' });
      }),
    // Behind its four records the tape is blank: two blocks have been written.
    aborts(toDisk(0, 10, 1024, { from: ID.tape, to: ID.otherDisk }), {
      ...base(ID.tape), information: 2,
      forwards: { side: 'source', status: 2, answer: [8, 0x0005] } }),
    aborts(diskToDisk(99, 0, 2, { from: ID.disk, to: ID.otherDisk }),
      { ...base(ID.disk), forwards: { side: 'source', status: 2, answer: [5, 0x2100] } }),
    aborts(diskToDisk(0, 99, 2, { from: ID.disk, to: ID.otherDisk }),
      { ...base(ID.otherDisk),
        forwards: { side: 'destination', status: 2, answer: [5, 0x2100] } },
      undefined, { readings: { outOfRange: 'device' } }),
    // The first record is longer than was asked for, so that nothing is left for a null device.
    aborts(tapeToTape(1024, 512, 512, { from: ID.tape, to: NULL_STREAM }),
      { ...base(ID.tape), forwards: { side: 'source', status: 2, answer: [0, 0x0000] } }),
    // The changer here has no TEST UNIT READY.
    aborts(verify({ from: ID.changer, tur: true }),
      { ...base(ID.changer), forwards: { side: 'source', status: 2, answer: [5, 0x2000] } }),
    // FIXED=1 and a drive in variable mode.
    aborts(bytesToTape(0, 0, 512, 1, { from: ID.disk, to: ID.tape }),
      { ...base(ID.tape), forwards: { side: 'destination', status: 2, answer: [5, 0x2400] } },
      replaced(ID.tape, ({ units }) => cscdOf(units[ID.tape]!, { blockBytes: 512 }))),
  ],
  underrun: [
    fixedTape(512, 1024, toTape(0, 2, 1, { from: ID.disk, to: ID.tape })),
    fixedTape(512, 1024, toDisk(0, 2, 1, { from: ID.tape, to: ID.otherDisk })),
  ],
  overrun: [
    fixedTape(1024, 512, toTape(0, 1, 1, { from: ID.disk, to: ID.tape })),
    fixedTape(1024, 512, toDisk(0, 1, 1, { from: ID.tape, to: ID.otherDisk })),
  ],
};
