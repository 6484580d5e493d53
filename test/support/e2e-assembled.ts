/** All of a target in this process: what the command line joins, on ports that tests choose. */
import { SystemClock } from '../../src/io/clock.ts';
import { PortableMover } from '../../src/io/portable-mover.ts';
import { SystemRandom } from '../../src/io/random.ts';
import type { CopyReport } from '../../src/copy/operations.ts';
import type { ConnectOptions } from '../../src/initiator/connect.ts';
import { Target, type TargetPorts } from '../../src/target/target.ts';
import type {
  DiskConfig, TapeConfig, TargetConfig, UnitConfig,
} from '../../src/target/target-config.ts';
import { Client } from './e2e-client.ts';
import { MemoryNetwork } from './memory-network.ts';

export const diskConfig = (
  name: string, path: string, options: Partial<DiskConfig> = {}): DiskConfig => ({
  kind: 'disk', name, path, byteLength: undefined, blockBytes: 512, emulated512: false,
  readonly: false, removable: false, ...options });

export const tapeConfig = (
  name: string, path: string | undefined, capacityBytes = 1 << 26): TapeConfig =>
  ({ kind: 'tape', name, path, capacityBytes });

const TARGET_NAME = 'iqn.2020-01.test:assembled';

export class Assembled {
  readonly target: Target;
  readonly ports: TargetPorts;
  /** Copies that have ended. */
  readonly copies: CopyReport[];
  /** What should not have happened. */
  readonly bugs: unknown[];
  readonly #clients: Client[] = [];

  private constructor(target: Target, ports: TargetPorts, copies: CopyReport[], bugs: unknown[]) {
    this.target = target;
    this.ports = ports;
    this.copies = copies;
    this.bugs = bugs;
  }

  /** Ports that are not given are this host's, but for the network, which is in memory. */
  static async open(
    given: Partial<TargetPorts> & Pick<TargetPorts, 'files'>,
    units: readonly UnitConfig[], config: Partial<TargetConfig> = {}): Promise<Assembled> {
    const ports = {
      network: new MemoryNetwork(), clock: new SystemClock(), random: new SystemRandom(),
      mover: new PortableMover(), ...given,
    };
    const copies: CopyReport[] = [];
    const bugs: unknown[] = [];
    const target = await Target.open(ports, {
      targetName: TARGET_NAME, addresses: [{ host: '127.0.0.1', port: 0 }], users: [], units,
      ...config,
    }, {
      log: () => {}, reportBug: (error) => bugs.push(error),
      copyEnded: (copy) => copies.push(copy),
    });
    return new Assembled(target, ports, copies, bugs);
  }

  /** An initiator with a session, and so an I_T nexus, of its own. */
  client(options: ConnectOptions = {}): Client {
    const { host, port } = this.target.address;
    const client = new Client(
      `iscsi://${host}:${port}/${TARGET_NAME}`, options, { network: this.ports.network });
    this.#clients.push(client);
    return client;
  }

  /** Logs all initiators out and closes. Throws: Error if there was a bug. */
  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.target.close();
    await this.ports.mover.close();
    if (this.bugs.length > 0) throw this.bugs[0];
  }
}
