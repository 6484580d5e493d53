import { describe, expect, it } from 'vitest';
import { MOVES_IN_FLIGHT_MAX } from '../../src/copy/move-pipeline.ts';
import { MemoryDisk, nexusOf, unitOf } from '../support/copy-devices.ts';
import { cscdOf, diskToDisk, listOf } from '../support/copy-lists.ts';
import { turns } from '../support/turns.ts';
import { Fixture, host } from './manager-fixture.ts';

const MOVES = 80;
const BLOCK = 512;

/** Two disks, and copies of single blocks that lie apart, so that each is a move. */
function setUp() {
  const blockCount = 2 * MOVES * 32;
  const disks = ['from', 'to'].map((name) =>
    new MemoryDisk(name, BLOCK, new Uint8Array(BLOCK * blockCount)));
  const units = disks.map((disk, i) => unitOf(`disk ${i}`, i + 1, disk));
  const fixture = new Fixture(units);
  // Slow enough for copies to have more moves ready than may be in flight.
  fixture.mover.before = () => turns(1);
  const cscds = units.map((unit) => cscdOf(unit));
  const firstOf = (copy: number): number => copy * 2 * MOVES;
  const copy = (number: number, nexus: string, priority: number) =>
    fixture.copy(units[0]!, listOf(cscds, Array.from({ length: MOVES }, (_, i) =>
      diskToDisk(firstOf(number) + 2 * i, firstOf(number) + 2 * i, 1)),
    { listIdentifier: number, priority }), nexus === 'host' ? host : nexusOf(nexus));
  /** Moves of others that were begun before the last one of this copy. */
  const passed = (number: number): number => {
    const isOwn = fixture.mover.moves.map(({ source: { offset } }) =>
      Math.floor(offset / BLOCK / (2 * MOVES)) === number);
    return isOwn.slice(0, isOwn.lastIndexOf(true)).filter((own) => !own).length;
  };
  return { fixture, copy, passed };
}

describe('copies at once', () => {
  it('come before those of lower priority', async () => {
    const { copy, passed } = setUp();
    await Promise.all([copy(0, 'host', 7), copy(1, 'host', 0)]);
    expect(passed(1)).toBeLessThan(MOVES_IN_FLIGHT_MAX + MOVES / 4);
    const equal = setUp();
    await Promise.all([equal.copy(0, 'host', 1), equal.copy(1, 'host', 1)]);
    expect(equal.passed(1)).toBeGreaterThan(MOVES_IN_FLIGHT_MAX + MOVES / 4);
  });

  it('of one nexus do not crowd out that of another', async () => {
    const { copy, passed } = setUp();
    const many = Array.from({ length: 14 }, (_, i) => copy(i, 'host', 1));
    await Promise.all([...many, copy(14, 'other', 1)]);
    expect(passed(14)).toBeLessThan(2 * MOVES + 2 * MOVES_IN_FLIGHT_MAX);
  });
});
