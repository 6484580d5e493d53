import { GatheredWrites } from '../iscsi/gathered-writes.ts';
import { addressText } from '../iscsi/names.ts';
import { TargetConnection, type TargetConnectionRules } from '../iscsi/target-connection.ts';
import type { LoggedIn } from '../iscsi/target-login.ts';
import type { ManagementRequest, ReceivedCommand, TargetOutput } from '../iscsi/target-output.ts';
import type { Clock } from '../ports/clock.ts';
import type { ByteStream, StreamEvents } from '../ports/network.ts';
import type { ItNexus } from '../sam/command.ts';
import { deferred } from '../sam/deferred.ts';
import type { LogicalUnits } from '../sam/logical-unit.ts';
import { perform, type ReportBug } from '../sam/perform.ts';
import { TASK_FUNCTION, TASK_RESPONSE } from '../wire/iscsi/task-management.ts';
import { answerAbsent } from './portal-absent-unit.ts';
import { manage } from './portal-management.ts';
import type { Session, Sessions } from './portal-sessions.ts';

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

/** Joins a byte stream, the iSCSI state machine of its connection, and the logical units. */
export class PortalConnection implements StreamEvents {
  readonly #context: PortalContext;
  readonly #stream: ByteStream;
  readonly #machine: TargetConnection;
  /** What is produced in one go leaves as one write. */
  readonly #writes = new GatheredWrites((parts) => this.#write(parts));
  #isClosing = false;
  #cancelTimer: (() => void) | undefined;
  #session: Session | undefined;
  #sessionEnd: Promise<void> | undefined;
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

  received(bytes: Buffer): void {
    this.#perform(this.#machine.receive(bytes, this.#context.clock.nowMs()));
  }

  drained(): void {
    this.#stream.resume();
    this.#perform(this.#machine.hold(false));
  }

  closed(): void {
    this.#isClosing = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#context.connections.delete(this);
    this.#gone.resolve();
    void this.end('the connection was closed');
  }

  /** Ends what belongs to the session, then begins to close the connection. Never rejects. */
  end(reason: string): Promise<void> {
    this.#end ??= this.#endSession(reason).then(() => {
      if (this.#session === undefined) {
        this.#context.log(`${addressText(this.#stream.remote)} has gone: ${reason}`);
      }
      this.#perform(this.#machine.close(reason));
      this.#close();
    });
    return this.#end;
  }

  /** Resolves when the stream is closed. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  #endSession(reason: string): Promise<void> {
    this.#sessionEnd ??= this.#endNexus(reason);
    return this.#sessionEnd;
  }

  /** The nexus is gone: its tasks, reservations and preventions end. Source: SAM-5 6.3.4. */
  async #endNexus(reason: string): Promise<void> {
    this.#machine.dropTasks();
    const { units, sessions, log } = this.#context;
    const session = this.#session;
    if (session === undefined) return;
    const { nexus } = session;
    const reachable = [...units.reachable(nexus).values()];
    await Promise.all(reachable.map((unit) => unit.tasks.abortAll(nexus)));
    for (const unit of reachable) unit.nexusLost(nexus);
    sessions.remove(session);
    log(`the session of ${nexus.initiatorName} has ended: ${reason}`);
  }

  #perform(outputs: readonly TargetOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case 'send': this.#writes.add(output.parts); break;
        case 'login': this.#guard(this.#login(output.loggedIn), 'a login'); break;
        case 'run': this.#guard(this.#run(output.tag, output.lun, output.command), 'a command');
          break;
        case 'manage': this.#guard(this.#manage(output.request), 'task management'); break;
        case 'logout': this.#guard(this.#logout(), 'a logout'); break;
        case 'close': void this.end(output.reason); break;
      }
    }
    this.#arm();
  }

  #guard(work: Promise<void>, doing: string): void {
    work.catch((error: unknown) => {
      this.#context.reportBug(error, doing);
      void this.end('the target has failed');
    });
  }

  async #login({ sessionType, initiatorName, isid, tsih, cid }: LoggedIn): Promise<void> {
    const { sessions, rules, units, log } = this.#context;
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
    if (objection !== undefined) {
      this.#perform(this.#machine.refuse(objection));
      return;
    }
    // Session reinstatement: the old one does not wait for its connection to time out.
    for (let old = sessions.find(nexus); old !== undefined; old = sessions.find(nexus)) {
      await old.end('the initiator has logged in again');
    }
    if (this.#isClosing) return;
    for (const unit of units.reachable(nexus).values()) unit.attentions.meet(nexus);
    this.#session = {
      nexus, cid, tsih: tsih === 0 ? sessions.newTsih() : tsih,
      dropTasks: (lun) => this.#dropTasks(lun),
      requestLogout: (seconds) => this.#perform(this.#machine.requestLogout(seconds)),
      end: (reason) => this.end(reason),
    };
    sessions.add(this.#session);
    log(`${initiatorName} has logged in from ${addressText(this.#stream.remote)}`);
    this.#perform(this.#machine.admit(this.#session.tsih));
  }

  #dropTasks(lun: number | undefined): number {
    const count = this.#machine.dropTasks(lun);
    this.#perform(this.#machine.tick(this.#context.clock.nowMs()));
    return count;
  }

  async #run(tag: number, lun: number | undefined, received: ReceivedCommand): Promise<void> {
    const { units, reportBug } = this.#context;
    const { nexus } = this.#session!; // commands come in sessions only
    const reachable = units.reachable(nexus);
    const unit = lun === undefined ? undefined : reachable.get(lun);
    const outcome = unit === undefined ? answerAbsent(received.cdb, [...reachable.keys()])
      : await unit.tasks.run(nexus, tag, received.attribute, (signal) =>
        perform(unit, { ...received, nexus, signal }, reportBug));
    this.#perform(this.#machine.complete(tag, outcome));
  }

  async #manage(request: ManagementRequest): Promise<void> {
    const { sessions, log } = this.#context;
    const { nexus } = this.#session!; // as in #run
    const response = await manage(request, nexus, this.#context);
    this.#perform(this.#machine.managed(request.tag, response));
    const isReset = request.function === TASK_FUNCTION.targetColdReset;
    if (!isReset || response !== TASK_RESPONSE.complete) return;
    log(`${nexus.initiatorName} has reset the target`);
    await Promise.all(sessions.all.map((session) => session.end('the target was reset')));
  }

  async #logout(): Promise<void> {
    await this.#endSession('it has logged out');
    this.#perform(this.#machine.loggedOut());
  }

  #write(parts: readonly Uint8Array[]): void {
    if (this.#isClosing || this.#stream.send(parts)) return;
    this.#stream.pause();
    this.#perform(this.#machine.hold(true));
  }

  #close(): void {
    if (this.#isClosing) return;
    this.#writes.flush();
    this.#isClosing = true;
    this.#cancelTimer?.();
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
