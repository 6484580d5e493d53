/** Segments that cannot be processed. */
import type { ListFormat } from '../../../src/wire/copy/parameter-list.ts';
import {
  bytesToBytes, bytesToTape, cscdOf, diskToDisk, embedded, inline, tapeToBytes, tapeToTape,
  toDisk, toTape,
} from '../../support/copy-lists.ts';
import type { Offence, Place, Provocation, ProvocationsOf } from './offence.ts';
import { ID, inWorld, type World, type WorldOptions } from './world.ts';

/** The second segment fails. */
const aborts = (
  segment: Uint8Array, place: Place = {}, options: WorldOptions = {}, rest: object = {},
): Provocation => inWorld((world) => world.fails([segment], place, rest), options);

const toTheTape = { from: ID.disk, to: ID.tape };
const fromTheTape = { from: ID.tape, to: ID.otherDisk };
const betweenDisks = { from: ID.disk, to: ID.otherDisk };
const betweenTapes = { from: ID.tape, to: ID.otherTape };
const EIGHT = { inlineData: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };

const limited = (limits: WorldOptions['limits'] & object): WorldOptions => ({ limits });
const behindTheEnd: Place = {
  forwards: { side: 'destination', status: 2, answer: [5, 0x2100] } };

/** Residual destination data cannot be padded where the place to write is fixed. */
const ontoPad = inWorld((world) => world.fails(
  [toTape(0, 1, 1024, { ...toTheTape, cat: true }),
    bytesToBytes({ lba: 0, offset: 0 }, { lba: 0, offset: 0 }, 100, betweenDisks)],
  { segment: 2, information: 0 },
  { cscds: world.cscds.map((one, i) => (i === ID.otherDisk
    ? cscdOf(world.units[i]!, { pad: true }) : one)) }));

/** Its second segment waits in its move when COPY ABORT stops it. */
async function stopped(world: World, format: ListFormat): Promise<Offence> {
  const shift = format === 'LID1' ? 0 : 1; // the IDs of a LID4 list begin at 1
  const first = toTape(0, 1, 512, { from: ID.disk + shift, to: ID.otherTape + shift });
  const second = diskToDisk(0, 0, 1, { from: ID.disk + shift, to: ID.otherDisk + shift });
  return world.offence(async () => {
    const { outcome, go } = await world.waiting(format, world.list(format, [first, second]));
    const abortion = world.fixture.abort(world.receiver, 1);
    go();
    await abortion;
    return outcome;
  }, { segment: 0 });
}

export const segments: ProvocationsOf<'Segments'> = {
  inexact: [
    aborts(toTape(0, 1, 1024, toTheTape)),
    // One record has been written, and no more was to be.
    aborts(toTape(0, 3, 1024, toTheTape), { information: 0 }),
    aborts(tapeToBytes(0, 0, 100, 1024, fromTheTape), { information: 0 }),
    ontoPad,
  ],
  inlineOffset: [aborts(inline(2, 4, 4, { to: ID.tape }), {}, {}, EIGHT)],
  inlineExceeded: [
    aborts(inline(0, 9, 9, { to: ID.tape }), { byte: 16 }, {}, EIGHT),
    aborts(inline(12, 1, 1, { to: ID.tape }), { byte: 12 }, {}, EIGHT),
  ],
  byteOffset: [
    aborts(bytesToTape(0, 512, 100, 100, toTheTape), { byte: 26 }),
    aborts(tapeToBytes(0, 512, 100, 1024, fromTheTape), { byte: 26 }),
    aborts(bytesToBytes({ lba: 0, offset: 512 }, { lba: 0, offset: 0 }, 100, betweenDisks),
      { byte: 28 }),
    aborts(bytesToBytes({ lba: 0, offset: 511 }, { lba: 0, offset: 600 }, 100, betweenDisks),
      { byte: 30 }),
  ],
  transferLength: [
    aborts(toTape(0, 1, 0, toTheTape), { byte: 9 }),
    aborts(toDisk(0, 1, 0, fromTheTape), { byte: 9 }),
    aborts(tapeToTape(1024, 0, 1024, betweenTapes), { byte: 9 }),
    aborts(tapeToTape(1024, 1024, 0, betweenTapes), { byte: 13 }),
    aborts(toTape(0, 1, 513, toTheTape), { byte: 9 }, limited({ streamTransferBytesMax: 512 })),
  ],
  segmentTooLong: [
    aborts(diskToDisk(0, 0, 3, betweenDisks), { byte: 10 }, limited({ segmentBytesMax: 1024 })),
    aborts(toTape(0, 3, 512, toTheTape), { byte: 14 }, limited({ segmentBytesMax: 1024 })),
    aborts(embedded(EIGHT.inlineData, 8, { to: ID.tape }), { byte: 12 },
      limited({ segmentBytesMax: 7 })),
    aborts(bytesToTape(0, 0, 512, 512, toTheTape), { byte: 12 }, limited({ segmentBytesMax: 511 })),
  ],
  granularity: [
    aborts(diskToDisk(0, 0, 3, betweenDisks), { byte: 10 }, limited({ dataGranularityLog2: 10 })),
    aborts(inline(0, 4, 4, { to: ID.tape }), { byte: 16 }, limited({ inlineGranularityLog2: 3 }),
      EIGHT),
    aborts(toTape(0, 1, 512, { ...toTheTape, holds: true }), { byte: 14 },
      limited({ heldGranularityLog2: 10 })),
    aborts(tapeToTape(1023, 1024, 1, betweenTapes), { byte: 16 },
      limited({ dataGranularityLog2: 1 })),
  ],
  destinationRange: [
    aborts(diskToDisk(0, 99, 2, betweenDisks), { byte: 20, ...behindTheEnd }),
    aborts(toDisk(99, 2, 1024, fromTheTape), { byte: 16, ...behindTheEnd }),
    aborts(tapeToBytes(99, 1, 512, 1024, fromTheTape), { byte: 16, ...behindTheEnd }),
    aborts(bytesToBytes({ lba: 0, offset: 0 }, { lba: 100, offset: 0 }, 1, betweenDisks),
      { byte: 20, ...behindTheEnd }),
  ],
  fastCopy: [aborts(diskToDisk(0, 0, 1, { ...betweenDisks, fco: true }))],
  aborted: [
    inWorld((world) => stopped(world, 'LID1')), inWorld((world) => stopped(world, 'LID4')),
  ],
};
