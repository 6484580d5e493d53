/** Formats of media changers, and where element descriptors, tags and identifiers lie. */
import * as status from '../wire/smc/element-status.ts';
import * as mode from '../wire/smc/mode-pages.ts';
import { readU24 } from '../bytes/big-endian.ts';
import { formatsOf } from './declared.ts';
import type { Format, Part, PartsOf } from './format.ts';

const pagesParts: PartsOf = (_bytes, at, end) => [{
  key: 'pages', name: status.elementStatusPages.name, at: at + 8, end,
  content: { list: status.elementStatusPages } }];

/** The byte count tells where the last descriptor ends. */
const descriptorParts: PartsOf = (bytes, at) => {
  const list = status.elementDescriptors(bytes, at);
  const from = at + status.elementStatusPage.size;
  return [{
    key: 'descriptors', name: list.name, at: from, end: from + readU24(bytes, at + 5),
    content: { list } }];
};

/** Volume tags in front of an identifier that ends where the descriptor does: the most that fit. */
function tagCountOf(bytes: Uint8Array, at: number, end: number): number | undefined {
  return [2, 1, 0].find((count) => {
    const identifierAt = at + count * status.VOLUME_TAG_BYTES;
    return identifierAt === end
      || (identifierAt + 4 <= end && identifierAt + 4 + bytes[identifierAt + 3]! === end);
  });
}

/** How many tags there are stands in the page's header; a descriptor's lengths show it as well. */
const tailParts: PartsOf = (bytes, at, end) => {
  const from = at + status.ELEMENT_BYTES;
  const tagCount = tagCountOf(bytes, from, end) ?? 0;
  const tags = ['primary volume tag', 'alternate volume tag'].slice(0, tagCount);
  const identifierAt = from + tagCount * status.VOLUME_TAG_BYTES;
  const view = (name: string, partAt: number, partEnd: number, layout: Part['content']): Part =>
    ({ key: name, name, at: partAt, end: partEnd, content: layout, isView: true });
  return [
    ...tags.map((name, i) => view(name, from + i * status.VOLUME_TAG_BYTES,
      from + (i + 1) * status.VOLUME_TAG_BYTES, { layout: status.volumeTag })),
    ...(identifierAt + 4 <= end ? [view('device identifier', identifierAt, end,
      { layout: status.elementIdentifier })] : []),
  ];
};

/** A report tells how many bytes of pages follow its header. */
const announcesItsLength = (bytes: Uint8Array): boolean =>
  bytes.length >= 16 && bytes[4]! <= 6 && readU24(bytes, 5) === bytes.length - 8
  && bytes[8]! >= 1 && bytes[8]! <= 4;

/** A text, then sequence numbers. */
const looksLikeTemplate = (bytes: Uint8Array): boolean =>
  bytes.length === status.volumeTagTemplate.size
  && bytes.subarray(0, 32).every((byte) => byte >= 0x20 && byte < 0x7f)
  && [32, 33, 36, 37].every((at) => bytes[at] === 0);

const ELEMENT = { kind: 'descriptor', parts: tailParts, recognise: () => false } as const;

export const smcFormats: readonly Format[] = [
  ...formatsOf('smc', 'parameter data', status, {
    elementStatusData: { parts: pagesParts,
      recognise: (bytes) => announcesItsLength(bytes) && bytes[4] === 0 },
    volumeElementAddressData: { parts: pagesParts, recognise: announcesItsLength },
    elementStatusPage: { kind: 'page', parts: descriptorParts },
    transportElement: ELEMENT, storageElement: ELEMENT, importExportElement: ELEMENT,
    dataTransferElement: ELEMENT,
    volumeTag: { kind: 'descriptor' }, elementIdentifier: { kind: 'descriptor' },
    volumeTagTemplate: { kind: 'parameter list', recognise: looksLikeTemplate },
  }),
  ...formatsOf('smc', 'page', mode),
];
