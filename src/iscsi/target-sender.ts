import { concat } from '../bytes/concat.ts';
import { reject, REJECT_REASON, type RejectReason } from '../wire/iscsi/exceptions.ts';
import { NO_TAG, OPCODE } from '../wire/iscsi/opcodes.ts';
import type { CommandWindow } from './command-window.ts';
import type { Crc32c } from './digest.ts';
import type { Pdu } from './framer.ts';
import { byteLengthOf, LENGTHS, PduWriter } from './pdu-writer.ts';
import type { DataRoom, Room, SendMemory } from './send-memory.ts';
import { plus } from './serial.ts';
import type { TargetOutput } from './target-output.ts';

/** Longest PDU that is copied once more: a part of its own costs more than that. */
const JOINED_BYTES_MAX = 1024;

/** What every PDU from the target has in bytes 24 to 35. */
export interface Numbers {
  readonly statSn: number;
  readonly expCmdSn: number;
  readonly maxCmdSn: number;
}

/** Numbers the PDUs of one connection from the target, and collects what its owner has to do. */
export class TargetSender {
  readonly writer: PduWriter;
  readonly memory: SendMemory;
  #window: CommandWindow;
  #statSn = 1;
  #outputs: TargetOutput[] = [];

  constructor(window: CommandWindow, memory: SendMemory, crc32c: Crc32c) {
    this.#window = window;
    this.memory = memory;
    this.writer = new PduWriter(crc32c);
  }

  /** The login decides where commands begin. */
  useWindow(window: CommandWindow): void {
    this.#window = window;
  }

  /** Numbers of a PDU that carries a status, and so uses a StatSN up. */
  statusNumbers(): Numbers {
    const numbers = this.numbers();
    this.#statSn = plus(this.#statSn, 1);
    return numbers;
  }

  /** Numbers of any other PDU: StatSN is the next one. */
  numbers(): Numbers {
    const { expCmdSn, maxCmdSn } = this.#window;
    return { statSn: this.#statSn, expCmdSn, maxCmdSn };
  }

  /** `room` is what the parts lie in that are the last to be sent from there. */
  send(
    header: Uint8Array, data?: readonly Uint8Array[], dataBytes?: number, room?: Room): void {
    const parts = this.writer.write(header, data, dataBytes);
    const joined = room === undefined ? this.#joined(parts) : undefined;
    this.#outputs.push(joined ?? { kind: 'send', parts, room });
  }

  /** Short PDUs are copied to where their neighbours leave with them; undefined for others. */
  #joined(parts: readonly Uint8Array[]): TargetOutput | undefined {
    const byteLength = byteLengthOf(parts);
    const room = byteLength > JOINED_BYTES_MAX ? undefined : this.memory.take(byteLength);
    if (room === undefined) return undefined;
    const { slab: { bytes }, at } = room;
    let end = at;
    for (const part of parts) {
      bytes.set(part, end);
      end += part.length;
    }
    return { kind: 'send', parts: [bytes.subarray(at, end)], room };
  }

  /** Sends a PDU whose data lie in a room that was taken for them. */
  sendRoom(header: Uint8Array, data: DataRoom): void {
    const parts = [this.writer.writeAround(data, header)];
    this.#outputs.push({ kind: 'send', parts, room: data.room });
  }

  reject(pdu: Pdu, reason: RejectReason): void {
    this.send(reject.encode({
      opcode: OPCODE.reject, final: true, reason: REJECT_REASON[reason], ...LENGTHS,
      initiatorTaskTag: NO_TAG, ...this.statusNumbers(), dataSn: 0,
    }), [concat([pdu.header, pdu.ahs])]);
  }

  push(output: TargetOutput): void {
    this.#outputs.push(output);
  }

  /** All outputs since the last call. */
  takeOutputs(): TargetOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
