import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FairMover, type FlightLimits, weightOf } from '../../src/copy/fair-mover.ts';
import { MOVES_IN_FLIGHT_MAX, SLICE_BYTES } from '../../src/copy/move-pipeline.ts';
import type { Moved, Mover, Place } from '../../src/ports/mover.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { MemoryFile } from '../support/memory-file.ts';
import { turns } from '../support/turns.ts';

const moved = (byteLength: number): Moved => ({
  byRung: { reflink: 0, direct: byteLength, kernel: 0, portable: 0, hole: 0 }, crc32c: undefined });
const place: Place = { file: new MemoryFile('none'), offset: 0 };

/** Ends no move by itself; the offset of a move's source is the number of who asked for it. */
class HeldMover implements Mover {
  readonly running: { readonly who: number; readonly byteLength: number; end(): void }[] = [];
  readonly begun: number[] = [];
  isClosed = false;

  move(source: Place, _destination: Place, byteLength: number): Promise<Moved> {
    const done = deferred<Moved>();
    const who = source.offset;
    this.begun.push(who);
    const one = { who, byteLength, end: () => {
      this.running.splice(this.running.indexOf(one), 1);
      done.resolve(moved(byteLength));
    } };
    this.running.push(one);
    return done.promise;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Copies by their numbers, each with as many moves waiting as it may have. */
function setUp(limits: FlightLimits = { bytesMax: 1, movesMax: 1 }) {
  const mover = new HeldMover();
  const fair = new FairMover(mover, limits);
  const copy = (who: number, nexus: string, priority = 1) => {
    const share = fair.share(nexus, priority);
    const controller = new AbortController();
    const move = (byteLength = 1): Promise<Moved> => share.move(
      { ...place, offset: who }, place, byteLength, { signal: controller.signal });
    return { share, controller, move, who };
  };
  /** Lets the oldest move end, `count` times over; every copy keeps two moves waiting. */
  const run = async (copies: readonly ReturnType<typeof copy>[], count: number, bytes = 1) => {
    for (const one of copies) for (let i = 0; i < 2; i += 1) void one.move(bytes);
    for (let i = 0; i < count; i += 1) {
      await turns(1);
      const { who, end } = mover.running[0]!;
      end();
      void copies.find((one) => one.who === who)?.move(bytes);
    }
    const counts = new Map(copies.map(({ who }) => [who, 0]));
    for (const who of mover.begun.slice(0, count)) counts.set(who, (counts.get(who) ?? 0) + 1);
    return [...counts.values()];
  };
  return { mover, fair, copy, run };
}

describe('the fair mover', () => {
  it('lets one copy have as much in flight as it had alone', async () => {
    const mover = new HeldMover();
    const share = new FairMover(mover).share('a', 7);
    for (let i = 0; i < 6; i += 1) void share.move(place, place, SLICE_BYTES);
    await turns(1);
    expect(mover.running).toHaveLength(4);
    for (const { end } of [...mover.running]) end();
    await turns(1);
    expect(mover.running).toHaveLength(2);
  });

  it('bounds the moves of all copies, however small', async () => {
    const mover = new HeldMover();
    const fair = new FairMover(mover);
    for (let i = 0; i < 3; i += 1) {
      const share = fair.share('a', 1);
      for (let k = 0; k < MOVES_IN_FLIGHT_MAX; k += 1) void share.move(place, place, 1);
    }
    await turns(1);
    expect(mover.running).toHaveLength(MOVES_IN_FLIGHT_MAX);
  });

  it('moves what is larger than its bound, alone', async () => {
    const { mover, copy } = setUp({ bytesMax: 10, movesMax: 9 });
    const one = copy(0, 'a');
    void one.move(4);
    void one.move(50);
    void one.move(4);
    await turns(1);
    expect(mover.running.map(({ byteLength }) => byteLength)).toEqual([4]);
    mover.running[0]!.end();
    await turns(1);
    expect(mover.running.map(({ byteLength }) => byteLength)).toEqual([50]);
    mover.running[0]!.end();
    await turns(1);
    expect(mover.running.map(({ byteLength }) => byteLength)).toEqual([4]);
  });

  it('goes round equals', async () => {
    const { copy, run } = setUp();
    expect(await run([copy(0, 'a'), copy(1, 'a'), copy(2, 'a')], 30)).toEqual([10, 10, 10]);
  });

  it('gives a nexus with one copy as much as one with sixteen', async () => {
    const { copy, run } = setUp();
    const many = Array.from({ length: 16 }, (_, i) => copy(i, 'a'));
    const counts = await run([...many, copy(16, 'b')], 320);
    expect(counts[16]).toBe(160);
    expect(counts.slice(0, 16)).toEqual(Array(16).fill(10));
  });

  it('shares by bytes, not by moves', async () => {
    const { mover, copy } = setUp({ bytesMax: 4, movesMax: 9 });
    const [large, small] = [copy(0, 'a'), copy(1, 'b')];
    for (let i = 0; i < 50; i += 1) {
      void large.move(4);
      for (let k = 0; k < 4; k += 1) void small.move(1);
    }
    for (let i = 0; i < 50; i += 1) {
      await turns(1);
      mover.running[0]!.end();
    }
    const bytes = [0, 0];
    for (const who of mover.begun) bytes[who]! += who === 0 ? 4 : 1;
    expect(Math.abs(bytes[0]! - bytes[1]!)).toBeLessThanOrEqual(4);
  });

  it.each([['of one nexus', 'a'], ['of two nexuses', 'b']])(
    'weighs by priority, copies %s, and lets nobody starve', async (_, nexus) => {
      const { copy, run } = setUp();
      const [first, last] = await run([copy(0, 'a', 0), copy(1, nexus, 7)], 2000);
      expect(last).toBeGreaterThan(0);
      expect(first! / last!).toBeCloseTo(weightOf(0) / weightOf(7), 0);
    });

  it('has a weight for each priority, descending', () => {
    const weights = Array.from({ length: 8 }, (_, i) => weightOf(i));
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
    expect(new Set(weights).size).toBe(8);
    expect(weights[7]).toBeGreaterThan(0);
  });

  it('lets nobody save turns up', async () => {
    const { mover, copy, run } = setUp();
    const late = copy(1, 'b');
    const busy = copy(0, 'a');
    await run([busy], 100);
    for (let i = 0; i < 10; i += 1) void late.move();
    for (let i = 0; i < 10; i += 1) void busy.move();
    const from = mover.begun.length;
    for (let i = 0; i < 10; i += 1) {
      await turns(1);
      mover.running[0]!.end();
    }
    const begun = mover.begun.slice(from, from + 10);
    expect(begun.filter((who) => who === 1).length).toBeLessThanOrEqual(6);
  });

  it.each([['the same', 'a'], ['another', 'b']])(
    'lets many short copies of %s nexus not pass a long one', async (_, nexus) => {
      const { mover, copy } = setUp();
      const long = copy(0, 'a');
      for (let i = 0; i < 40; i += 1) void long.move();
      await turns(1);
      let short = copy(1, nexus);
      void short.move();
      for (let i = 0; i < 40; i += 1) {
        const { who, end } = mover.running[0]!;
        end();
        if (who === 1) {
          await turns(1);
          await short.share.close();
          short = copy(1, nexus);
          void short.move();
        }
        await turns(1);
      }
      const longMoves = mover.begun.filter((who) => who === 0).length;
      expect(longMoves).toBeGreaterThanOrEqual(18);
      expect(longMoves).toBeLessThanOrEqual(22);
    });

  it('rejects a waiting move with the reason of its signal, and goes on with others', async () => {
    const { mover, copy } = setUp();
    const [one, other] = [copy(0, 'a'), copy(1, 'a')];
    void one.move();
    const waiting = one.move();
    const next = other.move();
    const reason = new Error('aborted');
    one.controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(one.move()).rejects.toBe(reason);
    mover.running[0]!.end();
    await turns(1);
    expect(mover.begun).toEqual([0, 1]);
    mover.running[0]!.end();
    expect(await next).toEqual(moved(1));
  });

  it('serves those behind a large move that gives up waiting', async () => {
    const { mover, copy } = setUp({ bytesMax: 10, movesMax: 9 });
    const [one, large] = [copy(0, 'a'), copy(1, 'a')];
    void one.move(4);
    const waiting = large.move(10);
    const small = copy(2, 'a').move(4);
    await turns(1);
    expect(mover.begun).toEqual([0]);
    large.controller.abort(new Error('aborted'));
    await expect(waiting).rejects.toThrow('aborted');
    await turns(1);
    expect(mover.begun).toEqual([0, 2]);
    for (const { end } of [...mover.running]) end();
    await small;
  });

  it('passes errors on and goes on', async () => {
    let fails = true;
    const share = new FairMover({
      move: async (_from, _to, byteLength) => {
        if (fails) throw new Error('no disk');
        return moved(byteLength);
      },
      close: async () => {},
    }, { bytesMax: 1, movesMax: 1 }).share('a', 1);
    const first = share.move(place, place, 1);
    const second = share.move(place, place, 1);
    await expect(first).rejects.toThrow('no disk');
    fails = false;
    await second.catch(() => undefined);
    expect(await share.move(place, place, 1)).toEqual(moved(1));
  });

  it('closes a share without closing the mover', async () => {
    const { mover, copy } = setUp();
    await copy(0, 'a').share.close();
    expect(mover.isClosed).toBe(false);
  });

  it('listens once to each signal, and no longer once its share is closed', async () => {
    const { mover, copy } = setUp();
    const { share, controller, move } = copy(0, 'a');
    const moves = [move(), move()];
    await turns(1);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    mover.running[0]!.end();
    await turns(1);
    mover.running[0]!.end();
    await Promise.all(moves);
    await share.close();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});
