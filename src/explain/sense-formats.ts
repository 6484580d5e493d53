/** Formats of sense data, and what its fields hold under the sense key in question. */
import type { AnyLayout } from '../codec/layout.ts';
import { walk } from '../codec/list.ts';
import { senseKeyCode } from '../sense/codes.ts';
import * as sense from '../sense/formats.ts';
import * as specific from '../sense/specific.ts';
import { formatsOf } from './declared.ts';
import type { Format, Part, PartsOf } from './format.ts';

const { descriptorSense, fixedSense, forwardedSense, senseKeySpecificSense } = sense;
const { copyCommandSpecific, failedSegment, forwardedArea } = specific;

/** The layout of sense data that begins with this byte; undefined for any other byte. */
export function senseLayoutOf(firstByte: number | undefined): AnyLayout | undefined {
  const responseCode = (firstByte ?? 0) & 0x7f;
  if (responseCode === 0x70 || responseCode === 0x71) return fixedSense;
  return responseCode === 0x72 || responseCode === 0x73 ? descriptorSense : undefined;
}

/** The sense data from `at` on, if it is there. */
export function sensePart(key: string, bytes: Uint8Array, at: number, end: number): Part[] {
  const layout = at < end ? senseLayoutOf(bytes[at]) : undefined;
  return layout === undefined ? [] : [{ key, name: layout.name, at, end, content: { layout } }];
}

const view = (layout: AnyLayout, name: string, at: number, end = at + layout.size): Part =>
  ({ key: name, name, at, end, content: { layout }, isView: true });

/** SENSE KEY SPECIFIC at `at`, if it is valid, in the form that the sense key gives it. */
function specificPart(key: number, bytes: Uint8Array, at: number): Part[] {
  const layout = specific.specificLayoutOf(key);
  const isValid = (bytes[at]! & 0x80) !== 0;
  return layout === undefined || !isValid ? [] : [view(layout, layout.name, at)];
}

/** COPY ABORTED points from bytes 8 and 9 to what the copy source and destination said. */
const fixedParts: PartsOf = (bytes, at, end) => {
  const key = bytes[at + 2]! & 0x0f;
  const parts = specificPart(key, bytes, at + 15);
  if (key !== senseKeyCode('copyAborted')) return parts;
  const [source, destination] = [bytes[at + 8]!, bytes[at + 9]!];
  const area = (name: string, offset: number, limit: number): Part[] =>
    (offset >= fixedSense.size && at + offset < limit
      ? [view(forwardedArea, name, at + offset, limit)] : []);
  return [
    view(copyCommandSpecific, copyCommandSpecific.name, at + 8), ...parts,
    ...area('from the copy source', source, destination > source ? at + destination : end),
    ...area('from the copy destination', destination, source > destination ? at + source : end),
  ];
};

const descriptorParts: PartsOf = (bytes, at, end) => {
  const list = sense.senseDescriptors;
  const from = at + descriptorSense.size;
  const { items } = walk(list, bytes, from, end);
  const key = bytes[at + 1]! & 0x0f;
  const whole = (layout: AnyLayout) => items.filter((item) => item.layout === layout
    && item.end - item.at === layout.size);
  const segments = key === senseKeyCode('copyAborted') ? whole(sense.commandSpecificSense) : [];
  return [
    { key: 'descriptors', name: 'sense data descriptors', at: from, end, content: { list } },
    ...whole(senseKeySpecificSense).flatMap((item) => specificPart(key, bytes, item.at + 4)),
    ...segments.map((item) => view(failedSegment, failedSegment.name, item.at + 4)),
  ];
};

export const senseFormats: readonly Format[] = [
  ...formatsOf('sense', 'sense data', { fixedSense, descriptorSense }, {
    fixedSense: { parts: fixedParts },
    descriptorSense: { parts: descriptorParts },
  }),
  ...formatsOf('sense', 'descriptor', {
    informationSense: sense.informationSense, commandSpecificSense: sense.commandSpecificSense,
    senseKeySpecificSense, streamSense: sense.streamSense, forwardedSense,
  }, {
    forwardedSense: { parts: (bytes, at, end) =>
      // FSDT: what was cut off is no sense data of its own.
      ((bytes[at + 2]! & 0x80) !== 0 ? [] : sensePart('sense', bytes, at + 4, end)) },
  }),
  ...formatsOf('sense', 'descriptor', specific, {
    forwardedArea: { parts: (bytes, at, end) => sensePart('sense', bytes, at + 1, end) },
  }),
];
