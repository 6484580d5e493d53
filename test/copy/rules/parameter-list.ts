/** Lists that are refused for what they are as a whole. */
import type { ListFormat } from '../../../src/wire/copy/parameter-list.ts';
import { diskToDisk } from '../../support/copy-lists.ts';
import { cdbOf, populateList } from '../rod/token-fixture.ts';
import { altered, type Offence, type ProvocationsOf } from './offence.ts';
import { BEFORE, ID, inBoth, inWorld, type World } from './world.ts';

/** A list of one segment. */
const one = (world: World, format: ListFormat, rest: Parameters<World['list']>[2] = {}) =>
  world.list(format, [BEFORE], rest);

/** A byte of a LID4 list that has only one value. */
const lid4With = (at: number, ...values: readonly number[]) => inWorld((world) =>
  world.breaks(altered(one(world, 'LID4'), at, ...values), { format: 'LID4' }));

const identified = (
  listIdUsage: number, listIdentifier: number, settings: Parameters<typeof inBoth>[1] = {}) =>
  inBoth((world, format) => world.breaks(
    one(world, format, { listIdUsage, listIdentifier }), { format }), settings);

/** A copy that waits; then `second` is sent with its list identifier, 1. */
async function whileWaiting(
  world: World, first: ListFormat, second: (world: World) => Offence): Promise<Offence> {
  const shift = first === 'LID1' ? 0 : 1; // the IDs of a LID4 list begin at 1
  const segment = diskToDisk(0, 0, 1, { from: ID.disk + shift, to: ID.otherDisk + shift });
  const { end } = await world.waiting(first, world.list(first, [segment]));
  return { ...second(world), end };
}
const again = (first: ListFormat, format: ListFormat) => inWorld((world) =>
  whileWaiting(world, first, () => world.breaks(one(world, format), { format })));

export const parameterList: ProvocationsOf<'Parameter list'> = {
  headerTruncated: [
    ...inBoth((world, format) => world.breaks(
      one(world, format).subarray(0, format === 'LID1' ? 15 : 47), { format })),
    inWorld((world) => world.breaks(Uint8Array.of(1))),
  ],
  listTruncated: [
    ...inBoth((world, format) => world.breaks(one(world, format).subarray(0, -1), { format })),
    ...inBoth((world, format) => world.breaks(
      one(world, format, { inlineData: new Uint8Array(8) }).subarray(0, -8), { format })),
  ],
  listFormat: [lid4With(0, 0), lid4With(0, 2)],
  headerCscdLength: [lid4With(2, 0, 0x40), lid4With(2, 0, 0)],
  headerCscdType: [lid4With(16, 0xe4)],
  immedWithGSense: [inWorld((world) => world.breaks(
    one(world, 'LID4', { immed: true, gSense: true }), { format: 'LID4' }))],
  immedWithoutIdentifier: [inWorld((world) => world.breaks(
    one(world, 'LID4', { immed: true, listIdUsage: 3, listIdentifier: 0 }), { format: 'LID4' }))],
  listIdUsageReserved: identified(1, 1),
  noIdentifierUnsupported: identified(3, 0, { readings: { noListIdentifier: 'refused' } }),
  identifierNotZero: identified(3, 1),
  descriptorListTooLong: [
    ...inBoth((world, format) => world.breaks(
      one(world, format), { format, byte: format === 'LID1' ? 2 : 42 }),
    { limits: { descriptorListBytesMax: ID.added * 32 - 1 } }),
    ...inBoth((world, format) => world.breaks(
      one(world, format), { format, byte: format === 'LID1' ? 8 : 44 }),
    { limits: { descriptorListBytesMax: ID.added * 32 + BEFORE.length - 1 } }),
    ...inBoth((world, format) => world.breaks(
      one(world, format, { inlineData: new Uint8Array(5) }),
      { format, byte: format === 'LID1' ? 12 : 46 }),
    { limits: { inlineBytesMax: 4 }, readings: { inlineTooLong: 'parameter-list-length' } }),
  ],
  inlineTooLong: inBoth((world, format) => world.breaks(
    one(world, format, { inlineData: new Uint8Array(5) }), { format }),
  { limits: { inlineBytesMax: 4 } }),
  identifierInUse: [
    again('LID1', 'LID1'), again('LID4', 'LID4'),
    inWorld((world) => whileWaiting(world, 'LID4', ({ fixture, receiver }) => {
      const list = populateList([{ lba: 0, blockCount: 1 }]);
      return world.offence(() => fixture.send(receiver, cdbOf(0x10, 1, list.length), list));
    })),
  ],
  identifierOfOtherFormat: [again('LID1', 'LID4'), again('LID4', 'LID1')],
};
