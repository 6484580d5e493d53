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
 * earlier segments are processed. Source: SPC-4 5.17.7.3, 6.4.3.
 */
import { hex } from '../bytes/hex.ts';
import { Malformed } from '../codec/finding.ts';
import type { Item, Walk } from '../codec/list.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { type FieldPointer, SenseError } from '../sense/sense.ts';
import {
  CSCD_BYTES, cscdTypeName, identificationCscd, type IdentificationCscd,
  sequentialDeviceParameters,
} from '../wire/copy/cscd.ts';
import {
  descriptorsOf, type ParameterListHeader, parameterListHeader, type Parts, partsOf,
} from '../wire/copy/parameter-list.ts';
import { readSegment, type Segment, segmentTypeName } from '../wire/copy/segments.ts';
import { CSCD_CODES, type CopyLimits, SEGMENT_CODES } from './limits.ts';

export interface PlannedCscd {
  /** Offset of the descriptor in the parameter list. */
  readonly at: number;
  readonly value: IdentificationCscd;
}

export interface PlannedSegment {
  /** Number of the segment, from 0. */
  readonly index: number;
  readonly value: Segment;
}

/** A list in which nothing is wrong that can be known before the first segment. */
export interface Plan {
  readonly header: ParameterListHeader;
  /** By CSCD descriptor ID. */
  readonly cscds: readonly PlannedCscd[];
  readonly segments: readonly PlannedSegment[];
  readonly inlineData: Uint8Array;
}

/**
 * Takes a parameter list apart. No I/O, no clock.
 *
 * Throws: SenseError ILLEGAL REQUEST with the place of the fault, never COPY ABORTED.
 */
export function planCopy(bytes: Uint8Array, limits: CopyLimits): Plan {
  if (bytes.length < parameterListHeader.size) {
    throw tooShort(`${bytes.length} bytes do not hold a header`);
  }
  const parts = partsOf(bytes);
  checkListIdentifier(parts.header);
  checkLengths(bytes, parts, limits);
  const { cscds, segments } = descriptorsOf(bytes, parts);
  const planned = planCscds(bytes, cscds);
  return {
    header: parts.header, cscds: planned,
    segments: planSegments(bytes, segments, limits),
    inlineData: bytes.slice(parts.inline.at, parts.inline.end),
  };
}

const illegal = (
  additional: AdditionalSense, why: string, fieldPointer?: FieldPointer): SenseError =>
  new SenseError('illegalRequest', additional, `Cannot plan the copy: ${why}`,
    fieldPointer === undefined ? {} : { fieldPointer });

const inList = (byte: number, bit?: number): FieldPointer =>
  ({ in: 'parameterList', byte, ...(bit === undefined ? {} : { bit }) });

const invalid = (why: string, at: number, bit?: number): SenseError =>
  illegal('invalidFieldInParameterList', why, inList(at, bit));

/** The CDB's PARAMETER LIST LENGTH is in error: it cuts the list. Source: SPC-4 6.4.1. */
const tooShort = (why: string): SenseError =>
  illegal('parameterListLengthError', why, { in: 'cdb', byte: 10 });

/** LIST ID USAGE 01b, and 11b with an identifier. */
function checkListIdentifier({ listIdUsage, listIdentifier }: ParameterListHeader): void {
  if (listIdUsage === 1) throw invalid('LIST ID USAGE 01b is reserved', 1, 4);
  if (listIdUsage === 3 && listIdentifier !== 0) {
    throw invalid(`list identifier ${hex(listIdentifier)} with LIST ID USAGE 11b`, 0);
  }
}

function checkLengths(bytes: Uint8Array, parts: Parts, limits: CopyLimits): void {
  const { cscdListLength, segmentListLength, inlineDataLength } = parts.header;
  if (parts.inline.end > bytes.length) {
    throw tooShort(`its parts have ${parts.inline.end} bytes, ${bytes.length} were sent`);
  }
  const max = limits.descriptorListBytesMax;
  if (cscdListLength + segmentListLength > max) {
    throw illegal('parameterListLengthError',
      `${cscdListLength + segmentListLength} bytes of descriptors, at most ${max}`,
      inList(cscdListLength > max ? 2 : 8));
  }
  if (inlineDataLength > limits.inlineBytesMax) {
    throw illegal('inlineDataLengthExceeded',
      `${inlineDataLength} bytes of inline data, at most ${limits.inlineBytesMax}`, inList(12));
  }
  if (cscdListLength % CSCD_BYTES !== 0) {
    throw invalid(`a CSCD descriptor list of ${cscdListLength} bytes`, 2);
  }
  if (cscdListLength / CSCD_BYTES > limits.cscdCountMax) {
    throw illegal('tooManyTargetDescriptors',
      `${cscdListLength / CSCD_BYTES} CSCD descriptors, at most ${limits.cscdCountMax}`, inList(2));
  }
}

function planCscds(bytes: Uint8Array, { items, broken }: Walk): PlannedCscd[] {
  const unknown = [...items.map(({ at }) => at), ...(broken === undefined ? [] : [broken.at])]
    .find((at) => !CSCD_CODES.includes(bytes[at]!));
  if (unknown !== undefined) {
    throw illegal('unsupportedTargetDescriptorType',
      `CSCD descriptor type ${cscdTypeName(bytes[unknown]!)} is not supported`, inList(unknown));
  }
  return items.map(({ at, end }) => {
    // The block lengths first, by themselves, so that the pointer names the field inside.
    if ((bytes[at + 1]! & 0x1f) === 0x01) {
      readStrictly(sequentialDeviceParameters, bytes, at + 28, end);
    }
    return { at, value: readStrictly(identificationCscd, bytes, at, end) };
  });
}

function readStrictly<T>(
  format: { read(bytes: Uint8Array, at: number, end: number): T },
  bytes: Uint8Array, at: number, end: number): T {
  try {
    return format.read(bytes, at, end);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw invalid(error.message, error.at, error.bit);
  }
}

function planSegments(
  bytes: Uint8Array, { items, broken }: Walk, limits: CopyLimits): PlannedSegment[] {
  const count = items.length + (broken === undefined ? 0 : 1);
  if (count > limits.segmentCountMax) {
    throw illegal('tooManySegmentDescriptors',
      `${count} segment descriptors or more, at most ${limits.segmentCountMax}`, inList(8));
  }
  for (const item of items) {
    checkSegmentType(item.type, item.at);
    // Nothing behind a descriptor of wrong length is known to be a descriptor.
    if (!hasItsLength(item)) throw wrongLength(item);
  }
  if (broken !== undefined) {
    checkSegmentType(bytes[broken.at]!, broken.at);
    throw invalid(broken.message, Math.min(broken.at + 2, bytes.length - 1));
  }
  return items.map(({ index, at, end }) =>
    ({ index, value: readStrictly({ read: readSegment }, bytes, at, end) }));
}

function checkSegmentType(type: number, at: number): void {
  if (SEGMENT_CODES.includes(type)) return;
  throw illegal('unsupportedSegmentDescriptorType',
    `segment descriptor type ${segmentTypeName(type)} is not supported`, inList(at));
}

const hasItsLength = ({ at, end, layout }: Item): boolean => end - at === layout?.size;

const wrongLength = ({ at, end, type }: Item): SenseError =>
  invalid(`segment descriptor ${segmentTypeName(type)} has ${end - at} bytes`, at + 2);
