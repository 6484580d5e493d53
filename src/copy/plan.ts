/**
 * Checks a parameter list before its first segment is processed, and takes it apart.
 *
 * ```text
 *   bytes ── planCopy ──► Plan ── for each segment, when it comes: resolve ── stepsOf ──► Step…
 *            ILLEGAL REQUEST           COPY ABORTED from here on
 * ```
 *
 * The order of the checks is that of the steps below, so that a list with several faults has one
 * answer. Reachability and class of the devices are none of them: devices come and go while
 * earlier segments are processed. Source: SPC-4 5.17.7.3, 6.4.2, 6.4.3, 6.5.
 */
import { hex } from '../bytes/hex.ts';
import { Malformed } from '../codec/finding.ts';
import type { Item, Walk } from '../codec/list.ts';
import { CSCD_BYTES, type Cscd, cscdTypeName, readCscd } from '../wire/copy/cscd.ts';
import {
  descriptorsOf, headerBytesOf, headerFieldAt, lid4ParameterListHeader, type ListFormat,
  type ListHeader, type Parts, partsOf,
} from '../wire/copy/parameter-list.ts';
import {
  HOLD_TYPES, readSegment, type Segment, segmentTypeName,
} from '../wire/copy/segments.ts';
import type { CopyLimits, CopyReadings } from './limits.ts';
import { broken, type RuleName, type RulePlace } from './rules.ts';
import { type CopySupport, WHOLE_SUPPORT } from './support.ts';

export interface PlannedCscd {
  /** Offset of the descriptor in the parameter list. */
  readonly at: number;
  readonly value: Cscd;
}

export interface PlannedSegment {
  /** Number of the segment, from 0. */
  readonly index: number;
  /** Offset of the descriptor in the parameter list. */
  readonly at: number;
  readonly value: Segment;
  /** What is processed is also held for the application client. */
  readonly holds: boolean;
}

/** A list in which nothing is wrong that can be known before the first segment. */
export interface Plan {
  readonly header: ListHeader;
  /** By CSCD descriptor ID. */
  readonly cscds: ReadonlyMap<number, PlannedCscd>;
  /** IDs whose places hold the LID4 header, or the extension of a descriptor. */
  readonly unusableIds: ReadonlySet<number>;
  readonly segments: readonly PlannedSegment[];
  readonly inlineData: Uint8Array;
  /** Offset of the inline data in the parameter list. */
  readonly inlineAt: number;
}

/** What a list is held against. */
export interface PlanRules {
  readonly limits: CopyLimits;
  readonly readings: CopyReadings;
  /** Everything if not said. */
  readonly support?: CopySupport;
}

/**
 * Takes a parameter list apart. No I/O, no clock.
 *
 * Throws: SenseError ILLEGAL REQUEST with the place of the fault, never COPY ABORTED.
 */
export function planCopy(bytes: Uint8Array, format: ListFormat, rules: PlanRules): Plan {
  if (bytes.length < headerBytesOf(format)) {
    throw broken('headerTruncated',
      `${bytes.length} bytes do not hold the header of ${headerBytesOf(format)}`);
  }
  const parts = partsOf(bytes, format);
  if (format === 'LID4') checkLid4Header(bytes);
  checkListIdentifier(parts.header, rules.readings);
  checkLengths(bytes, parts, rules);
  const { cscds, segments } = descriptorsOf(bytes, parts);
  return {
    header: parts.header, ...planCscds(bytes, cscds, parts.header, rules),
    segments: planSegments(bytes, segments, parts.header, rules),
    inlineData: bytes.slice(parts.inline.at, parts.inline.end), inlineAt: parts.inline.at,
  };
}

function checkLid4Header(bytes: Uint8Array): void {
  const { listFormat, headerListLength, headerType, immed, gSense, listIdUsage } =
    lid4ParameterListHeader.peek(bytes);
  if (listFormat !== 1) throw broken('listFormat', `PARAMETER LIST FORMAT is ${hex(listFormat)}`);
  if (headerListLength !== CSCD_BYTES) {
    throw broken('headerCscdLength', `the header's CSCD list has ${headerListLength} bytes`);
  }
  if (headerType !== 0xff) {
    throw broken('headerCscdType', `the header's CSCD type code is ${hex(headerType)}`);
  }
  if (immed && gSense) throw broken('immedWithGSense', 'IMMED and G_SENSE are both 1');
  if (immed && listIdUsage === 3) {
    throw broken('immedWithoutIdentifier', 'a copy in the background needs a list identifier');
  }
}

/** LIST ID USAGE 01b, and 11b with an identifier. */
function checkListIdentifier(
  { format, listIdUsage, listIdentifier }: ListHeader, readings: CopyReadings): void {
  if (listIdUsage === 1) throw broken('listIdUsageReserved', 'LIST ID USAGE is 01b', { format });
  if (listIdUsage !== 3) return;
  if (readings.noListIdentifier === 'refused') {
    throw broken('noIdentifierUnsupported', 'copies without list identifier are refused',
      { format });
  }
  if (listIdentifier !== 0) {
    throw broken('identifierNotZero',
      `list identifier ${hex(listIdentifier)} with LIST ID USAGE 11b`, { format });
  }
}

function checkLengths(bytes: Uint8Array, parts: Parts, { limits, readings }: PlanRules): void {
  const { format, cscdListLength, segmentListLength, inlineDataLength } = parts.header;
  if (parts.inline.end > bytes.length) {
    throw broken('listTruncated',
      `the list's parts have ${parts.inline.end} bytes, ${bytes.length} were sent`);
  }
  const max = limits.descriptorListBytesMax;
  if (cscdListLength + segmentListLength > max) {
    throw broken('descriptorListTooLong',
      `${cscdListLength + segmentListLength} bytes of descriptors, at most ${max}`,
      { byte: headerFieldAt(
        format, cscdListLength > max ? 'cscdListLength' : 'segmentListLength') });
  }
  if (inlineDataLength > limits.inlineBytesMax) {
    const why = `${inlineDataLength} bytes of inline data, at most ${limits.inlineBytesMax}`;
    throw readings.inlineTooLong === 'inline-data-length'
      ? broken('inlineTooLong', why, { format })
      : broken('descriptorListTooLong', why, { byte: headerFieldAt(format, 'inlineDataLength') });
  }
  if (cscdListLength % CSCD_BYTES !== 0) {
    throw broken('cscdListLength', `a CSCD descriptor list of ${cscdListLength} bytes`,
      { format });
  }
  if (cscdListLength / CSCD_BYTES > limits.cscdCountMax) {
    throw broken('tooManyCscds',
      `${cscdListLength / CSCD_BYTES} CSCD descriptors, at most ${limits.cscdCountMax}`,
      { format });
  }
}

type PlannedCscds = Pick<Plan, 'cscds' | 'unusableIds'>;

function planCscds(
  bytes: Uint8Array, { items, broken: rest }: Walk, { format }: ListHeader,
  { readings: { lid4FirstId }, support = WHOLE_SUPPORT }: PlanRules): PlannedCscds {
  const all = [...items.map(({ at }) => at), ...(rest === undefined ? [] : [rest.at])];
  for (const at of all) {
    if (support.cscds.includes(bytes[at]!)) continue;
    throw broken('cscdType', `CSCD descriptor type ${cscdTypeName(bytes[at]!)} is not supported`,
      { base: at });
  }
  if (rest !== undefined) throw broken('cscdCutOff', rest.message, { base: rest.at });
  const isFromZero = format === 'LID4' && lid4FirstId === 0;
  const firstAt = isFromZero ? headerBytesOf('LID4') : headerBytesOf('LID1');
  const idOf = (at: number): number => (at - firstAt) / CSCD_BYTES;
  const cscds = new Map<number, PlannedCscd>();
  const unusableIds = new Set(format === 'LID4' && !isFromZero ? [0] : []);
  for (const { at, end } of items) {
    const read = () => readCscd(bytes, at, end);
    cscds.set(idOf(at), { at, value: strictly('cscdField', read) });
    if (end - at > CSCD_BYTES) unusableIds.add(idOf(at + CSCD_BYTES));
  }
  return { cscds, unusableIds };
}

/** What a strict reader refuses, as a broken rule: its place is an offset in the list. */
function strictly<T>(rule: RuleName, read: () => T, place: RulePlace = {}): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const { at, bit, finding, message } = error;
    const isEmbedded = finding.rule === 'embedded-bytes';
    throw isEmbedded ? broken('embeddedTooLong', message, place)
      : broken(rule, message, { byte: at, ...(bit === undefined ? {} : { bit }) });
  }
}

function planSegments(
  bytes: Uint8Array, { items, broken: rest }: Walk, { listIdUsage, format }: ListHeader,
  { limits, support = WHOLE_SUPPORT }: PlanRules): PlannedSegment[] {
  const count = items.length + (rest === undefined ? 0 : 1);
  if (count > limits.segmentCountMax) {
    throw broken('tooManySegments',
      `${count} segment descriptors or more, at most ${limits.segmentCountMax}`, { format });
  }
  for (const item of items) {
    checkSegmentType(support, item.type, item.at);
    // Nothing behind a descriptor of wrong length is known to be a descriptor.
    if (!hasItsLength(item)) {
      throw broken('segmentLength',
        `segment descriptor ${segmentTypeName(item.type)} has ${item.end - item.at} bytes`,
        { base: item.at });
    }
  }
  if (rest !== undefined) {
    checkSegmentType(support, bytes[rest.at]!, rest.at);
    throw broken('segmentCutOff', rest.message, { base: Math.min(rest.at, bytes.length - 3) });
  }
  return items.map(({ index, at, end, type }) => {
    const value = strictly('segmentField', () => readSegment(bytes, at, end), { base: at });
    const holds = HOLD_TYPES.includes(type);
    if (holds && listIdUsage === 3) {
      throw broken('holdWithoutIdentifier',
        `segment ${index} holds data, and the copy has no list identifier`, { base: at });
    }
    return { index, at, value, holds };
  });
}

function checkSegmentType({ segments }: CopySupport, type: number, at: number): void {
  if (segments.includes(type)) return;
  throw broken('segmentType',
    `segment descriptor type ${segmentTypeName(type)} is not supported`, { base: at });
}

/** Types with ranges, data or a name at their end have no length of their own. */
const OPEN_ENDED = [0x05, 0x15, 0xbe];

/** What is wrong with an open end is found when the descriptor is read. */
const hasItsLength = ({ at, end, layout, type }: Item): boolean =>
  (OPEN_ENDED.includes(type) ? end - at >= layout!.size : end - at === layout?.size);

