/**
 * Random lists: numbers without meaning become segments that fit what the devices hold by then.
 *
 * The model runs along while a list is made, so that most segments find the data that they name
 * and copies reach their later segments; the rest is wrong in one of many ways.
 */
import fc from 'fast-check';
import {
  COPY_LIMITS, COPY_READINGS, type CopyLimits, type CopyReadings,
} from '../../../src/copy/limits.ts';
import type { ListFormat } from '../../../src/wire/copy/parameter-list.ts';
import { Model } from '../model/copy.ts';
import type { ModelList } from '../model/ends.ts';
import { type ModelSegment, SEGMENT_TYPES, type SegmentType } from '../model/segments.ts';
import type { ModelStop } from '../model/state.ts';
import { type DeviceSpec, deviceSpecs, modelDevices, pattern } from './devices.ts';
import { Dice, DICE_MAX } from './dice.ts';
import { CscdNames } from './names.ts';
import { meant } from './meant.ts';

export interface Scenario {
  readonly devices: readonly DeviceSpec[];
  readonly list: ModelList;
  readonly segments: readonly ModelSegment[];
  readonly limits: CopyLimits;
}

export const INLINE_BYTES = 256;

const readings: fc.Arbitrary<CopyReadings> = fc.record({
  lid4FirstId: fc.constantFrom<0 | 1>(1, 1, 0),
  padding: fc.constantFrom<CopyReadings['padding']>('transfer', 'block'),
  nul: fc.constantFrom<CopyReadings['nul']>('obsolete', 'null-device'),
  variableResidual: fc.constantFrom<CopyReadings['variableResidual']>('bytes', 'bytes', 'blocks'),
  outOfRange: fc.constantFrom<CopyReadings['outOfRange']>('segment', 'device'),
}).map((some) => ({ ...COPY_READINGS, ...some }));

/** Types with more to go wrong come more often. */
const TYPES: readonly SegmentType[] = [
  ...SEGMENT_TYPES, 0x00, 0x00, 0x01, 0x01, 0x01, 0x02, 0x02, 0x03, 0x08, 0x09, 0x09, 0x0a, 0x0a,
  0x12, 0x13,
];

const DICE_PER_SEGMENT = 24;
const throws = fc.array(
  fc.nat(DICE_MAX), { minLength: DICE_PER_SEGMENT, maxLength: DICE_PER_SEGMENT });

const raw = fc.record({
  devices: deviceSpecs, readings,
  format: fc.constantFrom<ListFormat>('LID1', 'LID4'),
  receiver: fc.nat(3),
  heldBytesMax: fc.constantFrom(COPY_LIMITS.heldBytesMax, 700),
  segments: fc.array(
    fc.tuple(fc.constantFrom(...TYPES), throws), { minLength: 1, maxLength: 10, size: 'max' }),
});

export const scenarios: fc.Arbitrary<Scenario> = raw.map(
  ({ devices, heldBytesMax, segments, format, receiver, readings: read }) => {
    const limits = { ...COPY_LIMITS, heldBytesMax };
    const names = new CscdNames({
      format, receiver, readings: read, inline: pattern(99, INLINE_BYTES) });
    const model = new Model(modelDevices(devices), names.list, limits);
    const made: ModelSegment[] = [];
    for (const [type, numbers] of segments) {
      const segment = meant(type, new Dice(numbers), model, names);
      made.push(segment);
      if (model.end === undefined) model.step(segment);
    }
    return readable({ devices, list: names.list, segments: made, limits });
  });

/** Failing cases are printed without the bytes, and segments without what is 0. */
function readable(scenario: Scenario): Scenario {
  const { devices, list, segments, limits } = scenario;
  const short = (value: object): string => JSON.stringify(value, (_, one: unknown) =>
    (one === 0 || one === false || one instanceof Uint8Array ? undefined : one));
  return Object.defineProperty({ ...scenario }, fc.toStringMethod, { value: () => [
    ...devices, ...list.cscds, ...segments,
    { format: list.format, receiver: list.receiver, held: limits.heldBytesMax, ...list.readings },
  ].map(short).join('\n') });
}

/** The model of a scenario from its beginning. */
export const modelOf = ({ devices, list, limits, segments }: Scenario, stop?: ModelStop): Model =>
  new Model(modelDevices(devices), list, limits, stop).run(segments);
