import { CommandWindow } from './command-window.ts';
import { COMMAND_COUNT_MAX, IMMEDIATE_COUNT_MAX } from './limits.ts';
import type { Parameters } from './negotiation.ts';
import { distance } from './serial.ts';
import type { TargetTasks } from './target-tasks.ts';
import type { Task } from './task.ts';

/** What to do with a PDU once all PDUs with lower CmdSNs have been dealt with. */
export interface Numbered {
  /** Begins it: even a PDU that comes too early is begun, for its unsolicited data follow it. */
  prepare(): void;
  /** Its turn has come. */
  run(): void;
  /** Its number stays taken until the command is answered; known once it is prepared. */
  keepsNumber(): boolean;
}

/**
 * What the connections of one session have in common: the order of commands, their tags, and what
 * was agreed for the session.
 *
 * Source: RFC 7143 4.2.2.1 (commands are delivered in CmdSN order over all connections).
 */
export class SharedSession {
  readonly window: CommandWindow;
  readonly parameters: Parameters;
  readonly #members = new Set<TargetTasks>();
  /** PDUs whose turn has not come, by CmdSN; no more than the window is wide. */
  readonly #ahead = new Map<number, () => void>();
  /** What waits until a CmdSN is the next; no more than there may be immediate requests. */
  #later: { readonly cmdSn: number; run(): void }[] = [];

  constructor(parameters: Parameters, firstCmdSn: number) {
    this.parameters = parameters;
    this.window = new CommandWindow(firstCmdSn, COMMAND_COUNT_MAX);
  }

  /** The parameters of a connection that joins: those of the session, and its own. */
  joined(own: Parameters): Parameters {
    const { headerDigest, dataDigest, sendSegmentBytes, receiveSegmentBytes } = own;
    return {
      ...this.parameters, headerDigest, dataDigest, sendSegmentBytes, receiveSegmentBytes };
  }

  add(tasks: TargetTasks): void {
    this.#members.add(tasks);
  }

  /** Forgets a connection and those of its tasks that do not run. */
  remove(tasks: TargetTasks): void {
    tasks.drop(() => true);
    this.#members.delete(tasks);
  }

  /** A task of any connection has this tag. */
  hasTag(tag: number): boolean {
    for (const tasks of this.#members) if (tasks.has(tag)) return true;
    return false;
  }

  /** Forgets tasks that do not run yet, on all connections; returns how many. */
  drop(chosen: (task: Task) => boolean): number {
    return [...this.#members].reduce((sum, tasks) => sum + tasks.drop(chosen), 0);
  }

  /** How many tasks there are, running or not. */
  count(chosen: (task: Task) => boolean): number {
    return [...this.#members].reduce((sum, tasks) => sum + tasks.count(chosen), 0);
  }

  /** Takes a PDU in; what is outside the window, or there already, is dropped. */
  take(cmdSn: number, pdu: Numbered): void {
    const place = this.window.placeOf(cmdSn);
    if (place === 'outside' || this.#ahead.has(cmdSn)) return;
    if (place === 'ahead') {
      pdu.prepare();
      this.#ahead.set(cmdSn, () => this.#run(pdu));
      return;
    }
    this.window.advance();
    pdu.prepare();
    this.#finish(pdu);
    this.#goOn();
  }

  #run(pdu: Numbered): void {
    this.window.advance();
    this.#finish(pdu);
  }

  #finish(pdu: Numbered): void {
    if (!pdu.keepsNumber()) this.window.release();
    pdu.run();
  }

  /**
   * Counts a number as received whose command has not come, for it was aborted; returns whether
   * it was one that could still come. Source: RFC 7143 11.6.1 (c).
   */
  skip(cmdSn: number): boolean {
    if (this.window.placeOf(cmdSn) === 'outside' || this.#ahead.has(cmdSn)) return false;
    this.take(cmdSn, { prepare() {}, run() {}, keepsNumber: () => false });
    return true;
  }

  /**
   * Runs what concerns all commands sent before it once they have come, over whichever connection.
   *
   * Returns false if too much waits already. Source: RFC 7143 4.2.3.3.
   */
  after(cmdSn: number, run: () => void): boolean {
    const mustWait = this.#members.size > 1 && this.window.placeOf(cmdSn) === 'ahead';
    if (!mustWait) run();
    else if (this.#later.length >= IMMEDIATE_COUNT_MAX) return false;
    else this.#later.push({ cmdSn, run });
    return true;
  }

  #goOn(): void {
    for (;;) {
      this.#runLater();
      const next = this.#ahead.get(this.window.expCmdSn);
      if (next === undefined) return;
      this.#ahead.delete(this.window.expCmdSn);
      next();
    }
  }

  #runLater(): void {
    if (this.#later.length === 0) return;
    const isDue = ({ cmdSn }: { readonly cmdSn: number }): boolean =>
      distance(this.window.expCmdSn, cmdSn) <= 0;
    const due = this.#later.filter(isDue);
    this.#later = this.#later.filter((one) => !isDue(one));
    for (const { run } of due) run();
  }
}
