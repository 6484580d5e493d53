/**
 * An initiator that knows the rules and breaks them: PDUs are built right, then damaged. What the
 * target sends is read by the declarations, which fail on anything that is not a whole, known PDU.
 */
import type { ByteStream, StreamEvents } from '../../src/ports/network.ts';
import { deferred } from '../../src/sam/deferred.ts';
import type { KeyValue } from '../../src/wire/iscsi/keys.ts';
import {
  IDENTITY, loginPdu, pduBytes, pduReader, type ReadPdu, text,
} from '../iscsi/support/pdus.ts';
import type { Assembled } from './e2e-assembled.ts';
import { pattern } from './e2e-lists.ts';
import { damage } from './fuzz-bytes.ts';
import { fuzzCommand } from './fuzz-commands.ts';
import { between, pick } from './seeded.ts';
import { turns } from './turns.ts';

const OPCODES = { nopOut: 0x00, command: 0x01, management: 0x02, text: 0x04, dataOut: 0x05,
  logout: 0x06, snack: 0x10 } as const;
const IMMEDIATE = 0x40;

/** An R2T that waits for its data. */
interface Wanted {
  readonly task: number;
  readonly tag: number;
  readonly offset: number;
  readonly byteLength: number;
}

export class FuzzPeer implements StreamEvents {
  readonly #random: () => number;
  readonly #lists: readonly Uint8Array[];
  readonly #gone = deferred<void>();
  #digests = { header: false, data: false };
  #stream!: ByteStream; // set by `connect`
  #read = pduReader();
  #isGone = false;
  #cmdSn = 100;
  #lastTask = 0;
  #wanted: Wanted[] = [];
  /** PDUs of the target, by operation code. */
  readonly seen = new Map<number, number>();
  sent = 0;
  /** What the target has sent that is no PDU. */
  wrong: unknown;

  private constructor(random: () => number, lists: readonly Uint8Array[]) {
    this.#random = random;
    this.#lists = lists;
  }

  static async connect(
    { target, ports }: Assembled, random: () => number,
    lists: readonly Uint8Array[]): Promise<FuzzPeer> {
    const peer = new FuzzPeer(random, lists);
    await ports.network.connect(target.address, (stream) => {
      peer.#stream = stream;
      return peer;
    });
    return peer;
  }

  received(bytes: Buffer): void {
    try {
      for (const pdu of this.#read(bytes)) this.#note(pdu);
    } catch (error) {
      this.wrong ??= error;
    }
  }

  #note(pdu: ReadPdu): void {
    const { opcode, header } = pdu;
    this.seen.set(opcode, (this.seen.get(opcode) ?? 0) + 1);
    if (header.expCmdSn !== undefined) this.#cmdSn = header.expCmdSn;
    if (opcode === 0x23 && header.status === 0 && header.transit) {
      // What the damage has left of the offer decides.
      const keys = text(pdu);
      this.#digests = { header: keys.includes('HeaderDigest=CRC32C'),
        data: keys.includes('DataDigest=CRC32C') };
      this.#read = pduReader(this.#digests);
    }
    if (opcode !== 0x31) return;
    this.#wanted.push({ task: header.initiatorTaskTag, tag: header.targetTransferTag,
      offset: header.bufferOffset, byteLength: header.desiredDataTransferLength });
  }

  drained(): void {}

  closed(): void {
    this.#isGone = true;
    this.#gone.resolve();
  }

  /** Logs in, sends so many PDUs, and goes; resolves when the connection is closed. */
  async live(pduCount: number): Promise<void> {
    await this.#login();
    for (let i = 0; i < pduCount && !this.#isGone; i += 1) {
      this.#send(this.#pdu());
      if (this.#random() < 0.4) await turns(between(this.#random, 1, 4));
      if (this.#random() < 0.02) await this.#holdBack();
    }
    await turns(between(this.#random, 0, 20));
    if (this.#random() < 0.5) this.#stream.end();
    else this.#stream.destroy();
    await this.#gone.promise;
  }

  async #login(): Promise<void> {
    const digest = (): string => pick(this.#random, ['None', 'None', 'CRC32C']);
    const pairs: KeyValue[] = [
      ...IDENTITY.map(([key, value]): KeyValue =>
        [key, key === 'TargetName' ? 'iqn.2020-01.test:assembled' : value]),
      ['HeaderDigest', digest()], ['DataDigest', digest()],
      ['InitialR2T', pick(this.#random, ['Yes', 'No'])],
      ['ImmediateData', pick(this.#random, ['Yes', 'No'])],
      ['MaxBurstLength', pick(this.#random, ['512', '4096', '262144'])],
      ['MaxOutstandingR2T', pick(this.#random, ['1', '4'])],
      ['MaxConnections', pick(this.#random, ['1', '4'])],
      ['iSCSIProtocolLevel', pick(this.#random, ['1', '2'])],
    ];
    const isid = Uint8Array.of(0x80, 0, 0, 0, 0, between(this.#random, 0, 3));
    // Some try to join a session that another peer may have, or to take a connection of it over.
    const tsih = this.#random() < 0.2 ? between(this.#random, 1, 20) : 0;
    const login = loginPdu(pairs, { isid, tsih, cid: between(this.#random, 0, 2) });
    if (this.#random() < 0.3) damage(this.#random, login);
    this.#write(login);
    await turns(12);
  }

  /** Reads nothing for a while, so that the target has to keep what it would send. */
  async #holdBack(): Promise<void> {
    this.#stream.pause();
    await turns(between(this.#random, 5, 30));
    this.#stream.resume();
  }

  /** Header, data; damaged before the digests are made, or after, or not. */
  #send({ header, data }: { header: Uint8Array; data: Uint8Array }): void {
    if (this.#random() < 0.3) damage(this.#random, header);
    const bytes = pduBytes(header, data, this.#digests);
    if (this.#random() < 0.08) damage(this.#random, bytes);
    this.#write(this.#random() < 0.005 ? bytes.subarray(0, between(this.#random, 1, 60)) : bytes);
  }

  /** In one piece, or in two that arrive apart. */
  #write(bytes: Uint8Array): void {
    this.sent += 1;
    const cut = this.#random() < 0.2 ? between(this.#random, 0, bytes.length) : bytes.length;
    this.#stream.send([bytes.subarray(0, cut)]);
    if (cut < bytes.length) this.#stream.send([bytes.subarray(cut)]);
  }

  #pdu(): { header: Uint8Array; data: Uint8Array } {
    const what = this.#random();
    if (this.#wanted.length > 0 && what < 0.7) return this.#dataOut();
    if (what < 0.6) return this.#command();
    if (what < 0.7) return this.#management();
    const data = pattern(1, between(this.#random, 0, 64));
    switch (between(this.#random, 0, 4)) {
      case 0: return this.#header(OPCODES.nopOut, 0x80, { data, tag: this.#anyTask() });
      case 1: return this.#header(OPCODES.text, 0x80,
        { data: new Uint8Array(Buffer.from('SendTargets=All\0')) });
      case 2: return this.#header(OPCODES.snack, 0x80, { tag: this.#anyTask() });
      case 3: return this.#header(OPCODES.dataOut, 0x80, { data, tag: this.#anyTask() });
      default: return this.#random() < 0.05 ? this.#header(OPCODES.logout, 0x80, {})
        : this.#header(between(this.#random, 0, 0x3f), 0x80, { data });
    }
  }

  #command() {
    const { lun, cdb, out, room } = fuzzCommand(this.#random, this.#lists);
    this.#lastTask += 1;
    const immediate = out?.subarray(0, pick(this.#random, [0, out.length, 512]));
    const made = this.#header(OPCODES.command,
      (immediate === undefined || immediate.length >= out!.length ? 0x80 : 0)
      | (out === undefined ? 0 : 0x20) | (room > 0 ? 0x40 : 0) | between(this.#random, 0, 4),
      { lun, data: immediate ?? new Uint8Array(0), tag: this.#lastTask });
    new DataView(made.header.buffer).setUint32(20, out?.length ?? room);
    made.header.set(cdb, 32);
    return made;
  }

  #management() {
    const made = this.#header(OPCODES.management, 0x80 | between(this.#random, 1, 12),
      { lun: between(this.#random, 0, 4), tag: 0x1000 + this.sent });
    const view = new DataView(made.header.buffer);
    view.setUint32(20, this.#anyTask());
    view.setUint32(32, this.#cmdSn - between(this.#random, 0, 3));
    return made;
  }

  /** The data of an R2T: whole, a part, out of order, or of another one. */
  #dataOut() {
    const wanted = this.#wanted.splice(between(this.#random, 0, this.#wanted.length - 1), 1)[0]!;
    const data = pattern(2, Math.min(wanted.byteLength, pick(this.#random, [512, 8192, 65_536])));
    const made = this.#header(OPCODES.dataOut, 0x80, { data, tag: wanted.task });
    const view = new DataView(made.header.buffer);
    view.setUint32(20, wanted.tag);
    view.setUint32(36, this.#random() < 0.9 ? 0 : 1);
    view.setUint32(40, wanted.offset);
    return made;
  }

  #anyTask(): number {
    return pick(this.#random, [0xffff_ffff, this.#lastTask, this.#lastTask - 1, 0]) >>> 0;
  }

  #header(
    opcode: number, flags: number,
    given: { readonly lun?: number; readonly data?: Uint8Array; readonly tag?: number }) {
    const { lun = 0, data = new Uint8Array(0), tag = this.#lastTask } = given;
    const header = new Uint8Array(48);
    const view = new DataView(header.buffer);
    const isImmediate = opcode !== OPCODES.dataOut && this.#random() < 0.4;
    header[0] = opcode | (isImmediate ? IMMEDIATE : 0);
    header[1] = flags;
    view.setUint32(4, data.length);
    header[9] = lun;
    view.setUint32(16, tag);
    view.setUint32(20, 0xffff_ffff);
    view.setUint32(24, this.#cmdSn);
    if (!isImmediate && opcode !== OPCODES.dataOut) this.#cmdSn = (this.#cmdSn + 1) >>> 0;
    return { header, data };
  }
}
