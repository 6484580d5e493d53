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

/** Memory for one PDU. */
export interface Room {
  readonly slab: Slab;
  /** Where it begins in its slab. */
  readonly at: number;
}

/** Room for a PDU with data, which are read into it before there is a header. */
export interface DataRoom {
  readonly room: Room;
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

  /** Room for a whole PDU; undefined if it is so long that it is not worth keeping room for. */
  take(byteLength: number): Room | undefined {
    if (byteLength > SLAB_BYTES) return undefined;
    const slab = this.#slabFor(byteLength);
    const at = this.#at;
    this.#at += byteLength;
    slab.userCount += 1;
    return { slab, at };
  }

  /** As `take`, with the part for the data, which has bytes before it and behind it. */
  takeForData(headBytes: number, byteLength: number, tailBytes: number): DataRoom | undefined {
    const room = this.take(headBytes + byteLength + tailBytes);
    if (room === undefined) return undefined;
    const from = room.at + headBytes;
    return { room, data: room.slab.bytes.subarray(from, from + byteLength) };
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
