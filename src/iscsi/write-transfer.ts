import type { AdditionalSense } from '../sense/codes.ts';
import type { DataOut } from '../wire/iscsi/data.ts';
import { NO_TAG } from '../wire/iscsi/opcodes.ts';
import type { Parameters } from './negotiation.ts';
import { PieceList } from './piece-list.ts';

/** Data that the target asks for with one R2T. */
export interface Solicitation {
  readonly tag: number;
  readonly r2tSn: number;
  readonly offset: number;
  readonly byteLength: number;
}

/** Data-Out PDUs that belong together: the unsolicited ones, or those of one R2T. */
interface Sequence {
  readonly tag: number;
  readonly end: number;
  nextDataSn: number;
}

/**
 * The Data-Out of one command, as it arrives: immediate data, unsolicited data, then what R2Ts
 * ask for, all in order of their offset (DataPDUInOrder and DataSequenceInOrder are Yes).
 *
 * After an error no more is asked for, and what still arrives of the open sequences is dropped;
 * then the transfer is over. Source: RFC 7143 4.2.5, 11.7, 11.8.
 */
export class WriteTransfer {
  readonly #expectedBytes: number;
  readonly #parameters: Parameters;
  readonly #pieces = new PieceList();
  /** Sequences that the initiator has not ended, oldest first. */
  #open: Sequence[] = [];
  #receivedBytes = 0;
  #askedBytes = 0;
  #r2tCount = 0;
  /** Why the data cannot be used. */
  failure: AdditionalSense | undefined;

  /** `isLast` is the F bit of the command. */
  constructor(
    expectedBytes: number, parameters: Parameters, immediate: readonly Uint8Array[],
    isLast: boolean) {
    this.#expectedBytes = expectedBytes;
    this.#parameters = parameters;
    this.#keep(immediate);
    const unsolicitedEnd = Math.min(expectedBytes, parameters.firstBurstBytes);
    if (!isLast && this.#receivedBytes < unsolicitedEnd) {
      this.#open.push({ tag: NO_TAG, end: unsolicitedEnd, nextDataSn: 0 });
    }
    this.#askedBytes = isLast ? this.#receivedBytes : unsolicitedEnd;
  }

  get pieces(): readonly Uint8Array[] {
    return this.#pieces.pieces;
  }

  /** R2Ts sent so far. */
  get r2tCount(): number {
    return this.#r2tCount;
  }

  /** The initiator still has to send what it announced, or what it was asked for. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Nothing more comes: the data are complete, or what failed has been drained. */
  get isOver(): boolean {
    return this.#open.length === 0
      && (this.failure !== undefined || this.#receivedBytes === this.#expectedBytes);
  }

  /** Takes in one Data-Out PDU of this command. */
  take(header: DataOut, data: readonly Uint8Array[]): void {
    const sequence = this.#open.find(({ tag }) => tag === header.targetTransferTag);
    if (sequence === undefined) {
      // A PDU without data may trail its sequence; anything else was not asked for.
      if (header.dataSegmentLength > 0) this.failure ??= 'unexpectedUnsolicitedData';
      return;
    }
    this.failure ??= this.#faultOf(sequence, header);
    if (this.failure === undefined) this.#keep(data);
    sequence.nextDataSn += 1;
    const isFull = this.failure === undefined && this.#receivedBytes === sequence.end;
    if (!header.final && !isFull) return;
    this.#open = this.#open.filter((one) => one !== sequence);
    if (this.failure !== undefined || isFull) return;
    // An unsolicited burst may end early, what an R2T asks for may not.
    if (sequence.tag === NO_TAG) this.#askedBytes = this.#receivedBytes;
    else this.failure = 'notEnoughUnsolicitedData';
  }

  /** What to ask for now; `nextTag` gives a Target Transfer Tag. */
  solicit(nextTag: () => number): Solicitation[] {
    const asked: Solicitation[] = [];
    const unsolicitedIsOpen = this.#open[0]?.tag === NO_TAG;
    while (this.failure === undefined && !unsolicitedIsOpen
      && this.#askedBytes < this.#expectedBytes
      && this.#open.length < this.#parameters.maxOutstandingR2T) {
      const byteLength = Math.min(
        this.#parameters.maxBurstBytes, this.#expectedBytes - this.#askedBytes);
      const solicitation = {
        tag: nextTag(), r2tSn: this.#r2tCount, offset: this.#askedBytes, byteLength,
      };
      this.#open.push({
        tag: solicitation.tag, end: solicitation.offset + byteLength, nextDataSn: 0 });
      this.#r2tCount += 1;
      this.#askedBytes += byteLength;
      asked.push(solicitation);
    }
    return asked;
  }

  #faultOf(sequence: Sequence, header: DataOut): AdditionalSense | undefined {
    const end = header.bufferOffset + header.dataSegmentLength;
    if (sequence !== this.#open[0] || header.dataSn !== sequence.nextDataSn
      || header.bufferOffset !== this.#receivedBytes || end > sequence.end) {
      return 'unexpectedUnsolicitedData';
    }
    return undefined;
  }

  #keep(data: readonly Uint8Array[]): void {
    for (const piece of data) {
      this.#pieces.add(piece);
      this.#receivedBytes += piece.length;
    }
  }
}
