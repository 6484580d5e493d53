/** From a command's outcome to Data-In and Response PDUs. Source: RFC 7143 4.2.5, 11.4, 11.7. */
import { type Outcome, STATUS } from '../sam/command.ts';
import { RESPONSE, scsiResponse } from '../wire/iscsi/command.ts';
import { dataIn } from '../wire/iscsi/data.ts';
import { NO_TAG, OPCODE } from '../wire/iscsi/opcodes.ts';
import { responseData } from '../wire/iscsi/response-data.ts';
import type { Parameters } from './negotiation.ts';
import { byteLengthOf, NO_LUN } from './pdu-writer.ts';
import type { DataRoom } from './send-memory.ts';
import type { TargetSender } from './target-sender.ts';

/** What an answer depends on beside the outcome. */
export interface Answered {
  readonly initiatorTaskTag: number;
  readonly read: boolean;
  /** Expected Data Transfer Length. */
  readonly expectedBytes: number;
  /** R2Ts that were sent for the command. */
  readonly r2tCount: number;
  /** The room that was taken for Data-In, if any. */
  readonly room: DataRoom | undefined;
}

interface Residual {
  readonly overflow: boolean;
  readonly underflow: boolean;
  readonly residual: number;
}

/** Source: RFC 7143 11.4.5; neither flag is set with a count of 0. */
function residualOf(expectedBytes: number, movedBytes: number, wantedBytes: number): Residual {
  if (wantedBytes > expectedBytes && movedBytes === expectedBytes) {
    return { overflow: true, underflow: false, residual: wantedBytes - expectedBytes };
  }
  const residual = expectedBytes - movedBytes;
  return { overflow: false, underflow: residual > 0, residual };
}

/** Sends data, residual, status and sense data of a command. */
export function sendAnswer(
  sender: TargetSender, parameters: Parameters, answered: Answered, outcome: Outcome): void {
  const { read, expectedBytes } = answered;
  const offered = read ? Math.min(byteLengthOf(outcome.dataIn), expectedBytes) : 0;
  const moved = read ? offered : Math.min(outcome.wantedBytes, expectedBytes);
  const residual = residualOf(expectedBytes, moved, outcome.wantedBytes);
  // Sense data do not fit a Data-In PDU, and libiscsi looks for nothing but GOOD there.
  const statusRides = outcome.status === 'good' && outcome.sense === undefined && offered > 0;
  const dataInCount = sendData(sender, parameters, answered, outcome.dataIn, offered,
    statusRides ? residual : undefined);
  if (statusRides) return;
  const { overflow, underflow, residual: residualCount } = residual;
  const { statSn, expCmdSn, maxCmdSn } = sender.statusNumbers();
  sender.send(scsiResponse.encode({
    opcode: OPCODE.scsiResponse, final: true, bidiOverflow: false, bidiUnderflow: false,
    overflow, underflow, response: RESPONSE.commandCompleted, status: STATUS[outcome.status],
    totalAhsLength: 0, dataSegmentLength: 0,
    statusQualifier: 0, initiatorTaskTag: answered.initiatorTaskTag, snackTag: 0,
    statSn, expCmdSn, maxCmdSn, expDataSn: dataInCount + answered.r2tCount, bidiReadResidual: 0,
    residual: residualCount,
  }), outcome.sense === undefined ? []
    : [responseData.encode({ senseLength: outcome.sense.length, sense: outcome.sense })]);
}

/** Returns how many PDUs there were. `residual` is given if the last one holds the status. */
function sendData(
  sender: TargetSender, { sendSegmentBytes, maxBurstBytes }: Parameters, answered: Answered,
  parts: readonly Uint8Array[], byteLength: number, residual: Residual | undefined): number {
  const room = parts.length === 1 && parts[0] === answered.room?.data ? answered.room : undefined;
  const cursor = new Cursor(parts);
  let dataSn = 0;
  for (let offset = 0; offset < byteLength; dataSn += 1) {
    const burstEnd = Math.min(byteLength, offset - offset % maxBurstBytes + maxBurstBytes);
    const length = Math.min(sendSegmentBytes, burstEnd - offset);
    const isLast = offset + length === byteLength;
    const status = isLast ? residual : undefined;
    const { overflow, underflow, residual: residualCount } = status ?? NO_RESIDUAL;
    // Without a status StatSN means nothing; iPXE takes its ExpStatSN from it all the same.
    const { statSn, expCmdSn, maxCmdSn } =
      status === undefined ? sender.numbers() : sender.statusNumbers();
    // One plain literal, without spreads: this is made for each read.
    const header = dataIn.encode({
      opcode: OPCODE.dataIn, final: offset + length === burstEnd, acknowledge: false,
      overflow, underflow, hasStatus: status !== undefined, status: STATUS.good,
      totalAhsLength: 0, dataSegmentLength: 0, lun: NO_LUN,
      initiatorTaskTag: answered.initiatorTaskTag, targetTransferTag: NO_TAG,
      statSn, expCmdSn, maxCmdSn, dataSn, bufferOffset: offset, residual: residualCount,
    });
    if (length === room?.data.length) sender.sendRoom(header, room);
    else sender.send(header, cursor.take(length), length, isLast ? room?.room : undefined);
    offset += length;
  }
  return dataSn;
}

const NO_RESIDUAL: Residual = { overflow: false, underflow: false, residual: 0 };

/** Hands out stretches of bytes that lie in several parts, without copying. */
class Cursor {
  readonly #parts: readonly Uint8Array[];
  #index = 0;
  #at = 0;

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
  }

  take(byteLength: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    for (let left = byteLength; left > 0;) {
      const part = this.#parts[this.#index]!;
      const piece = part.subarray(this.#at, this.#at + left);
      if (piece.length > 0) taken.push(piece);
      left -= piece.length;
      this.#at += piece.length;
      if (this.#at < part.length) continue;
      this.#index += 1;
      this.#at = 0;
    }
    return taken;
  }
}
