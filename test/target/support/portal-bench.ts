import { Portal, type PortalConfig } from '../../../src/target/portal.ts';
import { type ConnectOptions, Initiators } from '../../../src/initiator/connect.ts';
import type { Initiator } from '../../../src/initiator/initiator.ts';
import type { Random } from '../../../src/ports/random.ts';
import { seeded } from '../../support/seeded.ts';
import { ManualClock } from '../../initiator/support/manual-clock.ts';
import { MemoryNetwork } from '../../initiator/support/memory-network.ts';
import { RamUnit } from './ram-unit.ts';

export const TARGET = 'iqn.2020-01.test:target';
export const PORTAL = 'iscsi://127.0.0.1:3260';

/** A portal with two disks in memory (LUN 0 and 2), and ports to reach it. */
export class PortalBench {
  readonly network: MemoryNetwork;
  readonly clock = new ManualClock();
  readonly random: Random;
  readonly units = new Map([[0, new RamUnit()], [2, new RamUnit()]]);
  readonly log: string[] = [];
  readonly bugs: unknown[] = [];
  #portal: Portal | undefined;

  private constructor(seed: number) {
    const random = seeded(seed);
    this.network = new MemoryNetwork(seed);
    this.random = { bytes: (count) => Uint8Array.from({ length: count }, () => random() * 256) };
  }

  static async open(config: Partial<PortalConfig> = {}, seed = 1): Promise<PortalBench> {
    const bench = new PortalBench(seed);
    bench.#portal = await Portal.open(bench, {
      targetName: TARGET, addresses: [{ host: '127.0.0.1', port: 3260 }],
      log: (line) => bench.log.push(line), ...config,
    }, { reachable: () => bench.units }, (error) => bench.bugs.push(error));
    return bench;
  }

  get portal(): Portal {
    return this.#portal!; // set before a bench is handed out
  }

  unit(lun: number): RamUnit {
    return this.units.get(lun)!;
  }

  initiators(options: ConnectOptions = {}): Initiators {
    return new Initiators(this, options);
  }

  open(lun: number, options: ConnectOptions = {}): Promise<Initiator> {
    return this.initiators(options).open(`${PORTAL}/${TARGET}/${lun}`);
  }
}
