/** Formats of third-party copy, and where their descriptors, inline data and sense data lie. */
import * as cscds from '../wire/copy/cscd.ts';
import * as lists from '../wire/copy/parameter-list.ts';
import * as results from '../wire/copy/results.ts';
import * as segments from '../wire/copy/segments.ts';
import * as vpd from '../wire/copy/third-party-copy-vpd.ts';
import { formatsOf } from './declared.ts';
import { designatorPart } from './designator.ts';
import type { Format, PartsOf } from './format.ts';
import { sensePart } from './sense-formats.ts';

/** The smallest type code of a CSCD descriptor. Source: SPC-4 6.4.5.1, table of type codes. */
const CSCD_TYPE_MIN = 0xe0;

const parameterListParts: PartsOf = (bytes, at) => {
  const { cscds: ids, segments: steps, inline } = lists.partsOf(bytes.subarray(at));
  const part = (key: string, name: string, range: { at: number; end: number }) =>
    ({ key, name, at: at + range.at, end: at + range.end });
  return [
    { ...part('cscds', 'CSCD descriptors', ids), content: { list: cscds.cscdDescriptors } },
    { ...part('segments', 'segment descriptors', steps),
      content: { list: segments.segmentDescriptors } },
    { ...part('inlineData', 'inline data', inline), content: 'bytes' },
  ];
};

/** With CSCD descriptors the first type code tells, without them only the length. */
function looksLikeParameterList(bytes: Uint8Array): boolean {
  const { parameterListHeader, partsOf } = lists;
  if (bytes.length < parameterListHeader.size) return false;
  const { header, inline } = partsOf(bytes);
  if (header.cscdListLength % cscds.CSCD_BYTES !== 0) return false;
  if (header.cscdListLength === 0) return inline.end === bytes.length;
  return inline.end >= bytes.length && (bytes[parameterListHeader.size] ?? 0xff) >= CSCD_TYPE_MIN;
}

const cscdParts: PartsOf = (bytes, at) => {
  const byteLength = Math.min(bytes[at + 7]!, 20);
  return designatorPart(bytes[at + 5]! & 0x0f, bytes[at + 4]! & 0x0f, bytes, at + 8,
    at + 8 + byteLength);
};

const failureParts: PartsOf = (bytes, at, end) =>
  sensePart('senseData', bytes, at + results.failedSegmentDetails.size, end);

const pageParts: PartsOf = (_bytes, at, end) => [{
  key: 'descriptors', name: vpd.thirdPartyCopyDescriptors.name,
  at: at + vpd.thirdPartyCopyPage.size, end, content: { list: vpd.thirdPartyCopyDescriptors } }];

/** AVAILABLE DATA counts what follows it. */
const announcesItsLength = (byteLengthMin: number) => (bytes: Uint8Array): boolean =>
  bytes.length >= byteLengthMin
  && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === bytes.length - 4;

export const copyFormats: readonly Format[] = [
  ...formatsOf('copy', 'parameter list', lists, {
    parameterListHeader: {
      id: 'copy/parameter-list', title: 'EXTENDED COPY(LID1) parameter list',
      parts: parameterListParts, behind: ['cscds', 'segments', 'inlineData'],
      recognise: looksLikeParameterList,
    },
  }),
  ...formatsOf('copy', 'descriptor', cscds, {
    identificationCscd: { parts: cscdParts },
  }),
  ...formatsOf('copy', 'descriptor', segments),
  ...formatsOf('copy', 'parameter data', results, {
    copyStatus: { recognise: announcesItsLength(results.copyStatus.size) },
    operatingParameters: { recognise: announcesItsLength(results.operatingParameters.size) },
    failedSegmentDetails: {
      parts: failureParts, recognise: announcesItsLength(results.failedSegmentDetails.size),
    },
  }),
  ...formatsOf('copy', 'descriptor', vpd, {
    thirdPartyCopyPage: { kind: 'page', parts: pageParts },
  }),
];
