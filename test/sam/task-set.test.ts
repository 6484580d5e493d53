import { describe, expect, it } from 'vitest';
import type { ItNexus, Outcome } from '../../src/sam/command.ts';
import { deferred } from '../../src/sam/deferred.ts';
import { TaskSet } from '../../src/sam/task-set.ts';
import { ALICE, BOB } from '../server/device-fixture.ts';
import { turns } from '../support/turns.ts';

const GOOD: Outcome = { status: 'good', sense: undefined, dataIn: [], wantedBytes: 0 };

/** Work that ends when it is let go, some time after it was aborted too. */
class Held {
  readonly #gate = deferred<void>();
  signal: AbortSignal | undefined;

  readonly run = async (signal: AbortSignal): Promise<Outcome> => {
    this.signal = signal;
    await this.#gate.promise;
    return GOOD;
  };

  get isAborted(): boolean {
    return this.signal?.aborted ?? false;
  }

  letGo(): void {
    this.#gate.resolve();
  }
}

/** Whether a promise has settled; ask after some turns. */
function watch(work: Promise<unknown>): { isDone: boolean } {
  const state = { isDone: false };
  void work.then(() => {
    state.isDone = true;
  });
  return state;
}

function begin(tasks: TaskSet, nexus: ItNexus, tag: number) {
  const held = new Held();
  return { held, outcome: Promise.resolve(
    tasks.run(nexus, tag, 'simple', ({ signal }) => held.run(signal))) };
}

describe('background work', () => {
  it('holds no ordered task up, and is not counted', async () => {
    const tasks = new TaskSet();
    const held = new Held();
    const background = tasks.background(ALICE, held.run);
    expect([tasks.count, tasks.hasTasksOf(ALICE)]).toEqual([0, false]);
    expect(await tasks.run(BOB, 1, 'ordered', async () => GOOD)).toEqual(GOOD);
    held.letGo();
    expect(await background).toEqual(GOOD);
  });

  it('goes on when tasks are aborted, its nexus\'s own too', async () => {
    const tasks = new TaskSet();
    const held = new Held();
    const background = tasks.background(ALICE, held.run);
    await tasks.abortAll(ALICE);
    await tasks.abortAll();
    expect(held.isAborted).toBe(false);
    held.letGo();
    await background;
  });

  it('tells its runner how it failed, and is forgotten', async () => {
    const tasks = new TaskSet();
    await expect(tasks.background(ALICE, async () => {
      throw new Error('no medium');
    })).rejects.toThrow('no medium');
    await tasks.reset();
  });
});

describe('preempt', () => {
  it('aborts tasks and background work of those it names, and waits for both', async () => {
    const tasks = new TaskSet();
    const task = begin(tasks, BOB, 1);
    const copy = new Held();
    const background = tasks.background(BOB, copy.run);
    const other = begin(tasks, ALICE, 2);
    await turns(2);
    const preempting = watch(tasks.preempt([BOB], new AbortController().signal));
    await turns(2);
    expect([task.held.isAborted, copy.isAborted, other.held.isAborted])
      .toEqual([true, true, false]);
    task.held.letGo();
    await turns(2);
    expect(preempting.isDone).toBe(false);
    copy.letGo();
    await background;
    await turns(2);
    expect(preempting.isDone).toBe(true);
    expect(await task.outcome).toBeUndefined();
    other.held.letGo();
    expect(await other.outcome).toEqual(GOOD);
  });

  it('spares the task that asks for it, though its nexus is named', async () => {
    const tasks = new TaskSet();
    const older = begin(tasks, ALICE, 1);
    await turns(2);
    const asking = tasks.run(ALICE, 2, 'simple', async ({ signal }) => {
      await tasks.preempt([ALICE, BOB], signal);
      return GOOD;
    });
    await turns(2);
    expect(older.held.isAborted).toBe(true);
    older.held.letGo();
    expect(await asking).toEqual(GOOD);
  });

  it('has nothing to wait for when there is nothing', async () => {
    await new TaskSet().preempt([ALICE], new AbortController().signal);
  });
});

describe('reset', () => {
  it('aborts everything of everybody, and waits for it', async () => {
    const tasks = new TaskSet();
    const task = begin(tasks, ALICE, 1);
    const copy = new Held();
    const background = tasks.background(BOB, copy.run);
    await turns(2);
    const reset = watch(tasks.reset());
    expect([task.held.isAborted, copy.isAborted]).toEqual([true, true]);
    copy.letGo();
    await background;
    await turns(2);
    expect(reset.isDone).toBe(false);
    task.held.letGo();
    await turns(2);
    expect(reset.isDone).toBe(true);
  });
});
