import { hex } from '../bytes/hex.ts';
import type { Designator, LogicalUnit } from '../sam/logical-unit.ts';
import {
  CSCD_ID_IN_LIST_MAX, type IdentificationCscd, PERIPHERAL_DEVICE_TYPES,
} from '../wire/copy/cscd.ts';
import type { Segment } from '../wire/copy/segments.ts';
import { aborted, CSCD_FIELD, inSegment, type Side } from './aborted.ts';
import type { End } from './end.ts';
import { CSCD_ID } from './limits.ts';
import type { PlannedCscd, PlannedSegment } from './plan.ts';

/** Where CSCD descriptor IDs are looked up. */
export interface CscdContext {
  readonly cscds: readonly PlannedCscd[];
  /** Logical units within the reach of the list's sender. */
  readonly reachable: readonly LogicalUnit[];
  /** The logical unit that received the list. */
  readonly receiver: LogicalUnit;
}

type Class = End['kind'];

/** Classes of the devices that a segment copies from and to. Source: SPC-4 table 153. */
const CLASSES: Readonly<Record<Segment['kind'], Readonly<Partial<Record<Side, Class>>>>> = {
  blockToStream: { source: 'block', destination: 'stream' },
  streamToBlock: { source: 'stream', destination: 'block' },
  blockToBlock: { source: 'block', destination: 'block' },
  inlineToStream: { destination: 'stream' },
  streamToDiscard: { source: 'stream' },
  writeFilemarks: { destination: 'stream' },
  space: { destination: 'stream' },
  locate: { destination: 'stream' },
};

export interface Ends {
  readonly source: End | undefined;
  readonly destination: End | undefined;
}

/**
 * Finds the ends of a segment, source first.
 *
 * Throws: SenseError COPY ABORTED. Source: SPC-4 6.4.6.1, 5.17.7.4.
 */
export function resolveEnds(context: CscdContext, { index, value }: PlannedSegment): Ends {
  const classes = CLASSES[value.kind];
  const find = (side: Side, id: number): End | undefined =>
    (classes[side] === undefined ? undefined
      : resolve(context, index, side, id, classes[side]));
  return {
    source: 'sourceCscd' in value ? find('source', value.sourceCscd) : undefined,
    destination: 'destinationCscd' in value
      ? find('destination', value.destinationCscd) : undefined,
  };
}

function resolve(
  context: CscdContext, segment: number, side: Side, id: number, wanted: Class): End {
  const end = endOf(context, segment, side, id);
  if (end?.kind === wanted) return end;
  throw aborted(segment, 'invalidOperationForCopy', `the ${side} is no ${wanted} device`,
    { fieldPointer: inSegment(CSCD_FIELD[side]) });
}

const NULL_ENDS: Readonly<Record<number, End>> = {
  [CSCD_ID.nullBlock]: {
    kind: 'block', unit: undefined, medium: undefined, descriptorAt: undefined, pad: false,
    blockBytes: 1 },
  [CSCD_ID.nullStream]: {
    kind: 'stream', unit: undefined, medium: undefined, descriptorAt: undefined, pad: false,
    fixed: false, recordBytes: 0 },
};

/** Undefined for a logical unit that is neither a disk nor a tape. */
function endOf(
  context: CscdContext, segment: number, side: Side, id: number): End | undefined {
  if (id === CSCD_ID.receiver) return endAt(context.receiver, undefined, segment);
  const planned = id <= CSCD_ID_IN_LIST_MAX ? context.cscds[id] : undefined;
  if (planned !== undefined) return endAt(unitOf(context, planned, segment), planned, segment);
  const nullEnd = NULL_ENDS[id];
  if (nullEnd !== undefined) return nullEnd;
  throw aborted(segment, 'unreachableCopyTarget', `CSCD descriptor ID ${hex(id, 4)} names nothing`,
    { fieldPointer: inSegment(CSCD_FIELD[side]) });
}

const descriptor = (at: number) => ({ in: 'parameterList', byte: at }) as const;

/** The unit that has the descriptor's designator among its own. Source: SPC-4 6.4.5.4. */
function unitOf(context: CscdContext, { at, value }: PlannedCscd, segment: number): LogicalUnit {
  for (const unit of context.reachable) {
    if (!unit.designators.some((one) => matches(one, value))) continue;
    if (unit.peripheralDeviceType === value.peripheralDeviceType) return unit;
    throw aborted(segment, 'incorrectCopyTargetDeviceType',
      `${unit.name} is no ${PERIPHERAL_DEVICE_TYPES[value.peripheralDeviceType]}`,
      { fieldPointer: descriptor(at) });
  }
  throw aborted(segment, 'copyTargetDeviceNotReachable',
    `no logical unit within reach has the designator of the CSCD descriptor at byte ${at}`,
    { fieldPointer: descriptor(at) });
}

const matches = (one: Designator, value: IdentificationCscd): boolean =>
  one.codeSet === value.codeSet && one.association === value.association
  && one.type === value.designatorType && one.bytes.length === value.designatorLength
  && one.bytes.every((byte, i) => byte === value.designator[i]);

function endAt(
  unit: LogicalUnit, planned: PlannedCscd | undefined, segment: number): End | undefined {
  const { medium } = unit;
  const device = planned?.value.device;
  const descriptorAt = planned?.at;
  if (medium === undefined) return undefined;
  if (medium.kind === 'stream') {
    const tape = device?.format === 'sequential' ? device : undefined;
    return {
      kind: 'stream', unit, medium, descriptorAt, pad: tape?.pad ?? false,
      fixed: tape?.fixed ?? false, recordBytes: tape?.streamBlockLength ?? 0,
    };
  }
  const disk = device?.format === 'block' ? device : undefined;
  if (disk !== undefined && ![0, medium.blockBytes].includes(disk.diskBlockLength)) {
    throw aborted(segment, 'invalidFieldInParameterList',
      `its CSCD descriptor says blocks of ${disk.diskBlockLength} bytes, ${unit.name} has `
      + `${medium.blockBytes}`, { fieldPointer: descriptor(planned!.at + 29) }); // it gave `disk`
  }
  return {
    kind: 'block', unit, medium, descriptorAt, pad: disk?.pad ?? false,
    blockBytes: medium.blockBytes,
  };
}
