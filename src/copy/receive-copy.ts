/**
 * Answers to the RECEIVE COPY commands, and what is discarded when an answer has been returned.
 *
 * | what               | is gone once returned in full | by ALLOCATION LENGTH 0 |
 * | ------------------ | ----------------------------- | ---------------------- |
 * | status, LID1       | after the end of the copy     | no                     |
 * | held data          | yes                           | yes                    |
 * | failure details    | yes                           | yes                    |
 * | status, LID4       | no                            | no                     |
 * | copies of tokens   | yes                           | yes                    |
 *
 * Each throws SenseError INVALID FIELD IN CDB for a list identifier that is not known.
 * Source: SPC-4 5.17.4.3, 6.20 to 6.26.
 */
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import { type CopyOperation, formatOf } from './copy-operation.ts';
import type { CopyResults } from './results.ts';
import {
  failureDetailsOf, heldDataOf, isGood, lid4DataOf, lid4StatusOf, statusOf, tokenInformationOf,
} from './results-data.ts';
import { broken } from './rules.ts';

/** What is asked for, by whom. */
export interface Asked {
  readonly unit: LogicalUnit;
  readonly nexus: ItNexus;
  readonly listIdentifier: number;
  readonly allocationLength: number;
}

/** RECEIVE COPY STATUS(LID1). */
export function receiveStatus(results: CopyResults, asked: Asked): Uint8Array {
  const operation = findLid1(results, asked);
  if (operation.returned.status) throw unknown(asked);
  const data = statusOf(operation);
  operation.returned.status = operation.outcome !== undefined
    && asked.allocationLength >= data.length;
  return data.subarray(0, asked.allocationLength);
}

/** RECEIVE COPY DATA(LID1). */
export function receiveData(results: CopyResults, asked: Asked): Uint8Array {
  const operation = findLid1(results, asked);
  const { outcome, returned, hasDroppedHeldData } = operation;
  if (outcome === undefined || returned.heldData || hasDroppedHeldData) throw unknown(asked);
  const data = heldDataOf(operation);
  returned.heldData = isTaken(data, asked);
  if (returned.heldData) operation.held.clear();
  return data.subarray(0, asked.allocationLength);
}

/** RECEIVE COPY FAILURE DETAILS(LID1). */
export function receiveFailureDetails(results: CopyResults, asked: Asked): Uint8Array {
  const { outcome, returned } = findLid1(results, asked);
  if (outcome === undefined || returned.failureDetails) throw unknown(asked);
  const data = failureDetailsOf(outcome);
  returned.failureDetails = isTaken(data, asked);
  return data.subarray(0, asked.allocationLength);
}

/** RECEIVE COPY STATUS(LID4); it tells of every operation. */
export const receiveLid4Status = (results: CopyResults, asked: Asked): Uint8Array =>
  lid4StatusOf(find(results, asked)).subarray(0, asked.allocationLength);

/** RECEIVE COPY DATA(LID4); without errors it has data, and never before the end. */
export function receiveLid4Data(results: CopyResults, asked: Asked): Uint8Array {
  const operation = find(results, asked);
  if (operation.hasDroppedHeldData) throw unknown(asked);
  const data = lid4DataOf(operation);
  if (isGood(operation) && isTaken(data, asked)) operation.held.clear();
  return data.subarray(0, asked.allocationLength);
}

/** RECEIVE ROD TOKEN INFORMATION; the tokens themselves stay valid when their copies go. */
export function receiveTokens(results: CopyResults, asked: Asked): Uint8Array {
  const operation = find(results, asked);
  const data = tokenInformationOf(operation);
  if (isTaken(data, asked)) operation.tokens = [];
  return data.subarray(0, asked.allocationLength);
}

const isTaken = ({ length }: Uint8Array, { allocationLength }: Asked): boolean =>
  allocationLength === 0 || allocationLength >= length;

function find(results: CopyResults, asked: Asked): CopyOperation {
  const operation = results.find(asked.unit, asked.nexus, asked.listIdentifier);
  if (operation === undefined) throw unknown(asked);
  return operation;
}

/** 8-bit commands know nothing of operations with 32-bit identifiers. Source: SPC-4 5.17.4.2. */
function findLid1(results: CopyResults, asked: Asked): CopyOperation {
  const operation = find(results, asked);
  if (formatOf(operation.origin) !== 'LID1') throw unknown(asked);
  return operation;
}

const unknown = ({ listIdentifier }: Asked): Error =>
  broken('unknownIdentifier', `nothing is known of list identifier ${listIdentifier}`);
