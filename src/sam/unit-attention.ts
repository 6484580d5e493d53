import type { AdditionalSense } from '../sense/codes.ts';
import { type ItNexus, nexusKey } from './command.ts';

/** Nexuses remembered for each logical unit; the oldest is forgotten first. */
const NEXUS_COUNT_MAX = 1024;
/** Conditions kept for one nexus; further ones are dropped, the first reset is enough to tell. */
const CONDITION_COUNT_MAX = 8;

interface Pending {
  readonly nexus: ItNexus;
  readonly queue: AdditionalSense[];
}

/**
 * Unit attention conditions of a logical unit, for each I_T nexus, most important first.
 *
 * Source: SAM-5 5.14, SPC-4 4.5.7.
 */
export class UnitAttentions {
  readonly #pending = new Map<string, Pending>();
  readonly #first: AdditionalSense;

  /** `first` is what a nexus is told that comes for the first time. */
  constructor(first: AdditionalSense = 'powerOnOrReset') {
    this.#first = first;
  }

  /** Makes a nexus known; its first visit establishes the condition of the start. */
  meet(nexus: ItNexus): void {
    const key = nexusKey(nexus);
    if (this.#pending.has(key)) return;
    if (this.#pending.size >= NEXUS_COUNT_MAX) {
      const oldest = this.#pending.keys().next().value;
      if (oldest !== undefined) this.#pending.delete(oldest);
    }
    this.#pending.set(key, { nexus, queue: [this.#first] });
  }

  /** Nexuses that are known, whether they are there now or not. */
  get known(): readonly ItNexus[] {
    return [...this.#pending.values()].map(({ nexus }) => nexus);
  }

  /** Establishes a condition for every known nexus, but for `except`. */
  establish(condition: AdditionalSense, except?: ItNexus): void {
    const skipped = except === undefined ? undefined : nexusKey(except);
    for (const [key, { queue }] of this.#pending) if (key !== skipped) push(queue, condition);
  }

  establishFor(nexus: ItNexus, condition: AdditionalSense): void {
    this.meet(nexus);
    push(this.#pending.get(nexusKey(nexus))!.queue, condition);
  }

  /** The condition to report now; it is cleared by being taken. */
  take(nexus: ItNexus): AdditionalSense | undefined {
    const pending = this.#pending.get(nexusKey(nexus));
    if (pending !== undefined) return pending.queue.shift();
    this.meet(nexus);
    return this.take(nexus);
  }

  /** The conditions that wait, most important first; they stay. */
  pending(nexus: ItNexus): readonly AdditionalSense[] {
    return this.#pending.get(nexusKey(nexus))?.queue ?? [];
  }

  /**
   * Clears one kind of condition, as REPORT LUNS does with a changed inventory.
   *
   * Returns whether it was pending.
   */
  clear(nexus: ItNexus, condition: AdditionalSense): boolean {
    const queue = this.#pending.get(nexusKey(nexus))?.queue;
    const at = queue?.indexOf(condition) ?? -1;
    if (at >= 0) queue!.splice(at, 1);
    return at >= 0;
  }
}

/** A reset stands before everything else and makes older conditions pointless. */
function push(queue: AdditionalSense[], condition: AdditionalSense): void {
  if (queue.includes(condition)) return;
  if (condition === 'powerOnOrReset' || condition === 'deviceReset' || condition === 'powerOn') {
    queue.length = 0;
    queue.push(condition);
  } else if (queue.length < CONDITION_COUNT_MAX) queue.push(condition);
}
