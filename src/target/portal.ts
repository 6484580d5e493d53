/**
 * Where initiators reach a target:
 *
 *   ByteStream ⇄ PortalConnection ⇄ TargetConnection (iSCSI, no I/O)
 *                      │
 *                      ├─ login ──→ Sessions (one for each I_T nexus)
 *                      ├─ run ────→ logical unit: task set, perform()
 *                      └─ manage ─→ aborts and resets
 */
import type { Crc32c } from '../iscsi/digest.ts';
import { normalizedName } from '../wire/iscsi/names.ts';
import { type Credentials, refuseEqualSecrets } from '../iscsi/chap.ts';
import type { Clock } from '../ports/clock.ts';
import type { Address, Listener, Network } from '../ports/network.ts';
import type { Random } from '../ports/random.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnits } from '../sam/logical-unit.ts';
import type { ReportBug } from '../sam/perform.ts';
import { LOGIN_COUNT_MAX } from '../iscsi/limits.ts';
import { SendMemory } from '../iscsi/send-memory.ts';
import { PortalConnection, type PortalContext } from './portal-connection.ts';
import { Sessions } from './portal-sessions.ts';

export interface PortalConfig {
  readonly targetName: string;
  /** Where to listen; port 0 takes a free one. */
  readonly addresses: readonly Address[];
  /** Who may log in, with CHAP; everybody if there are none. */
  readonly users?: readonly Credentials[];
  /** What the target proves itself by to users who ask for it (mutual CHAP). */
  readonly ownCredentials?: Credentials;
  /** Discovery needs no authentication. The default is false. */
  readonly openDiscovery?: boolean;
  /** Whether an initiator may log in; everybody if it is not given. */
  readonly admits?: (initiatorName: string) => boolean;
  /** Whether a nexus may reset all of the target; all may if it is not given. */
  readonly seesAll?: (nexus: ItNexus) => boolean;
  readonly crc32c?: Crc32c;
  readonly log?: (text: string) => void;
}

export interface PortalPorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
}

const PORTAL_GROUP_TAG = 1;

export class Portal {
  readonly #context: PortalContext;
  readonly #listeners: Listener[] = [];

  private constructor(context: PortalContext) {
    this.#context = context;
  }

  /**
   * Listens at all addresses, which form one portal group.
   *
   * Throws: Error if the name is not an iSCSI name, the target has the secret of a user, or an
   * address cannot be listened at.
   */
  static async open(
    ports: PortalPorts, config: PortalConfig, units: LogicalUnits,
    reportBug: ReportBug): Promise<Portal> {
    const targetName = normalizedName(config.targetName);
    if (targetName === undefined) {
      throw new Error(`Cannot open a portal: '${config.targetName}' is not an iSCSI name`);
    }
    const { users = [], ownCredentials, openDiscovery = false, admits, crc32c } = config;
    if (ownCredentials !== undefined) refuseEqualSecrets(users, ownCredentials);
    const portal = new Portal({
      rules: {
        targetName, portalGroupTag: PORTAL_GROUP_TAG, users, openDiscovery,
        random: (count) => ports.random.bytes(count), memory: new SendMemory(),
        ...(ownCredentials === undefined ? {} : { ownCredentials }),
        ...(admits === undefined ? {} : { admits }),
        ...(crc32c === undefined ? {} : { crc32c }),
      },
      clock: ports.clock, units, sessions: new Sessions(), reportBug,
      log: config.log ?? (() => {}),
      seesAll: config.seesAll ?? (() => true), isEnding: false, connections: new Set(),
    });
    await portal.#listen(ports.network, config.addresses);
    return portal;
  }

  async #listen(network: Network, addresses: readonly Address[]): Promise<void> {
    try {
      for (const address of addresses) {
        this.#listeners.push(await network.listen(address, (stream) => {
          const connection = new PortalConnection(this.#context, stream);
          this.#makeRoom();
          return connection;
        }));
      }
    } catch (error) {
      await this.#stopListening();
      throw error;
    }
  }

  /** A flood of connections that do not log in pushes itself out, and no session. */
  #makeRoom(): void {
    const waiting = [...this.#context.connections].filter(({ isWaiting }) => isWaiting);
    if (waiting.length > LOGIN_COUNT_MAX) waiting[0]!.cut();
  }

  /** Where it listens, in the order of the configuration. */
  get addresses(): readonly Address[] {
    return this.#listeners.map(({ address }) => address);
  }

  /** How many I_T nexuses there are. */
  get sessionCount(): number {
    return this.#context.sessions.all.length;
  }

  /**
   * Ends the portal: nobody can log in any more, initiators are asked to log out, and those that
   * have not after `graceMs` are cut off. Resolves when all connections are closed.
   */
  async close(graceMs = 2_000): Promise<void> {
    const { sessions, connections, clock } = this.#context;
    this.#context.isEnding = true;
    for (const connection of connections) {
      if (!connection.hasSession) void connection.end('the target ends');
    }
    if (graceMs > 0 && sessions.all.length > 0) {
      for (const session of sessions.all) session.requestLogout(Math.ceil(graceMs / 1_000));
      await this.#lastSessionOr(clock.nowMs() + graceMs);
    }
    await Promise.all([...connections].map((connection) => {
      void connection.end('the target ends');
      return connection.gone;
    }));
    // Listeners last: to close one cuts what is connected by it.
    await this.#stopListening();
  }
  /** Waits until all sessions have ended, but no longer than `deadlineMs`. */
  #lastSessionOr(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.at(deadlineMs, resolve);
      this.#context.sessions.whenEmpty(() => {
        cancel();
        resolve();
      });
    });
  }

  async #stopListening(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}
