/**
 * The copy manager behind a logical unit: lists go out, and while they run, their status is asked
 * now and then. Source: SPC-4 6.4, 6.22 to 6.24.
 */
import type { Answer, Initiator } from '../../initiator/initiator.ts';
import { CommandFailed } from '../../initiator/initiator.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  extendedCopyCdb, receiveCopyFailureDetailsCdb, receiveCopyOperatingParametersCdb,
  receiveCopyStatusCdb,
} from '../../wire/copy/cdbs.ts';
import {
  COPY_STATUS, copyStatus, failedSegmentDetails, operatingParameters, type OperatingParameters,
} from '../../wire/copy/results.ts';
import { explainCopyFailure } from '../movers/copy-failure.ts';

/** Seldom enough to cost nothing, often enough for a person who watches. */
const POLL_MS = 250;
const PARAMETER_BYTES = 1024;
const DETAILS_BYTES = 512;
const LIST_IDENTIFIERS = 255;

/** A list, made once it is known which identifier it gets. */
export interface CopyRequest {
  /** For messages: `copy 4 GiB to the tape`. */
  readonly doing: string;
  encode(listIdentifier: number): Uint8Array;
  readonly signal: AbortSignal | undefined;
  /** Called with the bytes written so far. */
  readonly onProgress?: (byteLength: number) => void;
}

export class CopyManager {
  readonly #unit: Initiator;
  readonly #clock: Clock;
  #lastIdentifier = 0;

  constructor(unit: Initiator, clock: Clock) {
    this.#unit = unit;
    this.#clock = clock;
  }

  /** Throws: Error that says what to do instead, if there is no copy manager. */
  async operatingParameters(): Promise<OperatingParameters> {
    const cdb = receiveCopyOperatingParametersCdb.encode({
      opcode: 0x84, serviceAction: 0x03, listIdentifier: 0, allocationLength: PARAMETER_BYTES,
      control: 0 });
    const answer = await this.#unit.execute({ cdb, dataInBytes: PARAMETER_BYTES });
    if (answer.sense?.additional === 'invalidCommandOperationCode') {
      throw new Error(
        `Cannot use the copy manager: ${this.#unit.url} has none; use --mover host`);
    }
    if (answer.status !== 'good') {
      throw new CommandFailed(`read the limits of the copy manager (${this.#unit.url})`, answer);
    }
    return operatingParameters.read(answer.dataIn);
  }

  /**
   * Runs one list to its end.
   *
   * Throws: CopyFailed with what the copy manager and the device behind it said; the signal's
   * reason when aborted.
   */
  async copy(request: CopyRequest): Promise<void> {
    this.#lastIdentifier = this.#lastIdentifier % LIST_IDENTIFIERS + 1;
    const identifier = this.#lastIdentifier;
    const dataOut = request.encode(identifier);
    const cdb = extendedCopyCdb.encode({
      opcode: 0x83, serviceAction: 0x00, parameterListLength: dataOut.length, control: 0 });
    const stopPolling = this.#poll(identifier, request);
    try {
      const { signal } = request;
      const answer = await this.#unit.execute({ cdb, dataOut, ...(signal ? { signal } : {}) });
      if (answer.status !== 'good') throw await this.#failure(request.doing, identifier, answer);
    } finally {
      stopPolling();
    }
  }

  /** Asks for the status until it is told to stop. */
  #poll(identifier: number, { onProgress }: CopyRequest): () => void {
    if (onProgress === undefined) return () => {};
    let stopped = false;
    let cancel = (): void => {};
    const schedule = (): void => {
      cancel = this.#clock.at(this.#clock.nowMs() + POLL_MS, () => void ask());
    };
    const ask = async (): Promise<void> => {
      const done = await this.#bytesDone(identifier);
      if (stopped) return;
      if (done !== undefined) onProgress(done);
      schedule();
    };
    schedule();
    return () => {
      stopped = true;
      cancel();
    };
  }

  /** Bytes written so far; undefined if that cannot be told. The copy itself tells of errors. */
  async #bytesDone(identifier: number): Promise<number | undefined> {
    try {
      const cdb = receiveCopyStatusCdb.encode({
        opcode: 0x84, serviceAction: 0x00, listIdentifier: identifier,
        allocationLength: copyStatus.size, control: 0 });
      const { status, dataIn } = await this.#unit.execute({ cdb, dataInBytes: copyStatus.size });
      if (status !== 'good') return undefined;
      const found = copyStatus.read(dataIn);
      const counted = found.transferCountUnits <= 0x06;
      if (!counted || found.status !== COPY_STATUS.inProgress) return undefined;
      return found.transferCount * 1024 ** found.transferCountUnits;
    } catch {
      return undefined;
    }
  }

  /** The sense data that the copy manager kept is whole where that of the answer may be cut. */
  async #failure(doing: string, identifier: number, answer: Answer): Promise<Error> {
    const doingThere = `${doing} (${this.#unit.url})`;
    if (answer.sense === undefined) return new CommandFailed(doingThere, answer);
    const aborted = answer.sense.key === 'copyAborted';
    const kept = aborted ? await this.#keptSense(identifier) : undefined;
    return explainCopyFailure(doingThere, kept ?? answer.senseBytes);
  }

  async #keptSense(listIdentifier: number): Promise<Uint8Array | undefined> {
    const cdb = receiveCopyFailureDetailsCdb.encode({
      opcode: 0x84, serviceAction: 0x04, listIdentifier, allocationLength: DETAILS_BYTES,
      control: 0 });
    const { status, dataIn } = await this.#unit.execute({ cdb, dataInBytes: DETAILS_BYTES });
    if (status !== 'good' || dataIn.length < failedSegmentDetails.size) return undefined;
    const { senseData, senseDataLength } = failedSegmentDetails.read(dataIn);
    return senseDataLength === 0 ? undefined : senseData.subarray(0, senseDataLength);
  }
}
