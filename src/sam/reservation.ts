import { type ItNexus, nexusKey } from './command.ts';

/** How a command behaves while another nexus holds the reservation. */
export type WhenReserved = 'allow' | 'conflict';

/**
 * RESERVE and RELEASE of a whole logical unit.
 *
 * Source: SPC-2 7.21, 7.22 (block-device and tape tools still use them).
 */
export class Reservation {
  #holder: ItNexus | undefined;

  /** Returns false if another nexus holds it. */
  reserve(nexus: ItNexus): boolean {
    if (this.conflicts(nexus)) return false;
    this.#holder = nexus;
    return true;
  }

  /** Without effect for a nexus that does not hold it. */
  release(nexus: ItNexus): void {
    if (!this.conflicts(nexus)) this.#holder = undefined;
  }

  clear(): void {
    this.#holder = undefined;
  }

  conflicts(nexus: ItNexus): boolean {
    return this.#holder !== undefined && nexusKey(this.#holder) !== nexusKey(nexus);
  }
}
