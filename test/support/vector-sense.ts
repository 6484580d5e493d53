/** What a device server or copy manager of this project answers to the bytes of a vector. */
import { concat } from '../../src/bytes/concat.ts';
import { Malformed } from '../../src/codec/finding.ts';
import { COPY_LIMITS, COPY_READINGS } from '../../src/copy/limits.ts';
import { planCopy } from '../../src/copy/plan.ts';
import type { Format } from '../../src/explain/format.ts';
import { findingsOf, sectionOf } from '../../src/explain/section.ts';
import { cdbError } from '../../src/sam/command-table.ts';
import { additionalSenseCode, senseKeyCode } from '../../src/sense/codes.ts';
import { type Sense, SenseError } from '../../src/sense/sense.ts';
import { invalidListField, listLengthError } from '../../src/server/parameter-data.ts';
import { CSCD_LAYOUTS } from '../../src/wire/copy/cscd.ts';
import { type ListFormat, parameterListHeader } from '../../src/wire/copy/parameter-list.ts';
import { SEGMENT_LAYOUTS } from '../../src/wire/copy/segments.ts';
import type { ExpectedSense } from './vectors.ts';

const LISTS: Readonly<Record<string, ListFormat>> = {
  'copy/parameter-list': 'LID1', 'copy/parameter-list-lid4': 'LID4',
};
const PIECES = [
  'sbc/unmap-descriptor', 'spc/mode-header-6', 'spc/mode-header-10',
  'spc/short-lba-block-descriptor', 'spc/long-lba-block-descriptor', 'spc/general-block-descriptor',
];

const isCscd = ({ layout }: Format): boolean => [...CSCD_LAYOUTS.values()].includes(layout);
const isSegment = ({ layout }: Format): boolean => [...SEGMENT_LAYOUTS.values()].includes(layout);
/** Only mode pages have PS, and MODE SELECT sends them. */
const isReceived = ({ id, kind, layout }: Format): boolean =>
  kind === 'parameter list' || PIECES.includes(id) || 'ps' in layout.fields;

/**
 * The answer to bad bytes; undefined where more than these bytes decides it: a CDB with another
 * operation code, a descriptor of another type, one that is cut off, and what a target sends.
 */
export function senseOf(format: Format, data: Uint8Array): ExpectedSense | undefined {
  const sense = answerTo(format, data);
  if (sense === undefined) return undefined;
  const { key, additional, fieldPointer } = sense;
  const code = additionalSenseCode(additional);
  const codes = { key: pair(senseKeyCode(key)), asc: pair(code >> 8), ascq: pair(code & 0xff) };
  if (fieldPointer === undefined) return codes;
  const { in: where, ...place } = fieldPointer;
  return { ...codes, pointer: { in: where === 'cdb' ? 'cdb' : 'data', ...place } };
}

const pair = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0');

function answerTo(format: Format, data: Uint8Array): Sense | undefined {
  const list = LISTS[format.id];
  if (list !== undefined) return planned(data, list);
  if (format.kind === 'CDB') return cdbAnswer(format, data);
  const error = findingsOf(sectionOf(format, data)).find(({ severity }) => severity === 'error');
  if (error === undefined) return undefined; // an error at one level alone
  const isCut = error.at === data.length;
  if (isCscd(format) || isSegment(format)) {
    return isCut || error.at === 0 ? undefined : descriptorAnswer(data, isCscd(format));
  }
  if (!isReceived(format)) return undefined;
  if (!isCut) return invalidListField(error.message, error.at, error.bit).sense;
  return format.kind === 'parameter list' ? listLengthError(error.message).sense : undefined;
}

function cdbAnswer({ layout, title }: Format, data: Uint8Array): Sense | undefined {
  try {
    layout.read(data);
    return undefined;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const isDecided = error.at !== 0 && error.at !== data.length;
    return isDecided ? cdbError({ name: title }, error).sense : undefined;
  }
}

/** The descriptor alone in a list; its own offsets are those of the answer less the header. */
function descriptorAnswer(data: Uint8Array, isOfCscd: boolean): Sense | undefined {
  const header = parameterListHeader.encode({
    listIdentifier: 1, str: false, listIdUsage: 0, priority: 1, inlineDataLength: 0,
    cscdListLength: isOfCscd ? data.length : 0, segmentListLength: isOfCscd ? 0 : data.length,
  });
  const sense = planned(concat([header, data]), 'LID1');
  if (sense?.fieldPointer === undefined) return sense;
  const { byte } = sense.fieldPointer;
  return { ...sense, fieldPointer: { ...sense.fieldPointer, byte: byte - header.length } };
}

function planned(list: Uint8Array, format: ListFormat): Sense | undefined {
  try {
    planCopy(list, format, { limits: COPY_LIMITS, readings: COPY_READINGS });
    return undefined;
  } catch (error) {
    if (error instanceof SenseError) return error.sense;
    throw error;
  }
}
