import type { ByteStream } from '../../../src/ports/network.ts';
import { scsiCommand } from '../../../src/wire/iscsi/command.ts';
import type { KeyValue } from '../../../src/wire/iscsi/keys.ts';
import { logoutRequest } from '../../../src/wire/iscsi/logout.ts';
import { taskManagementRequest } from '../../../src/wire/iscsi/task-management.ts';
import { encodeLun } from '../../../src/wire/spc/lun.ts';
import { settled } from '../../initiator/support/memory-network.ts';
import {
  type LoginDetails, loginPdu, pduBytes, pduReader, type ReadPdu,
} from '../../iscsi/support/pdus.ts';
import { type PortalBench, TARGET } from './portal-bench.ts';

const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 };
const NO_TAG = 0xffff_ffff;

interface CommandDetails {
  readonly lun?: number;
  readonly bytes?: number;
  readonly cmdSn?: number;
}

/** A connection on which a test writes PDUs by hand. */
export class Line {
  #stream: ByteStream | undefined;
  #received: ReadPdu[] = [];
  readonly #read = pduReader();
  isClosed = false;
  #cmdSn = 100;

  loginAnswer: ReadPdu | undefined;

  static async open(bench: PortalBench): Promise<Line> {
    const line = new Line();
    line.#stream = await bench.network.connect({ host: '127.0.0.1', port: 3260 }, () => ({
      received: (bytes) => { line.#received.push(...line.#read(bytes)); },
      drained() {},
      closed: () => { line.isClosed = true; },
    }));
    return line;
  }

  /** Opens and logs in; `name` is the initiator's. */
  static async login(
    bench: PortalBench, name = 'iqn.2020-01.test:raw', details: LoginDetails = {},
    offers: readonly KeyValue[] = [], turns?: number): Promise<Line> {
    const line = await Line.open(bench);
    const pairs: KeyValue[] = [['InitiatorName', name], ['TargetName', TARGET], ...offers];
    line.#stream!.send([loginPdu(pairs, details)]);
    line.loginAnswer = (await line.answers(turns))[0];
    return line;
  }

  async send(bytes: Uint8Array): Promise<ReadPdu[]> {
    this.#stream!.send([bytes]);
    return this.answers();
  }

  /** What has come once everything under way has settled. */
  async answers(turns?: number): Promise<ReadPdu[]> {
    await settled(turns);
    return this.taken();
  }

  /** What has come by now. */
  taken(): ReadPdu[] {
    return this.#received.splice(0);
  }

  get stream(): ByteStream {
    return this.#stream!;
  }

  command(itt: number, cdb: Uint8Array, details: CommandDetails = {}): Promise<ReadPdu[]> {
    this.post(itt, cdb, details);
    return this.answers();
  }

  /** Sends a command and does not wait. */
  post(
    itt: number, cdb: Uint8Array,
    { lun = 0, bytes = 0, cmdSn = this.#next() }: CommandDetails = {}): void {
    const whole = new Uint8Array(16);
    whole.set(cdb);
    this.#stream!.send([pduBytes(scsiCommand.encode({
      immediate: false, opcode: 1, final: true, read: bytes > 0, write: false, attribute: 1,
      ...LENGTHS, lun: encodeLun(lun), initiatorTaskTag: itt, expectedDataTransferLength: bytes,
      cmdSn, expStatSn: 0, cdb: whole }))]);
  }

  #next(): number {
    this.#cmdSn += 1;
    return this.#cmdSn - 1;
  }

  manage(
    itt: number, code: number, { lun = 0, tag = NO_TAG, cmdSn = this.#cmdSn, refCmdSn = 0 } = {},
  ): Promise<ReadPdu[]> {
    return this.send(pduBytes(taskManagementRequest.encode({
      immediate: true, opcode: 2, final: true, function: code, ...LENGTHS, lun: encodeLun(lun),
      initiatorTaskTag: itt, referencedTaskTag: tag, cmdSn, expStatSn: 0,
      refCmdSn, expDataSn: 0 })));
  }

  logout(itt: number, reason: number, cid = 0): Promise<ReadPdu[]> {
    return this.send(pduBytes(logoutRequest.encode({
      immediate: true, opcode: 6, final: true, reason, ...LENGTHS, initiatorTaskTag: itt, cid,
      cmdSn: this.#cmdSn, expStatSn: 0 })));
  }
}
