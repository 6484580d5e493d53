/** pcap files: a header, then a record for each frame. Source: draft-ietf-opsawg-pcap. */
import type { Frame, Say } from './frame.ts';

const HEADER_BYTES = 24;
const RECORD_BYTES = 16;
/** Records of a variant with more of what the kernel knows. */
const PATCHED_RECORD_BYTES = 24;
const LINK_TYPE_AT = 20;
const LINK_TYPE_MASK = 0x0fff_ffff;

interface Variant {
  readonly isLittle: boolean;
  readonly nsPerTick: bigint;
  readonly recordBytes: number;
}

const MAGICS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2_c3d4, { isLittle: false, nsPerTick: 1000n, recordBytes: RECORD_BYTES }],
  [0xd4c3_b2a1, { isLittle: true, nsPerTick: 1000n, recordBytes: RECORD_BYTES }],
  [0xa1b2_3c4d, { isLittle: false, nsPerTick: 1n, recordBytes: RECORD_BYTES }],
  [0x4d3c_b2a1, { isLittle: true, nsPerTick: 1n, recordBytes: RECORD_BYTES }],
  [0xa1b2_cd34, { isLittle: false, nsPerTick: 1000n, recordBytes: PATCHED_RECORD_BYTES }],
  [0x34cd_b2a1, { isLittle: true, nsPerTick: 1000n, recordBytes: PATCHED_RECORD_BYTES }],
]);

const viewOf = (file: Uint8Array): DataView =>
  new DataView(file.buffer, file.byteOffset, file.byteLength);

const variantOf = (file: Uint8Array): Variant | undefined =>
  (file.length < 4 ? undefined : MAGICS.get(viewOf(file).getUint32(0)));

/** Does a file begin as a pcap file does? */
export const isPcap = (file: Uint8Array): boolean => variantOf(file) !== undefined;

/** All frames of a pcap file, in both byte orders; the last one may be cut off. */
export function* pcapFrames(file: Uint8Array, say: Say): Generator<Frame, void, undefined> {
  const { isLittle, nsPerTick, recordBytes } = variantOf(file)!; // isPcap has seen it
  const cut = (at: number, what: string): void => say({
    at, severity: 'warning', rule: 'capture-cut',
    message: `the capture is cut off in ${what}: it is explained up to there` });
  if (file.length < HEADER_BYTES) return cut(file.length, "the file's header");
  const view = viewOf(file);
  const u32 = (at: number): number => view.getUint32(at, isLittle);
  const linkType = u32(LINK_TYPE_AT) & LINK_TYPE_MASK;
  let number = 0;
  for (let at = HEADER_BYTES; at < file.length;) {
    number += 1;
    const dataAt = at + recordBytes;
    if (dataAt > file.length) return cut(file.length, `the header of frame ${number}`);
    const dataEnd = dataAt + u32(at + 8);
    const end = Math.min(dataEnd, file.length);
    yield {
      number, linkType, at: dataAt, end, wireBytes: u32(at + 12),
      timeNs: BigInt(u32(at)) * 1_000_000_000n + BigInt(u32(at + 4)) * nsPerTick,
    };
    if (end < dataEnd) return cut(file.length, `frame ${number}`);
    at = dataEnd;
  }
}
