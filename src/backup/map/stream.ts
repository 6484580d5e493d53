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

/** Turns items into the records of one map as they come. */
export class MapRecordWriter {
  readonly #payloadBytes: number;
  readonly #granuleBytes: number;
  readonly #take: (record: Uint8Array) => void;
  #recordCount = 0;
  #parts: Uint8Array[] = [];
  #collectedBytes = 0;

  /** Hands each record to `take` when it is full. Throws: RangeError if records are too short. */
  constructor({ recordBytesMax, granuleBytes }: RecordBounds, take: (record: Uint8Array) => void) {
    const recordBytes = recordBytesMax - recordBytesMax % granuleBytes;
    if (recordBytes <= FRAME_HEADER_BYTES) {
      throw new RangeError(`Cannot write maps: records of ${recordBytesMax} bytes are too short`);
    }
    this.#payloadBytes = recordBytes - FRAME_HEADER_BYTES;
    this.#granuleBytes = granuleBytes;
    this.#take = take;
  }

  add(item: MapItem): void {
    const encoded = encodeItem(item);
    this.#parts.push(encoded);
    this.#collectedBytes += encoded.length;
    if (this.#collectedBytes < this.#payloadBytes) return;
    const bytes = concat(this.#parts);
    let at = 0;
    for (; bytes.length - at >= this.#payloadBytes; at += this.#payloadBytes) {
      this.#record(bytes.subarray(at, at + this.#payloadBytes));
    }
    this.#parts = [bytes.subarray(at)];
    this.#collectedBytes = bytes.length - at;
  }

  /** Hands on what fills no record. Returns how many records there are. */
  finish(): number {
    if (this.#collectedBytes > 0) this.#record(concat(this.#parts));
    this.#parts = [];
    this.#collectedBytes = 0;
    return this.#recordCount;
  }

  #record(payload: Uint8Array): void {
    this.#take(encodeFrame('map', this.#recordCount, payload, this.#granuleBytes));
    this.#recordCount += 1;
  }
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
