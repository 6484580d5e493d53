import { type ItNexus, nexusKey } from './command.ts';
import type { AccessKind } from './medium-access.ts';
import { PersistentReservations, type ReservationKeeper } from './persistent-reservations.ts';
import { isAdmitted, type WhenReserved } from './persistent-state.ts';

/** How a command behaves that reads the medium, or writes it. */
export const whenReservedFor = (access: AccessKind): WhenReserved =>
  (access === 'read' ? 'read' : 'conflict');

/**
 * The reservations of a logical unit: those of RESERVE and RELEASE, and the persistent ones.
 *
 * | a command that has      | RESERVE of another | write exclusive | exclusive access |
 * | ----------------------- | ------------------ | --------------- | ---------------- |
 * | `allow`                 | runs               | runs            | runs             |
 * | `query`                 | conflicts          | runs            | runs             |
 * | `read`                  | conflicts          | runs            | conflicts        |
 * | `conflict`              | conflicts          | conflicts       | conflicts        |
 * | `persistent`            | conflicts, with the sender's own RESERVE too | runs | runs |
 *
 * The right half is for nexuses that do not hold the persistent reservation, and are not
 * registered where that is as good. Source: SPC-4 5.13.1; SPC-2 5.5.1, 7.16, 7.17, 7.21, 7.22.
 */
export class Reservation {
  readonly persistent: PersistentReservations;
  #holder: ItNexus | undefined;

  constructor(keeper?: ReservationKeeper) {
    this.persistent = new PersistentReservations(keeper);
  }

  /** RESERVE. Returns false if it conflicts. */
  reserve(nexus: ItNexus): boolean {
    if (this.#isRegistered) return this.#toleratesFrom(nexus);
    if (this.#isHeldByOther(nexus)) return false;
    this.#holder = nexus;
    return true;
  }

  /** RELEASE, without effect for a nexus that holds nothing. Returns false if it conflicts. */
  release(nexus: ItNexus): boolean {
    if (this.#isRegistered) return this.#toleratesFrom(nexus);
    if (!this.#isHeldByOther(nexus)) this.#holder = undefined;
    return true;
  }

  /** Ends a reservation of RESERVE; persistent ones go on over resets. */
  clear(): void {
    this.#holder = undefined;
  }

  conflicts(nexus: ItNexus, when: WhenReserved): boolean {
    if (when === 'allow') return false;
    if (when === 'persistent') return this.#holder !== undefined;
    return this.#isHeldByOther(nexus) || this.persistent.conflicts(nexus, when);
  }

  get #isRegistered(): boolean {
    return this.persistent.state.registrations.size > 0;
  }

  /**
   * With registrations RESERVE and RELEASE conflict, but for nexuses that a persistent reservation
   * admits: for them they are GOOD without effect (CRH). Source: SPC-4 5.13.3, SPC-2 5.5.1.
   */
  #toleratesFrom(nexus: ItNexus): boolean {
    return isAdmitted(this.persistent.state, nexus);
  }

  #isHeldByOther(nexus: ItNexus): boolean {
    return this.#holder !== undefined && nexusKey(this.#holder) !== nexusKey(nexus);
  }
}
