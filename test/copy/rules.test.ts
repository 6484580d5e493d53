/** Walks the table of rules: each row is broken, and the answer is what the row says. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COPY_RULES, type CopyRule, type RuleName } from '../../src/copy/rules.ts';
import type { AdditionalSense } from '../../src/sense/codes.ts';
import { diskToDisk, filemarks, toTape } from '../support/copy-lists.ts';
import { dataOf } from './manager-fixture.ts';
import { commands } from './rules/commands.ts';
import { codesOf, decoded, type Found } from './rules/decode.ts';
import { descriptors } from './rules/descriptors.ts';
import { ends } from './rules/ends.ts';
import { altered, type Offence, type Place, type Provocations } from './rules/offence.ts';
import { parameterList } from './rules/parameter-list.ts';
import { rods } from './rules/rods.ts';
import { segments } from './rules/segments.ts';
import { ID, World } from './rules/world.ts';

const PROVOCATIONS: Readonly<Record<RuleName, Provocations>> = {
  ...parameterList, ...descriptors, ...rods, ...ends, ...segments, ...commands,
};
const RULES = Object.entries(COPY_RULES) as [RuleName, CopyRule][]; // the keys are the names

/** ASC × 256 + ASCQ, by hand. Source: SPC-4 annex F.2. */
const CODES: Partial<Record<AdditionalSense, number>> = {
  noAdditionalSense: 0x0000, operationInProgress: 0x0016, unreachableCopyTarget: 0x0804,
  thirdPartyDeviceFailure: 0x0d01, copyTargetDeviceNotReachable: 0x0d02,
  incorrectCopyTargetDeviceType: 0x0d03, copyTargetDeviceDataUnderrun: 0x0d04,
  copyTargetDeviceDataOverrun: 0x0d05, parameterListLengthError: 0x1a00, lbaOutOfRange: 0x2100,
  unsupportedTokenType: 0x2301, remoteTokenUsageNotSupported: 0x2302,
  remoteTokenCreationNotSupported: 0x2303, tokenUnknown: 0x2304, tokenCorrupt: 0x2305,
  tokenRevoked: 0x2306, tokenExpired: 0x2307, tokenCancelled: 0x2308, tokenDeleted: 0x2309,
  invalidTokenLength: 0x230a, invalidFieldInCdb: 0x2400, invalidFieldInParameterList: 0x2600,
  tooManyTargetDescriptors: 0x2606, unsupportedTargetDescriptorType: 0x2607,
  tooManySegmentDescriptors: 0x2608, unsupportedSegmentDescriptorType: 0x2609,
  unexpectedInexactSegment: 0x260a, inlineDataLengthExceeded: 0x260b,
  invalidOperationForCopy: 0x260c, copySegmentGranularityViolation: 0x260d,
  fastCopyNotPossible: 0x2616, commandsClearedByDeviceServer: 0x2f02,
  insufficientResources: 0x5503, insufficientResourcesToCreateRod: 0x550c,
  insufficientResourcesToCreateRodToken: 0x550d,
};

/** Fields of the two list headers, by hand. Source: SPC-4 6.4.2, 6.5. */
const HEADER_FIELDS = {
  LID1: { listIdentifier: 0, listIdUsage: 1, cscdListLength: 2, segmentListLength: 8,
    inlineDataLength: 12 },
  LID4: { listIdentifier: 20, listIdUsage: 1, cscdListLength: 42, segmentListLength: 44,
    inlineDataLength: 46 },
} as const;

/** Rules with an answer that a device gave. */
const FORWARDING: readonly RuleName[] = ['deviceFailure', 'destinationRange', 'tokenSource'];

/** The bits of the first sense key specific byte. Source: SPC-4 4.5.2.4.2, 4.5.2.4.5. */
const [SKSV, IN_CDB, FROM_SEGMENT, HAS_BIT] = [0x80, 0x40, 0x20, 0x08];

/** The three sense key specific bytes that a row and the list that broke it make. */
function pointerOf({ points, key }: CopyRule, place: Place): readonly number[] | undefined {
  if (points.in === 'nothing') return undefined;
  if (place.inSegment !== undefined) return [SKSV | FROM_SEGMENT, 0, place.inSegment];
  const isFromSegment = points.in === 'segment' && key === 'copyAborted';
  const bit = points.bit ?? place.bit;
  const flags = SKSV | (points.in === 'cdb' ? IN_CDB : 0) | (isFromSegment ? FROM_SEGMENT : 0)
    | (bit === undefined ? 0 : HAS_BIT | bit);
  const at = (place.base ?? 0) + byteOf(points, place);
  return [flags, at >> 8, at & 0xff];
}

/** A byte is said once: by the row or, where that leaves it open, by the provocation. */
function byteOf(points: Exclude<CopyRule['points'], { in: 'nothing' }>, place: Place): number {
  const ofRow = points.in === 'header' ? HEADER_FIELDS[place.format ?? 'LID1'][points.field]
    : points.byte;
  const byte = ofRow ?? place.byte;
  if (byte !== undefined && (ofRow === undefined || place.byte === undefined)) return byte;
  throw new Error('the byte is said by neither the row nor the provocation, or by both');
}

function expectForwarded({ forwarded }: Found, name: RuleName, { forwards }: Place): void {
  expect(forwards !== undefined).toBe(FORWARDING.includes(name));
  const expected = forwards === undefined ? [] : [forwards];
  expect(forwarded.map(({ side, status, sense }) => ({
    side, status, ...(sense.length === 0 ? {} : { answer: codesOf(sense) }) }))).toEqual(expected);
}

function expectRow(name: RuleName, sense: Uint8Array, place: Place): void {
  const rule: CopyRule = COPY_RULES[name];
  const found = decoded(sense);
  const isAborted = rule.key === 'copyAborted';
  expect([found.key, found.code]).toEqual([isAborted ? 0x0a : 0x05, CODES[rule.additional]]);
  expect(found.specific).toEqual(pointerOf(rule, place));
  expect(found.segment ?? 0).toBe(place.segment ?? 0);
  if (!isAborted) expect([place.segment, place.information]).toEqual([undefined, undefined]);
  expect(found.information).toBe(place.information);
  expectForwarded(found, name, place);
}

const CASES = RULES.flatMap(([name, { when }]) => PROVOCATIONS[name].flatMap((provoke, i) =>
  (['fixed', 'descriptor'] as const).map((format) =>
    ({ name, when, provoke, format, title: `${name} (${i + 1}), ${format} format: ${when}` }))));

async function brokenRule(
  { name, provoke, format }: (typeof CASES)[number]): Promise<Offence> {
  const offence = await provoke(format);
  const before = await offence.state();
  const { status, sense } = await offence.send();
  const after = await offence.state();
  expect(status).toBe('checkCondition');
  expect(sense![0]).toBe(format === 'fixed' ? (sense![0]! & 0x80) | 0x70 : 0x72);
  expectRow(name, sense!, offence.place);
  // What comes before the segment that fails has been carried out.
  if ((offence.place.segment ?? 0) > 0) expect(after).not.toEqual(before);
  else if (COPY_RULES[name].key === 'illegalRequest') expect(after).toEqual(before);
  return offence;
}

describe('a broken rule is answered as its row says', () => {
  it.each(CASES)('$title', async (one) => {
    const { end } = await brokenRule(one);
    await end?.();
  });
});

/** A list for a copy in the background: a segment that is in nobody's way, and others. */
const immediate = (world: World, ...others: readonly Uint8Array[]): Uint8Array =>
  world.list('LID4', [filemarks(1, { to: ID.otherTape + 1 }), ...others], { immed: true });

/** Copies in the background that fail in their second segment; IDs of CSCD descriptors from 1. */
const IN_BACKGROUND: readonly [RuleName, Uint8Array, Place][] = [
  ['unreachableId', diskToDisk(0, 0, 1, { from: 99, to: 3 }), { byte: 4 }],
  ['wrongClass', diskToDisk(0, 0, 1, { from: 2, to: 3 }), { byte: 4 }],
  ['inexact', toTape(0, 3, 1024, { from: 1, to: 2 }), { information: 0 }],
  ['transferLength', toTape(0, 1, 0, { from: 1, to: 2 }), { byte: 9 }],
  ['destinationRange', diskToDisk(0, 99, 2, { from: 1, to: 3 }),
    { byte: 20, forwards: { side: 'destination', status: 2, answer: [5, 0x2100] } }],
  ['deviceFailure', diskToDisk(99, 0, 2, { from: 1, to: 3 }),
    { base: 48, forwards: { side: 'source', status: 2, answer: [5, 0x2100] } }],
];

describe('a copy in the background keeps the same sense data for RECEIVE COPY STATUS(LID4)', () => {
  it.each(IN_BACKGROUND.flatMap(([name, segment, place]) =>
    (['fixed', 'descriptor'] as const).map((format) => [name, format, segment, place] as const)))(
    '%s, %s format', async (name, format, segment, place) => {
      const world = new World(format);
      const { fixture, receiver } = world;
      const { status } = await fixture.copyLid4(receiver, immediate(world, segment));
      expect(status).toBe('good');
      await Promise.all([...fixture.manager.operations.running].map(({ ended }) => ended));
      const data = dataOf(await fixture.receiveLid4(receiver, 0x05, 1));
      // COPY OPERATION STATUS, and SENSE DATA LENGTH in byte 14. Source: SPC-4 6.24.
      expect(data[5]).toBe(0x02);
      expectRow(name, data.slice(32, 32 + data[14]!), { segment: 1, ...place });
    });
});

/** Lists that are wrong before their first segment; the place in a LID4 list. */
const WITH_IMMED: readonly [RuleName, (world: World) => Uint8Array, Place][] = [
  ['listTruncated', (world) => immediate(world).subarray(0, -1), {}],
  ['cscdType', (world) => altered(immediate(world), 48, 0xec), { base: 48 }],
  ['segmentType', (world) => altered(immediate(world), world.segmentAt('LID4', []), 0x17),
    { base: 48 + 32 * ID.added }],
];
describe('with IMMED', () => {
  it.each(WITH_IMMED)('%s is refused in place of GOOD, and no copy is known', async (
    name, list, place) => {
    const world = new World('fixed');
    const before = await world.state();
    const { status, sense } = await world.sendList('LID4', list(world));
    expect(status).toBe('checkCondition');
    expectRow(name, sense!, { format: 'LID4', ...place });
    expect(await world.state()).toEqual(before);
    const asked = await world.fixture.receiveLid4(world.receiver, 0x05, 1);
    expectRow('unknownIdentifier', asked.sense!, {});
  });
});

describe('the table of rules', () => {
  it.each(RULES)('cites the clause that %s is from', (_name, { source }) => {
    expect(source).toMatch(/^(SPC|SBC)-[2-5] \d+(\.\d+)+$/);
  });

  it('has no rule twice', () => {
    expect(new Set(RULES.map(([, { when }]) => when)).size).toBe(RULES.length);
  });
});

/** Where sense data are made or passed on that are no rule of a copy manager, and why. */
const OWN_SENSE: Readonly<Record<string, string>> = {
  'rules.ts': 'the table itself answers',
  'failure.ts': 'what a READ or WRITE would have ended with, had it met what stopped a move',
  'wrong-transfer.ts': 'what a drive answers to a transfer that its mode does not have',
  'rod/rod-medium.ts': 'what a ROD answers as the disk that it is used as',
  'run-copy.ts': 'the same error, with its segment number in another place',
  'stop.ts': 'the same error, with its residual',
};

describe('src/copy', () => {
  it('answers from the table alone', () => {
    const files = readdirSync('src/copy', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(Object.keys(OWN_SENSE).length);
    const making = files.filter((file) =>
      readFileSync(`src/copy/${file}`, 'utf8').includes('new SenseError('));
    expect(making.sort()).toEqual(Object.keys(OWN_SENSE).sort());
  });
});
