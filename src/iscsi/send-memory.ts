/** Bytes of a slab: four reads of 256 KiB, or some 250 of 4 KiB, with their headers. */
const SLAB_BYTES = 1024 * 1024 + 4096;
/** Slabs kept for another time. */
const SPARE_COUNT_MAX = 16;

/** Memory that several answers are sent from, one behind another. */
interface Slab {
  readonly bytes: Buffer;
  /** Rooms in it whose answer has not been sent. */
  userCount: number;
}

/** Memory for one answer: `data`, with some bytes before it and behind it. */
export interface Room {
  readonly slab: Slab;
  /** Of the room in its slab; data begin `headBytes` behind. */
  readonly at: number;
  readonly headBytes: number;
  readonly data: Uint8Array;
}

/**
 * Memory that Data-In is read into and sent from: with room for a header before it, a PDU lies in
 * one piece without a copy, and PDUs that are answered one after another lie side by side.
 *
 * What is never given back, as the memory of a command that was aborted, is left to the garbage
 * collector with its slab.
 */
export class SendMemory {
  readonly #spare: Slab[] = [];
  #slab: Slab | undefined;
  #at = 0;

  /** Undefined if it does not fit: then it has no room that is worth keeping. */
  take(headBytes: number, byteLength: number, tailBytes: number): Room | undefined {
    const roomBytes = headBytes + byteLength + tailBytes;
    if (roomBytes > SLAB_BYTES) return undefined;
    const slab = this.#slabFor(roomBytes);
    const at = this.#at;
    this.#at += roomBytes;
    slab.userCount += 1;
    const from = at + headBytes;
    return { slab, at, headBytes, data: slab.bytes.subarray(from, from + byteLength) };
  }

  /** What was in the room has been sent. */
  release({ slab }: Room): void {
    slab.userCount -= 1;
    if (slab.userCount > 0) return;
    if (slab === this.#slab) this.#at = 0;
    else if (this.#spare.length < SPARE_COUNT_MAX) this.#spare.push(slab);
  }

  #slabFor(roomBytes: number): Slab {
    if (this.#slab !== undefined && this.#at + roomBytes <= SLAB_BYTES) return this.#slab;
    this.#slab = this.#spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(SLAB_BYTES), userCount: 0 };
    this.#at = 0;
    return this.#slab;
  }
}
