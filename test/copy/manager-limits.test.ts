/** Every limit: one copy that needs just so much, where the limit is that, and where it is less. */
import { describe, expect, it } from 'vitest';
import { writeU16, writeU32 } from '../../src/bytes/big-endian.ts';
import { walk } from '../../src/codec/list.ts';
import { COPY_LIMITS, type CopyLimits } from '../../src/copy/limits.ts';
import { deferred } from '../../src/sam/deferred.ts';
import type { Outcome } from '../../src/sam/command.ts';
import type { BlockSnapshot } from '../../src/sam/medium-access.ts';
import { readSense } from '../../src/sense/sense.ts';
import { rodCscd } from '../../src/wire/copy/cscd.ts';
import { copyStatus, operatingParameters } from '../../src/wire/copy/results.ts';
import { thirdPartyCopyDescriptors } from '../../src/wire/copy/third-party-copy-vpd.ts';
import { ROD_TYPE } from '../../src/wire/copy/tokens.ts';
import { MemoryDisk, MemoryTape, unitOf } from '../support/copy-devices.ts';
import {
  bytesToTape, cscdOf, diskToDisk, inline, listOf, toTape,
} from '../support/copy-lists.ts';
import { turns } from '../support/turns.ts';
import { dataOf, Fixture } from './manager-fixture.ts';

function setUp(limits: Partial<CopyLimits>) {
  const disk = new MemoryDisk('disk', 512, new Uint8Array(512 * 100).fill(7));
  // Nothing changes behind the RODs here.
  const snapshot: BlockSnapshot = {
    isLost: false, reading: async () => {}, close: async () => {},
    places: (lba, blockCount) => disk.places(lba, blockCount) };
  Object.assign(disk, { snapshot: async () => snapshot });
  const units = [unitOf('disk', 1, disk), unitOf('tape', 2, new MemoryTape('tape'))];
  const fixture = new Fixture(units, { limits });
  return { fixture, unit: units[0]!, cscds: units.map((unit) => cscdOf(unit)) };
}
type Made = ReturnType<typeof setUp>;

const told = ({ status, sense }: Outcome): string =>
  (sense === undefined ? status : readSense(sense).additional ?? status);
const copy = async (
  { fixture, unit, cscds }: Made, segments: readonly Uint8Array[], rest: object = {},
): Promise<string> => told(await fixture.copy(unit, listOf(cscds, segments, rest)));
const itself = { from: 0, to: 0 };

/** Starts copies that wait in their moves; the answer to the last one, or `good`. */
async function atOnce(made: Made, count: number, rest: (i: number) => object): Promise<string> {
  const gate = deferred<void>();
  made.fixture.mover.before = () => gate.promise;
  const copies = Array.from({ length: count }, (_, i) =>
    copy(made, [diskToDisk(i, 50 + i, 1, itself)], rest(i)));
  await turns(1);
  gate.resolve();
  return (await Promise.all(copies)).at(-1)!;
}

/** POPULATE TOKEN over ranges of two blocks each. */
async function populate(
  { fixture, unit }: Made, count: number, inactivity = 0, listIdentifier = 1): Promise<string> {
  const list = new Uint8Array(16 + 16 * count);
  writeU16(list, 0, list.length - 2);
  writeU32(list, 4, inactivity);
  writeU16(list, 14, 16 * count);
  for (let i = 0; i < count; i += 1) {
    writeU32(list, 16 + 16 * i + 4, 2 * i);
    writeU32(list, 16 + 16 * i + 8, 2);
  }
  const cdb = Uint8Array.of(0x83, 0x10, 0, 0, 0, 0, 0, 0, 0, listIdentifier, 0, 0, 0, 0, 0, 0);
  writeU32(cdb, 10, list.length);
  return told(await fixture.send(unit, cdb, list));
}

const rodFor = (lifetime: number, inactivityTimeout: number): Uint8Array => rodCscd.encode({
  type: 0xfe, luIdType: 0, peripheralDeviceType: 0, relativeInitiatorPort: 0, producerId: 0xffff,
  rodType: ROD_TYPE.accessUponReference, lifetime, inactivityTimeout, rToken: true, delTkn: false,
  tokenOffset: 0, device: { format: 'block', pad: false, diskBlockLength: 512 } });

interface Row {
  readonly limit: keyof CopyLimits;
  /** What the copy needs. */
  readonly needs: number;
  /** The next value that is not enough; one less if not said. */
  readonly tooTight?: number;
  readonly rest?: Partial<CopyLimits>;
  run(made: Made): Promise<string>;
  /** The answer where the limit is too tight. */
  readonly refusal: string;
}

const ROWS: readonly Row[] = [
  { limit: 'cscdCountMax', needs: 2, run: (made) => copy(made, []),
    refusal: 'tooManyTargetDescriptors' },
  { limit: 'segmentCountMax', needs: 3, refusal: 'tooManySegmentDescriptors',
    run: (made) => copy(made, [0, 1, 2].map((lba) => diskToDisk(lba, 50, 1, itself))) },
  { limit: 'descriptorListBytesMax', needs: 32 + 32 + 28, refusal: 'parameterListLengthError',
    run: (made) => copy(made, [diskToDisk(0, 50, 1, itself)]) },
  { limit: 'segmentBytesMax', needs: 1024, refusal: 'invalidFieldInParameterList',
    run: (made) => copy(made, [diskToDisk(0, 50, 2, itself)]) },
  { limit: 'inlineBytesMax', needs: 80, refusal: 'inlineDataLengthExceeded',
    run: (made) => copy(made, [inline(0, 80, 80)], { inlineData: new Uint8Array(80) }) },
  { limit: 'heldBytesMax', needs: 1024, refusal: 'held data discarded',
    run: async (made) => {
      await copy(made, [diskToDisk(0, 50, 2, { ...itself, holds: true })]);
      const status = copyStatus.read(dataOf(await made.fixture.receive(made.unit, 0, 1)));
      return status.heldDataDiscarded ? 'held data discarded' : 'good';
    } },
  { limit: 'streamTransferBytesMax', needs: 1024, refusal: 'invalidFieldInParameterList',
    run: (made) => copy(made, [toTape(0, 2, 1024)]) },
  { limit: 'concurrentCopiesMax', needs: 3, refusal: 'busy',
    run: (made) => atOnce(made, 3, () => ({ listIdentifier: 0, listIdUsage: 3 })) },
  { limit: 'identifiedCopiesMax', needs: 3, refusal: 'busy',
    run: (made) => atOnce(made, 3, (i) => ({ listIdentifier: i })) },
  { limit: 'dataGranularityLog2', needs: 9, tooTight: 10,
    refusal: 'copySegmentGranularityViolation',
    run: (made) => copy(made, [diskToDisk(0, 50, 1, itself)]) },
  { limit: 'inlineGranularityLog2', needs: 4, tooTight: 5,
    refusal: 'copySegmentGranularityViolation',
    run: (made) => copy(made, [inline(0, 80, 80)], { inlineData: new Uint8Array(80) }) },
  { limit: 'heldGranularityLog2', needs: 9, tooTight: 10,
    refusal: 'copySegmentGranularityViolation',
    run: (made) => copy(made, [diskToDisk(0, 50, 1, { ...itself, holds: true })]) },
  { limit: 'rangeCountMax', needs: 3, refusal: 'tooManySegmentDescriptors',
    run: (made) => populate(made, 3) },
  { limit: 'tokenBlocksMax', needs: 6, refusal: 'invalidFieldInParameterList',
    run: (made) => populate(made, 3) },
  { limit: 'tokenInactivityMaxS', needs: 50, refusal: 'invalidFieldInParameterList',
    run: (made) => populate(made, 1, 50) },
  { limit: 'tokenInactivityMaxS', needs: 50, refusal: 'invalidFieldInParameterList',
    run: ({ fixture, unit }) =>
      fixture.copy(unit, listOf([rodFor(0, 50)], [])).then(told) },
  { limit: 'tokenLifetimeMaxS', needs: 70, refusal: 'invalidFieldInParameterList',
    run: ({ fixture, unit }) =>
      fixture.copy(unit, listOf([rodFor(70, 0)], [])).then(told) },
  { limit: 'tokenCountMax', needs: 2, refusal: 'insufficientResourcesToCreateRodToken',
    run: async (made) => {
      await populate(made, 1, 0, 1);
      return populate(made, 1, 0, 2);
    } },
];

describe('limits', () => {
  it.each(ROWS)('let a copy that needs $limit $needs be made, and none where it is less',
    async ({ limit, needs, tooTight = needs - 1, rest = {}, run, refusal }) => {
      expect(await run(setUp({ ...rest, [limit]: needs }))).toBe('good');
      expect(await run(setUp({ ...rest, [limit]: tooTight }))).toBe(refusal);
    });

  it('are all here, but for what a token gets that does not ask', () => {
    const missing = Object.keys(COPY_LIMITS).filter((name) =>
      ROWS.every(({ limit }) => limit !== name));
    expect(missing).toEqual(['tokenLifetimeMinS', 'tokenInactivityDefaultS']);
  });

  it('hold for bytes that do not begin at a block', async () => {
    expect(await copy(setUp({ dataGranularityLog2: 4 }), [bytesToTape(0, 3, 48, 48)])).toBe('good');
    expect(await copy(setUp({ dataGranularityLog2: 5 }), [bytesToTape(0, 3, 48, 48)]))
      .toBe('copySegmentGranularityViolation');
  });
});

/** All different, so that none can stand in another's place. */
const DIFFERENT = {
  cscdCountMax: 11, segmentCountMax: 12, descriptorListBytesMax: 1300, segmentBytesMax: 14_000,
  inlineBytesMax: 150, heldBytesMax: 1600, streamTransferBytesMax: 17_000,
  concurrentCopiesMax: 28, identifiedCopiesMax: 19, dataGranularityLog2: 2,
  inlineGranularityLog2: 3, heldGranularityLog2: 4, rangeCountMax: 23, tokenBlocksMax: 24_000,
  tokenLifetimeMinS: 25, tokenLifetimeMaxS: 26_000, tokenInactivityMaxS: 270,
  tokenInactivityDefaultS: 29, tokenCountMax: 30,
} as const satisfies CopyLimits;

describe('what is told', () => {
  it('is what is enforced: the operating parameters', async () => {
    const { fixture, unit } = setUp(DIFFERENT);
    const data = dataOf(await fixture.receive(unit, 0x03, 0));
    expect(operatingParameters.read(data)).toMatchObject({
      snlid: true, maximumCscdCount: 11, maximumSegmentCount: 12, maximumDescriptorListLength: 1300,
      maximumSegmentLength: 14_000, maximumInlineDataLength: 150, heldDataLimit: 1600,
      maximumStreamTransferSize: 17_000, totalConcurrentCopies: 28, maximumConcurrentCopies: 19,
      dataSegmentGranularity: 2, inlineDataGranularity: 3, heldDataGranularity: 4 });
    expect(operatingParameters.lint(data)).toEqual([]);
  });

  it('is what is enforced: page 8Fh', () => {
    const { fixture, unit } = setUp(DIFFERENT);
    const page = fixture.manager.vpdPage(unit);
    const values = walk(thirdPartyCopyDescriptors, page, 4, page.length).items
      .map(({ at, end, layout }) => layout!.decode(page, at, end).value);
    expect(Object.assign({}, ...values)).toMatchObject({
      maximumRangeCount: 23, maximumInactivityTimeout: 270, defaultInactivityTimeout: 29,
      maximumTokenTransferSize: 24_000n, maximumCscdCount: 11, maximumSegmentCount: 12,
      maximumDescriptorListLength: 1300, maximumInlineDataLength: 150, minimumLifetime: 25,
      maximumLifetime: 26_000, totalConcurrentCopies: 28, maximumIdentifiedConcurrentCopies: 19,
      maximumSegmentLength: 14_000, dataSegmentGranularity: 2, inlineDataGranularity: 3,
      maximumStreamTransferSize: 17_000, heldDataLimit: 1600, heldDataGranularity: 4 });
  });

  it('is that a list identifier is needed where one is', async () => {
    const disk = new MemoryDisk('disk', 512, new Uint8Array(512));
    const unit = unitOf('disk', 1, disk);
    const fixture = new Fixture([unit], { readings: { noListIdentifier: 'refused' } });
    const data = operatingParameters.read(dataOf(await fixture.receive(unit, 0x03, 0)));
    expect(data).toMatchObject({ snlid: false, totalConcurrentCopies: 0 });
    expect(told(await fixture.copy(unit, listOf([], [], { listIdentifier: 0, listIdUsage: 3 }))))
      .toBe('invalidFieldInParameterList');
  });
});
