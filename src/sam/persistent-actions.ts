/** The service actions of PERSISTENT RESERVE OUT. Source: SPC-4 5.13.7 to 5.13.11. */
import type { AdditionalSense } from '../sense/codes.ts';
import { SenseError } from '../sense/sense.ts';
import { RESERVATION_TYPE_NAMES } from '../wire/spc/reservation-type.ts';
import { type ItNexus, nexusKey } from './command.ts';
import { ReservationConflict } from './medium-access.ts';
import {
  admitsRegistrants, heldBy, isAllRegistrants, isHolder, type PersistentState,
  REGISTRATION_COUNT_MAX, type Registration,
} from './persistent-state.ts';

/** What a service action comes to. */
export interface Change {
  readonly state: PersistentState;
  readonly attentions: readonly (readonly [ItNexus, AdditionalSense])[];
  /** Nexuses that PREEMPT AND ABORT takes the tasks of; the sender may be among them. */
  readonly preempted: readonly ItNexus[];
}

/** Changes nothing itself. Throws: ReservationConflict, SenseError. */
export type Action = (state: PersistentState) => Change;

/** What a service action takes from its CDB: not looked at before it is needed. */
export interface Kind {
  readonly scope: number;
  readonly type: number;
}

type Registrations = PersistentState['registrations'];
type Attentions = Change['attentions'];

const changed = (
  state: PersistentState, attentions: Attentions = [], preempted: readonly ItNexus[] = [],
): Change => ({ state, attentions, preempted });

/** PRGENERATION counts what changes registrations. Source: SPC-4 6.15.2. */
const counted = ({ generation }: PersistentState): number => (generation + 1) % 2 ** 32;

/** The registration of a sender that gives its key. Throws: ReservationConflict. */
function verified({ registrations }: PersistentState, sender: ItNexus, key: bigint): Registration {
  const own = registrations.get(nexusKey(sender));
  if (own === undefined || own.key !== key) throw new ReservationConflict();
  return own;
}

const tell = (
  nexuses: Iterable<Registration>, condition: AdditionalSense, except: ItNexus): Attentions =>
  [...nexuses].filter(({ nexus }) => nexusKey(nexus) !== nexusKey(except))
    .map(({ nexus }) => [nexus, condition] as const);

const without = (registrations: Registrations, keys: readonly string[]): Registrations =>
  new Map([...registrations].filter(([key]) => !keys.includes(key)));

const invalidField = (message: string, byte: number, where: 'cdb' | 'parameterList') =>
  new SenseError('illegalRequest',
    where === 'cdb' ? 'invalidFieldInCdb' : 'invalidFieldInParameterList', message,
    { fieldPointer: { in: where, byte } });

/** Throws: SenseError INVALID FIELD IN CDB. */
function assertKind({ scope, type }: Kind): void {
  if (scope === 0 && RESERVATION_TYPE_NAMES.has(type)) return;
  throw invalidField(`Cannot reserve: there is no scope ${scope} with type ${type}`, 2, 'cdb');
}

export interface Registering {
  /** RESERVATION KEY; undefined: IGNORE EXISTING KEY. */
  readonly key: bigint | undefined;
  /** SERVICE ACTION RESERVATION KEY; zero unregisters. */
  readonly newKey: bigint;
  readonly allTargetPorts: boolean;
  readonly aptpl: boolean;
  /** Nexuses to be registered with the sender; undefined without SPEC_I_PT. */
  readonly others: readonly ItNexus[] | undefined;
}

/** REGISTER, and REGISTER AND IGNORE EXISTING KEY. Source: SPC-4 5.13.7, 5.13.11.2.3. */
export const register = (sender: ItNexus, request: Registering): Action => (state) => {
  const { key, newKey, allTargetPorts, aptpl, others } = request;
  const own = state.registrations.get(nexusKey(sender));
  if (key !== undefined && key !== (own?.key ?? 0n)) throw new ReservationConflict();
  if (own === undefined && newKey === 0n) return changed(state);
  if (own !== undefined && others !== undefined) {
    throw invalidField('Cannot register other ports: the sender is registered', 20,
      'parameterList');
  }
  if (newKey === 0n) return unregister({ ...state, aptpl }, sender);
  if (others?.some((nexus) => state.registrations.has(nexusKey(nexus)))) {
    throw invalidField('Cannot register other ports: one is registered', 24, 'parameterList');
  }
  const registrations = added(state.registrations,
    [sender, ...others ?? []].map((nexus) => ({ nexus, key: newKey, allTargetPorts })));
  return changed({ ...state, aptpl, registrations, generation: counted(state) });
};

/** Throws: SenseError INSUFFICIENT REGISTRATION RESOURCES. */
function added(registrations: Registrations, more: readonly Registration[]): Registrations {
  const all = new Map(registrations);
  for (const one of more) all.set(nexusKey(one.nexus), one);
  if (all.size <= REGISTRATION_COUNT_MAX) return all;
  throw new SenseError('illegalRequest', 'insufficientRegistrationResources',
    `Cannot register: there are ${registrations.size} registrations, the limit is `
    + `${REGISTRATION_COUNT_MAX}`);
}

function unregister(state: PersistentState, nexus: ItNexus): Change {
  const registrations = without(state.registrations, [nexusKey(nexus)]);
  const next = { ...state, registrations, generation: counted(state) };
  const { held } = state;
  if (held === undefined || !isHolder(state, nexus)) return changed(next);
  if (isAllRegistrants(held)) {
    return changed({ ...next, held: registrations.size === 0 ? undefined : held });
  }
  return changed({ ...next, held: undefined }, admitsRegistrants(held)
    ? tell(registrations.values(), 'reservationsReleased', nexus) : []);
}

/** RESERVE. Source: SPC-4 5.13.9. */
export const reserve = (sender: ItNexus, key: bigint, kind: Kind): Action => (state) => {
  verified(state, sender, key);
  assertKind(kind);
  if (state.held === undefined) return changed({ ...state, held: heldBy(kind.type, sender) });
  if (!isHolder(state, sender) || state.held.type !== kind.type) throw new ReservationConflict();
  return changed(state);
};

/** RELEASE. Source: SPC-4 5.13.11.2.2. */
export const release = (sender: ItNexus, key: bigint, { scope, type }: Kind): Action =>
  (state) => {
    verified(state, sender, key);
    const { held } = state;
    if (held === undefined || !isHolder(state, sender)) return changed(state);
    if (scope !== 0 || type !== held.type) {
      throw new SenseError('illegalRequest', 'invalidReleaseOfPersistentReservation',
        `Cannot release: the reservation has type ${held.type} and scope 0`);
    }
    return changed({ ...state, held: undefined }, admitsRegistrants(held)
      ? tell(state.registrations.values(), 'reservationsReleased', sender) : []);
  };

/** CLEAR. Source: SPC-4 5.13.11.2.7. */
export const clear = (sender: ItNexus, key: bigint): Action => (state) => {
  verified(state, sender, key);
  return changed(
    { ...state, registrations: new Map(), held: undefined, generation: counted(state) },
    tell(state.registrations.values(), 'reservationsPreempted', sender));
};

export interface Preempting extends Kind {
  readonly key: bigint;
  /** SERVICE ACTION RESERVATION KEY: whose registrations and reservation go. */
  readonly preemptedKey: bigint;
}

/**
 * PREEMPT, and PREEMPT AND ABORT but for its tasks. Without a reservation that it replaces, the
 * sender's own registration can go as well. Source: SPC-4 5.13.11.2.4, 5.13.11.2.5.
 */
export const preempt = (sender: ItNexus, request: Preempting): Action => (state) => {
  const { key, preemptedKey } = request;
  verified(state, sender, key);
  const { held, registrations } = state;
  const replacesAll = held !== undefined && isAllRegistrants(held) && preemptedKey === 0n;
  if (held !== undefined && !isAllRegistrants(held) && preemptedKey === 0n) {
    throw invalidField('Cannot preempt: the key is zero, and one nexus holds the reservation', 8,
      'parameterList');
  }
  const chosen = [...registrations.values()]
    .filter((one) => replacesAll || one.key === preemptedKey);
  if (chosen.length === 0) throw new ReservationConflict();
  const replaces = replacesAll || (held?.holder !== undefined
    && registrations.get(held.holder)?.key === preemptedKey);
  const keys = chosen.map(({ nexus }) => nexusKey(nexus));
  const left = without(registrations,
    replaces ? keys.filter((one) => one !== nexusKey(sender)) : keys);
  const attentions = tell(chosen, 'registrationsPreempted', sender);
  const preempted = chosen.map(({ nexus }) => nexus);
  const next = { ...state, registrations: left, generation: counted(state) };
  if (!replaces) {
    return changed({ ...next, held: left.size === 0 ? undefined : held }, attentions, preempted);
  }
  assertKind(request);
  const released = held?.type === request.type ? []
    : tell(left.values(), 'reservationsReleased', sender);
  return changed({ ...next, held: heldBy(request.type, sender) },
    [...attentions, ...released], preempted);
};

export interface Moving {
  readonly key: bigint;
  readonly newKey: bigint;
  readonly unregisters: boolean;
  readonly aptpl: boolean;
  /** Of another initiator port than the sender's. */
  readonly destination: ItNexus;
}

/** REGISTER AND MOVE. Source: SPC-4 5.13.8. */
export const registerAndMove = (sender: ItNexus, request: Moving): Action => (state) => {
  const { key, newKey, unregisters, aptpl, destination } = request;
  verified(state, sender, key);
  const { held } = state;
  if (held === undefined) throw invalidField('Cannot move: nothing is reserved', 1, 'cdb');
  if (isAllRegistrants(held) || !isHolder(state, sender)) throw new ReservationConflict();
  if (newKey === 0n) throw invalidField('Cannot move: the new key is zero', 8, 'parameterList');
  if (nexusKey(destination) === nexusKey(sender)) {
    throw invalidField('Cannot move: the sender is the destination', 24, 'parameterList');
  }
  const kept = unregisters ? without(state.registrations, [nexusKey(sender)])
    : state.registrations;
  const registrations = added(kept, [{ nexus: destination, key: newKey, allTargetPorts: false }]);
  return changed({
    aptpl, registrations, held: heldBy(held.type, destination), generation: counted(state) });
};
