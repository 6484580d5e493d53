/**
 * The EXTENDED COPY parameter lists, LID1 and LID4: header, CSCD descriptors, segment descriptors,
 * inline data, one behind another. Source: SPC-4 6.4.2, 6.4.3, 6.5.
 */
import { concat } from '../../bytes/concat.ts';
import { bit, bits, type Field, u8, u16, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { earlier, formerly } from '../../codec/levels.ts';
import { type Walk, walk } from '../../codec/list.ts';
import { cscdDescriptors } from './cscd.ts';
import { segmentDescriptors } from './segments.ts';

export const LIST_ID_USAGE: Readonly<Record<number, string>> = {
  0: 'valid, hold data and results', 1: 'reserved', 2: 'valid, results may be discarded',
  3: 'no list identifier',
};

/** NRCR of SPC-2 and SPC-3, whose 0 and 1 are the 00b and 10b of LIST ID USAGE. */
function nrcrField(): Field<number> {
  const nrcr = bits(1, 4, 4, 'NRCR', { meanings: {
    0: 'hold data and results', 1: 'results may be discarded' } });
  return {
    ...nrcr,
    read: (bytes, base, end) => nrcr.read(bytes, base, end) << 1,
    write: (bytes, base, value) => nrcr.write(bytes, base, value >> 1),
    show: (value) => nrcr.show(value >> 1),
  };
}

const str = bit(1, 5, 'STR', { meaning: 'sequential striped' });
const listIdUsage = earlier(nrcrField(), 3,
  bits(1, 4, 3, 'LIST ID USAGE', { oneOf: [0, 2, 3], meanings: LIST_ID_USAGE }));
const priority = bits(1, 2, 0, 'PRIORITY');

interface ListIdentifier {
  readonly listIdUsage: number;
  readonly listIdentifier: number;
}
const identifierProblem = ({ listIdUsage: usage, listIdentifier }: ListIdentifier) =>
  (usage === 3 && listIdentifier !== 0
    ? { field: 'listIdentifier', rule: 'list-id', mend: 'write 00h',
      message: 'must be 0 when LIST ID USAGE says that there is none' } as const : undefined);
const cscdListProblem = ({ cscdListLength }: { readonly cscdListLength: number }) =>
  (cscdListLength % 32 !== 0
    ? { field: 'cscdListLength', rule: 'cscd-list-length',
      message: `is ${cscdListLength}, not a multiple of 32` } as const : undefined);

export const parameterListHeader = layout(
  { name: 'EXTENDED COPY(LID1) parameter list header', source: 'SPC-4 6.5', size: 16,
    until: 4, formerly: [[3, 'EXTENDED COPY parameter list header']] },
  {
    listIdentifier:    u8(0, 'LIST IDENTIFIER', { hex: true }),
    str, listIdUsage, priority,
    cscdListLength:    formerly('TARGET DESCRIPTOR LIST LENGTH', 3,
      u16(2, 'CSCD DESCRIPTOR LIST LENGTH', { unit: 'bytes' })),
    segmentListLength: u32(8, 'SEGMENT DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    inlineDataLength:  u32(12, 'INLINE DATA LENGTH', { unit: 'bytes' }),
  },
  [identifierProblem, cscdListProblem],
);

/** Shaped so that an older copy manager sees one CSCD descriptor of a type that it refuses. */
export const lid4ParameterListHeader = layout(
  { name: 'EXTENDED COPY(LID4) parameter list header', source: 'SPC-4 6.4.2', size: 48, since: 4 },
  {
    listFormat:        u8(0, 'PARAMETER LIST FORMAT', { oneOf: [0x01], hex: true }),
    str, listIdUsage, priority,
    headerListLength:  u16(2, 'HEADER CSCD DESCRIPTOR LIST LENGTH', {
      oneOf: [0x20], unit: 'bytes' }),
    gSense:            bit(15, 1, 'G_SENSE', { meaning: 'sense data with GOOD' }),
    immed:             bit(15, 0, 'IMMED', { meaning: 'the copy goes on in the background' }),
    headerType:        u8(16, 'HEADER CSCD DESCRIPTOR TYPE CODE', { oneOf: [0xff], hex: true }),
    listIdentifier:    u32(20, 'LIST IDENTIFIER', { hex: true }),
    cscdListLength:    u16(42, 'CSCD DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    segmentListLength: u16(44, 'SEGMENT DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    inlineDataLength:  u16(46, 'INLINE DATA LENGTH', { unit: 'bytes' }),
  },
  [
    identifierProblem, cscdListProblem,
    ({ immed, gSense }) => (immed && gSense
      ? { field: 'gSense', rule: 'immed', message: 'must be 0 with IMMED=1' } : undefined),
    ({ immed, listIdUsage: usage }) => (immed && usage === 3
      ? { field: 'immed', rule: 'immed', message: 'is 1 without a list identifier' } : undefined),
  ],
);

/** Which of the two parameter lists: the service action tells. */
export type ListFormat = 'LID1' | 'LID4';

/** What both headers say. */
export interface ListHeader {
  readonly format: ListFormat;
  readonly listIdentifier: number;
  readonly str: boolean;
  readonly listIdUsage: number;
  readonly priority: number;
  /** LID4 only; false otherwise. */
  readonly immed: boolean;
  readonly gSense: boolean;
  readonly cscdListLength: number;
  readonly segmentListLength: number;
  readonly inlineDataLength: number;
}

const HEADERS = { LID1: parameterListHeader, LID4: lid4ParameterListHeader } as const;

/** Bytes of a list's header. */
export const headerBytesOf = (format: ListFormat): number => HEADERS[format].size;

/** Offsets in a list of the header's fields that errors point at. */
export const headerFieldAt = (
  format: ListFormat,
  field: 'listIdentifier' | 'listIdUsage' | 'cscdListLength' | 'segmentListLength'
    | 'inlineDataLength'): number =>
  HEADERS[format].fields[field].at;

/** Where the parts of a list lie, as its header says; nothing of them has been looked at. */
export interface Parts {
  readonly header: ListHeader;
  readonly cscds: { readonly at: number; readonly end: number };
  readonly segments: { readonly at: number; readonly end: number };
  readonly inline: { readonly at: number; readonly end: number };
}

/** The parts of a list that holds its header; they may end behind the bytes that are there. */
export function partsOf(bytes: Uint8Array, format: ListFormat = 'LID1'): Parts {
  const header: ListHeader = format === 'LID1'
    ? { format, immed: false, gSense: false, ...parameterListHeader.peek(bytes) }
    : { format, ...lid4ParameterListHeader.peek(bytes) };
  const start = headerBytesOf(format);
  const cscds = { at: start, end: start + header.cscdListLength };
  const segments = { at: cscds.end, end: cscds.end + header.segmentListLength };
  const inline = { at: segments.end, end: segments.end + header.inlineDataLength };
  return { header, cscds, segments, inline };
}

/** The descriptors of a list, cut where the bytes end. */
export function descriptorsOf(bytes: Uint8Array, parts: Parts): { cscds: Walk; segments: Walk } {
  const cut = (end: number): number => Math.min(end, bytes.length);
  return {
    cscds: walk(cscdDescriptors, bytes, cut(parts.cscds.at), cut(parts.cscds.end)),
    segments: walk(segmentDescriptors, bytes, cut(parts.segments.at), cut(parts.segments.end)),
  };
}

/** Encoded parts of a list; the header's three lengths follow from them. */
export interface ParameterListParts {
  readonly listIdentifier: number;
  readonly listIdUsage?: number;
  readonly priority?: number;
  readonly str?: boolean;
  readonly cscds: readonly Uint8Array[];
  readonly segments: readonly Uint8Array[];
  readonly inlineData?: Uint8Array;
}

/** Bytes of a LID1 list. Throws: RangeError if a length does not fit its field. */
export function encodeParameterList(list: ParameterListParts): Uint8Array {
  const { common, body } = encodedParts(list);
  return concat([parameterListHeader.encode(common), body]);
}

/** Bytes of a LID4 list. Throws: RangeError if a length does not fit its field. */
export function encodeLid4ParameterList(
  list: ParameterListParts & { readonly immed?: boolean; readonly gSense?: boolean }): Uint8Array {
  const { common, body } = encodedParts(list);
  const header = lid4ParameterListHeader.encode({
    ...common, listFormat: 1, headerListLength: 0x20, headerType: 0xff,
    immed: list.immed ?? false, gSense: list.gSense ?? false,
  });
  return concat([header, body]);
}

function encodedParts(list: ParameterListParts) {
  const cscds = concat(list.cscds);
  const segments = concat(list.segments);
  const inlineData = list.inlineData ?? new Uint8Array(0);
  return {
    common: {
      listIdentifier: list.listIdentifier, str: list.str ?? false,
      listIdUsage: list.listIdUsage ?? 0, priority: list.priority ?? 1,
      cscdListLength: cscds.length, segmentListLength: segments.length,
      inlineDataLength: inlineData.length,
    },
    body: concat([cscds, segments, inlineData]),
  };
}
