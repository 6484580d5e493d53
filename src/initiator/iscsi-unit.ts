import { concat } from '../bytes/concat.ts';
import { Malformed } from '../codec/finding.ts';
import type { CommandAnswer } from '../iscsi/initiator-output.ts';
import { STATUS, type StatusName } from '../sam/command.ts';
import { type ReadSense, readSense } from '../sense/sense.ts';
import type { Answer, Initiator, Request, Traffic } from './initiator.ts';
import type { InitiatorSession } from './session.ts';

/** Attempts after a unit attention. */
const RETRY_COUNT_MAX = 3;
const NO_BYTES = new Uint8Array(0);

/** One logical unit behind an iSCSI session. */
export class IscsiUnit implements Initiator {
  readonly url: string;
  readonly #session: InitiatorSession;
  readonly #lun: number;
  readonly #release: () => Promise<void>;
  #closed: Promise<void> | undefined;

  /** `release` gives the session back. */
  constructor(url: string, session: InitiatorSession, lun: number, release: () => Promise<void>) {
    this.url = url;
    this.#session = session;
    this.#lun = lun;
    this.#release = release;
  }

  get traffic(): Traffic {
    return this.#session.traffic;
  }

  async execute(request: Request): Promise<Answer> {
    if (this.#closed !== undefined) throw new Error(`Cannot use ${this.url}: it is closed`);
    const { cdb, dataOut = NO_BYTES, dataInBytes = 0, signal } = request;
    if (dataOut.length > 0 && dataInBytes > 0) {
      throw new RangeError('Cannot run a command that moves data both ways');
    }
    const command = { lun: this.#lun, cdb, dataOut, dataInBytes };
    for (let retry = 0; ; retry += 1) {
      const answer = toAnswer(await this.#session.execute(command, signal));
      const isAttention = answer.sense?.key === 'unitAttention';
      if (!isAttention || request.seesUnitAttention || retry === RETRY_COUNT_MAX) return answer;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#release();
    return this.#closed;
  }
}

const STATUS_NAMES = new Map(
  Object.entries(STATUS).map(([name, code]) => [code as number, name as StatusName]));

function toAnswer({ status, dataIn, sense }: CommandAnswer): Answer {
  const name = STATUS_NAMES.get(status);
  if (name === undefined) {
    throw new Error(`Cannot understand the target: it answered with the status ${status}`);
  }
  return {
    status: name, senseBytes: sense, sense: senseOf(sense),
    dataIn: dataIn.length === 1 ? dataIn[0]! : concat(dataIn),
  };
}

function senseOf(bytes: Uint8Array): ReadSense | undefined {
  if (bytes.length === 0) return undefined;
  try {
    return readSense(bytes);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
