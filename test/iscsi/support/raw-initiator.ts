import { SendMemory } from '../../../src/iscsi/send-memory.ts';
import { concat } from '../../../src/bytes/concat.ts';
import {
  TargetConnection, type TargetConnectionRules,
} from '../../../src/iscsi/target-connection.ts';
import type { TargetOutput } from '../../../src/iscsi/target-output.ts';
import type { Outcome } from '../../../src/sam/command.ts';
import type { KeyValue } from '../../../src/wire/iscsi/keys.ts';
import { scsiCommand } from '../../../src/wire/iscsi/command.ts';
import { dataOut } from '../../../src/wire/iscsi/data.ts';
import { nopOut } from '../../../src/wire/iscsi/nop.ts';
import { taskManagementRequest } from '../../../src/wire/iscsi/task-management.ts';
import { textRequest } from '../../../src/wire/iscsi/text.ts';
import { logoutRequest } from '../../../src/wire/iscsi/logout.ts';
import {
  IDENTITY, type LoginDetails, loginPdu, pduBytes, readPdus, type ReadPdu, TARGET,
} from './pdus.ts';

const LENGTHS = { totalAhsLength: 0, dataSegmentLength: 0 };
const LUN_0 = new Uint8Array(8);
export const GOOD: Outcome = { status: 'good', sense: undefined, dataIn: [], wantedBytes: 0 };
export const FIRST_CMD_SN = 100;

/** What came back: PDUs, and what the connection asked of its owner. */
export interface Reaction {
  readonly pdus: readonly ReadPdu[];
  readonly others: readonly Exclude<TargetOutput, { kind: 'send' }>[];
}

export interface CommandDetails {
  readonly cdb?: Uint8Array;
  readonly read?: boolean;
  readonly write?: boolean;
  readonly bytes?: number;
  readonly immediate?: boolean;
  readonly final?: boolean;
  readonly attribute?: number;
  readonly cmdSn?: number;
  readonly lun?: Uint8Array;
  readonly data?: Uint8Array;
  readonly ahs?: Uint8Array;
}

/** Drives a target connection PDU by PDU, and owns it: sessions are admitted at once. */
export class RawInitiator {
  nowMs = 0;
  readonly target: TargetConnection;
  cmdSn = FIRST_CMD_SN;

  constructor(rules: Partial<TargetConnectionRules> = {}) {
    this.target = new TargetConnection({
      targetName: TARGET, portalGroupTag: 1, users: [], addresses: ['192.0.2.1:3260'],
      random: (count) => new Uint8Array(count).fill(7), memory: new SendMemory(), ...rules,
    }, this.nowMs);
  }

  /** Sends bytes; a login is admitted with TSIH 9. */
  bytes(bytes: Uint8Array): Reaction {
    return this.reaction(this.target.receive(bytes, this.nowMs));
  }

  reaction(outputs: readonly TargetOutput[]): Reaction {
    const all = outputs.flatMap((output) =>
      (output.kind === 'login' ? [output, ...this.target.admit(9)] : [output]));
    const sent = all.flatMap((output) => (output.kind === 'send' ? output.parts : []));
    return {
      pdus: readPdus(concat(sent)),
      others: all.filter((output) => output.kind !== 'send'),
    };
  }

  login(pairs: readonly KeyValue[] = [], details: LoginDetails = {}): Reaction {
    return this.bytes(loginPdu([...IDENTITY, ...pairs], details));
  }

  command(itt: number, details: CommandDetails): Reaction {
    const { bytes = 0, immediate = false, data = new Uint8Array(0) } = details;
    return this.bytes(pduBytes(scsiCommand.encode({
      immediate, opcode: 0x01, final: details.final ?? true, read: details.read ?? false,
      write: details.write ?? false, attribute: details.attribute ?? 1, ...LENGTHS,
      lun: details.lun ?? LUN_0, initiatorTaskTag: itt, expectedDataTransferLength: bytes,
      cmdSn: details.cmdSn ?? this.#next(immediate), expStatSn: 0,
      cdb: details.cdb ?? new Uint8Array(16),
    }), data, undefined, details.ahs));
  }

  #next(immediate: boolean): number {
    const cmdSn = this.cmdSn;
    if (!immediate) this.cmdSn += 1;
    return cmdSn;
  }

  data(
    itt: number, ttt: number, dataSn: number, offset: number, data: Uint8Array,
    final = true): Reaction {
    return this.bytes(pduBytes(dataOut.encode({
      opcode: 0x05, final, ...LENGTHS, lun: LUN_0, initiatorTaskTag: itt, targetTransferTag: ttt,
      expStatSn: 0, dataSn, bufferOffset: offset,
    }), data));
  }

  nop(itt: number, data: Uint8Array, immediate = true, ttt = 0xffff_ffff): Reaction {
    return this.bytes(pduBytes(nopOut.encode({
      immediate, opcode: 0x00, final: true, ...LENGTHS, lun: LUN_0, initiatorTaskTag: itt,
      targetTransferTag: ttt, cmdSn: this.#next(immediate), expStatSn: 0,
    }), data));
  }

  text(itt: number, text: string, details: { final?: boolean; continues?: boolean; ttt?: number }
    = {}): Reaction {
    return this.bytes(pduBytes(textRequest.encode({
      immediate: true, opcode: 0x04, final: details.final ?? true,
      continues: details.continues ?? false, ...LENGTHS, lun: LUN_0, initiatorTaskTag: itt,
      targetTransferTag: details.ttt ?? 0xffff_ffff, cmdSn: this.cmdSn, expStatSn: 0,
    }), new TextEncoder().encode(text)));
  }

  manage(itt: number, code: number, referencedTaskTag = 0xffff_ffff, lun = LUN_0): Reaction {
    return this.bytes(pduBytes(taskManagementRequest.encode({
      immediate: true, opcode: 0x02, final: true, function: code, ...LENGTHS, lun,
      initiatorTaskTag: itt, referencedTaskTag, cmdSn: this.cmdSn, expStatSn: 0, refCmdSn: 0,
      expDataSn: 0,
    })));
  }

  logout(itt: number, reason: number, cid = 0): Reaction {
    return this.bytes(pduBytes(logoutRequest.encode({
      immediate: true, opcode: 0x06, final: true, reason, ...LENGTHS, initiatorTaskTag: itt, cid,
      cmdSn: this.cmdSn, expStatSn: 0,
    })));
  }

  complete(tag: number, outcome: Outcome | undefined = GOOD): Reaction {
    return this.reaction(this.target.complete(tag, outcome));
  }
}

/** The only command that a reaction asks to run. */
export function runOf(reaction: Reaction): Extract<TargetOutput, { kind: 'run' }> {
  const runs = reaction.others.filter((output) => output.kind === 'run');
  if (runs.length !== 1) throw new Error(`${runs.length} commands are run`);
  return runs[0]!;
}

export const pattern = (byteLength: number, seed = 0): Uint8Array =>
  Uint8Array.from({ length: byteLength }, (_, i) => (i * 31 + (i >>> 8) * 7 + seed) & 0xff);
