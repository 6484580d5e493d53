import { describe, expect, it } from 'vitest';
import { type ItNexus, nexusKey } from '../../src/sam/command.ts';
import { ReservationConflict } from '../../src/sam/medium-access.ts';
import {
  type Action, type Change, clear, preempt, register, registerAndMove, release, reserve,
} from '../../src/sam/persistent-actions.ts';
import {
  isAllRegistrants, isHolder, NOTHING_REGISTERED, type PersistentState, REGISTRATION_COUNT_MAX,
} from '../../src/sam/persistent-state.ts';
import { SenseError } from '../../src/sense/sense.ts';
import { ALICE, BOB, nexusOf } from '../server/device-fixture.ts';

const CAROL = nexusOf('carol');
const NAMES = new Map([[ALICE, 'alice'], [BOB, 'bob'], [CAROL, 'carol']]
  .map(([nexus, name]) => [nexusKey(nexus as ItNexus), name as string]));
const nameOf = (nexus: ItNexus): string => NAMES.get(nexusKey(nexus)) ?? nexus.initiatorName;

const TYPES = [1, 3, 5, 6, 7, 8];
const WE = { scope: 0, type: 1 };
const REGISTRANTS_ONLY = [5, 6];
const ALL_REGISTRANTS = [7, 8];

const registering = (
  nexus: ItNexus, newKey: bigint, key: bigint | undefined = undefined, others?: ItNexus[],
  aptpl = false): Action =>
  register(nexus, { key, newKey, allTargetPorts: false, aptpl, others });

const stateOf = (...actions: Action[]): PersistentState =>
  actions.reduce((state, action) => action(state).state, NOTHING_REGISTERED);

/** Alice has key 1, Bob and Carol have key 2. */
const three = [registering(ALICE, 1n), registering(BOB, 2n), registering(CAROL, 2n)];
const held = (type: number, nexus = ALICE, key = 1n): PersistentState =>
  stateOf(...three, reserve(nexus, key, { scope: 0, type }));

const told = ({ attentions }: Change): string[] =>
  attentions.map(([nexus, condition]) => `${nameOf(nexus)} ${condition}`);
const keysOf = ({ registrations }: PersistentState): string[] =>
  [...registrations.values()].map(({ nexus, key }) => `${nameOf(nexus)} ${key}`);
const holders = (state: PersistentState): string[] =>
  [ALICE, BOB, CAROL].filter((nexus) => isHolder(state, nexus)).map(nameOf);

const senseOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof SenseError)) throw error;
    const { additional, fieldPointer } = error.sense;
    return `${additional} ${fieldPointer?.in ?? ''} ${fieldPointer?.byte ?? ''}`.trim();
  }
  return 'none';
};

describe('REGISTER', () => {
  it('takes a first key with the old key zero only', () => {
    expect(keysOf(stateOf(registering(ALICE, 5n, 0n)))).toEqual(['alice 5']);
    expect(() => stateOf(registering(ALICE, 5n, 1n))).toThrow(ReservationConflict);
  });

  it('changes a key for whoever gives the old one', () => {
    const state = stateOf(registering(ALICE, 5n, 0n));
    expect(keysOf(registering(ALICE, 6n, 5n)(state).state)).toEqual(['alice 6']);
    for (const wrong of [0n, 6n]) {
      expect(() => registering(ALICE, 7n, wrong)(state)).toThrow(ReservationConflict);
    }
  });

  it('ignores the old key where it is told to', () => {
    expect(keysOf(stateOf(registering(ALICE, 5n), registering(ALICE, 6n)))).toEqual(['alice 6']);
  });

  it('of a zero key by a stranger does nothing', () => {
    const state = stateOf(registering(ALICE, 5n));
    expect(registering(BOB, 0n, 0n, undefined, true)(state).state).toBe(state);
  });

  it('counts what changes registrations, 32 bits wide', () => {
    expect(stateOf(...three).generation).toBe(3);
    expect(stateOf(...three, registering(ALICE, 0n)).generation).toBe(4);
    const last = { ...NOTHING_REGISTERED, generation: 0xffff_ffff };
    expect(registering(ALICE, 1n)(last).state.generation).toBe(0);
  });

  it('lets the last one say whether all is kept', () => {
    expect(stateOf(registering(ALICE, 1n, 0n, undefined, true)).aptpl).toBe(true);
    expect(stateOf(registering(ALICE, 1n, 0n, undefined, true), registering(BOB, 1n)).aptpl)
      .toBe(false);
  });

  it('registers other ports with a new sender, all or none', () => {
    expect(keysOf(stateOf(registering(ALICE, 5n, 0n, [BOB, CAROL, ALICE]))))
      .toEqual(['alice 5', 'bob 5', 'carol 5']);
    const bob = stateOf(registering(BOB, 1n));
    expect(senseOf(() => registering(ALICE, 5n, 0n, [CAROL, BOB])(bob)))
      .toBe('invalidFieldInParameterList parameterList 24');
    expect(senseOf(() => registering(BOB, 5n, 1n, [CAROL])(bob)))
      .toBe('invalidFieldInParameterList parameterList 20');
  });

  it('ends at the limit', () => {
    const many = Array.from({ length: REGISTRATION_COUNT_MAX - 1 }, (_, i) => nexusOf(`n${i}`));
    const full = stateOf(registering(ALICE, 1n, 0n, many));
    expect(full.registrations.size).toBe(REGISTRATION_COUNT_MAX);
    expect(senseOf(() => registering(BOB, 1n)(full))).toBe('insufficientRegistrationResources');
    expect(senseOf(() => stateOf(registering(ALICE, 1n, 0n, [...many, BOB]))))
      .toBe('insufficientRegistrationResources');
    expect(registering(ALICE, 2n)(full).state.registrations.size).toBe(REGISTRATION_COUNT_MAX);
  });

  it.each(TYPES)('leaves a reservation of type %i alone when its key changes', (type) => {
    const { state } = registering(ALICE, 9n)(held(type));
    expect(state.held).toEqual(held(type).held);
    expect(isHolder(state, ALICE)).toBe(true);
  });
});

describe('unregistering', () => {
  it.each(TYPES)('the holder of type %i ends it as the type says', (type) => {
    const change = registering(ALICE, 0n)(held(type));
    const goesOn = ALL_REGISTRANTS.includes(type);
    expect(holders(change.state)).toEqual(goesOn ? ['bob', 'carol'] : []);
    expect(told(change)).toEqual(REGISTRANTS_ONLY.includes(type)
      ? ['bob reservationsReleased', 'carol reservationsReleased'] : []);
  });

  it.each(TYPES)('another nexus leaves type %i', (type) => {
    const change = registering(BOB, 0n)(held(type));
    expect(change.state.held).toEqual(held(type).held);
    expect(told(change)).toEqual([]);
  });

  it.each(ALL_REGISTRANTS)('the last one ends type %i', (type) => {
    const gone = [BOB, CAROL, ALICE].map((nexus) => registering(nexus, 0n));
    expect(gone.reduce((state, action) => action(state).state, held(type)).held).toBeUndefined();
  });
});

describe('RESERVE', () => {
  it.each(TYPES)('of type %i is for registered nexuses with their key', (type) => {
    const kind = { scope: 0, type };
    const state = stateOf(...three);
    expect(holders(held(type))).toEqual(
      ALL_REGISTRANTS.includes(type) ? ['alice', 'bob', 'carol'] : ['alice']);
    expect(() => reserve(ALICE, 2n, kind)(state)).toThrow(ReservationConflict);
    expect(() => reserve(nexusOf('dave'), 0n, kind)(state)).toThrow(ReservationConflict);
    expect(held(type).generation).toBe(state.generation);
  });

  it.each(TYPES)('over type %i changes nothing, and conflicts unless it is the same', (type) => {
    const state = held(type);
    expect(reserve(ALICE, 1n, { scope: 0, type })(state).state).toBe(state);
    for (const other of TYPES.filter((one) => one !== type)) {
      expect(() => reserve(ALICE, 1n, { scope: 0, type: other })(state))
        .toThrow(ReservationConflict);
    }
    const bob = () => reserve(BOB, 2n, { scope: 0, type })(state);
    if (ALL_REGISTRANTS.includes(type)) expect(bob().state).toBe(state);
    else expect(bob).toThrow(ReservationConflict);
  });

  it.each([[0, 0], [0, 2], [0, 4], [0, 9], [1, 1], [2, 3]])(
    'knows no scope %i with type %i', (scope, type) => {
      expect(senseOf(() => reserve(ALICE, 1n, { scope, type })(stateOf(...three))))
        .toBe('invalidFieldInCdb cdb 2');
    });
});

describe('RELEASE', () => {
  it.each(TYPES)('of type %i tells those who shared it', (type) => {
    const change = release(ALICE, 1n, { scope: 0, type })(held(type));
    expect(change.state.held).toBeUndefined();
    expect(keysOf(change.state)).toEqual(['alice 1', 'bob 2', 'carol 2']);
    expect(told(change)).toEqual(type < 5 ? []
      : ['bob reservationsReleased', 'carol reservationsReleased']);
  });

  it.each(TYPES)('of type %i by a registered nexus works if it holds it', (type) => {
    const state = held(type);
    const change = release(BOB, 2n, { scope: 0, type })(state);
    if (ALL_REGISTRANTS.includes(type)) expect(change.state.held).toBeUndefined();
    else expect(change.state).toBe(state);
  });

  it('of what is not held is GOOD, of another type or scope is not', () => {
    const none = stateOf(...three);
    expect(release(ALICE, 1n, WE)(none).state).toBe(none);
    for (const kind of [{ scope: 0, type: 3 }, { scope: 1, type: 1 }, { scope: 0, type: 0 }]) {
      expect(senseOf(() => release(ALICE, 1n, kind)(held(1))))
        .toBe('invalidReleaseOfPersistentReservation');
    }
    expect(() => release(ALICE, 2n, WE)(held(1))).toThrow(ReservationConflict);
    expect(() => release(nexusOf('dave'), 0n, WE)(held(1))).toThrow(ReservationConflict);
  });
});

describe('CLEAR', () => {
  it.each(TYPES)('ends type %i and every registration', (type) => {
    const change = clear(BOB, 2n)(held(type));
    expect(change.state).toEqual({ ...NOTHING_REGISTERED, generation: 4 });
    expect(told(change)).toEqual(['alice reservationsPreempted', 'carol reservationsPreempted']);
    expect(() => clear(BOB, 1n)(held(type))).toThrow(ReservationConflict);
  });
});

describe('PREEMPT', () => {
  const by = (
    nexus: ItNexus, key: bigint, preemptedKey: bigint, type = 1, scope = 0): Action =>
    preempt(nexus, { key, preemptedKey, scope, type });

  it('without a reservation removes registrations, whatever the type', () => {
    const change = by(ALICE, 1n, 2n, 0, 3)(stateOf(...three));
    expect(keysOf(change.state)).toEqual(['alice 1']);
    expect(change.state.held).toBeUndefined();
    expect(told(change)).toEqual(['bob registrationsPreempted', 'carol registrationsPreempted']);
    expect(change.preempted.map(nameOf)).toEqual(['bob', 'carol']);
    expect(change.state.generation).toBe(4);
  });

  it('of the sender\'s own key removes its registration too, and does not tell it', () => {
    const change = by(BOB, 2n, 2n)(stateOf(...three));
    expect(keysOf(change.state)).toEqual(['alice 1']);
    expect(told(change)).toEqual(['carol registrationsPreempted']);
  });

  it('conflicts without the sender\'s key, and for a key that nobody has', () => {
    for (const state of [stateOf(...three), held(1), held(7)]) {
      expect(() => by(ALICE, 2n, 2n)(state)).toThrow(ReservationConflict);
      expect(() => by(nexusOf('dave'), 0n, 2n)(state)).toThrow(ReservationConflict);
      expect(() => by(ALICE, 1n, 9n)(state)).toThrow(ReservationConflict);
    }
    expect(() => by(ALICE, 1n, 0n)(stateOf(...three))).toThrow(ReservationConflict);
  });

  it.each([1, 3, 5, 6])('takes type %i over from the holder of the key', (type) => {
    const change = by(BOB, 2n, 1n, type)(held(type));
    expect(keysOf(change.state)).toEqual(['bob 2', 'carol 2']);
    expect(holders(change.state)).toEqual(['bob']);
    expect(told(change)).toEqual(['alice registrationsPreempted']);
  });

  it.each([1, 3, 5, 6])('in place of type %i tells those who stay of another type', (type) => {
    const change = by(BOB, 2n, 1n, 8)(held(type));
    expect(change.state.held?.type).toBe(8);
    expect(told(change)).toEqual(['alice registrationsPreempted', 'carol reservationsReleased']);
  });

  it.each([1, 3, 5, 6])('leaves type %i when the key is not its holder\'s', (type) => {
    const change = by(ALICE, 1n, 2n, 0)(held(type));
    expect(change.state.held).toEqual(held(type).held);
    expect(keysOf(change.state)).toEqual(['alice 1']);
  });

  it.each([1, 3, 5, 6])('of a zero key names no holder of type %i', (type) => {
    expect(senseOf(() => by(BOB, 2n, 0n)(held(type))))
      .toBe('invalidFieldInParameterList parameterList 8');
  });

  it('lets a holder preempt itself, for another type', () => {
    const change = by(ALICE, 1n, 1n, 3)(held(1));
    expect(keysOf(change.state)).toEqual(['alice 1', 'bob 2', 'carol 2']);
    expect(change.state.held?.type).toBe(3);
    expect(told(change)).toEqual(['bob reservationsReleased', 'carol reservationsReleased']);
  });

  it('wants a type that there is when it reserves', () => {
    expect(senseOf(() => by(BOB, 2n, 1n, 2)(held(1)))).toBe('invalidFieldInCdb cdb 2');
    expect(senseOf(() => by(BOB, 2n, 1n, 1, 1)(held(1)))).toBe('invalidFieldInCdb cdb 2');
  });

  it.each(ALL_REGISTRANTS)('of a zero key takes type %i over from all others', (type) => {
    const change = by(BOB, 2n, 0n, 1)(held(type));
    expect(keysOf(change.state)).toEqual(['bob 2']);
    expect(holders(change.state)).toEqual(['bob']);
    expect(told(change)).toEqual(['alice registrationsPreempted', 'carol registrationsPreempted']);
    expect(change.preempted.map(nameOf)).toEqual(['alice', 'bob', 'carol']);
  });

  it.each(ALL_REGISTRANTS)('of a key removes its registrations under type %i', (type) => {
    const change = by(ALICE, 1n, 2n)(held(type));
    expect(keysOf(change.state)).toEqual(['alice 1']);
    expect(isAllRegistrants(change.state.held!)).toBe(true);
    const gone = by(ALICE, 1n, 1n)(change.state);
    expect([keysOf(gone.state), gone.state.held]).toEqual([[], undefined]);
  });
});

describe('REGISTER AND MOVE', () => {
  const move = (
    nexus: ItNexus, key: bigint, destination: ItNexus, more: object = {}): Action =>
    registerAndMove(nexus, {
      key, newKey: 7n, unregisters: false, aptpl: false, destination, ...more });

  it.each([1, 3, 5, 6])('gives type %i to a stranger, who is registered', (type) => {
    const dave = nexusOf('dave');
    const change = move(ALICE, 1n, dave)(held(type));
    expect(isHolder(change.state, dave)).toBe(true);
    expect(isHolder(change.state, ALICE)).toBe(false);
    expect(change.state.held?.type).toBe(type);
    expect(keysOf(change.state))
      .toEqual(['alice 1', 'bob 2', 'carol 2', `${dave.initiatorName} 7`]);
    expect([told(change), change.state.generation]).toEqual([[], 4]);
  });

  it('to a registered nexus changes its key; UNREG removes the sender', () => {
    const { state } = move(ALICE, 1n, BOB, { unregisters: true, aptpl: true })(held(1));
    expect(keysOf(state)).toEqual(['bob 7', 'carol 2']);
    expect([holders(state), state.aptpl]).toEqual([['bob'], true]);
  });

  it('conflicts for strangers, wrong keys, those who do not hold it, and shared ones', () => {
    expect(() => move(nexusOf('dave'), 0n, BOB)(held(1))).toThrow(ReservationConflict);
    expect(() => move(ALICE, 2n, BOB)(held(1))).toThrow(ReservationConflict);
    expect(() => move(BOB, 2n, CAROL)(held(1))).toThrow(ReservationConflict);
    for (const type of ALL_REGISTRANTS) {
      expect(() => move(ALICE, 1n, BOB)(held(type))).toThrow(ReservationConflict);
    }
  });

  it('refuses a zero key, the sender itself, and nothing to move', () => {
    expect(senseOf(() => move(ALICE, 1n, BOB, { newKey: 0n })(held(1))))
      .toBe('invalidFieldInParameterList parameterList 8');
    expect(senseOf(() => move(ALICE, 1n, ALICE)(held(1))))
      .toBe('invalidFieldInParameterList parameterList 24');
    expect(senseOf(() => move(ALICE, 1n, BOB)(stateOf(...three)))).toBe('invalidFieldInCdb cdb 1');
  });
});
