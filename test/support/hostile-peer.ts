/** A connection to a target over TCP on which a test does what no initiator would. */
import * as net from 'node:net';
import { deferred } from '../../src/sam/deferred.ts';
import { type ScsiCommand, scsiCommand } from '../../src/wire/iscsi/command.ts';
import type { KeyValue } from '../../src/wire/iscsi/keys.ts';
import { nopOut } from '../../src/wire/iscsi/nop.ts';
import { NO_TAG } from '../../src/wire/iscsi/opcodes.ts';
import { encodeLun } from '../../src/wire/spc/lun.ts';
import {
  type LoginDetails, loginPdu, pduBytes, pduReader, type ReadPdu,
} from '../iscsi/support/pdus.ts';
import type { TargetProcess } from './target-process.ts';

const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 };
const FIRST_CMD_SN = 100;

export interface HostileLogin extends LoginDetails {
  readonly offers?: readonly KeyValue[];
}

export class HostilePeer {
  readonly #socket: net.Socket;
  readonly #gone = deferred<void>();
  #read = pduReader();
  #received: ReadPdu[] = [];
  #arrived = deferred<void>();
  isClosed = false;
  cmdSn = FIRST_CMD_SN;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      this.#received.push(...this.#read(bytes));
      this.#arrived.resolve();
    });
    socket.on('error', () => {}); // `close` follows
    socket.once('close', () => {
      this.isClosed = true;
      this.#gone.resolve();
      this.#arrived.resolve();
    });
  }

  static connect({ portal }: TargetProcess): Promise<HostilePeer> {
    const [host, port] = portal.split(':');
    const socket = net.connect({ host: host!, port: Number(port), noDelay: true });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HostilePeer(socket));
      });
    });
  }

  /** Connects and logs in. Throws: Error if the target refuses. */
  static async login(
    target: TargetProcess, name: string,
    { offers = [], ...details }: HostileLogin = {}): Promise<HostilePeer> {
    const peer = await HostilePeer.connect(target);
    await peer.write(loginPdu([['InitiatorName', `iqn.2026-01.test:${name}`],
      ['TargetName', target.iqn], ['SessionType', 'Normal'], ...offers], details));
    const { header } = await peer.next();
    if (header.status !== 0) throw new Error(`the login was refused: ${header.status}`);
    peer.tsih = header.tsih;
    const digest = offers.some(([, value]) => value === 'CRC32C');
    peer.#read = pduReader({ header: digest, data: digest });
    return peer;
  }

  /** Handle of its session. */
  tsih = 0;

  /** Resolves when there is room for more, or when the target has closed. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.isClosed || this.#socket.write(bytes)) return;
    const drained = deferred<void>();
    this.#socket.once('drain', drained.resolve);
    await Promise.race([drained.promise, this.#gone.promise]);
  }

  /** The next PDU. Throws: Error if the connection is closed instead. */
  async next(): Promise<ReadPdu> {
    for (;;) {
      const pdu = this.#received.shift();
      if (pdu !== undefined) return pdu;
      if (this.isClosed) throw new Error('the target has closed the connection');
      this.#arrived = deferred();
      await this.#arrived.promise;
    }
  }

  /** What has come by now. */
  taken(): ReadPdu[] {
    return this.#received.splice(0);
  }

  stopReading(): void {
    this.#socket.pause();
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#gone.promise;
  }

  /** Resolves when the target has closed. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** A command that follows on the last one, unless its number is given. */
  command(tag: number, cdb: Uint8Array, fields: Partial<ScsiCommand> = {}): Uint8Array {
    const whole = new Uint8Array(16);
    whole.set(cdb.subarray(0, 16));
    return scsiCommand.encode({
      immediate: false, opcode: 0x01, final: true, read: false, write: false, attribute: 1,
      ...LENGTHS, lun: encodeLun(0), initiatorTaskTag: tag, expectedDataTransferLength: 0,
      cmdSn: fields.cmdSn ?? this.#takeCmdSn(), expStatSn: 0, cdb: whole, ...fields });
  }

  #takeCmdSn(): number {
    this.cmdSn += 1;
    return this.cmdSn - 1;
  }

  /** READ(10) from block 0. */
  reading(tag: number, blocks: number): Uint8Array {
    return pduBytes(this.command(tag, Uint8Array.of(0x28, 0, 0, 0, 0, 0, 0, blocks >> 8, blocks),
      { read: true, expectedDataTransferLength: blocks * 512 }));
  }

  /** The header of WRITE(10) to block 0, of which data follow. */
  writing(tag: number, blocks: number, fields: Partial<ScsiCommand> = {}): Uint8Array {
    return this.command(tag, Uint8Array.of(0x2a, 0, 0, 0, 0, 0, 0, blocks >> 8, blocks),
      { write: true, expectedDataTransferLength: blocks * 512, ...fields });
  }

  /** An immediate ping with data. */
  ping(tag: number, data: Uint8Array): Uint8Array {
    return pduBytes(nopOut.encode({ immediate: true, opcode: 0x00, final: true, ...LENGTHS,
      lun: encodeLun(0), initiatorTaskTag: tag, targetTransferTag: NO_TAG, cmdSn: this.cmdSn,
      expStatSn: 0 }), data);
  }
}
