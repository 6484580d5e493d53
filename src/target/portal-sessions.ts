import { type ItNexus, nexusKey } from '../sam/command.ts';
import type { LoginStatus } from '../wire/iscsi/login.ts';
import type { LogicalUnits } from '../sam/logical-unit.ts';
import { SESSION_COUNT_MAX } from '../iscsi/limits.ts';
import type { SharedSession } from '../iscsi/shared-session.ts';

/** A connection as its session sees it. */
export interface SessionConnection {
  readonly cid: number;
  /** Undefined until it is admitted. */
  readonly shared: SharedSession | undefined;
  /** Commands that wait for their turn or their data are forgotten; returns how many. */
  dropTasks(lun: number | undefined): number;
  /** Ends its own tasks; resolves when they have ended. */
  abortTasks(): Promise<void>;
  requestLogout(seconds: number): void;
  /** Does what another connection has caused. */
  pump(): void;
  /** Begins to close. */
  shut(reason: string): void;
}

/** What a session works on. */
export interface SessionPlace {
  readonly units: LogicalUnits;
  readonly sessions: Sessions;
  readonly log: (text: string) => void;
}

/**
 * A normal session: one I_T nexus over one or several connections.
 *
 * With error recovery level 0 a connection that is lost ends the session with all its
 * connections; one that logs out leaves the others. Source: RFC 7143 7.1.4.4, 11.14.
 */
export class Session {
  readonly nexus: ItNexus;
  readonly tsih: number;
  readonly #place: SessionPlace;
  readonly #connections = new Map<number, SessionConnection>();
  #nexusEnd: Promise<void> | undefined;

  constructor(nexus: ItNexus, tsih: number, place: SessionPlace) {
    this.nexus = nexus;
    this.tsih = tsih;
    this.#place = place;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  connection(cid: number): SessionConnection | undefined {
    return this.#connections.get(cid);
  }

  /** What a connection joins; undefined if it is the only one. */
  get shared(): SharedSession | undefined {
    return [...this.#connections.values()].find(({ shared }) => shared !== undefined)?.shared;
  }

  /** Connections that there may be. */
  get connectionCountMax(): number {
    return this.shared?.parameters.maxConnections ?? 1;
  }

  add(connection: SessionConnection): void {
    this.#connections.set(connection.cid, connection);
  }

  /** A connection goes, the session stays if it has others. Its own tasks end. */
  async leave(connection: SessionConnection): Promise<void> {
    this.#connections.delete(connection.cid);
    await connection.abortTasks();
  }

  /** Commands that wait are forgotten, on all connections; returns how many. */
  dropTasks(lun: number | undefined): number {
    return [...this.#connections.values()]
      .reduce((sum, connection) => sum + connection.dropTasks(lun), 0);
  }

  requestLogout(seconds: number): void {
    for (const connection of this.#connections.values()) connection.requestLogout(seconds);
  }

  /** All connections but the one that has just worked do what it has caused. */
  pump(worker: SessionConnection): void {
    if (this.#connections.size === 1) return;
    for (const one of [...this.#connections.values()]) if (one !== worker) one.pump();
  }

  /** The nexus is gone: its tasks, reservations and preventions end. Source: SAM-5 6.3.4. */
  endNexus(reason: string): Promise<void> {
    this.#nexusEnd ??= this.#endNexus(reason);
    return this.#nexusEnd;
  }

  async #endNexus(reason: string): Promise<void> {
    const { units, sessions, log } = this.#place;
    this.dropTasks(undefined);
    const reachable = [...units.reachable(this.nexus).values()];
    await Promise.all(reachable.map((unit) => unit.tasks.abortAll(this.nexus)));
    for (const unit of reachable) unit.nexusLost(this.nexus);
    sessions.remove(this);
    log(`the session of ${this.nexus.initiatorName} has ended: ${reason}`);
  }

  /** Ends the nexus, then begins to close all connections. Never rejects. */
  async end(reason: string): Promise<void> {
    await this.endNexus(reason);
    for (const connection of this.#connections.values()) connection.shut(reason);
  }
}

/** The sessions of one target, one for each I_T nexus. Source: RFC 7143 4.4.3, 6.3.5. */
export class Sessions {
  readonly #byNexus = new Map<string, Session>();
  #lastTsih = 0;
  #emptied: (() => void) | undefined;

  get all(): readonly Session[] {
    return [...this.#byNexus.values()];
  }

  find(nexus: ItNexus): Session | undefined {
    return this.#byNexus.get(nexusKey(nexus));
  }

  /** Why a login for `nexus` cannot have a session; undefined if it can. */
  objection(nexus: ItNexus, tsih: number, cid: number): LoginStatus | undefined {
    const present = this.find(nexus);
    if (tsih !== 0 && present?.tsih !== tsih) return 'sessionDoesNotExist';
    if (tsih !== 0 && present !== undefined) {
      const isThere = present.connection(cid) !== undefined;
      return isThere || present.connectionCount < present.connectionCountMax
        ? undefined : 'tooManyConnections';
    }
    return present === undefined && this.#byNexus.size >= SESSION_COUNT_MAX
      ? 'outOfResources' : undefined;
  }

  /** A handle that no session has. */
  newTsih(): number {
    const taken = new Set(this.all.map(({ tsih }) => tsih));
    do this.#lastTsih = this.#lastTsih % 0xffff + 1; while (taken.has(this.#lastTsih));
    return this.#lastTsih;
  }

  add(session: Session): void {
    this.#byNexus.set(nexusKey(session.nexus), session);
  }

  remove(session: Session): void {
    if (this.find(session.nexus) !== session) return;
    this.#byNexus.delete(nexusKey(session.nexus));
    if (this.#byNexus.size === 0) this.#emptied?.();
  }

  /** Calls back when the last session has gone; at once if there is none. */
  whenEmpty(callback: () => void): void {
    this.#emptied = callback;
    if (this.#byNexus.size === 0) callback();
  }
}
