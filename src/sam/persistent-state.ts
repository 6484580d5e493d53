/**
 * Registrations and the persistent reservation of a logical unit, as a value.
 *
 * ```text
 *   PERSISTENT RESERVE OUT ─→ Action: (state) → Change ─┬─ state, kept over restarts (APTPL)
 *                                                       ├─ unit attentions
 *                                                       └─ nexuses whose tasks are aborted
 * ```
 *
 * Source: SPC-4 5.13.
 */
import { RESERVATION_TYPE } from '../wire/spc/reservation-type.ts';
import { type ItNexus, nexusKey } from './command.ts';

/** How a command behaves when a reservation stands in its way; `Reservation` has the table. */
export type WhenReserved = 'allow' | 'query' | 'read' | 'conflict' | 'persistent';

/** READ FULL STATUS of so many fits the largest allocation length, however long names are. */
export const REGISTRATION_COUNT_MAX = 240;

export interface Registration {
  readonly nexus: ItNexus;
  /** Never zero. */
  readonly key: bigint;
  /** ALL_TG_PT. */
  readonly allTargetPorts: boolean;
}

/** A persistent reservation. Its scope is always the logical unit. */
export interface Held {
  /** One of RESERVATION_TYPE. */
  readonly type: number;
  /** `nexusKey` of the holder; undefined for the types that every registrant holds. */
  readonly holder: string | undefined;
}

export interface PersistentState {
  /** PRGENERATION, 32 bits. */
  readonly generation: number;
  /** Keep everything over a restart. */
  readonly aptpl: boolean;
  /** By `nexusKey`. */
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly held: Held | undefined;
}

export const NOTHING_REGISTERED: PersistentState =
  { generation: 0, aptpl: false, registrations: new Map(), held: undefined };

const ALL_REGISTRANTS: readonly number[] = [
  RESERVATION_TYPE.writeExclusiveAllRegistrants, RESERVATION_TYPE.exclusiveAccessAllRegistrants];
const REGISTRANTS: readonly number[] = [
  RESERVATION_TYPE.writeExclusiveRegistrantsOnly, RESERVATION_TYPE.exclusiveAccessRegistrantsOnly,
  ...ALL_REGISTRANTS];
const WRITE_EXCLUSIVE: readonly number[] = [
  RESERVATION_TYPE.writeExclusive, RESERVATION_TYPE.writeExclusiveRegistrantsOnly,
  RESERVATION_TYPE.writeExclusiveAllRegistrants];

/** Every registered nexus holds it. */
export const isAllRegistrants = ({ type }: Held): boolean => ALL_REGISTRANTS.includes(type);

/** Registered nexuses are restricted by it no more than its holder is. */
export const admitsRegistrants = ({ type }: Held): boolean => REGISTRANTS.includes(type);

export const heldBy = (type: number, nexus: ItNexus): Held =>
  ({ type, holder: ALL_REGISTRANTS.includes(type) ? undefined : nexusKey(nexus) });

/** Source: SPC-4 5.13.10. */
export function isHolder({ held, registrations }: PersistentState, nexus: ItNexus): boolean {
  if (held === undefined) return false;
  const key = nexusKey(nexus);
  return isAllRegistrants(held) ? registrations.has(key) : held.holder === key;
}

/** Holds the reservation, or is registered where that is as good. */
export const isAdmitted = (state: PersistentState, nexus: ItNexus): boolean =>
  isHolder(state, nexus) || (state.held !== undefined && admitsRegistrants(state.held)
    && state.registrations.has(nexusKey(nexus)));

/** Source: SPC-4 5.13.1, table of commands allowed in the presence of reservations. */
export function restricts(state: PersistentState, nexus: ItNexus, when: WhenReserved): boolean {
  if ((when !== 'read' && when !== 'conflict') || state.held === undefined) return false;
  if (isAdmitted(state, nexus)) return false;
  return when === 'conflict' || !WRITE_EXCLUSIVE.includes(state.held.type);
}
