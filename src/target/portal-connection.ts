import { GatheredWrites } from '../iscsi/gathered-writes.ts';
import { STALL_TIMEOUT_MS } from '../iscsi/limits.ts';
import { addressText } from '../iscsi/names.ts';
import type { Room } from '../iscsi/send-memory.ts';
import type { SharedSession } from '../iscsi/shared-session.ts';
import { TargetConnection, type TargetConnectionRules } from '../iscsi/target-connection.ts';
import type { LoggedIn } from '../iscsi/target-login.ts';
import type { ManagementRequest, ReceivedCommand, TargetOutput } from '../iscsi/target-output.ts';
import type { Clock } from '../ports/clock.ts';
import type { ByteStream, StreamEvents } from '../ports/network.ts';
import type { Command, ItNexus, Outcome, TaskAttribute } from '../sam/command.ts';
import { deferred } from '../sam/deferred.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import { perform, type ReportBug } from '../sam/perform.ts';
import type { Abortable } from '../sam/work.ts';
import { TASK_FUNCTION, TASK_RESPONSE } from '../wire/iscsi/task-management.ts';
import { answerAbsent } from './portal-absent-unit.ts';
import { manage } from './portal-management.ts';
import { Session, type SessionConnection, type Sessions } from './portal-sessions.ts';

/** How long a peer may take to read what was sent before its connection is cut. */
const CLOSE_TIMEOUT_MS = 5_000;

/** What all connections of a portal share. */
export interface PortalContext {
  readonly rules: Omit<TargetConnectionRules, 'addresses'>;
  readonly clock: Clock;
  readonly units: LogicalUnits;
  readonly sessions: Sessions;
  readonly reportBug: ReportBug;
  /** Whether a nexus may reset all of the target. */
  readonly seesAll: (nexus: ItNexus) => boolean;
  /** Told what happens to sessions; never a secret. */
  readonly log: (text: string) => void;
  /** No new sessions. */
  isEnding: boolean;
  /** Connections that are open, logged in or not. */
  readonly connections: Set<PortalConnection>;
}

/** A received command in its nexus. */
class RunningCommand implements Command {
  readonly nexus: ItNexus;
  readonly cdb: Uint8Array;
  readonly attribute: TaskAttribute;
  readonly dataOut: readonly Uint8Array[];
  readonly expectedOutBytes: number;
  readonly expectedInBytes: number;
  readonly dataInBuffer: (byteLength: number) => Uint8Array;
  readonly #task: Abortable;

  constructor(received: ReceivedCommand, nexus: ItNexus, task: Abortable) {
    this.nexus = nexus;
    this.cdb = received.cdb;
    this.attribute = received.attribute;
    this.dataOut = received.dataOut;
    this.expectedOutBytes = received.expectedOutBytes;
    this.expectedInBytes = received.expectedInBytes;
    this.dataInBuffer = received.dataInBuffer;
    this.#task = task;
  }

  get signal(): AbortSignal {
    return this.#task.signal;
  }
}

/** Joins a byte stream, the iSCSI state machine of its connection, and the logical units. */
export class PortalConnection implements StreamEvents, SessionConnection {
  readonly #context: PortalContext;
  readonly #stream: ByteStream;
  readonly #machine: TargetConnection;
  /** What is produced in one go leaves as one write. */
  readonly #writes = new GatheredWrites<Room>((parts, rooms) => this.#write(parts, rooms));
  /** How many `#perform` are under way, one in another. */
  #depth = 0;
  #isClosing = false;
  #cancelTimer: (() => void) | undefined;
  /** While the peer does not read. */
  #cancelStall: (() => void) | undefined;
  #session: Session | undefined;
  #cid = 0;
  /** Commands that run and were not answered at once. */
  readonly #running: { readonly tag: number; readonly unit: LogicalUnit }[] = [];
  #end: Promise<void> | undefined;
  readonly #gone = deferred<void>();

  constructor(context: PortalContext, stream: ByteStream) {
    this.#context = context;
    this.#stream = stream;
    this.#machine = new TargetConnection(
      { ...context.rules, addresses: [addressText(stream.local)] }, context.clock.nowMs());
    context.connections.add(this);
    this.#arm();
  }

  /** It belongs to a normal session. */
  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  /** It has no session, and may still get one. */
  get isWaiting(): boolean {
    return this.#session === undefined && !this.#isClosing;
  }

  /** Closes at once, without a word to the peer. */
  cut(): void {
    this.#isClosing = true;
    this.#stream.destroy();
  }

  received(bytes: Buffer): void {
    this.#perform(this.#machine.receive(bytes, this.#context.clock.nowMs()));
  }

  drained(): void {
    this.#forgetStall();
    this.#stream.resume();
    this.#perform(this.#machine.hold(false));
  }

  closed(): void {
    this.#isClosing = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#forgetStall();
    this.#context.connections.delete(this);
    this.#gone.resolve();
    void this.end('the connection was closed');
  }

  get cid(): number {
    return this.#cid;
  }

  get shared(): SharedSession | undefined {
    return this.#machine.shared;
  }

  /** Ends the session if it belongs to one, then begins to close. Never rejects. */
  end(reason: string): Promise<void> {
    this.#end ??= this.#endAll(reason);
    return this.#end;
  }

  async #endAll(reason: string): Promise<void> {
    const session = this.#session;
    await session?.end(reason);
    if (session === undefined) {
      this.#context.log(`${addressText(this.#stream.remote)} has gone: ${reason}`);
    }
    this.shut(reason);
  }

  shut(reason: string): void {
    this.#perform(this.#machine.close(reason));
    this.#close();
  }

  /** Resolves when the stream is closed. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  async abortTasks(): Promise<void> {
    const { nexus } = this.#session!; // what has tasks has a session
    this.#session = undefined;
    this.#machine.leave();
    await Promise.all(this.#running.map(({ tag, unit }) => unit.tasks.abort(nexus, tag)));
  }

  pump(): void {
    const outputs = this.#machine.takeOutputs();
    if (outputs.length > 0) this.#perform(outputs);
  }

  #perform(outputs: readonly TargetOutput[]): void {
    this.#depth += 1;
    try {
      for (const output of outputs) this.#performOne(output);
    } finally {
      this.#depth -= 1;
    }
    if (this.#depth > 0) return;
    if (outputs.length > 0) this.#session?.pump(this);
    this.#arm();
  }

  #performOne(output: TargetOutput): void {
    switch (output.kind) {
      case 'send': this.#writes.add(output.parts, output.room); break;
      case 'run': this.#run(output.tag, output.lun, output.command); break;
      case 'login': this.#guard(this.#login(output.loggedIn), 'a login'); break;
      case 'manage': this.#guard(this.#manage(output.request), 'task management'); break;
      case 'logout': this.#guard(this.#logout(output.closesSession), 'a logout'); break;
      case 'remove': this.#guard(this.#remove(output.tag, output.cid), 'a logout'); break;
      case 'close': void this.end(output.reason); break;
    }
  }

  #guard(work: Promise<void>, doing: string): void {
    work.catch((error: unknown) => this.#fail(error, doing));
  }

  #fail(error: unknown, doing: string): void {
    this.#context.reportBug(error, doing);
    void this.end('the target has failed');
  }

  async #login({ sessionType, initiatorName, isid, tsih, cid }: LoggedIn): Promise<void> {
    const { sessions, rules } = this.#context;
    if (this.#context.isEnding) {
      this.#perform(this.#machine.refuse('serviceUnavailable'));
      return;
    }
    if (sessionType === 'discovery') {
      this.#perform(this.#machine.admit(sessions.newTsih()));
      return;
    }
    const nexus: ItNexus = {
      initiatorName, isid: Buffer.from(isid).toString('hex'),
      targetName: rules.targetName, portalGroupTag: rules.portalGroupTag,
    };
    const objection = sessions.objection(nexus, tsih, cid);
    this.#cid = cid;
    if (objection !== undefined) this.#perform(this.#machine.refuse(objection));
    else if (tsih === 0) await this.#begin(nexus);
    else await this.#join(sessions.find(nexus)!); // there is no objection
  }

  /** A new session; one that the initiator has left behind is reinstated by it, at once. */
  async #begin(nexus: ItNexus): Promise<void> {
    const { sessions, units, log } = this.#context;
    for (let old = sessions.find(nexus); old !== undefined; old = sessions.find(nexus)) {
      await old.end('the initiator has logged in again');
    }
    if (this.#isClosing) return;
    for (const unit of units.reachable(nexus).values()) unit.attentions.meet(nexus);
    const session = new Session(nexus, sessions.newTsih(), this.#context);
    sessions.add(session);
    log(`${nexus.initiatorName} has logged in from ${addressText(this.#stream.remote)}`);
    this.#enter(session);
  }

  /** One more connection of a session, or one in place of another with the same CID. */
  async #join(session: Session): Promise<void> {
    const old = session.connection(this.#cid);
    if (old !== undefined) {
      await session.leave(old);
      old.shut('the initiator has logged in again');
    }
    if (this.#isClosing) {
      if (session.connectionCount === 0) await session.end('its last connection was closed');
      return;
    }
    const { sessions, log } = this.#context;
    if (sessions.find(session.nexus) !== session) {
      this.#perform(this.#machine.refuse('sessionDoesNotExist'));
      return;
    }
    log(`${session.nexus.initiatorName} has another connection from ${
      addressText(this.#stream.remote)}`);
    this.#enter(session);
  }

  #enter(session: Session): void {
    const { shared } = session;
    this.#session = session;
    session.add(this);
    this.#perform(this.#machine.admit(session.tsih, shared));
  }

  requestLogout(seconds: number): void {
    this.#perform(this.#machine.requestLogout(seconds));
  }

  dropTasks(lun: number | undefined): number {
    const count = this.#machine.dropTasks(lun);
    this.#perform(this.#machine.takeOutputs());
    return count;
  }

  /** Most commands are answered at once: only others are worth a promise. */
  #run(tag: number, lun: number | undefined, received: ReceivedCommand): void {
    const { units, reportBug } = this.#context;
    const { nexus } = this.#session!; // commands come in sessions only
    const reachable = units.reachable(nexus);
    const unit = lun === undefined ? undefined : reachable.get(lun);
    if (unit === undefined) {
      this.#complete(tag, answerAbsent(received.cdb, [...reachable.keys()]));
      return;
    }
    try {
      const outcome = unit.tasks.run(nexus, tag, received.attribute, (task) =>
        perform(unit, new RunningCommand(received, nexus, task), reportBug));
      if (outcome instanceof Promise) this.#guard(this.#await(tag, unit, outcome), 'a command');
      else this.#complete(tag, outcome);
    } catch (error) {
      this.#fail(error, 'a command');
    }
  }

  async #await(
    tag: number, unit: LogicalUnit, running: Promise<Outcome | undefined>): Promise<void> {
    const entry = { tag, unit };
    this.#running.push(entry);
    const outcome = await running;
    this.#running.splice(this.#running.indexOf(entry), 1);
    this.#complete(tag, outcome);
  }

  #complete(tag: number, outcome: Outcome | undefined): void {
    this.#perform(this.#machine.complete(tag, outcome));
  }

  async #manage(request: ManagementRequest): Promise<void> {
    const { sessions, log } = this.#context;
    const { nexus } = this.#session!; // as in #run
    const { response, information } = await manage(request, nexus, this.#context);
    this.#perform(this.#machine.managed(request.tag, response, information));
    const isReset = request.function === TASK_FUNCTION.targetColdReset;
    if (!isReset || response !== TASK_RESPONSE.complete) return;
    log(`${nexus.initiatorName} has reset the target`);
    await Promise.all(sessions.all.map((session) => session.end('the target was reset')));
  }

  async #logout(closesSession: boolean): Promise<void> {
    const session = this.#session;
    if (session !== undefined && (closesSession || session.connectionCount === 1)) {
      await session.endNexus('it has logged out');
    } else await session?.leave(this);
    this.#perform(this.#machine.loggedOut());
  }

  /** Another connection of the session is logged out by this one. */
  async #remove(tag: number, cid: number): Promise<void> {
    const session = this.#session;
    const other = session?.connection(cid);
    if (session !== undefined && other !== undefined) {
      await session.leave(other);
      other.shut('another connection has logged it out');
    }
    this.#perform(this.#machine.removed(tag, other !== undefined));
  }

  #write(parts: readonly Uint8Array[], rooms: readonly Room[]): void {
    const { memory } = this.#context.rules;
    const release = (): void => {
      for (const room of rooms) memory.release(room);
    };
    if (this.#isClosing || this.#stream.send(parts, release)) return;
    this.#stream.pause();
    const { clock } = this.#context;
    this.#cancelStall ??= clock.at(clock.nowMs() + STALL_TIMEOUT_MS, () => {
      this.#cancelStall = undefined;
      void this.end('the initiator does not read');
    });
    this.#perform(this.#machine.hold(true));
  }

  #forgetStall(): void {
    this.#cancelStall?.();
    this.#cancelStall = undefined;
  }

  #close(): void {
    if (this.#isClosing) return;
    this.#writes.flush();
    this.#isClosing = true;
    this.#cancelTimer?.();
    this.#forgetStall();
    this.#stream.end();
    const { clock } = this.#context;
    this.#cancelTimer = clock.at(clock.nowMs() + CLOSE_TIMEOUT_MS, () => this.#stream.destroy());
  }

  #arm(): void {
    const { wakeAtMs } = this.#machine;
    if (wakeAtMs === undefined || this.#isClosing || this.#cancelTimer !== undefined) return;
    const { clock } = this.#context;
    this.#cancelTimer = clock.at(wakeAtMs, () => {
      this.#cancelTimer = undefined;
      this.#perform(this.#machine.tick(clock.nowMs()));
    });
  }
}
