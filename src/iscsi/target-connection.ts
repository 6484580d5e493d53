/**
 * The target's end of one connection. Connections of one session have a SharedSession together:
 *
 *   bytes ─→ Framer ─→ TargetLogin ─→ (its owner admits) ─→ TargetSession ─→ TargetTasks
 *                                                                                │
 *   outputs ←───────────────────────────────────── TargetSender ←────────────────┘
 *
 * It owns no socket, timer or promise: bytes and times go in, outputs come out.
 * Source: RFC 7143, with error recovery level 0.
 */
import type { Outcome } from '../sam/command.ts';
import type { KeyValue } from '../wire/iscsi/keys.ts';
import {
  LOGIN_STATUS, type LoginRequest, loginRequest, loginResponse, type LoginStatus,
} from '../wire/iscsi/login.ts';
import { OPCODE, opcodeOf } from '../wire/iscsi/opcodes.ts';
import { CommandWindow } from './command-window.ts';
import { type Crc32c, portableCrc32c } from './digest.ts';
import { Framer, FramingError, type Pdu } from './framer.ts';
import { KeepAlive } from './keep-alive.ts';
import { LOGIN_TIMEOUT_MS } from './limits.ts';
import { LENGTHS } from './pdu-writer.ts';
import { answerDiscovery, type ToldTarget } from './send-targets.ts';
import type { SendMemory } from './send-memory.ts';
import { SharedSession } from './shared-session.ts';
import { type LoginReply, type LoginRules, refusal, TargetLogin } from './target-login.ts';
import type { TargetOutput } from './target-output.ts';
import { TargetSender } from './target-sender.ts';
import { TargetSession } from './target-session.ts';

export interface TargetConnectionRules extends LoginRules {
  /** What SendTargets tells as the target's addresses: `host:port`. */
  readonly addresses: readonly string[];
  readonly crc32c?: Crc32c;
  /** What all connections of a target send from. */
  readonly memory: SendMemory;
}

/** Before there is a session no command is taken. */
const CLOSED_WINDOW = new CommandWindow(0, 0);

/** A login that only waits for the owner's consent. */
interface Applicant {
  readonly request: LoginRequest;
  readonly reply: LoginReply;
}

export class TargetConnection {
  readonly #rules: TargetConnectionRules;
  readonly #framer: Framer;
  readonly #login: TargetLogin;
  readonly #sender: TargetSender;
  readonly #loginDeadlineMs: number;
  readonly #keepAlive: KeepAlive;
  #applicant: Applicant | undefined;
  #session: TargetSession | undefined;
  #shared: SharedSession | undefined;
  #isClosed = false;

  constructor(rules: TargetConnectionRules, nowMs: number) {
    const crc = rules.crc32c ?? portableCrc32c;
    this.#rules = rules;
    this.#framer = new Framer(crc);
    this.#login = new TargetLogin(rules);
    this.#sender = new TargetSender(CLOSED_WINDOW, rules.memory, crc);
    this.#loginDeadlineMs = nowMs + LOGIN_TIMEOUT_MS;
    this.#keepAlive = new KeepAlive(nowMs);
  }

  /** Bytes from the peer. */
  receive(bytes: Uint8Array, nowMs: number): TargetOutput[] {
    if (this.#isClosed || this.#session?.isLoggingOut) return [];
    this.#keepAlive.heard(nowMs);
    this.#framer.append(bytes);
    return this.#work();
  }

  /** What this connection has in common with others; undefined until the session begins. */
  get shared(): SharedSession | undefined {
    return this.#shared;
  }

  /**
   * The owner lets the session begin, or this connection join `shared`. `tsih` is not 0.
   */
  admit(tsih: number, shared?: SharedSession): TargetOutput[] {
    const loggedIn = this.#applicant?.reply.loggedIn;
    if (this.#applicant === undefined || loggedIn === undefined || this.#isClosed) return [];
    const { request, reply } = this.#applicant;
    this.#applicant = undefined;
    const parameters = shared?.joined(loggedIn.parameters) ?? loggedIn.parameters;
    this.#shared = shared ?? new SharedSession(parameters, request.cmdSn);
    this.#sender.useWindow(this.#shared.window);
    this.#respond(request, reply, tsih);
    const { headerDigest, dataDigest, receiveSegmentBytes } = parameters;
    this.#framer.digests = { header: headerDigest, data: dataDigest };
    this.#sender.writer.digests = this.#framer.digests;
    this.#framer.segmentBytesMax = receiveSegmentBytes;
    const { targetName, portalGroupTag, addresses, admits } = this.#rules;
    // A target that an initiator may not use is not there for it. Source: RFC 7143 C.
    const told: ToldTarget | undefined = admits?.(loggedIn.initiatorName) === false ? undefined
      : { targetName, addresses: addresses.map((address) => `${address},${portalGroupTag}`) };
    this.#session = new TargetSession({ ...loggedIn, parameters }, this.#shared, this.#sender,
      (pairs: readonly KeyValue[]) => answerDiscovery(pairs, told));
    return this.#work();
  }

  /** The owner does not let the session begin. */
  refuse(status: LoginStatus): TargetOutput[] {
    if (this.#applicant === undefined || this.#isClosed) return [];
    this.#refuse(this.#applicant.request, refusal(this.#applicant.request, status));
    return this.#sender.takeOutputs();
  }

  /** The outcome of a `run`; undefined if the task was aborted. */
  complete(tag: number, outcome: Outcome | undefined): TargetOutput[] {
    return this.#inSession((session) => session.complete(tag, outcome));
  }

  /** The response to a `manage`, as TASK_RESPONSE has it. */
  managed(tag: number, response: number, information?: Uint8Array): TargetOutput[] {
    return this.#inSession((session) => session.managed(tag, response, information));
  }

  /** The response to a `remove`. */
  removed(tag: number, wasThere: boolean): TargetOutput[] {
    return this.#inSession((session) => session.removed(tag, wasThere));
  }

  /** Outputs that came of what another connection of the session has received. */
  takeOutputs(): TargetOutput[] {
    return this.#sender.takeOutputs();
  }

  /** The connection is no part of its session any more: commands that do not run are forgotten. */
  leave(): void {
    this.#session?.leave();
  }

  /** The session's tasks have ended after a `logout`. */
  loggedOut(): TargetOutput[] {
    return this.#inSession((session) => {
      session.respondLogout();
      this.#close('logged out');
    });
  }

  /** Forgets commands that do not run yet: of one logical unit, or all. Returns how many. */
  dropTasks(lun?: number): number {
    return this.#session?.dropTasks(lun) ?? 0;
  }

  /** The peer does not read what was sent (true), or does so again (false). */
  hold(isHeld: boolean): TargetOutput[] {
    return this.#inSession((session) => session.hold(isHeld));
  }

  /** Asks the initiator to log out within some seconds. */
  requestLogout(seconds: number): TargetOutput[] {
    return this.#inSession((session) => session.requestLogout(seconds));
  }

  close(reason: string): TargetOutput[] {
    this.#close(reason);
    return this.#sender.takeOutputs();
  }

  tick(nowMs: number): TargetOutput[] {
    if (this.#session === undefined) {
      if (nowMs >= this.#loginDeadlineMs) this.#close('the login takes too long');
      return this.#sender.takeOutputs();
    }
    return this.#inSession((session) => {
      const due = this.#keepAlive.due(nowMs);
      if (due === 'lost') this.#close('the initiator does not answer');
      else if (due === 'ping') session.ping();
    });
  }

  /** When to call `tick`, or undefined to wait for bytes. */
  get wakeAtMs(): number | undefined {
    if (this.#isClosed) return undefined;
    return this.#session === undefined ? this.#loginDeadlineMs : this.#keepAlive.wakeAtMs;
  }

  #inSession(work: (session: TargetSession) => void): TargetOutput[] {
    if (this.#session !== undefined && !this.#isClosed) work(this.#session);
    return this.#sender.takeOutputs();
  }

  #work(): TargetOutput[] {
    try {
      while (!this.#isClosed && this.#applicant === undefined && !this.#session?.isLoggingOut) {
        const pdu = this.#framer.next();
        if (pdu === undefined) break;
        // Without recovery of single PDUs, a wrong digest ends the connection.
        if (pdu.dataDigestFailed) this.#close('a data digest is wrong');
        else if (this.#session === undefined) this.#takeLogin(pdu);
        else this.#takeInSession(this.#session, pdu);
      }
    } catch (error) {
      if (!(error instanceof FramingError)) throw error;
      this.#close(error.message);
    }
    return this.#sender.takeOutputs();
  }

  #takeInSession(session: TargetSession, pdu: Pdu): void {
    session.take(pdu);
    if (session.hasPinged) this.#keepAlive.allow();
  }

  #takeLogin(pdu: Pdu): void {
    if (opcodeOf(pdu.header) !== OPCODE.loginRequest) {
      this.#close('another PDU came before the login had ended');
      return;
    }
    const { value: request, findings } = loginRequest.decode(pdu.header);
    // How far commands may go is known only once it is known to which session they belong.
    this.#sender.useWindow(new CommandWindow(request.cmdSn, 0));
    const reply = findings.some(({ severity }) => severity === 'error')
      ? refusal(request, 'initiatorError') : this.#login.request(request, pdu.data);
    if (reply.status !== 'success') this.#refuse(request, reply);
    else if (reply.loggedIn === undefined) this.#respond(request, reply, request.tsih);
    else {
      this.#applicant = { request, reply };
      this.#sender.push({ kind: 'login', loggedIn: reply.loggedIn });
    }
  }

  #refuse(request: LoginRequest, reply: LoginReply): void {
    this.#respond(request, reply, request.tsih);
    this.#close(`login refused: ${LOGIN_STATUS[reply.status][1]}`);
  }

  #respond(request: LoginRequest, reply: LoginReply, tsih: number): void {
    const { transit, continues, currentStage, nextStage, text } = reply;
    this.#sender.send(loginResponse.encode({
      opcode: OPCODE.loginResponse, transit, continues, currentStage, nextStage,
      versionMax: 0, versionActive: 0, ...LENGTHS, isid: request.isid, tsih,
      initiatorTaskTag: request.initiatorTaskTag, ...this.#sender.statusNumbers(),
      status: LOGIN_STATUS[reply.status][0],
    }), [text]);
  }

  #close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sender.push({ kind: 'close', reason });
  }
}
