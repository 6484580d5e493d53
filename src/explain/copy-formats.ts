/** Formats of third-party copy, and where their descriptors, inline data and sense data lie. */
import * as cscds from '../wire/copy/cscd.ts';
import * as lists from '../wire/copy/parameter-list.ts';
import * as results from '../wire/copy/results.ts';
import * as segments from '../wire/copy/segments.ts';
import { CSCD_TYPE_MIN, codesPart, descriptorTypeName } from './code-lists.ts';
import { formatsOf } from './declared.ts';
import { designatorPart } from './designator.ts';
import type { Format, PartsOf } from './format.ts';
import { rangesPart } from './ranges.ts';
import { sensePart } from './sense-formats.ts';

const listParts = (format: lists.ListFormat): PartsOf => (bytes, at) => {
  const { cscds: ids, segments: steps, inline } = lists.partsOf(bytes.subarray(at), format);
  const part = (key: string, name: string, range: { at: number; end: number }) =>
    ({ key, name, at: at + range.at, end: at + range.end });
  return [
    { ...part('cscds', 'CSCD descriptors', ids), formerly: [[3, 'target descriptors']],
      content: { list: cscds.cscdDescriptors } },
    { ...part('segments', 'segment descriptors', steps),
      content: { list: segments.segmentDescriptors } },
    { ...part('inlineData', 'inline data', inline), content: 'bytes' },
  ];
};
const LIST_PARTS = ['cscds', 'segments', 'inlineData'];

/** With CSCD descriptors the first type code tells, without them only the length. */
const looksLikeList = (format: lists.ListFormat) => (bytes: Uint8Array): boolean => {
  const headerBytes = lists.headerBytesOf(format);
  if (bytes.length < headerBytes) return false;
  const { header, inline } = lists.partsOf(bytes, format);
  if (header.cscdListLength % cscds.CSCD_BYTES !== 0) return false;
  if (header.cscdListLength === 0) return inline.end === bytes.length;
  return inline.end >= bytes.length && (bytes[headerBytes] ?? 0xff) >= CSCD_TYPE_MIN;
};

const looksLikeLid4 = looksLikeList('LID4');
const looksLikeLid4List = (bytes: Uint8Array): boolean => {
  const { listFormat, headerListLength, headerType } = lists.lid4ParameterListHeader.fields;
  return looksLikeLid4(bytes) && [listFormat, headerListLength, headerType]
    .every((field) => field.check(field.read(bytes, 0, bytes.length)) === undefined);
};

/** `codesAt`: where the four bytes of a designation descriptor stand in a CSCD descriptor. */
const designatorParts = (codesAt: number): PartsOf => (bytes, at) => {
  const from = at + codesAt;
  const byteLength = Math.min(bytes[from + 3]!, 20);
  return designatorPart(bytes[from + 1]! & 0x0f, bytes[from]! & 0x0f, bytes, from + 4,
    from + 4 + byteLength);
};

const failureParts: PartsOf = (bytes, at, end) =>
  sensePart('senseData', bytes, at + results.failedSegmentDetails.size, end);

const implementedParts: PartsOf = (bytes, at, end) => {
  const from = at + results.operatingParameters.size;
  const name = 'implemented descriptor types';
  return codesPart(name, bytes.subarray(from, end), from, end, descriptorTypeName);
};

/** AVAILABLE DATA counts what follows it. */
const announcesItsLength = (byteLengthMin: number) => (bytes: Uint8Array): boolean =>
  bytes.length >= byteLengthMin
  && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === bytes.length - 4;

export const copyFormats: readonly Format[] = [
  ...formatsOf('copy', 'parameter list', lists, {
    parameterListHeader: {
      id: 'copy/parameter-list', title: 'EXTENDED COPY(LID1) parameter list',
      parts: listParts('LID1'), behind: LIST_PARTS, recognise: looksLikeList('LID1'),
    },
    lid4ParameterListHeader: {
      id: 'copy/parameter-list-lid4', title: 'EXTENDED COPY(LID4) parameter list',
      parts: listParts('LID4'), behind: LIST_PARTS, recognise: looksLikeLid4List,
    },
  }),
  ...formatsOf('copy', 'descriptor', cscds, {
    identificationCscd: { parts: designatorParts(4) },
    copyServiceCscd: { parts: designatorParts(40) },
  }),
  ...formatsOf('copy', 'descriptor', segments, {
    populateRodRanges: {
      parts: (bytes, at, end) =>
        [rangesPart(bytes, at + segments.populateRodRanges.fields.rangesLength.at, end)] },
  }),
  ...formatsOf('copy', 'parameter data', results, {
    copyStatus: { recognise: announcesItsLength(results.copyStatus.size) },
    operatingParameters: {
      parts: implementedParts, recognise: announcesItsLength(results.operatingParameters.size) },
    failedSegmentDetails: {
      parts: failureParts, recognise: announcesItsLength(results.failedSegmentDetails.size),
    },
  }),
];

