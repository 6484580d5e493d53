/** Descriptors that are refused before the first segment is processed. */
import type { ListFormat } from '../../../src/wire/copy/parameter-list.ts';
import { embedded, longCscdOf, toTape } from '../../support/copy-lists.ts';
import { altered, type Provocation, type ProvocationsOf } from './offence.ts';
import { populateMany, rodOf } from './rod-lists.ts';
import { BEFORE, cscdAt, ID, inBoth, inWorld, type World } from './world.ts';

/** A list whose last CSCD descriptor is another one. */
const withCscd = (cscd: (world: World) => Uint8Array, byte?: number, bit?: number) =>
  inBoth((world, format) => {
    const base = cscdAt(ID.added, format);
    return world.breaks(
      world.list(format, [BEFORE], { cscds: [...world.cscds, cscd(world)] }), {
        format,
        ...(byte === undefined ? { base } : { byte: base + byte }),
        ...(bit === undefined ? {} : { bit }) });
  });

/** A list whose second segment descriptor is another one. */
const withSegment = (segment: Uint8Array, byte?: number, rest: object = {}) =>
  inBoth((world, format) => {
    const base = world.segmentAt(format, [BEFORE]);
    return world.breaks(world.list(format, [BEFORE, segment], rest),
      { format, ...(byte === undefined ? { base } : { byte: base + byte }) });
  });

const tapeOf = ({ cscds }: World): Uint8Array => cscds[ID.tape]!;
const embeddedFour = embedded(Uint8Array.of(1, 2, 3, 4), 4, { to: ID.tape });
const reads = toTape(0, 1, 512, { from: ID.disk, to: ID.tape });

/** The last descriptor says that it is longer than what is left of its list. */
const cutOff = (format: ListFormat, bytes: Uint8Array): Provocation => inWorld((world) =>
  world.breaks(world.list(format, [BEFORE, bytes]),
    { format, base: world.segmentAt(format, [BEFORE]) }));

export const descriptors: ProvocationsOf<'Descriptors'> = {
  cscdListLength: [
    ...inBoth((world, format) => world.breaks(world.list(
      format, [BEFORE], { cscds: [...world.cscds, new Uint8Array(31)] }), { format })),
    ...inBoth((world, format) => world.breaks(
      world.list(format, [BEFORE], { cscds: [Uint8Array.of(0xe4)] }), { format })),
  ],
  tooManyCscds: inBoth((world, format) =>
    world.breaks(world.list(format, [BEFORE]), { format }), { limits: { cscdCountMax: 5 } }),
  cscdType: [
    ...withCscd((world) => altered(tapeOf(world), 0, 0xff)),
    ...withCscd((world) => altered(tapeOf(world), 0, 0xec)),
    ...withCscd((world) => altered(tapeOf(world), 0, 0x00)),
  ],
  cscdCutOff: withCscd(({ units }) => longCscdOf(units[ID.disk]!).subarray(0, 32)),
  cscdField: [
    // DESIGNATOR LENGTH; LU ID TYPE; FIXED without STREAM BLOCK LENGTH, and the other way round.
    ...withCscd((world) => altered(tapeOf(world), 7, 21), 7),
    ...withCscd(({ units }) => altered(longCscdOf(units[ID.disk]!), 1, 0x80), 1, 7),
    ...withCscd((world) => altered(tapeOf(world), 28, 0x01), 29),
    ...withCscd((world) => altered(tapeOf(world), 29, 0, 2, 0), 29),
    // What belongs to a token in a ROD that gives none: lifetime, timeout, DEL_TKN, offset.
    ...withCscd(() => rodOf(0x10000, { lifetime: 60 }), 12),
    ...withCscd(() => rodOf(0x10000, { inactivityTimeout: 60 }), 16),
    ...withCscd(() => rodOf(0x10000, { delTkn: true }), 23, 0),
    ...withCscd(() => rodOf(0x10000, { tokenOffset: 4 }), 24),
    ...withCscd(() => rodOf(0, { rToken: true }), 22, 0),
  ],
  tooManySegments: inBoth((world, format) =>
    world.breaks(world.list(format, [BEFORE, BEFORE, BEFORE]), { format }),
  { limits: { segmentCountMax: 2 } }),
  segmentType: [
    ...withSegment(altered(reads, 0, 0x17)), ...withSegment(altered(reads, 0, 0xe4)),
    ...withSegment(altered(reads, 0, 0xc0)),
  ],
  segmentLength: [
    ...withSegment(Uint8Array.of(...altered(reads, 3, 0x18), 0, 0, 0, 0)),
    ...withSegment(altered(reads, 3, 0x10).subarray(0, 20)),
    ...withSegment(altered(embeddedFour, 3, 0x08).subarray(0, 12)),
  ],
  segmentCutOff: [
    cutOff('LID1', reads.subarray(0, 23)), cutOff('LID4', altered(reads, 2, 0xff, 0xff)),
    cutOff('LID1', reads.subarray(0, 4)),
  ],
  embeddedTooLong: withSegment(altered(embeddedFour, 12, 0, 5)),
  segmentField: [
    // DESCRIPTOR LENGTH that is no multiple of 4; RANGE DESCRIPTOR TYPE; RANGE DESCRIPTORS LENGTH.
    ...withSegment(altered(embeddedFour, 3, 14).subarray(0, 18), 2),
    ...withSegment(altered(populateMany([{ lba: 0, blockCount: 1 }]), 13, 2), 13),
    ...withSegment(altered(populateMany([{ lba: 0, blockCount: 1 }]), 14, 0, 8), 14),
    // TRANSPORTID LENGTH of 15h.
    ...withSegment(altered(new Uint8Array(36), 0, 0x15, 0, 0, 32, 0, 0, 0, ID.tape), 28),
  ],
  holdWithoutIdentifier: withSegment(
    toTape(0, 1, 512, { from: ID.disk, to: ID.tape, holds: true }), undefined,
    { listIdUsage: 3, listIdentifier: 0 }),
};
