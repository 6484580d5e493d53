import type { Fields } from '../codec/layout.ts';
import { type SegmentKind, segmentLayoutOf } from '../wire/copy/segments.ts';

/** Offset of a field in descriptors of a kind; the field is one that the kind has. */
export const fieldAt = (kind: SegmentKind, key: string): number =>
  (segmentLayoutOf(kind).fields as Fields)[key]!.at; // a layout of whatever fields, which has it

/** The field that counts what a segment moves, by kind. */
const COUNT: Readonly<Partial<Record<SegmentKind, string>>> = {
  blockToStream: 'blockCount', streamToBlock: 'blockCount', blockToBlock: 'blockCount',
  streamToStream: 'byteCount', inlineToStream: 'inlineBytes', embeddedToStream: 'embeddedBytes',
  streamToDiscard: 'byteCount', blockOffsetToStream: 'byteCount',
  streamToBlockOffset: 'byteCount', blockOffsetToBlockOffset: 'byteCount',
};

export const countFieldAt = (kind: SegmentKind): number => fieldAt(kind, COUNT[kind] ?? 'type');

/** The field with the destination's first block, by kind. */
const DESTINATION_LBA: Readonly<Partial<Record<SegmentKind, string>>> = {
  streamToBlock: 'lba', blockToBlock: 'destinationLba', streamToBlockOffset: 'lba',
  blockOffsetToBlockOffset: 'destinationLba', blockImage: 'destinationLba',
};

export const destinationLbaAt = (kind: SegmentKind): number =>
  fieldAt(kind, DESTINATION_LBA[kind] ?? 'type');

/** The fields with the stream transfer lengths of a segment's two sides. */
export const transferLengthAt = (kind: SegmentKind, side: 'source' | 'destination'): number =>
  fieldAt(kind, kind === 'streamToStream' ? `${side}TransferLength` : 'streamTransferLength');
