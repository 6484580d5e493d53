/** What the backup client needs of a connection to a target: commands in, answers out. */
import type { ReadSense } from '../sense/sense.ts';
import type { StatusName } from '../sam/command.ts';

export interface Request {
  readonly cdb: Uint8Array;
  /** Sent to the target. A request moves data one way at the most. */
  readonly dataOut?: Uint8Array;
  /** Room offered for data from the target. */
  readonly dataInBytes?: number;
  /** Aborting sends ABORT TASK and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Gives unit attentions to the caller instead of trying again. */
  readonly seesUnitAttention?: boolean;
}

export interface Answer {
  readonly status: StatusName;
  readonly dataIn: Uint8Array;
  /** Decoded sense data, with CHECK CONDITION. */
  readonly sense: ReadSense | undefined;
  readonly senseBytes: Uint8Array;
}

/** What went over the wire so far. */
export interface Traffic {
  readonly commands: number;
  /** Bytes at the socket, headers included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Data-Out and Data-In bytes of all commands. */
  readonly dataOutBytes: number;
  readonly dataInBytes: number;
}

/** One logical unit behind a session. Several may share the session. */
export interface Initiator {
  /** `iscsi://host:port/iqn/lun`, without secrets. */
  readonly url: string;
  /** Up to date at any time. Logical units that share a session have the same object. */
  readonly traffic: Traffic;

  /**
   * Runs one command. Commands given at once run side by side, within the target's window.
   *
   * A status other than GOOD is an answer, not an exception. Unit attentions are retried a few
   * times unless the caller asks to see them. Throws: Error when the connection is lost, with
   * what was wrong and what to do.
   */
  execute(request: Request): Promise<Answer>;

  /** Logs out. Idempotent. */
  close(): Promise<void>;
}

/** A command that ended otherwise than the caller can go on with. */
export class CommandFailed extends Error {
  readonly answer: Answer;

  constructor(doing: string, answer: Answer) {
    super(`Cannot ${doing}: ${answer.sense?.text ?? answer.status}`);
    this.name = 'CommandFailed';
    this.answer = answer;
  }
}
