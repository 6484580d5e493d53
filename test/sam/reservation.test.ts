import { describe, expect, it } from 'vitest';
import type { ItNexus } from '../../src/sam/command.ts';
import { type Action, register, reserve } from '../../src/sam/persistent-actions.ts';
import type { WhenReserved } from '../../src/sam/persistent-state.ts';
import { Reservation } from '../../src/sam/reservation.ts';
import { UnitAttentions } from '../../src/sam/unit-attention.ts';
import { RESERVATION_TYPE_NAMES } from '../../src/wire/spc/reservation-type.ts';
import { ALICE, BOB, nexusOf } from '../server/device-fixture.ts';

const CAROL = nexusOf('carol');
const CLASSES: readonly WhenReserved[] = ['allow', 'query', 'read', 'conflict', 'persistent'];

const act = (reservation: Reservation, action: Action) => reservation.persistent.change(
  action, new AbortController().signal, new UnitAttentions());

const registering = (nexus: ItNexus, newKey: bigint): Action => register(nexus, {
  key: undefined, newKey, allTargetPorts: false, aptpl: false, others: undefined });

/** Alice holds a reservation of the type, Bob is registered, Carol is not. */
async function reserved(type: number): Promise<Reservation> {
  const reservation = new Reservation();
  await act(reservation, registering(ALICE, 1n));
  await act(reservation, registering(BOB, 2n));
  await act(reservation, reserve(ALICE, 1n, { scope: 0, type }));
  return reservation;
}

const conflictsOf = (reservation: Reservation, nexus: ItNexus): string =>
  CLASSES.filter((when) => reservation.conflicts(nexus, when)).join(' ');

/** SPC-4, table of commands allowed in the presence of various reservations, by its columns. */
const COLUMNS: readonly (readonly [number, string, string])[] = [
  [1, 'conflict', 'conflict'], [3, 'read conflict', 'read conflict'],
  [5, '', 'conflict'], [6, '', 'read conflict'], [7, '', 'conflict'], [8, '', 'read conflict'],
];

describe('a persistent reservation', () => {
  it.each(COLUMNS)('of type %i bars a registered nexus from "%s", others from "%s"',
    async (type, registered, unregistered) => {
      const reservation = await reserved(type);
      expect(conflictsOf(reservation, ALICE)).toBe('');
      expect(conflictsOf(reservation, BOB)).toBe(registered);
      expect(conflictsOf(reservation, CAROL)).toBe(unregistered);
    });

  it('is of one of the types that the table has', () => {
    expect(COLUMNS.map(([type]) => type)).toEqual([...RESERVATION_TYPE_NAMES.keys()]);
  });

  it('is what restricts: registrations alone do not', async () => {
    const reservation = new Reservation();
    await act(reservation, registering(ALICE, 1n));
    expect(conflictsOf(reservation, BOB)).toBe('');
  });
});

describe('RESERVE', () => {
  it('lets others do what is allowed, and no PERSISTENT RESERVE of anybody', () => {
    const reservation = new Reservation();
    expect(reservation.reserve(ALICE)).toBe(true);
    expect(conflictsOf(reservation, ALICE)).toBe('persistent');
    expect(conflictsOf(reservation, BOB)).toBe('query read conflict persistent');
    expect(reservation.reserve(ALICE)).toBe(true);
    expect(reservation.reserve(BOB)).toBe(false);
  });

  it('ends with its holder\'s RELEASE or a reset, not with that of another', () => {
    const reservation = new Reservation();
    reservation.reserve(ALICE);
    expect(reservation.release(BOB)).toBe(true);
    expect(reservation.reserve(BOB)).toBe(false);
    expect(reservation.release(ALICE)).toBe(true);
    expect(reservation.reserve(BOB)).toBe(true);
    reservation.clear();
    expect(reservation.reserve(ALICE)).toBe(true);
  });

  it('conflicts while anybody is registered, and RELEASE too', async () => {
    const reservation = new Reservation();
    await act(reservation, registering(ALICE, 1n));
    for (const nexus of [ALICE, BOB]) {
      expect([reservation.reserve(nexus), reservation.release(nexus)]).toEqual([false, false]);
    }
    await act(reservation, registering(ALICE, 0n));
    expect(reservation.reserve(BOB)).toBe(true);
  });

  it.each(COLUMNS)('under type %i is GOOD without effect for those whom it admits',
    async (type, registered) => {
      const reservation = await reserved(type);
      const tolerated = (nexus: ItNexus) =>
        [reservation.reserve(nexus), reservation.release(nexus)];
      expect(tolerated(ALICE)).toEqual([true, true]);
      const admitsBob = registered === '';
      expect(tolerated(BOB)).toEqual([admitsBob, admitsBob]);
      expect(tolerated(CAROL)).toEqual([false, false]);
      expect(conflictsOf(reservation, ALICE)).toBe('');
      expect(reservation.persistent.state.held?.type).toBe(type);
    });
});
