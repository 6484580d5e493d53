import type { SegmentKind } from '../wire/copy/segments.ts';
import type { Side } from './aborted.ts';
import type { End } from './end.ts';

/** `unit`: any device, which is sent a command and no data. */
export type Class = End['kind'];

/** Classes of the devices that a segment copies from and to. Source: SPC-4 6.4.6.1. */
export const CLASSES: Readonly<Record<SegmentKind, Readonly<Partial<Record<Side, Class>>>>> = {
  blockToStream: { source: 'block', destination: 'stream' },
  streamToBlock: { source: 'stream', destination: 'block' },
  blockToBlock: { source: 'block', destination: 'block' },
  streamToStream: { source: 'stream', destination: 'stream' },
  inlineToStream: { destination: 'stream' },
  embeddedToStream: { destination: 'stream' },
  streamToDiscard: { source: 'stream' },
  verifyCscd: { source: 'unit' },
  blockOffsetToStream: { source: 'block', destination: 'stream' },
  streamToBlockOffset: { source: 'stream', destination: 'block' },
  blockOffsetToBlockOffset: { source: 'block', destination: 'block' },
  writeFilemarks: { destination: 'stream' },
  space: { destination: 'stream' },
  locate: { destination: 'stream' },
  tapeImage: { source: 'stream', destination: 'stream' },
  registerKey: { destination: 'unit' },
  thirdPartyReservations: { destination: 'stream' },
  blockImage: { source: 'block', destination: 'block' },
  // The ROD keeper has seen to these two before the first segment.
  populateRodRanges: {},
  populateRodRange: {},
};
