/**
 * One mover for all copies: what is in flight is bounded, and who goes next is fair.
 *
 * ```text
 *   copy ─┐                       ┌─ nexus A ─┬─ copy, priority 0     least virtual time first,
 *   copy ─┼─ share(nexus, prio) ──┤           └─ copy, priority 7     of the nexuses, then of the
 *   copy ─┘                       └─ nexus B ─── copy, priority 1     copies of the nexus
 * ```
 *
 * Start-time fair queueing: a flow's virtual time grows by bytes divided by weight, and whoever
 * waits with the least goes next. What comes back after a pause begins at the present virtual time,
 * so that turns cannot be saved up.
 */
import type { Moved, MoveOptions, Mover, Place } from '../ports/mover.ts';
import { MOVES_IN_FLIGHT_MAX, SLICE_BYTES, SLICES_IN_FLIGHT_MAX } from './move-pipeline.ts';

/** What may be in flight at once, over all copies; one copy alone can use all of it. */
export interface FlightLimits {
  readonly bytesMax: number;
  readonly movesMax: number;
}
const FLIGHT_LIMITS: FlightLimits = {
  bytesMax: SLICES_IN_FLIGHT_MAX * SLICE_BYTES, movesMax: MOVES_IN_FLIGHT_MAX,
};

/** Share of the bytes by PRIORITY, 0 to 7: each step down has two thirds of the one above. */
export const weightOf = (priority: number): number => (2 / 3) ** priority;

interface Turn {
  /** In the order of arrival; decides between equals. */
  readonly number: number;
  readonly byteLength: number;
  readonly signal: AbortSignal | undefined;
  readonly start: () => void;
  readonly giveUp: (reason: unknown) => void;
}

/** The moves of one copy. */
class Share {
  virtual = 0;
  weight = 1;
  isOpen = true;
  readonly waiting = new Set<Turn>();
  /** Signals that are listened to, once each. */
  readonly #watched = new Map<AbortSignal, () => void>();

  /** Gives all turns of the signal up when it is set off. */
  watch(signal: AbortSignal, onGivenUp: () => void): void {
    if (this.#watched.has(signal)) return;
    const giveUp = (): void => {
      for (const turn of [...this.waiting].filter((one) => one.signal === signal)) {
        this.waiting.delete(turn);
        turn.giveUp(signal.reason);
      }
      onGivenUp();
    };
    this.#watched.set(signal, giveUp);
    signal.addEventListener('abort', giveUp, { once: true });
  }

  /** The runtime keeps a signal that depends on others for as long as somebody listens to it. */
  close(): void {
    this.isOpen = false;
    for (const [signal, giveUp] of this.#watched) signal.removeEventListener('abort', giveUp);
    this.#watched.clear();
  }

  get next(): Turn | undefined {
    return this.waiting.values().next().value;
  }
}

/** The copies of one nexus. */
class Group {
  virtual = 0;
  /** Virtual time of the share that was served last. */
  present = 0;
  readonly shares: Share[] = [];

  /** A copy goes on where an earlier one of the nexus has ended, lest a new one were a gain. */
  open(weight: number): Share {
    const share = this.shares.find(({ isOpen }) => !isOpen) ?? new Share();
    if (!this.shares.includes(share)) this.shares.push(share);
    return Object.assign(share, { weight, isOpen: true });
  }

  get next(): Turn | undefined {
    return this.nextShare?.next;
  }

  get nextShare(): Share | undefined {
    return first(this.shares);
  }
}

export class FairMover {
  readonly #mover: Mover;
  readonly #limits: FlightLimits;
  readonly #groups = new Map<string, Group>();
  /** Virtual time of the group that was served last. */
  #present = 0;
  #turnCount = 0;
  #inFlight = { bytes: 0, moves: 0 };

  constructor(mover: Mover, limits: FlightLimits = FLIGHT_LIMITS) {
    this.#mover = mover;
    this.#limits = limits;
  }

  /**
   * The mover of one copy; `priority` is 0, the highest, to 7. Closing it gives the share up and
   * leaves the mover behind it open.
   */
  share(nexus: string, priority: number): Mover {
    const group = this.#groups.get(nexus) ?? new Group();
    this.#groups.set(nexus, group);
    const share = group.open(weightOf(priority));
    return {
      move: (source, destination, byteLength, options = {}) =>
        this.#move(group, share, [source, destination, byteLength, options]),
      close: async () => {
        share.close();
        this.#forget();
      },
    };
  }

  async #move(
    group: Group, share: Share,
    [source, destination, byteLength, options]: [Place, Place, number, MoveOptions],
  ): Promise<Moved> {
    await this.#turn(group, share, byteLength, options.signal);
    try {
      return await this.#mover.move(source, destination, byteLength, options);
    } finally {
      this.#inFlight.bytes -= byteLength;
      this.#inFlight.moves -= 1;
      this.#serve();
    }
  }

  /** Resolves when the move may begin, and counts it. Throws: the signal's reason. */
  #turn(group: Group, share: Share, byteLength: number, signal?: AbortSignal): Promise<void> {
    return new Promise((start, giveUp) => {
      signal?.throwIfAborted();
      if (signal !== undefined) share.watch(signal, () => this.#serve());
      if (group.next === undefined) group.virtual = Math.max(group.virtual, this.#present);
      if (share.next === undefined) share.virtual = Math.max(share.virtual, group.present);
      share.waiting.add({ number: this.#turnCount, byteLength, signal, start, giveUp });
      this.#turnCount += 1;
      this.#serve();
    });
  }

  #serve(): void {
    for (;;) {
      const group = first([...this.#groups.values()]);
      const share = group?.nextShare;
      const turn = share?.next;
      if (!group || !share || !turn || !this.#fits(turn.byteLength)) return;
      this.#present = group.virtual;
      group.present = share.virtual;
      group.virtual += turn.byteLength / share.weight;
      share.virtual += turn.byteLength / share.weight;
      share.waiting.delete(turn);
      this.#inFlight.bytes += turn.byteLength;
      this.#inFlight.moves += 1;
      turn.start();
    }
  }

  /** A move that is larger than the bound goes alone. */
  #fits(byteLength: number): boolean {
    const { bytes, moves } = this.#inFlight;
    const { bytesMax, movesMax } = this.#limits;
    return moves === 0 || (moves < movesMax && bytes + byteLength <= bytesMax);
  }

  /** What is closed is kept while it would still have to wait; nobody waits when all is closed. */
  #forget(): void {
    const groups = [...this.#groups];
    if (groups.every(([, { shares }]) => shares.every(({ isOpen }) => !isOpen))) {
      this.#groups.clear();
      this.#present = 0;
    }
    for (const [nexus, { shares, virtual, present }] of groups) {
      const kept = shares.filter((share) => share.isOpen || share.virtual > present);
      shares.splice(0, shares.length, ...kept);
      const isOpen = shares.some((share) => share.isOpen);
      if (!isOpen && virtual <= this.#present) this.#groups.delete(nexus);
    }
  }
}

interface Flow {
  readonly virtual: number;
  readonly next: Turn | undefined;
}

/** Of those that have a turn, the one with the least virtual time; of equals, who came first. */
const first = <T extends Flow>(flows: readonly T[]): T | undefined =>
  flows.reduce<T | undefined>((best, flow) => (isBefore(flow, best) ? flow : best), undefined);

const isBefore = (flow: Flow, best: Flow | undefined): boolean =>
  flow.next !== undefined && (best?.next === undefined || flow.virtual < best.virtual
    || (flow.virtual === best.virtual && flow.next.number < best.next.number));
