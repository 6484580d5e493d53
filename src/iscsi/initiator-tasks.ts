import { extendedCdbAhs } from '../wire/iscsi/ahs.ts';
import { RESPONSE, type ScsiResponse, scsiCommand, TASK_ATTRIBUTE } from '../wire/iscsi/command.ts';
import { type DataIn, dataOut, type ReadyToTransfer } from '../wire/iscsi/data.ts';
import { NO_TAG, OPCODE } from '../wire/iscsi/opcodes.ts';
import { responseData } from '../wire/iscsi/response-data.ts';
import { TASK_FUNCTION, taskManagementRequest } from '../wire/iscsi/task-management.ts';
import { encodeLun } from '../wire/spc/lun.ts';
import type { InitiatorCommand } from './initiator-output.ts';
import type { InitiatorSender } from './initiator-sender.ts';
import type { Parameters } from './negotiation.ts';
import { byteLengthOf, LENGTHS } from './pdu-writer.ts';
import { PieceList } from './piece-list.ts';

const CDB_BYTES = 16;
const NO_BYTES = new Uint8Array(0);

/** What a peer does against the protocol: the connection ends. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtocolError';
  }
}

interface Task {
  readonly tag: number;
  readonly command: InitiatorCommand;
  readonly received: PieceList;
  receivedBytes: number;
  sentBytes: number;
  nextDataSn: number;
  nextR2tSn: number;
}

/** The commands of a session as its initiator sees them. Source: RFC 7143 4.2.5, 11.3 to 11.8. */
export class InitiatorTasks {
  readonly #sender: InitiatorSender;
  readonly #parameters: Parameters;
  readonly #tasks = new Map<number, Task>();
  /** Commands that the target's window has no room for yet. */
  #queue: Task[] = [];
  /** ABORT TASK requests under way: their tag → the task's. */
  readonly #aborts = new Map<number, number>();

  constructor(sender: InitiatorSender, parameters: Parameters) {
    this.#sender = sender;
    this.#parameters = parameters;
  }

  /** Nothing waits for an answer. */
  get isIdle(): boolean {
    return this.#tasks.size === 0;
  }

  execute(command: InitiatorCommand): number {
    const task: Task = {
      tag: this.#sender.newTag(), command, received: new PieceList(), receivedBytes: 0,
      sentBytes: 0, nextDataSn: 0, nextR2tSn: 0,
    };
    this.#tasks.set(task.tag, task);
    this.#queue.push(task);
    this.proceed();
    return task.tag;
  }

  /** Sends what the window allows. */
  proceed(): void {
    while (this.#queue.length > 0 && this.#sender.windowIsOpen) this.#begin(this.#queue.shift()!);
  }

  abort(tag: number): void {
    const task = this.#tasks.get(tag);
    if (task === undefined) return;
    if (this.#queue.includes(task)) {
      this.#queue = this.#queue.filter((one) => one !== task);
      this.#tasks.delete(tag);
      this.#sender.push({ kind: 'aborted', tag });
      return;
    }
    const abortTag = this.#sender.newTag();
    this.#aborts.set(abortTag, tag);
    this.#sender.send(taskManagementRequest.encode({
      opcode: OPCODE.taskManagementRequest, immediate: true, final: true,
      function: TASK_FUNCTION.abortTask, ...LENGTHS, lun: encodeLun(task.command.lun),
      initiatorTaskTag: abortTag, referencedTaskTag: tag, ...this.#sender.immediateNumbers(),
      refCmdSn: 0, expDataSn: 0,
    }));
  }

  /** The response to an ABORT TASK: whatever it says, the task has no answer to wait for. */
  managed(abortTag: number): void {
    const tag = this.#aborts.get(abortTag);
    this.#aborts.delete(abortTag);
    if (tag !== undefined && this.#tasks.delete(tag)) this.#sender.push({ kind: 'aborted', tag });
  }

  /** The target has rejected a PDU of a task. */
  rejected(tag: number, reason: string): boolean {
    if (!this.#tasks.delete(tag)) return false;
    this.#sender.push({ kind: 'failed', tag, reason });
    return true;
  }

  /** Throws: ProtocolError. */
  dataIn(header: DataIn, data: readonly Uint8Array[]): void {
    const task = this.#taskOf(header.initiatorTaskTag);
    if (header.dataSn !== task.nextDataSn || header.bufferOffset !== task.receivedBytes) {
      throw new ProtocolError('data of a command came out of order');
    }
    task.nextDataSn += 1;
    task.receivedBytes += byteLengthOf(data);
    if (task.receivedBytes > task.command.dataInBytes) {
      throw new ProtocolError('the target sent more data than was asked for');
    }
    for (const piece of data) task.received.add(piece);
    if (header.hasStatus) this.#end(task, header.status, NO_BYTES);
  }

  /** Throws: ProtocolError; Malformed if the sense data are cut off. */
  response(header: ScsiResponse, segment: Uint8Array): void {
    const task = this.#taskOf(header.initiatorTaskTag);
    if (header.response !== RESPONSE.commandCompleted) {
      this.#tasks.delete(task.tag);
      this.#sender.push({
        kind: 'failed', tag: task.tag,
        reason: `the target could not run the command (response ${header.response})` });
      return;
    }
    if (segment.length === 0) {
      this.#end(task, header.status, NO_BYTES);
      return;
    }
    const { senseLength, sense } = responseData.read(segment);
    this.#end(task, header.status, sense.subarray(0, senseLength));
  }

  /** Throws: ProtocolError. What is asked for only goes forward, so that each byte goes once. */
  readyToTransfer(header: ReadyToTransfer): void {
    const task = this.#taskOf(header.initiatorTaskTag);
    const { bufferOffset, desiredDataTransferLength: byteLength } = header;
    if (header.r2tSn !== task.nextR2tSn || bufferOffset !== task.sentBytes
      || bufferOffset + byteLength > task.command.dataOut.length
      || byteLength > this.#parameters.maxBurstBytes) {
      throw new ProtocolError('the target asked for data out of order or out of range');
    }
    task.nextR2tSn += 1;
    this.#sendData(task, bufferOffset + byteLength, header.targetTransferTag);
  }

  #taskOf(tag: number): Task {
    const task = this.#tasks.get(tag);
    if (task !== undefined && !this.#queue.includes(task)) return task;
    throw new ProtocolError('the target answered a command that it was not given');
  }

  #end(task: Task, status: number, sense: Uint8Array): void {
    this.#tasks.delete(task.tag);
    this.#sender.push({
      kind: 'answered', tag: task.tag, answer: { status, dataIn: task.received.pieces, sense } });
  }

  /** The command, its immediate data, and what else may go without being asked for. */
  #begin(task: Task): void {
    const { lun, cdb, dataOut: data, dataInBytes } = task.command;
    const { immediateData, initialR2T, firstBurstBytes, sendSegmentBytes } = this.#parameters;
    const firstBurst = Math.min(data.length, firstBurstBytes);
    const immediateBytes = immediateData ? Math.min(firstBurst, sendSegmentBytes) : 0;
    const unsolicitedEnd = initialR2T ? immediateBytes : firstBurst;
    this.#sender.send(scsiCommand.encode({
      immediate: false, opcode: OPCODE.scsiCommand, final: unsolicitedEnd === immediateBytes,
      read: dataInBytes > 0, write: data.length > 0, attribute: TASK_ATTRIBUTE.simple, ...LENGTHS,
      lun: encodeLun(lun), initiatorTaskTag: task.tag,
      expectedDataTransferLength: data.length + dataInBytes, ...this.#sender.orderedNumbers(),
      cdb: cdb.subarray(0, CDB_BYTES),
    }), [data.subarray(0, immediateBytes)], extensionOf(cdb));
    task.sentBytes = immediateBytes;
    this.#sendData(task, unsolicitedEnd, NO_TAG);
  }

  #sendData(task: Task, end: number, targetTransferTag: number): void {
    const { lun, dataOut: data } = task.command;
    for (let dataSn = 0; task.sentBytes < end; dataSn += 1) {
      const offset = task.sentBytes;
      task.sentBytes = Math.min(end, offset + this.#parameters.sendSegmentBytes);
      this.#sender.send(dataOut.encode({
        opcode: OPCODE.dataOut, final: task.sentBytes === end, ...LENGTHS, lun: encodeLun(lun),
        initiatorTaskTag: task.tag, targetTransferTag, expStatSn: this.#sender.expStatSn,
        dataSn, bufferOffset: offset,
      }), [data.subarray(offset, task.sentBytes)]);
    }
  }
}

/** The additional header for the bytes of a CDB that do not fit the basic one. */
function extensionOf(cdb: Uint8Array): Uint8Array | undefined {
  if (cdb.length <= CDB_BYTES) return undefined;
  const rest = cdb.subarray(CDB_BYTES);
  const padded = new Uint8Array((rest.length + 3) & ~3);
  padded.set(rest);
  return extendedCdbAhs.encode({ length: rest.length + 1, type: 1, cdb: padded });
}
