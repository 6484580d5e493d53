/**
 * The EXTENDED COPY(LID1) parameter list: header, CSCD descriptors, segment descriptors, inline
 * data, one behind another. Source: SPC-4 6.4.3.
 */
import { concat } from '../../bytes/concat.ts';
import { bit, bits, u8, u16, u32 } from '../../codec/field.ts';
import { layout, type ValueOf } from '../../codec/layout.ts';
import { type Walk, walk } from '../../codec/list.ts';
import { cscdDescriptors } from './cscd.ts';
import { segmentDescriptors } from './segments.ts';

export const LIST_ID_USAGE: Readonly<Record<number, string>> = {
  0: 'valid, hold data and results', 1: 'reserved', 2: 'valid, results may be discarded',
  3: 'no list identifier',
};

export const parameterListHeader = layout(
  { name: 'EXTENDED COPY(LID1) parameter list header', source: 'SPC-4 6.4.3.1', size: 16 },
  {
    listIdentifier:   u8(0, 'LIST IDENTIFIER', { hex: true }),
    str:              bit(1, 5, 'STR'),
    listIdUsage:      bits(1, 4, 3, 'LIST ID USAGE', { oneOf: [0, 2, 3], meanings: LIST_ID_USAGE }),
    priority:         bits(1, 2, 0, 'PRIORITY'),
    cscdListLength:   u16(2, 'CSCD DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    segmentListLength: u32(8, 'SEGMENT DESCRIPTOR LIST LENGTH', { unit: 'bytes' }),
    inlineDataLength: u32(12, 'INLINE DATA LENGTH', { unit: 'bytes' }),
  },
  [
    ({ listIdUsage, listIdentifier }) => (listIdUsage === 3 && listIdentifier !== 0
      ? { field: 'listIdentifier', rule: 'list-id', mend: 'write 00h',
        message: 'must be 0 when LIST ID USAGE says that there is none' } : undefined),
    ({ cscdListLength }) => (cscdListLength % 32 !== 0
      ? { field: 'cscdListLength', rule: 'cscd-list-length',
        message: `is ${cscdListLength}, not a multiple of 32` } : undefined),
  ],
);
export type ParameterListHeader = ValueOf<typeof parameterListHeader>;

/** Where the parts of a list lie, as its header says; nothing of them has been looked at. */
export interface Parts {
  readonly header: ParameterListHeader;
  readonly cscds: { readonly at: number; readonly end: number };
  readonly segments: { readonly at: number; readonly end: number };
  readonly inline: { readonly at: number; readonly end: number };
}

/** The parts of a list of at least 16 bytes; they may end behind the bytes that are there. */
export function partsOf(bytes: Uint8Array): Parts {
  const header = parameterListHeader.decode(bytes).value;
  const cscds = { at: 16, end: 16 + header.cscdListLength };
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

/** Throws: RangeError if a length does not fit its field. */
export function encodeParameterList(list: ParameterListParts): Uint8Array {
  const cscds = concat(list.cscds);
  const segments = concat(list.segments);
  const inlineData = list.inlineData ?? new Uint8Array(0);
  const header = parameterListHeader.encode({
    listIdentifier: list.listIdentifier, str: list.str ?? false,
    listIdUsage: list.listIdUsage ?? 0, priority: list.priority ?? 1,
    cscdListLength: cscds.length, segmentListLength: segments.length,
    inlineDataLength: inlineData.length,
  });
  return concat([header, cscds, segments, inlineData]);
}
