import type { Crc32c } from './digest.ts';
import type { InitiatorOutput } from './initiator-output.ts';
import { PduWriter } from './pdu-writer.ts';
import { distance, plus } from './serial.ts';

/** Numbers the PDUs of one connection from the initiator, and collects outputs. */
export class InitiatorSender {
  readonly writer: PduWriter;
  #cmdSn: number;
  #maxCmdSn: number;
  #expStatSn = 0;
  #nextTag = 0;
  #outputs: InitiatorOutput[] = [];

  constructor(firstCmdSn: number, crc32c: Crc32c) {
    this.#cmdSn = firstCmdSn;
    this.#maxCmdSn = firstCmdSn;
    this.writer = new PduWriter(crc32c);
  }

  /** The target takes another command. */
  get windowIsOpen(): boolean {
    return distance(this.#cmdSn, this.#maxCmdSn) >= 0;
  }

  /** An Initiator Task Tag. 2^31 commands later it comes again. */
  newTag(): number {
    this.#nextTag = (this.#nextTag + 1) & 0x7fff_ffff;
    return this.#nextTag;
  }

  get expStatSn(): number {
    return this.#expStatSn;
  }

  /** Numbers of a PDU that is executed at once, and has no place in the order. */
  immediateNumbers(): { cmdSn: number; expStatSn: number } {
    return { cmdSn: this.#cmdSn, expStatSn: this.#expStatSn };
  }

  /** Numbers of a command in its order. */
  orderedNumbers(): { cmdSn: number; expStatSn: number } {
    const numbers = this.immediateNumbers();
    this.#cmdSn = plus(this.#cmdSn, 1);
    return numbers;
  }

  /** A PDU with a status of its own came. */
  acknowledge(statSn: number): void {
    this.#expStatSn = plus(statSn, 1);
  }

  /** Source: RFC 7143 4.2.2.1 (values that contradict each other, or go back, are ignored). */
  windowMoved(expCmdSn: number, maxCmdSn: number): void {
    if (distance(expCmdSn, maxCmdSn) < -1) return;
    if (distance(this.#maxCmdSn, maxCmdSn) > 0) this.#maxCmdSn = maxCmdSn;
  }

  send(header: Uint8Array, data?: readonly Uint8Array[], ahs?: Uint8Array): void {
    this.#outputs.push({
      kind: 'send', parts: this.writer.write(header, data, undefined, ahs) });
  }

  push(output: InitiatorOutput): void {
    this.#outputs.push(output);
  }

  /** All outputs since the last call. */
  takeOutputs(): InitiatorOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}
