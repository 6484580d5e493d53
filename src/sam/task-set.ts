import { type ItNexus, nexusKey, type Outcome, type TaskAttribute } from './command.ts';
import { type Abortable, Work } from './work.ts';

/** Tasks waiting or running in one logical unit; more are answered TASK SET FULL. */
export const TASK_COUNT_MAX = 512;

const TASK_SET_FULL: Outcome = {
  status: 'taskSetFull', sense: undefined, dataIn: [], wantedBytes: 0,
};

/** What a task does. */
type TaskWork = (task: Abortable) => Outcome | Promise<Outcome>;
/** What becomes of it: undefined if it was aborted. */
type Ended = Outcome | undefined;

class Task extends Work {
  readonly tag: number;
  readonly attribute: TaskAttribute;
  /** Begins it; undefined once it has begun. */
  start: (() => void) | undefined;

  constructor(nexus: string, tag: number, attribute: TaskAttribute) {
    super(nexus);
    this.tag = tag;
    this.attribute = attribute;
  }
}

/**
 * The tasks of one logical unit: SIMPLE tasks run side by side, an ORDERED one after all older and
 * before all newer ones, HEAD OF QUEUE at once.
 *
 * Source: SAM-5 8. Departs from SAM-5 5.5 for an aborted task: its outcome is dropped here, and
 * the transport is told by the result, which is undefined.
 */
export class TaskSet {
  /**
   * In the order of their arrival. An array, for a Map or Set in which much comes and goes leaves
   * tables behind that keep what was in them from the garbage collector.
   */
  readonly #tasks: Task[] = [];
  #orderedCount = 0;
  #waitingCount = 0;
  readonly #background = new Set<Work>();

  get count(): number {
    return this.#tasks.length;
  }

  /**
   * Runs `work` when the attribute allows it. Ends with its outcome, with `taskSetFull` without
   * running it, or with undefined if the task was aborted (once `work` has settled). What need not
   * wait for anything is not waited for: its outcome is returned at once.
   */
  run(
    nexus: ItNexus, tag: number, attribute: TaskAttribute, work: TaskWork,
  ): Ended | Promise<Ended> {
    if (this.#tasks.length >= TASK_COUNT_MAX) return TASK_SET_FULL;
    const task = new Task(nexusKey(nexus), tag, attribute);
    const mayStart = attribute === 'headOfQueue'
      || (attribute === 'ordered' ? this.#tasks.length === 0 : this.#orderedCount === 0);
    this.#tasks.push(task);
    if (attribute === 'ordered') this.#orderedCount += 1;
    return mayStart ? this.#begin(task, work) : this.#beginLater(task, work);
  }

  #begin(task: Task, work: TaskWork): Ended | Promise<Ended> {
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = work(task);
    } catch (error) {
      this.#end(task);
      throw error;
    }
    if (outcome instanceof Promise) return this.#endLater(task, outcome);
    this.#end(task);
    return task.isAborted ? undefined : outcome;
  }

  #endLater(task: Task, running: Promise<Outcome>): Promise<Ended> {
    return running.then((outcome) => {
      this.#end(task);
      return task.isAborted ? undefined : outcome;
    }, (error: unknown) => {
      this.#end(task);
      throw error;
    });
  }

  async #beginLater(task: Task, work: TaskWork): Promise<Ended> {
    this.#waitingCount += 1;
    await new Promise<void>((resolve) => {
      task.start = resolve;
    });
    if (!task.isAborted) return this.#begin(task, work);
    this.#end(task);
    return undefined;
  }

  #end(task: Task): void {
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    if (task.attribute === 'ordered') this.#orderedCount -= 1;
    task.end();
    if (this.#waitingCount > 0) this.#startWhatMay();
  }

  #startWhatMay(): void {
    let isBehindOrdered = false;
    for (const [index, task] of this.#tasks.entries()) {
      const { start, attribute } = task;
      const mayStart = attribute === 'ordered' ? index === 0 : !isBehindOrdered;
      if (start !== undefined && mayStart) this.#start(task, start);
      isBehindOrdered ||= attribute === 'ordered';
    }
  }

  #start(task: Task, start: () => void): void {
    task.start = undefined;
    this.#waitingCount -= 1;
    start();
  }

  /**
   * Runs `work` that outlives its command, such as a copy after its early status, at once. It is
   * no task any more: it holds no other up, is not counted (whoever runs it bounds it), and goes
   * on when its nexus is lost or its task set is aborted. `preempt` and `reset` abort it.
   */
  async background<T>(
    nexus: ItNexus, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const one = new Work(nexusKey(nexus));
    this.#background.add(one);
    try {
      return await work(one.signal);
    } finally {
      this.#background.delete(one);
      one.end();
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
    const isChosen = (work: Work): boolean => keys.has(work.nexus) && !work.owns(own);
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
      task.abort();
      if (task.start !== undefined) this.#start(task, task.start);
    }
    await Promise.all(tasks.map((task) => task.ended));
    return tasks.length;
  }

  async #abortBackground(chosen: (work: Work) => boolean): Promise<void> {
    const works = [...this.#background].filter(chosen);
    for (const one of works) one.abort();
    await Promise.all(works.map(({ ended }) => ended));
  }
}
