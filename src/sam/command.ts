import { concat } from '../bytes/concat.ts';
import type { Sense } from '../sense/sense.ts';

/** SCSI status codes. Source: SAM-5 5.3.1. */
export const STATUS = {
  good: 0x00, checkCondition: 0x02, conditionMet: 0x04, busy: 0x08, reservationConflict: 0x18,
  taskSetFull: 0x28, acaActive: 0x30, taskAborted: 0x40,
} as const;
export type StatusName = keyof typeof STATUS;

/** An initiator port and a target port that know each other. Source: SAM-5 4.8. */
export interface ItNexus {
  readonly initiatorName: string;
  /** The six bytes of the ISID as twelve hexadecimal digits. */
  readonly isid: string;
  readonly targetName: string;
  readonly portalGroupTag: number;
}

const keys = new WeakMap<ItNexus, string>();

/** Equal for equal nexuses: the initiator port's name, then the target port's (RFC 7143 4.4.1). */
export function nexusKey(nexus: ItNexus): string {
  const known = keys.get(nexus);
  if (known !== undefined) return known;
  const key = `${nexus.initiatorName},i,0x${nexus.isid}`
    + `|${nexus.targetName},t,0x${nexus.portalGroupTag.toString(16).padStart(4, '0')}`;
  keys.set(nexus, key);
  return key;
}

export type TaskAttribute = 'simple' | 'ordered' | 'headOfQueue' | 'aca';

/** A command as it reaches a logical unit, with all the data that its initiator sent for it. */
export interface Command {
  readonly nexus: ItNexus;
  readonly cdb: Uint8Array;
  readonly attribute: TaskAttribute;
  /** Data-Out in order; together at most `dataOutBytes`. */
  readonly dataOut: readonly Uint8Array[];
  /** What the initiator offers to send and to take, in bytes. */
  readonly expectedOutBytes: number;
  readonly expectedInBytes: number;
  /** Set off when the task is aborted: the handler stops soon, and its answer is not sent. */
  readonly signal: AbortSignal;
  /** Memory for Data-In from which the transport can send without a copy. Not cleared. */
  dataInBuffer?(byteLength: number): Uint8Array;
}

/** Memory for the Data-In of a command; all of it is to be filled. */
export const dataInBuffer = (command: Command, byteLength: number): Uint8Array =>
  command.dataInBuffer?.(byteLength) ?? Buffer.allocUnsafe(byteLength);

/** All Data-Out of a command as one array. */
export const dataOutOf = (command: Command): Uint8Array =>
  (command.dataOut.length === 1 ? command.dataOut[0]! : concat(command.dataOut));

/**
 * What a handler returns. Data and sense go together: a tape block that is shorter than asked is
 * data and CHECK CONDITION. A handler throws SenseError only when there is no data.
 */
export interface Result {
  /** `good` unless there is sense with a key other than `completed`; then `checkCondition`. */
  readonly status?: StatusName;
  readonly sense?: Sense;
  readonly dataIn?: readonly Uint8Array[];
  /**
   * Bytes that the command, as its CDB says, would have moved: the base of the residual.
   * The default is the length of `dataIn`, or of the Data-Out when there is no data in.
   */
  readonly wantedBytes?: number;
}

/** What goes back to the initiator. */
export interface Outcome {
  readonly status: StatusName;
  /** Encoded sense data. */
  readonly sense: Uint8Array | undefined;
  readonly dataIn: readonly Uint8Array[];
  readonly wantedBytes: number;
}
