import { deferred } from './deferred.ts';
import { type ItNexus, nexusKey, type Outcome, type TaskAttribute } from './command.ts';

/** Tasks waiting or running in one logical unit; more are answered TASK SET FULL. */
export const TASK_COUNT_MAX = 512;

/** Work for a nexus that can be aborted, and waited for. */
interface Work {
  readonly nexus: string;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

interface Task extends Work {
  readonly tag: number;
  readonly attribute: TaskAttribute;
  start(): void;
  started: boolean;
}

/**
 * The tasks of one logical unit: SIMPLE tasks run side by side, an ORDERED one after all older and
 * before all newer ones, HEAD OF QUEUE at once.
 *
 * Source: SAM-5 8. Departs from SAM-5 5.5 for an aborted task: its outcome is dropped here, and
 * the transport is told by the promise that resolves to undefined.
 */
export class TaskSet {
  readonly #tasks: Task[] = [];
  readonly #background = new Set<Work>();

  get count(): number {
    return this.#tasks.length;
  }

  /**
   * Runs `work` when the attribute allows it. Resolves to its outcome, to `taskSetFull` without
   * running it, or to undefined if the task was aborted (once `work` has settled).
   */
  async run(
    nexus: ItNexus, tag: number, attribute: TaskAttribute,
    work: (signal: AbortSignal) => Promise<Outcome>): Promise<Outcome | undefined> {
    if (this.#tasks.length >= TASK_COUNT_MAX) {
      return { status: 'taskSetFull', sense: undefined, dataIn: [], wantedBytes: 0 };
    }
    const controller = new AbortController();
    const started = deferred<void>();
    const ended = deferred<void>();
    const task: Task = {
      nexus: nexusKey(nexus), tag, attribute, controller, start: started.resolve, started: false,
      ended: ended.promise,
    };
    this.#tasks.push(task);
    this.#startWhatMay();
    try {
      await started.promise;
      if (controller.signal.aborted) return undefined;
      const outcome = await work(controller.signal);
      return controller.signal.aborted ? undefined : outcome;
    } finally {
      this.#tasks.splice(this.#tasks.indexOf(task), 1);
      ended.resolve();
      this.#startWhatMay();
    }
  }

  /**
   * Runs `work` that outlives its command, such as a copy after its early status, at once. It is
   * no task any more: it holds no other up, is not counted (whoever runs it bounds it), and goes
   * on when its nexus is lost or its task set is aborted. `preempt` and `reset` abort it.
   */
  async background<T>(
    nexus: ItNexus, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const ended = deferred<void>();
    const one: Work = { nexus: nexusKey(nexus), controller, ended: ended.promise };
    this.#background.add(one);
    try {
      return await work(controller.signal);
    } finally {
      this.#background.delete(one);
      ended.resolve();
    }
  }

  /**
   * What PREEMPT AND ABORT does to those it preempts: aborts their tasks but for its own, which
   * `own` is the signal of, and their background work; resolves once all have ended.
   *
   * Source: SPC-4 5.13.11.2.6.
   */
  async preempt(nexuses: readonly ItNexus[], own: AbortSignal): Promise<void> {
    const keys = new Set(nexuses.map(nexusKey));
    const isChosen = ({ nexus, controller }: Work): boolean =>
      keys.has(nexus) && controller.signal !== own;
    await Promise.all([this.#abort(isChosen), this.#abortBackground(isChosen)]);
  }

  /** Aborts all tasks and all background work; resolves once all have ended. */
  async reset(): Promise<void> {
    await Promise.all([this.#abort(() => true), this.#abortBackground(() => true)]);
  }

  /** Aborts one task; resolves to whether it was there, once it has ended. */
  async abort(nexus: ItNexus, tag: number): Promise<boolean> {
    const key = nexusKey(nexus);
    return (await this.#abort((task) => task.nexus === key && task.tag === tag)) > 0;
  }

  /** Aborts all tasks, or those of one nexus; resolves once all have ended. */
  async abortAll(nexus?: ItNexus): Promise<void> {
    const key = nexus === undefined ? undefined : nexusKey(nexus);
    await this.#abort((task) => key === undefined || task.nexus === key);
  }

  /** Other nexuses that have tasks here: CLEAR TASK SET tells them. */
  hasTasksOf(nexus: ItNexus): boolean {
    const key = nexusKey(nexus);
    return this.#tasks.some((task) => task.nexus === key);
  }

  async #abort(chosen: (task: Task) => boolean): Promise<number> {
    const tasks = this.#tasks.filter(chosen);
    for (const task of tasks) {
      task.controller.abort(new Error('The task was aborted'));
      task.start();
    }
    await Promise.all(tasks.map((task) => task.ended));
    return tasks.length;
  }

  async #abortBackground(chosen: (work: Work) => boolean): Promise<void> {
    const works = [...this.#background].filter(chosen);
    for (const { controller } of works) controller.abort(new Error('The task was aborted'));
    await Promise.all(works.map(({ ended }) => ended));
  }

  #startWhatMay(): void {
    for (const [index, task] of this.#tasks.entries()) {
      if (task.started) continue;
      const older = this.#tasks.slice(0, index);
      const mayStart = task.attribute === 'headOfQueue'
        || (task.attribute === 'ordered' ? older.length === 0
          : older.every((one) => one.attribute !== 'ordered'));
      if (!mayStart) continue;
      task.started = true;
      task.start();
    }
  }
}
