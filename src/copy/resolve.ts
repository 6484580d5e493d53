import { hex } from '../bytes/hex.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import { type Cscd, PERIPHERAL_DEVICE_TYPES } from '../wire/copy/cscd.ts';
import { aborted, CSCD_FIELD, placeOfEnd, type Side } from './aborted.ts';
import { type Class, CLASSES } from './classes.ts';
import type { BlockEnd, End } from './end.ts';
import { CSCD_ID, type CopyReadings } from './limits.ts';
import type { Plan, PlannedCscd, PlannedSegment } from './plan.ts';
import type { CopyRods } from './rods.ts';
import type { UnitNames } from './unit-names.ts';

/** Where CSCD descriptor IDs are looked up. */
export interface CscdContext {
  readonly plan: Plan;
  /** Logical units within the reach of the list's sender, by LUN. */
  readonly reachable: ReadonlyMap<number, LogicalUnit>;
  readonly sender: ItNexus;
  /** The logical unit that received the list. */
  readonly receiver: LogicalUnit;
  readonly names: UnitNames;
  readonly rods: CopyRods;
  readonly readings: CopyReadings;
}

export interface Ends {
  readonly source: End | undefined;
  readonly destination: End | undefined;
}

/**
 * Finds the ends of a segment, source first.
 *
 * Throws: SenseError COPY ABORTED. Source: SPC-4 6.4.6.1, 5.17.7.4.
 */
export function resolveEnds(
  context: CscdContext, { index, value }: Pick<PlannedSegment, 'index' | 'value'>): Ends {
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
  const end = endOf(context, segment, side, id, wanted);
  if (end?.kind === wanted) return end;
  // A null device and a ROD answer no commands; to be verified is not to be copied from.
  if (wanted === 'unit' && end !== undefined) {
    throw aborted(segment, 'nullDevice', `the ${side} is a null device`, placeOfEnd(end, side));
  }
  throw aborted(segment, 'wrongClass', `the ${side} is no ${wanted} device`,
    { byte: CSCD_FIELD[side] });
}

const NULL_DEVICE = { unit: undefined, medium: undefined, descriptorAt: undefined, pad: false };
const NULL_BLOCK: End = { ...NULL_DEVICE, kind: 'block', blockBytes: 1 };
const NULL_STREAM: End = { ...NULL_DEVICE, kind: 'stream', fixed: false, recordBytes: 0 };

/** A descriptor with NUL names no device, and says all else. Source: SPC-3 6.3.6.1. */
function nullEnd({ at, value }: PlannedCscd): End {
  const common = { unit: undefined, medium: undefined, descriptorAt: at, pad: padOf(value) };
  const { device } = value;
  if (device.format === 'sequential') {
    const { fixed, streamBlockLength } = device;
    return { ...common, kind: 'stream', fixed, recordBytes: streamBlockLength };
  }
  const blockBytes = device.format === 'block' ? device.diskBlockLength : 0;
  return { ...common, kind: 'block', blockBytes: blockBytes || 1 };
}

/** Undefined for a logical unit that is neither a disk nor a tape, but for class `unit`. */
function endOf(
  context: CscdContext, segment: number, side: Side, id: number, wanted: Class): End | undefined {
  const { plan, receiver, readings } = context;
  if (id === CSCD_ID.receiver) return endAt(receiver, undefined, segment, wanted);
  if (id === CSCD_ID.nullBlock) return NULL_BLOCK;
  if (id === CSCD_ID.nullStream) return NULL_STREAM;
  if (plan.unusableIds.has(id)) {
    throw aborted(segment, 'extensionId', `CSCD descriptor ID ${hex(id, 4)} names no descriptor`,
      { byte: CSCD_FIELD[side] });
  }
  const planned = plan.cscds.get(id);
  if (planned === undefined) {
    throw aborted(segment, 'unreachableId', `CSCD descriptor ID ${hex(id, 4)} names nothing`,
      { byte: CSCD_FIELD[side] });
  }
  const { value, at } = planned;
  if (value.kind === 'rod' && wanted === 'unit') {
    context.rods.verify(id, segment);
    return { kind: 'unit', unit: undefined, medium: undefined, descriptorAt: at, pad: false };
  }
  if (value.kind === 'rod') return rodEnd(context, segment, side, id, planned);
  if ('extensionType' in value && value.extensionType !== 0xff) {
    throw aborted(segment, 'extensionType',
      `the extension's type code is ${hex(value.extensionType)}`, { base: at });
  }
  if (value.nul && readings.nul === 'null-device') return nullEnd(planned);
  return endAt(unitOf(context, planned, segment), planned, segment, wanted);
}

/** A ROD is used as a disk. Source: SPC-4 5.17.6.3. */
function rodEnd(
  { rods }: CscdContext, segment: number, side: Side, id: number,
  { at, value }: PlannedCscd): BlockEnd {
  const medium = rods.medium(id, segment, CSCD_FIELD[side]);
  return {
    kind: 'block', unit: undefined, medium, descriptorAt: at, pad: padOf(value),
    blockBytes: medium.blockBytes,
  };
}

const padOf = ({ device }: Cscd): boolean => device.format !== 'raw' && device.pad;

/** The logical unit that the descriptor names. Source: SPC-4 6.4.5. */
function unitOf(
  { names, reachable, sender, receiver }: CscdContext, { at, value }: PlannedCscd,
  segment: number): LogicalUnit {
  const unit = names.find(value, reachable, sender, receiver);
  if (unit === undefined) {
    throw aborted(segment, 'notReachable',
      `no logical unit within reach has the name in the CSCD descriptor at byte ${at}`,
      { base: at });
  }
  if (unit.peripheralDeviceType === value.peripheralDeviceType) return unit;
  const type = value.peripheralDeviceType;
  throw aborted(segment, 'wrongDeviceType',
    `${unit.name} is no ${PERIPHERAL_DEVICE_TYPES[type] ?? `device of type ${hex(type)}`}`,
    { base: at });
}

function endAt(
  unit: LogicalUnit, planned: PlannedCscd | undefined, segment: number,
  wanted: Class): End | undefined {
  const { medium } = unit;
  const descriptorAt = planned?.at;
  const pad = planned !== undefined && padOf(planned.value);
  const device = planned?.value.device;
  const blockBytes = medium?.kind === 'block' ? medium.blockBytes : undefined;
  if (device?.format === 'block' && blockBytes !== undefined
    && ![0, blockBytes].includes(device.diskBlockLength)) {
    throw aborted(segment, 'diskBlockLength', `its CSCD descriptor says blocks of `
      + `${device.diskBlockLength} bytes, ${unit.name} has ${blockBytes}`,
      descriptorAt === undefined ? {} : { base: descriptorAt });
  }
  const common = { unit, descriptorAt, pad };
  if (wanted === 'unit') return { ...common, kind: 'unit', medium: undefined };
  if (medium === undefined) return undefined;
  if (medium.kind === 'block') {
    return { ...common, kind: 'block', medium, blockBytes: medium.blockBytes };
  }
  const tape = device?.format === 'sequential' ? device : undefined;
  return {
    ...common, kind: 'stream', medium,
    fixed: tape?.fixed ?? false, recordBytes: tape?.streamBlockLength ?? 0,
  };
}
