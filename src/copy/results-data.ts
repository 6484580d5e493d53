/** What status commands return of a copy operation. Source: SPC-4 6.20 to 6.26. */
import { concat } from '../bytes/concat.ts';
import { STATUS } from '../sam/command.ts';
import {
  COPY_OPERATION_STATUS, encodeLid4Results, type Lid4Results, LID4_SENSE_BYTES_MAX,
  STATUS_UPDATE_DELAY,
} from '../wire/copy/lid4-results.ts';
import {
  copyStatus, COPY_STATUS, failedSegmentDetails, receiveCopyData,
} from '../wire/copy/results.ts';
import type { CopyOperation, CopyOutcome } from './copy-operation.ts';

/** Asking more often than this, in milliseconds, tells nothing new: a move takes about as long. */
const STATUS_UPDATE_DELAY_MS = 100;
/** TRANSFER COUNT UNITS: bytes; logical blocks. */
const BYTES = 0x00;
const LOGICAL_BLOCKS = 0xf1;

/** An operation that has ended without errors has data and tokens for those with 32-bit names. */
export const isGood = ({ outcome }: CopyOperation): boolean =>
  outcome !== undefined && outcome.kind !== 'failed' && outcome.kind !== 'terminated';

/** Parameter data of RECEIVE COPY STATUS(LID1). */
export function statusOf(operation: CopyOperation): Uint8Array {
  const { outcome, progress, held } = operation;
  const { completed, completedWithErrors, inProgress } = COPY_STATUS;
  const ended = isGood(operation) ? completed : completedWithErrors;
  const { units, count } = transferCountOf(progress.transferBytes);
  return copyStatus.encode({
    availableData: copyStatus.size - 4, heldDataDiscarded: held.isDiscarded,
    status: outcome === undefined ? inProgress : ended,
    segmentsProcessed: progress.segmentsProcessed, transferCountUnits: units, transferCount: count,
  });
}

/** The smallest power of 1024 in which the bytes fit 32 bits, rounded down. */
export function transferCountOf(byteLength: number): { units: number; count: number } {
  let units = BYTES;
  let count = byteLength;
  for (; count > 0xffff_ffff; units += 1) count = Math.floor(count / 1024);
  return { units, count };
}

/** Parameter data of RECEIVE COPY DATA(LID1). */
export const heldDataOf = ({ held }: CopyOperation): Uint8Array =>
  receiveCopyData.encode({ availableData: held.byteLength, heldData: concat(held.parts) });

/** Parameter data of RECEIVE COPY FAILURE DETAILS(LID1); four bytes if nothing has failed. */
export function failureDetailsOf({ status, sense }: CopyOutcome): Uint8Array {
  if (status === 'good') return new Uint8Array(4);
  const senseData = sense ?? new Uint8Array(0);
  return failedSegmentDetails.encode({
    availableData: failedSegmentDetails.size - 4 + senseData.length,
    status: STATUS[status], senseDataLength: senseData.length, senseData,
  });
}

/** Parameter data of RECEIVE COPY STATUS(LID4). */
export const lid4StatusOf = (operation: CopyOperation): Uint8Array =>
  encodeLid4Results(headOf(operation, false));

/** Parameter data of RECEIVE COPY DATA(LID4). */
export const lid4DataOf = (operation: CopyOperation): Uint8Array => encodeLid4Results({
  ...headOf(operation, operation.held.isDiscarded),
  data: concat(isGood(operation) ? operation.held.parts : []),
});

/** Parameter data of RECEIVE ROD TOKEN INFORMATION. */
export const tokenInformationOf = (operation: CopyOperation): Uint8Array =>
  encodeLid4Results({ ...headOf(operation, false), data: concat(operation.tokens) });

const ENDED: Readonly<Record<CopyOutcome['kind'], number>> = {
  complete: COPY_OPERATION_STATUS.completed,
  tokenPartlyUsed: COPY_OPERATION_STATUS.partialTokenUsage,
  residual: COPY_OPERATION_STATUS.residualData,
  failed: COPY_OPERATION_STATUS.completedWithErrors,
  terminated: COPY_OPERATION_STATUS.terminated,
};

function headOf(
  { origin, outcome, progress }: CopyOperation, heldDataDiscarded: boolean): Lid4Results {
  const { inBackground, inForeground } = COPY_OPERATION_STATUS;
  const running = origin.immed ? inBackground : inForeground;
  const { blockBytes } = origin;
  return {
    head: {
      responseToServiceAction: origin.serviceAction, heldDataDiscarded,
      status: outcome === undefined ? running : ENDED[outcome.kind],
      operationCounter: progress.operationCounter % 0x1_0000,
      statusUpdateDelay: outcome === undefined ? STATUS_UPDATE_DELAY_MS : STATUS_UPDATE_DELAY.ended,
      completionStatus: completionStatusOf(outcome),
      transferCountUnits: blockBytes === undefined ? BYTES : LOGICAL_BLOCKS,
      transferCount: BigInt(Math.floor(progress.transferBytes / (blockBytes ?? 1))),
      segmentsProcessed: progress.segmentsProcessed,
    },
    sense: outcome?.kind === 'failed' && outcome.sense !== undefined
      ? outcome.sense.subarray(0, LID4_SENSE_BYTES_MAX) : new Uint8Array(0),
  };
}

/** TASK ABORTED for what was terminated, although a command in the foreground was told more. */
function completionStatusOf(outcome: CopyOutcome | undefined): number {
  if (outcome === undefined) return 0;
  return outcome.kind === 'terminated' ? STATUS.taskAborted : STATUS[outcome.status];
}
