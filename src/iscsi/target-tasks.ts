import type { Outcome } from '../sam/command.ts';
import { encodeSense } from '../sense/sense.ts';
import { scsiCommand } from '../wire/iscsi/command.ts';
import { dataOut, readyToTransfer } from '../wire/iscsi/data.ts';
import { HEADER_BYTES, NO_TAG, OPCODE } from '../wire/iscsi/opcodes.ts';
import { sendAnswer } from './answer.ts';
import type { CommandWindow } from './command-window.ts';
import type { Pdu } from './framer.ts';
import {
  IMMEDIATE_COUNT_MAX, SESSION_READ_BYTES_MAX, SESSION_WRITE_BYTES_MAX,
} from './limits.ts';
import type { Parameters } from './negotiation.ts';
import { LENGTHS } from './pdu-writer.ts';
import type { TargetSender } from './target-sender.ts';
import { attributeOf, inBytesOf, makeTask, outBytesOf, type Task, type TaskFault } from './task.ts';

/**
 * The SCSI commands of a session, from arrival to answer:
 *
 *   command ─→ begin ─→ deliver ─→ [room for its data] ─→ R2T ⇄ Data-Out ─→ run ─→ complete
 *               │ (checks, immediate data)     in order for each LUN ──┘
 *               └─→ Reject
 */
export class TargetTasks {
  readonly #parameters: Parameters;
  readonly #window: CommandWindow;
  readonly #sender: TargetSender;
  readonly #isTaken: (tag: number) => boolean;
  /** An array, as in TaskSet: they come and go. */
  readonly #tasks: Task[] = [];
  /** Delivered and not running yet, in order of delivery. */
  #queue: Task[] = [];
  #immediateCount = 0;
  #grantedBytes = 0;
  #readingBytes = 0;
  #nextTransferTag = 0;
  #isHeld = false;

  /** `isTaken`: a task of the session has this tag, on whichever connection. */
  constructor(
    parameters: Parameters, window: CommandWindow, sender: TargetSender,
    isTaken: (tag: number) => boolean) {
    this.#parameters = parameters;
    this.#isTaken = isTaken;
    this.#window = window;
    this.#sender = sender;
  }

  /** A task has this tag. */
  has(tag: number): boolean {
    return this.#find(tag) !== undefined;
  }

  #find(tag: number): Task | undefined {
    return this.#tasks.find(({ header }) => header.initiatorTaskTag === tag);
  }

  /** How many tasks there are, running or not. */
  count(chosen: (task: Task) => boolean): number {
    return this.#tasks.filter(chosen).length;
  }

  /** While held, no command starts to run: the initiator does not take what it has asked for. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#proceed();
  }

  /**
   * Takes a command in. Returns it for `deliver` when its turn has come, or undefined if it was
   * rejected. Throws: Malformed.
   */
  begin(pdu: Pdu): Task | undefined {
    const header = scsiCommand.read(pdu.header);
    if (this.#isTaken(header.initiatorTaskTag)) {
      this.#sender.reject(pdu, 'taskInProgress');
      return undefined;
    }
    if (header.immediate && this.#immediateCount >= IMMEDIATE_COUNT_MAX) {
      this.#sender.reject(pdu, 'immediateCommandReject');
      return undefined;
    }
    const task = header.initiatorTaskTag === NO_TAG ? undefined
      : makeTask(header, pdu, this.#parameters);
    if (task === undefined) {
      this.#sender.reject(pdu, 'protocolError');
      return undefined;
    }
    if (header.immediate) this.#immediateCount += 1;
    this.#tasks.push(task);
    return task;
  }

  /** All commands that were sent before this one have been delivered. */
  deliver(task: Task): void {
    // It may have been dropped while it waited for its number.
    if (!this.#tasks.includes(task)) return;
    const isNext = this.#queue.length === 0 && task.transfer.isOver;
    if (isNext && this.#start(task)) return;
    this.#queue.push(task);
    this.#proceed();
  }

  /** Data of a task that is not there (any more) are dropped. Throws: Malformed. */
  dataOut(pdu: Pdu): void {
    const header = dataOut.read(pdu.header);
    const task = this.#find(header.initiatorTaskTag);
    if (task === undefined || task.isRunning) return;
    task.transfer.take(header, pdu.data);
    this.#proceed();
  }

  /** The outcome of a `run`; undefined if the task was aborted, which nobody is told here. */
  complete(tag: number, outcome: Outcome | undefined): void {
    const task = this.#find(tag);
    if (task === undefined || !task.isRunning) return;
    this.#readingBytes -= inBytesOf(task);
    this.#end(task, outcome);
    this.#proceed();
  }

  /** Forgets tasks that do not run yet; returns how many. */
  drop(chosen: (task: Task) => boolean): number {
    const dropped = this.#tasks.filter((task) => !task.isRunning && chosen(task));
    this.#queue = this.#queue.filter((task) => !dropped.includes(task));
    for (const task of dropped) this.#end(task, undefined);
    this.#proceed();
    return dropped.length;
  }

  #end(task: Task, outcome: Outcome | undefined): void {
    const { header } = task;
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    if (task.isGranted) this.#grantedBytes -= outBytesOf(task);
    if (header.immediate) this.#immediateCount -= 1;
    else this.#window.release();
    if (outcome === undefined) return;
    sendAnswer(this.#sender, this.#parameters, {
      initiatorTaskTag: header.initiatorTaskTag, read: header.read && !header.write,
      expectedBytes: header.expectedDataTransferLength, r2tCount: task.transfer.r2tCount,
      room: task.room,
    }, outcome);
  }

  /** Asks for data and starts commands, as far as order and room allow. */
  #proceed(): void {
    if (this.#queue.length === 0) return;
    let keptCount = 0;
    let blockedLuns: Set<number | undefined> | undefined;
    let roomIsAsked = false;
    for (const task of this.#queue) {
      if (!roomIsAsked && !this.#grant(task)) roomIsAsked = true;
      if (task.isGranted) this.#solicit(task);
      const mayPass = task.header.immediate || task.fault !== undefined
        || attributeOf(task) === 'headOfQueue';
      const mayStart = task.transfer.isOver || this.#isDrained(task);
      if (mayStart && (mayPass || !blockedLuns?.has(task.lun)) && this.#start(task)) continue;
      blockedLuns ??= new Set();
      blockedLuns.add(task.lun);
      this.#queue[keptCount] = task;
      keptCount += 1;
    }
    this.#queue.length = keptCount;
  }

  /** A refused command does not ask for data. */
  #isDrained({ fault, transfer }: Task): boolean {
    return fault !== undefined && !transfer.isOpen;
  }

  /** Makes room for all the data of a task at once, so that no two wait for each other. */
  #grant(task: Task): boolean {
    if (task.isGranted || task.fault !== undefined || task.transfer.isOver) return true;
    const bytes = outBytesOf(task);
    if (this.#grantedBytes > 0 && this.#grantedBytes + bytes > SESSION_WRITE_BYTES_MAX) {
      return false;
    }
    this.#grantedBytes += bytes;
    task.isGranted = true;
    return true;
  }

  #solicit({ header, transfer }: Task): void {
    for (const { tag, r2tSn, offset, byteLength } of transfer.solicit(() => this.#transferTag())) {
      this.#sender.send(readyToTransfer.encode({
        opcode: OPCODE.readyToTransfer, final: true, ...LENGTHS, lun: header.lun,
        initiatorTaskTag: header.initiatorTaskTag, targetTransferTag: tag,
        ...this.#sender.numbers(), r2tSn, bufferOffset: offset,
        desiredDataTransferLength: byteLength,
      }));
    }
  }

  #transferTag(): number {
    const tag = this.#nextTransferTag;
    this.#nextTransferTag = (tag + 1) % NO_TAG;
    return tag;
  }

  /** Runs a task, or answers it if something is wrong with it; returns false if it has to wait. */
  #start(task: Task): boolean {
    const { header, transfer } = task;
    const fault = task.fault ?? transferFault(task);
    if (fault !== undefined) {
      this.#end(task, outcomeOf(fault));
      return true;
    }
    const inBytes = inBytesOf(task);
    const fits = this.#readingBytes === 0 || this.#readingBytes + inBytes <= SESSION_READ_BYTES_MAX;
    if (this.#isHeld || !fits) return false;
    this.#readingBytes += inBytes;
    task.isRunning = true;
    this.#sender.push({
      kind: 'run', tag: header.initiatorTaskTag, lun: task.lun,
      command: {
        cdb: task.cdb, attribute: attributeOf(task), dataOut: transfer.pieces,
        expectedOutBytes: outBytesOf(task), expectedInBytes: inBytes,
        dataInBuffer: (byteLength) => this.#dataInBuffer(task, byteLength),
      },
    });
    return true;
  }

  #dataInBuffer(task: Task, byteLength: number): Uint8Array {
    const { writer, memory } = this.#sender;
    task.room = memory.takeForData(
      writer.headBytes(HEADER_BYTES), byteLength, writer.tailBytes(byteLength));
    return task.room?.data ?? Buffer.allocUnsafe(byteLength);
  }
}

const transferFault = ({ transfer }: Task): TaskFault | undefined =>
  (transfer.failure === undefined ? undefined : ['abortedCommand', transfer.failure]);

const outcomeOf = ([key, additional]: TaskFault): Outcome => ({
  status: 'checkCondition', sense: encodeSense({ key, additional }), dataIn: [], wantedBytes: 0,
});
