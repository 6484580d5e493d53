/**
 * Items ⇄ framed records: the items lie one behind another, over the records' ends.
 *
 *   items ─→ bytes ─→ payloads of at most n bytes ─→ records with sequence number and CRC32C
 */
import { concat } from '../../bytes/concat.ts';
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES } from '../tape/frame.ts';
import { decodeItem, encodeItem, ITEM_BYTES_MAX, type MapItem } from './item.ts';

/** How long records may be, and what their lengths must be a multiple of. */
export interface RecordBounds {
  readonly recordBytesMax: number;
  readonly granuleBytes: number;
}

/** Records of a map, made as they are asked for. */
export function* mapRecords(
  items: Iterable<MapItem>, bounds: RecordBounds): Generator<Uint8Array, void, undefined> {
  const whole = Math.floor(bounds.recordBytesMax / bounds.granuleBytes) * bounds.granuleBytes;
  const room = whole - FRAME_HEADER_BYTES;
  if (room < 1) {
    throw new RangeError(
      `Cannot write maps: records of ${bounds.recordBytesMax} bytes are too short`);
  }
  let sequence = 0;
  let parts: Uint8Array[] = [];
  let collected = 0;
  const record = (payload: Uint8Array): Uint8Array =>
    encodeFrame('map', sequence++, payload, bounds.granuleBytes);
  for (const item of items) {
    const encoded = encodeItem(item);
    parts.push(encoded);
    collected += encoded.length;
    if (collected < room) continue;
    const bytes = concat(parts);
    let at = 0;
    for (; bytes.length - at >= room; at += room) yield record(bytes.subarray(at, at + room));
    parts = at < bytes.length ? [bytes.subarray(at)] : [];
    collected = bytes.length - at;
  }
  if (collected > 0) yield record(concat(parts));
}

/** A record of a map as it was read, and its logical object number on the tape. */
export interface MapRecord {
  readonly object: number;
  readonly bytes: Uint8Array;
}

/** A map on the tape that cannot be read: `object` is the record where the fault was seen. */
export class MapDamaged extends Error {
  readonly object: number;

  constructor(object: number, problem: string) {
    super(`Cannot read the map on the tape: record ${object}: ${problem}`);
    this.name = 'MapDamaged';
    this.object = object;
  }
}

/** The items of a map. Throws: MapDamaged, which names the record. */
export async function* mapItems(
  records: AsyncIterable<MapRecord>): AsyncGenerator<MapItem, void, undefined> {
  let pending: Uint8Array = new Uint8Array(0);
  let sequence = 0;
  let lastObject = 0;
  for await (const { object, bytes } of records) {
    lastObject = object;
    const payload = checked(object, () => decodeFrame('map', sequence, bytes));
    sequence += 1;
    pending = pending.length === 0 ? payload : concat([pending, payload]);
    let at = 0;
    for (let next = checked(object, () => itemAt(pending, at)); next !== undefined;
      next = checked(object, () => itemAt(pending, at))) {
      yield next.item;
      at = next.end;
    }
    pending = pending.subarray(at);
  }
  if (pending.length > 0) throw new MapDamaged(lastObject, 'the map ends within an item');
}

function checked<T>(object: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new MapDamaged(object, error.message);
    throw error;
  }
}

/** The item at an offset, or undefined if it goes on behind the bytes that are there. */
function itemAt(bytes: Uint8Array, at: number): { item: MapItem; end: number } | undefined {
  const kind = bytes[at];
  let byteLength = 0;
  for (let shift = 0, from = at + 1; ; shift += 7, from += 1) {
    const byte = bytes[from];
    if (kind === undefined || byte === undefined) return undefined;
    byteLength += (byte & 0x7f) * 2 ** shift;
    if (byteLength > ITEM_BYTES_MAX || shift > 21) {
      throw new RangeError(`an item of ${byteLength} bytes is longer than any can be`);
    }
    if (byte >= 0x80) continue;
    const end = from + 1 + byteLength;
    if (end > bytes.length) return undefined;
    return { item: decodeItem(kind, bytes.subarray(from + 1, end)), end };
  }
}
