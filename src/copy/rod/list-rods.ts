import { hex } from '../../bytes/hex.ts';
import type { ItNexus } from '../../sam/command.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { type BlockMedium, type BlockRun, ReservationConflict } from '../../sam/medium-access.ts';
import { SenseError } from '../../sense/sense.ts';
import type { RodCscd } from '../../wire/copy/cscd.ts';
import { rodTokenDescriptor } from '../../wire/copy/lid4-results.ts';
import { rangeDescriptor, type Segment } from '../../wire/copy/segments.ts';
import { ROD_TOKEN_BYTES, ROD_TYPE } from '../../wire/copy/tokens.ts';
import { commandFailed } from '../aborted.ts';
import { CSCD_ID } from '../limits.ts';
import type { Plan, PlannedSegment } from '../plan.ts';
import type { CopyRods, RodRange } from '../rods.ts';
import { broken, COPY_RULES } from '../rules.ts';
import { fieldAt } from '../segment-fields.ts';
import { Rod, type RodData } from './rod.ts';
import { RodMedium } from './rod-medium.ts';
import type { RodStore } from './rod-store.ts';
import { isInternal, isPointInTime, realType } from './rod-types.ts';
import { overlapping, runOf } from './token-lists.ts';
import type { TokenUse } from './token-registry.ts';

const DISK = 0x00;
const ROD_RESOURCES = COPY_RULES.rodResources.additional;

/** A ROD CSCD descriptor of the list. */
interface ListRod {
  readonly at: number;
  readonly value: RodCscd;
}

/** A ROD that segments populate. */
interface InternalRod extends ListRod {
  readonly rod: Rod;
  readonly release: () => void;
  /** A segment has used it: nothing can be added to it. */
  isUsed: boolean;
}
interface TokenRod extends ListRod {
  readonly use: TokenUse;
}

/** The RODs of one parameter list. Source: SPC-4 5.17.6.3, 6.4.5.9. */
export class ListRods implements CopyRods {
  readonly #store: RodStore;
  readonly #receiver: LogicalUnit;
  readonly #internal = new Map<number, InternalRod>();
  readonly #byToken = new Map<number, TokenRod>();
  /** The copy has ended without error. */
  #isGood = false;

  private constructor(store: RodStore, receiver: LogicalUnit) {
    this.#store = store;
    this.#receiver = receiver;
  }

  /** Throws: SenseError ILLEGAL REQUEST; nothing is held then. */
  static open(store: RodStore, plan: Plan, receiver: LogicalUnit, nexus: ItNexus): ListRods {
    const rods = new ListRods(store, receiver);
    try {
      for (const [id, { at, value }] of plan.cscds) {
        if (value.kind === 'rod') rods.#add(id, { at, value }, plan, nexus);
      }
      rods.#checkSegments(plan);
      return rods;
    } catch (error) {
      rods.#release();
      throw error;
    }
  }

  #add(id: number, cscd: ListRod, plan: Plan, nexus: ItNexus): void {
    this.#checkDescriptor(cscd, plan);
    const { value } = cscd;
    if (value.rodType === ROD_TYPE.byToken) {
      this.#byToken.set(id, { ...cscd, use: this.#use(cscd, plan, nexus) });
      return;
    }
    const { medium } = this.#receiver;
    if (medium?.kind !== 'block') return; // no segment can populate it
    const rod = new Rod(realType(value.rodType), this.#receiver, medium);
    this.#internal.set(id, { ...cscd, rod, release: rod.hold(), isUsed: false });
  }

  #checkDescriptor({ at, value }: ListRod, { header }: Plan): void {
    const { rodType, producerId, lifetime, inactivityTimeout, rToken } = value;
    const { tokenLifetimeMaxS, tokenInactivityMaxS } = this.#store.limits;
    const isByToken = rodType === ROD_TYPE.byToken;
    const place = { base: at };
    if (rToken && header.listIdUsage !== 0 && header.listIdUsage !== 2) {
      throw broken('rTokenWithoutIdentifier', 'a token is asked for, and nothing names the copy',
        place);
    }
    if (lifetime > tokenLifetimeMaxS) {
      throw broken('rodLifetime', `${lifetime} seconds, at most ${tokenLifetimeMaxS}`, place);
    }
    if (inactivityTimeout > tokenInactivityMaxS) {
      throw broken('rodInactivity',
        `${inactivityTimeout} seconds, at most ${tokenInactivityMaxS}`, place);
    }
    if (producerId === CSCD_ID.rodToken && !isByToken) {
      throw broken('rodProducer', 'no token names the producer of a new ROD', place);
    }
    if (producerId !== CSCD_ID.receiver && producerId !== CSCD_ID.rodToken) {
      throw broken(isByToken ? 'remoteTokenUse' : 'remoteTokenCreation',
        `ROD PRODUCER CSCD DESCRIPTOR ID is ${hex(producerId, 4)}`, place);
    }
    if (!isByToken && !isInternal(rodType)) {
      throw broken('rodType', `ROD TYPE is ${hex(rodType, 8)}`, place);
    }
  }

  #use({ at, value }: ListRod, { inlineData, inlineAt }: Plan, nexus: ItNexus): TokenUse {
    const { tokenOffset } = value;
    const token = inlineData.subarray(tokenOffset, tokenOffset + ROD_TOKEN_BYTES);
    if (token.length === ROD_TOKEN_BYTES) {
      return this.#store.use(token, nexus, inlineAt + tokenOffset);
    }
    throw broken('rodTokenOffset',
      `ROD TOKEN OFFSET is ${tokenOffset}, the inline data have ${inlineData.length} bytes`,
      { base: at });
  }

  /** What is wrong with BEh, BFh and destinations before anything is processed. */
  #checkSegments({ segments, cscds }: Plan): void {
    const populated = new Map<number, (BlockRun & PlaceOfRange)[]>();
    for (const segment of segments) {
      const { at, value } = segment;
      const ranges = rangesOf(value);
      if (ranges !== undefined && 'sourceCscd' in value && 'destinationCscd' in value) {
        this.#checkPopulate(segment, value);
        const all = populated.get(value.destinationCscd) ?? [];
        all.push(...ranges.map((range, i) =>
          ({ ...runOf(range), base: at, byte: rangeAt(value.kind, i) })));
        populated.set(value.destinationCscd, all);
      } else if ('destinationCscd' in value) {
        const cscd = cscds.get(value.destinationCscd)?.value;
        const isFixed = cscd?.kind === 'rod'
          && (cscd.rodType === ROD_TYPE.byToken || isPointInTime(cscd.rodType));
        if (isFixed) {
          throw broken('pointInTimeDestination',
            `segment ${segment.index} writes to a ROD that cannot change`, { base: at });
        }
      }
    }
    for (const runs of populated.values()) {
      const twice = overlapping(runs);
      if (twice === undefined) continue;
      throw broken('populateSameLba', `block ${twice.lba} would be in the ROD twice`,
        { base: twice.base, byte: twice.byte });
    }
  }

  #checkPopulate(
    { at, index }: PlannedSegment,
    { sourceCscd, destinationCscd }: { sourceCscd: number; destinationCscd: number }): void {
    if (sourceCscd !== CSCD_ID.receiver || this.#receiver.peripheralDeviceType !== DISK) {
      throw broken('populateSource',
        `segment ${index} has the source ${hex(sourceCscd, 4)}, received by ${
          this.#receiver.name}`, { base: at });
    }
    if (this.#internal.has(destinationCscd)) return;
    throw broken('populateDestination',
      `segment ${index} populates ${hex(destinationCscd, 4)}, which is no new ROD`, { base: at });
  }

  medium(cscdId: number, segment: number, field: number): BlockMedium {
    const found = this.#byToken.get(cscdId) ?? this.#internal.get(cscdId);
    const rod = found === undefined ? undefined : dataOf(found);
    if (found === undefined || rod === undefined || rod.byteLength === 0) {
      throw broken('unpopulatedRod', `ROD ${hex(cscdId, 4)} has no data`, { segment, byte: field });
    }
    if ('isUsed' in found) found.isUsed = true;
    const { device } = found.value;
    const blockBytes = device.format === 'block' ? device.diskBlockLength : 0;
    return new RodMedium(rod, blockBytes || rod.blockBytes);
  }

  async populate(cscdId: number, segment: number, ranges: readonly RodRange[]): Promise<void> {
    const found = this.#internal.get(cscdId)!; // checked before the first segment
    if (found.isUsed) {
      throw broken('rodInUse', `ROD ${hex(cscdId, 4)} has been used`, { segment });
    }
    if (found.value.peripheralDeviceType !== DISK) {
      throw broken('rodDeviceType',
        `the ROD is of peripheral device type ${hex(found.value.peripheralDeviceType)}`,
        { segment });
    }
    try {
      found.rod.medium.admit('read', this.#store.ownNexus);
      await found.rod.populate(ranges.map(runOf));
    } catch (error) {
      throw this.#failed(segment, error);
    }
  }

  /** The receiver has refused, as a copy source can; a lack of resources is no fault of it. */
  #failed(segment: number, error: unknown): unknown {
    const isAnswer = error instanceof ReservationConflict
      || (error instanceof SenseError && error.sense.additional !== ROD_RESOURCES);
    if (!isAnswer) return error;
    return commandFailed(segment, 'source', {
      kind: 'unit', unit: this.#receiver, medium: undefined, descriptorAt: undefined, pad: false,
    }, error);
  }

  verify(cscdId: number): void {
    this.#byToken.get(cscdId)?.use.verify();
  }

  async tokens(): Promise<readonly Uint8Array[]> {
    const descriptors: Uint8Array[] = [];
    for (const [cscdId, { rod, value }] of this.#internal) {
      if (!value.rToken || rod.byteLength === 0) continue;
      const times = this.#store.timesOf(value.lifetime, value.inactivityTimeout);
      const token = await this.#store.tokens.create(rod, times);
      descriptors.push(rodTokenDescriptor.encode({ cscdId, token }));
    }
    this.#isGood = true;
    return descriptors;
  }

  async close(): Promise<void> {
    this.#release();
  }

  #release(): void {
    for (const { release } of this.#internal.values()) release();
    for (const { use, value } of this.#byToken.values()) use.end(this.#isGood && value.delTkn);
  }
}

/** A range's segment in the list, and its own place in the segment. */
interface PlaceOfRange {
  readonly base: number;
  readonly byte: number;
}

/** BEh has descriptors of ranges at its end, BFh the fields of one. */
const rangeAt = (kind: Segment['kind'], index: number): number =>
  (kind === 'populateRodRanges'
    ? fieldAt(kind, 'ranges') + index * rangeDescriptor.size : fieldAt(kind, 'lba'));

const dataOf = (found: InternalRod | TokenRod): RodData =>
  ('use' in found ? found.use.rod : found.rod);

/** The ranges of a segment that populates a ROD. */
function rangesOf(value: Segment): readonly RodRange[] | undefined {
  if (value.kind === 'populateRodRange') return [value];
  if (value.kind !== 'populateRodRanges') return undefined;
  const { ranges } = value;
  return Array.from({ length: ranges.length / rangeDescriptor.size }, (_, i) =>
    rangeDescriptor.read(ranges, i * rangeDescriptor.size));
}
