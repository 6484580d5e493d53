/**
 * A record that the client wrote itself, a header, a trailer or a part of a map:
 *
 *   0   magic       four ASCII characters: what the record is
 *   4   sequence    of parts of one map, from 0
 *   8   byteLength  of the payload
 *   12  crc32c      of bytes 0 to 11 and the payload
 *   16  payload     then zeros up to the end of the record
 */
import { crc32c } from '../../bytes/crc32c.ts';
import { ascii, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';

export const FRAME_HEADER_BYTES = 16;

const frameHeader = layout(
  { name: 'frame of a tape record', source: 'serverfree tape format 1', size: FRAME_HEADER_BYTES },
  {
    magic:      ascii(0, 4, 'magic'),
    sequence:   u32(4, 'sequence'),
    byteLength: u32(8, 'payload length', { unit: 'bytes' }),
    crc:        u32(12, 'CRC32C', { hex: true }),
  },
);

/** What a framed record is. */
export const MAGIC = { volume: 'SFVL', header: 'SFHD', map: 'SFMP', trailer: 'SFTR' } as const;
export type FrameKind = keyof typeof MAGIC;

/** A record whose length is a multiple of `granuleBytes`. */
export function encodeFrame(
  kind: FrameKind, sequence: number, payload: Uint8Array, granuleBytes: number): Uint8Array {
  const used = FRAME_HEADER_BYTES + payload.length;
  const record = new Uint8Array(Math.ceil(used / granuleBytes) * granuleBytes);
  record.set(payload, FRAME_HEADER_BYTES);
  const header = { magic: MAGIC[kind], sequence, byteLength: payload.length, crc: 0 };
  record.set(frameHeader.encode(header));
  record.set(frameHeader.encode({ ...header, crc: frameCrc(record, payload.length) }));
  return record;
}

/** The payload. Throws: RangeError that says what is wrong with the record. */
export function decodeFrame(kind: FrameKind, sequence: number, record: Uint8Array): Uint8Array {
  if (record.length < FRAME_HEADER_BYTES) throw new RangeError(`it has ${record.length} bytes`);
  const header = frameHeader.decode(record, 0, FRAME_HEADER_BYTES).value;
  if (header.magic !== MAGIC[kind]) throw new RangeError(`it does not begin with ${MAGIC[kind]}`);
  if (header.byteLength > record.length - FRAME_HEADER_BYTES) {
    throw new RangeError(`it announces ${header.byteLength} bytes, but has ${record.length}`);
  }
  if (header.crc !== frameCrc(record, header.byteLength)) throw new RangeError('its CRC is wrong');
  if (header.sequence !== sequence) {
    throw new RangeError(`it is part ${header.sequence}, expected part ${sequence}`);
  }
  return record.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + header.byteLength);
}

const frameCrc = (record: Uint8Array, payloadBytes: number): number => crc32c(
  record.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + payloadBytes),
  crc32c(record.subarray(0, 12)));
