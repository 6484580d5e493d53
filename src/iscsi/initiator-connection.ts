/**
 * The initiator's end of one connection, which is one session:
 *
 *   execute, abort, logout ─→ InitiatorTasks ─→ outputs: send
 *   bytes ─→ Framer ─→ InitiatorLogin, then InitiatorTasks ─→ outputs: answered, …
 *
 * It owns no socket, timer or promise. Source: RFC 7143, with error recovery level 0.
 */
import { readU32 } from '../bytes/big-endian.ts';
import { Malformed } from '../codec/finding.ts';
import { scsiResponse } from '../wire/iscsi/command.ts';
import { dataIn, readyToTransfer } from '../wire/iscsi/data.ts';
import { ASYNC_EVENT, asyncMessage, reject, REJECT_TEXT } from '../wire/iscsi/exceptions.ts';
import { encodeKeys, type KeyValue } from '../wire/iscsi/keys.ts';
import { loginRequest, loginResponse } from '../wire/iscsi/login.ts';
import { LOGOUT_REASON, logoutRequest } from '../wire/iscsi/logout.ts';
import { nopIn, nopOut } from '../wire/iscsi/nop.ts';
import { NO_TAG, OPCODE, opcodeOf } from '../wire/iscsi/opcodes.ts';
import { taskManagementResponse } from '../wire/iscsi/task-management.ts';
import { textRequest, textResponse } from '../wire/iscsi/text.ts';
import { type Crc32c, portableCrc32c } from './digest.ts';
import { dataOf, Framer, FramingError, type Pdu } from './framer.ts';
import { InitiatorLogin, type InitiatorRules, type LoginAsk } from './initiator-login.ts';
import type { InitiatorCommand, InitiatorOutput } from './initiator-output.ts';
import { InitiatorSender } from './initiator-sender.ts';
import { InitiatorTasks, ProtocolError } from './initiator-tasks.ts';
import { KeepAlive } from './keep-alive.ts';
import { LOGIN_TIMEOUT_MS } from './limits.ts';
import { NegotiationError, type Parameters } from './negotiation.ts';
import { LENGTHS, NO_LUN } from './pdu-writer.ts';
import { TextCollector } from './text-buffer.ts';

const FIRST_CMD_SN = 1;
const CID = 1;

export class InitiatorConnection {
  readonly #rules: InitiatorRules;
  readonly #framer: Framer;
  readonly #sender: InitiatorSender;
  readonly #login: InitiatorLogin;
  readonly #loginTag: number;
  readonly #keepAlive: KeepAlive;
  readonly #loginDeadlineMs: number;
  readonly #text = new TextCollector();
  #tasks: InitiatorTasks | undefined;
  #isClosed = false;
  /** The target wants us to log out, which we do when nothing is under way. */
  #isLeaving = false;
  #hasLeft = false;

  constructor(rules: InitiatorRules, nowMs: number, crc32c: Crc32c = portableCrc32c) {
    this.#rules = rules;
    this.#framer = new Framer(crc32c);
    this.#sender = new InitiatorSender(FIRST_CMD_SN, crc32c);
    this.#login = new InitiatorLogin(rules);
    this.#loginTag = this.#sender.newTag();
    this.#keepAlive = new KeepAlive(nowMs, true);
    this.#loginDeadlineMs = nowMs + LOGIN_TIMEOUT_MS;
  }

  /** Begins the login. */
  start(): InitiatorOutput[] {
    this.#askLogin(this.#login.start());
    return this.#sender.takeOutputs();
  }

  /** Bytes from the target. */
  receive(bytes: Uint8Array, nowMs: number): InitiatorOutput[] {
    if (this.#isClosed) return [];
    this.#keepAlive.heard(nowMs);
    this.#framer.append(bytes);
    try {
      for (let pdu = this.#framer.next(); pdu !== undefined && !this.#isClosed;) {
        if (pdu.dataDigestFailed) throw new FramingError('a data digest is wrong');
        if (this.#tasks === undefined) this.#takeLogin(pdu);
        else this.#take(this.#tasks, pdu);
        pdu = this.#isClosed ? undefined : this.#framer.next();
      }
      this.#tasks?.proceed();
      if (this.#isLeaving && this.#tasks?.isIdle) this.#leave();
    } catch (error) {
      const isFault = error instanceof FramingError || error instanceof ProtocolError
        || error instanceof Malformed || error instanceof NegotiationError;
      if (!isFault) throw error;
      this.#close(error.message);
    }
    return this.#sender.takeOutputs();
  }

  /** Runs a command after `loggedIn`; its end carries the tag. Undefined: it cannot be sent. */
  execute(command: InitiatorCommand): number | undefined {
    if (this.#isClosed || this.#isLeaving || this.#hasLeft) return undefined;
    return this.#tasks?.execute(command);
  }

  /** Aborts a command; `aborted` follows, or its end if that was quicker. */
  abort(tag: number): void {
    if (!this.#isClosed) this.#tasks?.abort(tag);
  }

  /** Asks for the target's names and addresses; `text` follows. */
  sendTargets(): void {
    this.#requestText([['SendTargets', 'All']], this.#sender.newTag(), NO_TAG);
  }

  /** Logs out; `close` follows. */
  logout(): void {
    if (this.#tasks === undefined) this.#close(undefined);
    else if (!this.#hasLeft && !this.#isClosed) this.#leave();
  }

  /** Outputs of the calls that return none. */
  takeOutputs(): InitiatorOutput[] {
    return this.#sender.takeOutputs();
  }

  tick(nowMs: number): InitiatorOutput[] {
    if (this.#isClosed) return [];
    if (this.#tasks === undefined) {
      if (nowMs >= this.#loginDeadlineMs) this.#close('the target does not answer the login');
      return this.#sender.takeOutputs();
    }
    const due = this.#keepAlive.due(nowMs);
    if (due === 'lost') this.#close('the target does not answer any more');
    else if (due === 'ping') this.#sendNop(this.#sender.newTag(), NO_TAG, NO_LUN);
    return this.#sender.takeOutputs();
  }

  /** When to call `tick`, or undefined to wait for bytes. */
  get wakeAtMs(): number | undefined {
    if (this.#isClosed) return undefined;
    return this.#tasks === undefined ? this.#loginDeadlineMs : this.#keepAlive.wakeAtMs;
  }

  #close(reason: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sender.push({ kind: 'close', reason });
  }

  #takeLogin(pdu: Pdu): void {
    const header = loginResponse.read(pdu.header);
    this.#sender.acknowledge(header.statSn);
    this.#sender.windowMoved(header.expCmdSn, header.maxCmdSn);
    const step = this.#login.response(header, pdu.data);
    if (step.kind === 'ask') this.#askLogin(step.ask);
    else if (step.kind === 'failed') this.#close(step.reason);
    else this.#enter(step.parameters);
  }

  #enter(parameters: Parameters): void {
    this.#framer.digests = { header: parameters.headerDigest, data: parameters.dataDigest };
    this.#framer.segmentBytesMax = parameters.receiveSegmentBytes;
    this.#sender.writer.digests = this.#framer.digests;
    this.#tasks = new InitiatorTasks(this.#sender, parameters);
    this.#sender.push({ kind: 'loggedIn' });
  }

  #askLogin({ transit, continues, currentStage, nextStage, text }: LoginAsk): void {
    this.#sender.send(loginRequest.encode({
      immediate: true, opcode: OPCODE.loginRequest, transit, continues, currentStage, nextStage,
      versionMax: 0, versionMin: 0, ...LENGTHS, isid: this.#rules.isid, tsih: 0,
      initiatorTaskTag: this.#loginTag, cid: CID, ...this.#sender.immediateNumbers(),
    }), [text]);
  }

  #take(tasks: InitiatorTasks, pdu: Pdu): void {
    // Every PDU from the target has these numbers at the same place.
    this.#sender.windowMoved(readU32(pdu.header, 28), readU32(pdu.header, 32));
    const statSn = readU32(pdu.header, 24);
    const opcode = opcodeOf(pdu.header);
    if (opcode === OPCODE.readyToTransfer) {
      tasks.readyToTransfer(readyToTransfer.read(pdu.header));
    } else if (opcode === OPCODE.dataIn) {
      const header = dataIn.read(pdu.header);
      if (header.hasStatus) this.#sender.acknowledge(statSn);
      tasks.dataIn(header, pdu.data);
    } else if (opcode === OPCODE.nopIn) this.#takeNop(pdu);
    else {
      this.#sender.acknowledge(statSn);
      this.#takeStatus(tasks, opcode, pdu);
    }
  }

  /** PDUs that always carry a status. */
  #takeStatus(tasks: InitiatorTasks, opcode: number, pdu: Pdu): void {
    switch (opcode) {
      case OPCODE.scsiResponse:
        tasks.response(scsiResponse.read(pdu.header), dataOf(pdu));
        break;
      case OPCODE.taskManagementResponse:
        tasks.managed(taskManagementResponse.read(pdu.header).initiatorTaskTag);
        break;
      case OPCODE.textResponse: this.#takeText(pdu); break;
      case OPCODE.logoutResponse: this.#close(this.#isLeaving ? LEFT_ON_REQUEST : undefined); break;
      case OPCODE.asyncMessage: this.#takeAsync(pdu); break;
      case OPCODE.reject: this.#takeReject(tasks, pdu); break;
      default: throw new ProtocolError(`a PDU with operation code ${opcode} came`);
    }
  }

  #takeNop(pdu: Pdu): void {
    const { initiatorTaskTag, targetTransferTag, statSn, lun } = nopIn.read(pdu.header);
    if (initiatorTaskTag !== NO_TAG) this.#sender.acknowledge(statSn);
    if (targetTransferTag !== NO_TAG) this.#sendNop(NO_TAG, targetTransferTag, lun);
  }

  #sendNop(initiatorTaskTag: number, targetTransferTag: number, lun: Uint8Array): void {
    this.#sender.send(nopOut.encode({
      immediate: true, opcode: OPCODE.nopOut, final: true, ...LENGTHS, lun, initiatorTaskTag,
      targetTransferTag, ...this.#sender.immediateNumbers(),
    }));
  }

  #requestText(
    pairs: readonly KeyValue[], initiatorTaskTag: number, targetTransferTag: number): void {
    this.#sender.send(textRequest.encode({
      immediate: true, opcode: OPCODE.textRequest, final: true, continues: false, ...LENGTHS,
      lun: NO_LUN, initiatorTaskTag, targetTransferTag, ...this.#sender.immediateNumbers(),
    }), [encodeKeys(pairs)]);
  }

  #takeText(pdu: Pdu): void {
    const header = textResponse.read(pdu.header);
    if (!this.#text.append(pdu.data)) throw new ProtocolError('a text is too long');
    if (header.final) this.#sender.push({ kind: 'text', pairs: this.#text.take() });
    else this.#requestText([], header.initiatorTaskTag, header.targetTransferTag);
  }

  #takeAsync(pdu: Pdu): void {
    const { event } = asyncMessage.read(pdu.header);
    if (event === ASYNC_EVENT.logoutRequested || event === ASYNC_EVENT.renegotiate) {
      this.#isLeaving = true;
    } else if (event === ASYNC_EVENT.connectionDropped
      || event === ASYNC_EVENT.allConnectionsDropped) {
      this.#close('the target drops the connection');
    }
  }

  #takeReject(tasks: InitiatorTasks, pdu: Pdu): void {
    const { reason } = reject.read(pdu.header);
    const text = `the target rejected a PDU: ${REJECT_TEXT[reason] ?? `reason ${reason}`}`;
    if (!tasks.rejected(readU32(dataOf(pdu), 16), text)) this.#close(text);
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#sender.send(logoutRequest.encode({
      immediate: true, opcode: OPCODE.logoutRequest, final: true,
      reason: LOGOUT_REASON.closeSession, ...LENGTHS, initiatorTaskTag: this.#sender.newTag(),
      cid: CID, ...this.#sender.immediateNumbers(),
    }));
  }
}

const LEFT_ON_REQUEST = 'the target asked to log out';
