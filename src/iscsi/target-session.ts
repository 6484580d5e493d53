import { readU32 } from '../bytes/big-endian.ts';
import { Malformed } from '../codec/finding.ts';
import type { Outcome } from '../sam/command.ts';
import { ASYNC_EVENT, asyncMessage } from '../wire/iscsi/exceptions.ts';
import type { KeyValue } from '../wire/iscsi/keys.ts';
import {
  LOGOUT_REASON, LOGOUT_RESPONSE, type LogoutRequest, logoutRequest, logoutResponse,
} from '../wire/iscsi/logout.ts';
import { decodeLun } from '../wire/spc/lun.ts';
import { nopIn, nopOut } from '../wire/iscsi/nop.ts';
import { isImmediate, NO_TAG, OPCODE, opcodeOf } from '../wire/iscsi/opcodes.ts';
import {
  TASK_FUNCTION, taskManagementRequest, taskManagementResponse,
} from '../wire/iscsi/task-management.ts';
import { textRequest, textResponse } from '../wire/iscsi/text.ts';
import { dataOf, type Pdu } from './framer.ts';
import { LENGTHS, NO_LUN } from './pdu-writer.ts';
import { distance } from './serial.ts';
import type { SharedSession } from './shared-session.ts';
import type { LoggedIn } from './target-login.ts';
import type { TargetSender } from './target-sender.ts';
import { TargetTasks } from './target-tasks.ts';
import type { Task } from './task.ts';
import { TextExchange } from './text-exchange.ts';

/** A PDU that has been looked at. */
interface Prepared {
  run(): void;
  /** Its number stays taken until the command is answered. */
  readonly keepsNumber: boolean;
}

/** Operation codes whose PDUs have a CmdSN. */
const NUMBERED: readonly number[] = [
  OPCODE.nopOut, OPCODE.scsiCommand, OPCODE.taskManagementRequest, OPCODE.textRequest,
  OPCODE.logoutRequest,
];
const QUERIES: readonly number[] = [TASK_FUNCTION.queryTask, TASK_FUNCTION.queryTaskSet];
/** iSCSIProtocolLevel from which on RFC 7144 holds. */
const QUERY_LEVEL = 2;
const NO_INFORMATION: Uint8Array = new Uint8Array(3);
const OF_DISCOVERY: readonly number[] = [OPCODE.nopOut, OPCODE.textRequest, OPCODE.logoutRequest];

/** The full feature phase of a connection at the target. Source: RFC 7143 4.2, 11. */
export class TargetSession {
  readonly #loggedIn: LoggedIn;
  readonly #shared: SharedSession;
  readonly #sender: TargetSender;
  readonly #tasks: TargetTasks;
  readonly #text: TextExchange;
  #logout: LogoutRequest | undefined;
  #pingTag = 0;
  /** The initiator has sent a NOP-Out. */
  hasPinged = false;

  constructor(
    loggedIn: LoggedIn, shared: SharedSession, sender: TargetSender,
    answerText: (pairs: readonly KeyValue[]) => KeyValue[]) {
    this.#loggedIn = loggedIn;
    this.#shared = shared;
    this.#sender = sender;
    this.#tasks = new TargetTasks(
      loggedIn.parameters, shared.window, sender, (tag) => shared.hasTag(tag));
    shared.add(this.#tasks);
    this.#text = new TextExchange(answerText);
  }

  /** A logout is being carried out: what comes now is ignored. */
  get isLoggingOut(): boolean {
    return this.#logout !== undefined;
  }

  /** Takes a PDU in: immediate ones at once, others in order of their CmdSN. */
  take(pdu: Pdu): void {
    const opcode = opcodeOf(pdu.header);
    if (!NUMBERED.includes(opcode)) {
      this.#guarded(pdu, () => this.#takeUnnumbered(opcode, pdu));
    } else if (isImmediate(pdu.header)) {
      this.#guarded(pdu, () => this.#prepare(opcode, pdu)?.run());
    } else this.#takeNumbered(opcode, pdu);
  }

  #takeUnnumbered(opcode: number, pdu: Pdu): void {
    if (opcode === OPCODE.dataOut) this.#tasks.dataOut(pdu);
    else if (opcode === OPCODE.snackRequest) this.#sender.reject(pdu, 'snackReject');
    else {
      const isKnown = Object.values<number>(OPCODE).includes(opcode);
      this.#sender.reject(pdu, isKnown ? 'protocolError' : 'commandNotSupported');
    }
  }

  #takeNumbered(opcode: number, pdu: Pdu): void {
    let prepared: Prepared | undefined;
    this.#shared.take(readU32(pdu.header, 24), {
      prepare: () => this.#guarded(pdu, () => {
        prepared = this.#prepare(opcode, pdu);
      }),
      run: () => {
        if (!this.isLoggingOut) this.#guarded(pdu, () => prepared?.run());
      },
      keepsNumber: () => prepared?.keepsNumber ?? false,
    });
  }

  #guarded(pdu: Pdu, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#sender.reject(pdu, 'invalidPduField');
    }
  }

  #prepare(opcode: number, pdu: Pdu): Prepared | undefined {
    if (this.#loggedIn.sessionType === 'discovery' && !OF_DISCOVERY.includes(opcode)) {
      this.#sender.reject(pdu, 'protocolError');
      return undefined;
    }
    if (opcode !== OPCODE.scsiCommand) {
      return { run: () => this.#takeOther(opcode, pdu), keepsNumber: false };
    }
    const task = this.#tasks.begin(pdu);
    return task === undefined ? undefined
      : { run: () => this.#tasks.deliver(task), keepsNumber: true };
  }

  #takeOther(opcode: number, pdu: Pdu): void {
    switch (opcode) {
      case OPCODE.nopOut: this.#takeNop(pdu); break;
      case OPCODE.textRequest: this.#takeText(pdu); break;
      case OPCODE.logoutRequest: this.#takeLogout(pdu); break;
      default: this.#takeManagement(pdu);
    }
  }

  #takeNop(pdu: Pdu): void {
    const header = nopOut.read(pdu.header);
    this.hasPinged = true;
    // Without a tag it is the answer to our ping, or a mere acknowledgement.
    if (header.initiatorTaskTag === NO_TAG) return;
    const { sendSegmentBytes } = this.#loggedIn.parameters;
    const data = pdu.dataBytes <= sendSegmentBytes ? pdu.data
      : [dataOf(pdu).subarray(0, sendSegmentBytes)];
    this.#sender.send(nopIn.encode({
      opcode: OPCODE.nopIn, final: true, ...LENGTHS, lun: header.lun,
      initiatorTaskTag: header.initiatorTaskTag, targetTransferTag: NO_TAG,
      ...this.#sender.statusNumbers(),
    }), data);
  }

  /** Asks the initiator for a sign of life; no data, which Linux would refuse. */
  ping(): void {
    this.#pingTag = (this.#pingTag + 1) % NO_TAG;
    this.#sender.send(nopIn.encode({
      opcode: OPCODE.nopIn, final: true, ...LENGTHS, lun: NO_LUN, initiatorTaskTag: NO_TAG,
      targetTransferTag: this.#pingTag, ...this.#sender.numbers(),
    }));
  }

  #takeText(pdu: Pdu): void {
    const header = textRequest.read(pdu.header);
    const { sendSegmentBytes } = this.#loggedIn.parameters;
    const reply = this.#text.request(header, pdu.data, sendSegmentBytes);
    if (typeof reply === 'string') {
      this.#sender.reject(pdu, reply);
      return;
    }
    this.#sender.send(textResponse.encode({
      opcode: OPCODE.textResponse, final: reply.final, continues: reply.continues, ...LENGTHS,
      lun: header.lun, initiatorTaskTag: header.initiatorTaskTag,
      targetTransferTag: reply.targetTransferTag, ...this.#sender.statusNumbers(),
    }), [reply.text]);
  }

  #takeLogout(pdu: Pdu): void {
    const header = logoutRequest.read(pdu.header);
    if (header.reason === LOGOUT_REASON.removeForRecovery) {
      this.#respondLogout(header, LOGOUT_RESPONSE.recoveryNotSupported);
      return;
    }
    const closesSession = header.reason === LOGOUT_REASON.closeSession;
    if (!closesSession && header.cid !== this.#loggedIn.cid) {
      this.#sender.push({ kind: 'remove', tag: header.initiatorTaskTag, cid: header.cid });
    } else {
      this.#logout = header;
      this.#sender.push({ kind: 'logout', closesSession });
    }
  }

  /** The response to a `remove`. */
  removed(tag: number, wasThere: boolean): void {
    this.#respondLogout({ initiatorTaskTag: tag },
      wasThere ? LOGOUT_RESPONSE.closed : LOGOUT_RESPONSE.cidNotFound);
  }

  /** Answers the logout that is being carried out. */
  respondLogout(): void {
    if (this.#logout !== undefined) this.#respondLogout(this.#logout, LOGOUT_RESPONSE.closed);
  }

  #respondLogout(
    { initiatorTaskTag }: Pick<LogoutRequest, 'initiatorTaskTag'>, response: number): void {
    const { time2WaitSeconds, time2RetainSeconds } = this.#loggedIn.parameters;
    this.#sender.send(logoutResponse.encode({
      opcode: OPCODE.logoutResponse, final: true, response, ...LENGTHS, initiatorTaskTag,
      ...this.#sender.statusNumbers(), time2Wait: time2WaitSeconds,
      time2Retain: time2RetainSeconds,
    }));
  }

  #takeManagement(pdu: Pdu): void {
    const header = taskManagementRequest.read(pdu.header);
    const { function: code, cmdSn, immediate, refCmdSn } = header;
    const lun = decodeLun(header.lun);
    const manage = (): void => {
      const isAbout = (task: Task): boolean => isConcerned(
        code, task.lun === lun, task.header.initiatorTaskTag === header.referencedTaskTag);
      const isQuery = QUERIES.includes(code);
      const droppedCount = isQuery ? 0 : this.#shared.drop(isAbout);
      const taskCount = this.#shared.count(isAbout);
      // A command that is still under way is aborted before it comes.
      const isSkipped = code === TASK_FUNCTION.abortTask && droppedCount + taskCount === 0
        && distance(refCmdSn, cmdSn) > 0 && this.#shared.skip(refCmdSn);
      this.#sender.push({
        kind: 'manage',
        request: {
          tag: header.initiatorTaskTag, function: code, lun,
          referencedTag: header.referencedTaskTag, taskCount,
          droppedCount: isSkipped ? 1 : droppedCount,
          allowsQueries: this.#loggedIn.parameters.protocolLevel >= QUERY_LEVEL,
        },
      });
    };
    const mayWait = immediate && code !== TASK_FUNCTION.abortTask;
    if (!mayWait) manage();
    else if (!this.#shared.after(cmdSn, manage)) {
      this.#sender.reject(pdu, 'immediateCommandReject');
    }
  }

  /** The response to a `manage`, as TASK_RESPONSE has it, and what RFC 7144 6.2 adds to it. */
  managed(tag: number, response: number, information = NO_INFORMATION): void {
    this.#sender.send(taskManagementResponse.encode({
      opcode: OPCODE.taskManagementResponse, final: true, response, ...LENGTHS,
      additionalResponseInformation: information, initiatorTaskTag: tag,
      ...this.#sender.statusNumbers(),
    }));
  }

  /** The connection has left the session. */
  leave(): void {
    this.#shared.remove(this.#tasks);
  }

  complete(tag: number, outcome: Outcome | undefined): void {
    if (!this.isLoggingOut) this.#tasks.complete(tag, outcome);
  }

  /** Forgets commands that do not run yet: of one logical unit, or all. Returns how many. */
  dropTasks(lun: number | undefined): number {
    return this.#tasks.drop((task) => lun === undefined || task.lun === lun);
  }

  hold(isHeld: boolean): void {
    this.#tasks.hold(isHeld);
  }

  /** Asks the initiator to log out within some seconds. */
  requestLogout(seconds: number): void {
    this.#sender.send(asyncMessage.encode({
      opcode: OPCODE.asyncMessage, final: true, ...LENGTHS, lun: NO_LUN, initiatorTaskTag: NO_TAG,
      ...this.#sender.statusNumbers(), event: ASYNC_EVENT.logoutRequested, vendorCode: 0,
      parameter1: 0, parameter2: 0, parameter3: seconds,
    }));
  }
}

/** Whether a task management function is about a task of the nexus that asks for it. */
function isConcerned(code: number, isOnUnit: boolean, isReferenced: boolean): boolean {
  switch (code) {
    case TASK_FUNCTION.abortTask:
    case TASK_FUNCTION.queryTask: return isOnUnit && isReferenced;
    case TASK_FUNCTION.abortTaskSet:
    case TASK_FUNCTION.clearTaskSet:
    case TASK_FUNCTION.queryTaskSet:
    case TASK_FUNCTION.logicalUnitReset: return isOnUnit;
    case TASK_FUNCTION.itNexusReset:
    case TASK_FUNCTION.targetWarmReset:
    case TASK_FUNCTION.targetColdReset: return true;
    default: return false;
  }
}
