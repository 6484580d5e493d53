import { type ItNexus, nexusKey } from '../sam/command.ts';
import type { LoginStatus } from '../wire/iscsi/login.ts';
import { SESSION_COUNT_MAX } from '../iscsi/limits.ts';

/** A normal session that has logged in. */
export interface Session {
  readonly nexus: ItNexus;
  readonly tsih: number;
  readonly cid: number;
  /** Commands that wait for their turn or their data are forgotten; returns how many. */
  dropTasks(lun: number | undefined): number;
  requestLogout(seconds: number): void;
  /** Ends its tasks and its nexus, then closes the connection. Resolves when it is gone. */
  end(reason: string): Promise<void>;
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
    if (tsih !== 0 && present?.cid !== cid) return 'tooManyConnections';
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
