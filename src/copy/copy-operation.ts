import type { Mover } from '../ports/mover.ts';
import { deferred } from '../sam/deferred.ts';
import type { ItNexus, StatusName } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import type { Sense } from '../sense/sense.ts';
import type { ListFormat } from '../wire/copy/parameter-list.ts';
import { HeldData } from './held-data.ts';
import { Progress } from './progress.ts';

/** Service actions of the commands that originate a copy operation. Source: SPC-4 5.17.3. */
export const ORIGINATES = {
  extendedCopyLid1: 0x00, extendedCopyLid4: 0x01, populateToken: 0x10, writeUsingToken: 0x11,
} as const;

/** A command that originates a copy operation, when nothing has been found wrong with it. */
export interface Origin {
  readonly unit: LogicalUnit;
  readonly nexus: ItNexus;
  /** Of the command's task. */
  readonly signal: AbortSignal;
  readonly serviceAction: (typeof ORIGINATES)[keyof typeof ORIGINATES];
  /** Undefined with LIST ID USAGE 11b. */
  readonly listIdentifier: number | undefined;
  /** LIST ID USAGE 10b: what is held for the application client goes when the copy ends. */
  readonly mayDiscard?: boolean;
  /** GOOD is returned once the operation has begun; it goes on in the background. */
  readonly immed: boolean;
  /** 0, highest, to 7; 1 is what every other command has. Source: SPC-4 6.4.3.3. */
  readonly priority?: number;
  /** Bytes of the logical blocks in which a token operation counts; without it, bytes count. */
  readonly blockBytes?: number;
}

/** The list identifiers of EXTENDED COPY(LID1) are found by 8-bit commands. */
export const formatOf = ({ serviceAction }: Pick<Origin, 'serviceAction'>): ListFormat =>
  (serviceAction === ORIGINATES.extendedCopyLid1 ? 'LID1' : 'LID4');

/** What an operation that ended without errors leaves. */
export interface OperationEnd {
  /** `tokenPartlyUsed`: fewer blocks than the ranges have; `residual`: data was left over. */
  readonly kind?: 'complete' | 'tokenPartlyUsed' | 'residual';
  /** ROD token descriptors for RECEIVE ROD TOKEN INFORMATION. */
  readonly tokens?: readonly Uint8Array[];
  /** Goes with GOOD: key COMPLETED. */
  readonly sense?: Sense;
}

/** How an operation has ended. */
export interface CopyOutcome {
  readonly kind: 'complete' | 'tokenPartlyUsed' | 'residual' | 'failed' | 'terminated';
  /** The status that its command ended with, or would have. */
  readonly status: StatusName;
  /** Encoded sense data that went with it, or would have. */
  readonly sense: Uint8Array | undefined;
}

/** A copy in progress, or what is kept of one that has ended. */
export class CopyOperation {
  readonly origin: Origin;
  readonly progress = new Progress();
  readonly held: HeldData;
  /** Moves in turn with all other copies. */
  readonly mover: Mover;
  /** Resolves when nothing of the copy runs any more. */
  readonly ended: Promise<void>;
  tokens: readonly Uint8Array[] = [];
  /** Undefined while it is in progress. */
  outcome: CopyOutcome | undefined;
  endedAtMs = 0;
  /** COPY OPERATION ABORT has stopped it. */
  isAborted = false;
  /** What has been returned in full since the end, and is not returned again. */
  readonly returned = { status: false, heldData: false, failureDetails: false };
  #hasDropped = false;
  readonly #stop = new AbortController();
  readonly #ended = deferred<void>();

  constructor(origin: Origin, mover: Mover, heldBytesMax: number) {
    this.origin = origin;
    this.mover = mover;
    this.held = new HeldData(heldBytesMax);
    this.ended = this.#ended.promise;
  }

  /** Aborted by `stop`. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Held data was given up before anybody had it. */
  get hasDroppedHeldData(): boolean {
    return this.#hasDropped;
  }

  dropHeldData(): void {
    this.#hasDropped ||= this.held.byteLength > 0;
    this.held.clear();
  }

  /** Stops it; `ended` tells when nothing of it runs. */
  stop(why: string): void {
    this.#stop.abort(new Error(why));
  }

  end(outcome: CopyOutcome | undefined, atMs: number): void {
    this.outcome = outcome;
    this.endedAtMs = atMs;
    this.#ended.resolve();
  }
}
