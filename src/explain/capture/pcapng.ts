/** pcapng files: blocks, of which some hold a frame. Source: draft-ietf-opsawg-pcapng. */
import type { Frame, Say } from './frame.ts';

const SECTION_HEADER = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
const BLOCK = { interface: 1, obsoletePacket: 2, simplePacket: 3, enhancedPacket: 6 } as const;
/** Type, length, and the length once more behind the body. */
const BLOCK_BYTES_MIN = 12;
const BODY_AT = 8;
const OPTION = { end: 0, resolution: 9, offset: 14 } as const;
/** More interfaces than any machine has. */
const INTERFACE_COUNT_MAX = 65_536;

interface Interface {
  readonly linkType: number;
  /** 0 for no limit. */
  readonly snapBytes: number;
  readonly ticksPerSecond: bigint;
  readonly offsetSeconds: bigint;
}

/** Where a frame's fields and bytes lie in a block; `end` is where the block, or the file, ends. */
interface Block {
  readonly type: number;
  readonly at: number;
  readonly end: number;
}

/** Does a file begin as a pcapng file does? */
export const isPcapng = (file: Uint8Array): boolean =>
  file.length >= 4 && file[0] === 0x0a && file[1] === 0x0d && file[2] === 0x0d && file[3] === 0x0a;

/** All frames of a pcapng file, of sections in both byte orders; the last one may be cut off. */
export function* pcapngFrames(file: Uint8Array, say: Say): Generator<Frame, void, undefined> {
  const reader = new Reader(file);
  let count = 0;
  for (const block of reader.blocks(say)) {
    const frame = reader.frameOf(block, count + 1);
    if (frame === undefined) continue;
    count += 1;
    yield frame;
  }
}

class Reader {
  readonly #file: Uint8Array;
  readonly #view: DataView;
  #isLittle = true;
  #interfaces: Interface[] = [];

  constructor(file: Uint8Array) {
    this.#file = file;
    this.#view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  *blocks(say: Say): Generator<Block, void, undefined> {
    const size = this.#file.length;
    const stop = (at: number, rule: string, message: string): void =>
      say({ at, severity: 'warning', rule, message });
    for (let at = 0; at < size;) {
      if (size - at < BLOCK_BYTES_MIN) {
        return stop(size, 'capture-cut', 'the capture is cut off in the head of a block');
      }
      const type = this.#u32(at);
      if (type === SECTION_HEADER && !this.#beginSection(at + BODY_AT)) {
        return stop(at, 'capture-broken', 'a section has no byte order mark: the rest is not read');
      }
      const length = this.#u32(at + 4);
      if (length < BLOCK_BYTES_MIN || length % 4 !== 0) {
        return stop(at, 'capture-broken', `a block has length ${length}: the rest is not read`);
      }
      yield { type, at, end: Math.min(size, at + length - 4) };
      at += length;
      if (at > size) {
        return stop(size, 'capture-cut',
          'the capture is cut off inside a block: it is explained up to there');
      }
    }
  }

  /** The frame in a block; undefined if it holds none. */
  frameOf(block: Block, number: number): Frame | undefined {
    const { type, at, end } = block;
    if (type === BLOCK.interface && end >= at + 16) this.#addInterface(block);
    const head = type === BLOCK.simplePacket ? 12
      : type === BLOCK.enhancedPacket || type === BLOCK.obsoletePacket ? 28 : undefined;
    if (head === undefined || end < at + head) return undefined;
    if (type === BLOCK.simplePacket) return this.#simpleFrame(block, number);
    const index = type === BLOCK.enhancedPacket ? this.#u32(at + 8) : this.#u16(at + 8);
    const on = this.#interfaces[index];
    if (on === undefined) return undefined;
    const dataAt = at + head;
    return {
      number, linkType: on.linkType, at: dataAt,
      end: Math.min(end, dataAt + this.#u32(at + 20)), wireBytes: this.#u32(at + 24),
      timeNs: timeOf(on, (BigInt(this.#u32(at + 12)) << 32n) | BigInt(this.#u32(at + 16))),
    };
  }

  /** It has no time, and no captured length but that of the interface. */
  #simpleFrame({ at, end }: Block, number: number): Frame | undefined {
    const on = this.#interfaces[0];
    if (on === undefined) return undefined;
    const wireBytes = this.#u32(at + 8);
    const captured = on.snapBytes === 0 ? wireBytes : Math.min(on.snapBytes, wireBytes);
    const dataAt = at + 12;
    return { number, timeNs: undefined, linkType: on.linkType, at: dataAt,
      end: Math.min(end, dataAt + captured), wireBytes };
  }

  #beginSection(at: number): boolean {
    const isBig = this.#view.getUint32(at) === BYTE_ORDER_MAGIC;
    this.#isLittle = !isBig;
    this.#interfaces = [];
    return isBig || this.#view.getUint32(at, true) === BYTE_ORDER_MAGIC;
  }

  #addInterface({ at, end }: Block): void {
    if (this.#interfaces.length === INTERFACE_COUNT_MAX) return;
    let [ticksPerSecond, offsetSeconds] = [1_000_000n, 0n];
    for (let option = at + 16; option + 4 <= end;) {
      const [code, length] = [this.#u16(option), this.#u16(option + 2)];
      const value = option + 4;
      if (code === OPTION.end || value + length > end) break;
      if (code === OPTION.resolution && length >= 1) ticksPerSecond = ticks(this.#file[value]!);
      if (code === OPTION.offset && length === 8) {
        offsetSeconds = this.#view.getBigInt64(value, this.#isLittle);
      }
      option = value + ((length + 3) & ~3);
    }
    this.#interfaces.push({ linkType: this.#u16(at + 8), snapBytes: this.#u32(at + 12),
      ticksPerSecond, offsetSeconds });
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#isLittle);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#isLittle);
  }
}

/** The highest bit chooses a power of 2 instead of 10. */
const ticks = (resolution: number): bigint =>
  ((resolution & 0x80) === 0 ? 10n : 2n) ** BigInt(resolution & 0x7f);

const timeOf = ({ ticksPerSecond, offsetSeconds }: Interface, time: bigint): bigint =>
  (time * 1_000_000_000n) / ticksPerSecond + offsetSeconds * 1_000_000_000n;
