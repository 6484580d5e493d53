import type { ItNexus } from './command.ts';
import type { Action, Change } from './persistent-actions.ts';
import {
  NOTHING_REGISTERED, type PersistentState, restricts, type WhenReserved,
} from './persistent-state.ts';
import type { UnitAttentions } from './unit-attention.ts';

/** Keeps registrations over restarts (APTPL). */
export interface ReservationKeeper {
  /** What was kept at the last end; undefined if nothing was. */
  readonly kept: PersistentState | undefined;
  /** Durable when it resolves; undefined: nothing is to be kept. Throws: SenseError. */
  keep(state: PersistentState | undefined): Promise<void>;
}

/** The persistent reservations of a logical unit. Service actions take effect one by one. */
export class PersistentReservations {
  readonly #keeper: ReservationKeeper | undefined;
  #state: PersistentState;
  #last: Promise<unknown> = Promise.resolve();

  /** Without a keeper everything is gone when the target ends. */
  constructor(keeper?: ReservationKeeper) {
    this.#keeper = keeper;
    this.#state = keeper?.kept ?? NOTHING_REGISTERED;
  }

  get state(): PersistentState {
    return this.#state;
  }

  /** PTPL_C. */
  get canKeep(): boolean {
    return this.#keeper !== undefined;
  }

  conflicts(nexus: ItNexus, when: WhenReserved): boolean {
    return restricts(this.#state, nexus, when);
  }

  /**
   * Carries a service action out, and establishes its unit attentions. What is to be kept over
   * restarts is durable when it resolves; nothing has changed if that fails.
   *
   * Throws: what the action throws; the signal's reason when aborted before its turn.
   */
  change(action: Action, signal: AbortSignal, attentions: UnitAttentions): Promise<Change> {
    const turn = this.#last.then(async () => {
      signal.throwIfAborted();
      const change = action(this.#state);
      await this.#keep(change.state);
      this.#state = change.state;
      for (const [nexus, condition] of change.attentions) {
        attentions.establishFor(nexus, condition);
      }
      return change;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #keep(next: PersistentState): Promise<void> {
    if (next === this.#state || (!next.aptpl && !this.#state.aptpl)) return;
    await this.#keeper?.keep(next.aptpl ? next : undefined);
  }
}
